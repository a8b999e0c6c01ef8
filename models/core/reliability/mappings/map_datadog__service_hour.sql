{{ config(materialized='ephemeral', enabled='datadog' in var('sources')) }}
{#- What is said of a series, which each of its points carries on. -#}
{%- set said = [
    'file_path', 'line', 'from_at', 'to_at', 'metric', 'aggregation', 'tag_text', 'scope_text', 'service',
    'interval_s', 'measure', 'combine', 'unit_by_seed', 'unit_name', 'unit_family', 'unit_scale', 'per_seconds',
] %}
-- Buckets of the metrics that `metric_names` knows, from every answer that holds them. Of one bucket of one series the answer in the
-- last file speaks, since a series is computed again as late data comes. A bucket that the window of its answer cuts is only a part
-- and is left out; v2 does not say its window, so there both ends are. A null is a gap: it says nothing and replaces nothing.

with answers as (

    select
        file_path,
        line,
        from_at,
        to_at,
        series,
        series_v2,
        times,
        points,
        -- v2 does not name its metric: its folder below metric_series does
        {{ dbt.split_part('file_path', "'/'", 3) }} as folder
    from {{ ref('raw_datadog__metric_series') }}
    where {{ speaking_of_service_days('raw_datadog__metric_series') }}

),

read_v1 as (

    select
        answers.file_path,
        answers.line,
        answers.from_at,
        answers.to_at,
        {{ json_parts('one', ['$.metric', '$.aggr', '$.tag_set', '$.scope', '$.interval', '$.unit[0]', '$.unit[1]', '$.pointlist']) }}
            as parts
    from {{ json_items('answers', 'series', '$', 'one') }}

),

series_v1 as (

    select
        file_path,
        line,
        from_at,
        to_at,
        {{ json_text(json_part_at('parts', 0), '$') }} as metric,
        {{ json_text(json_part_at('parts', 1), '$') }} as aggregation,
        {{ as_text(json_part_at('parts', 2)) }} as tags,
        {{ json_text(json_part_at('parts', 3), '$') }} as scope,
        {{ json_whole(json_part_at('parts', 4), '$') }} as interval_s,
        {{ json_part_at('parts', 5) }} as unit,
        {{ json_part_at('parts', 6) }} as per_unit,
        {{ json_part_at('parts', 7) }} as pointlist
    from read_v1

),

times_v2 as (

    select
        answers.file_path,
        answers.line,
        moment_place as place,
        {{ from_epoch_ms(json_whole('moment', '$')) }} as bucket_start
    from {{ json_items_placed('answers', 'times', '$', 'moment') }}

),

gaps_v2 as (

    select
        times_v2.*,
        lead(bucket_start) over (partition by file_path, line order by bucket_start) as next_start
    from times_v2

),

windows_v2 as (

    -- The first and the last bucket may be cut, so what is whole lies between the second and the last.
    select
        file_path,
        line,
        min(next_start) as from_at,
        max(bucket_start) as to_at,
        min({{ seconds_between('bucket_start', 'next_start') }}) as interval_s
    from gaps_v2
    group by file_path, line

),

series_v2 as (

    select
        answers.file_path,
        answers.line,
        answers.folder,
        one_place as place,
        {{ as_text(json_part('one', '$.group_tags')) }} as tags,
        {{ json_part('one', '$.unit[0]') }} as unit,
        {{ json_part('one', '$.unit[1]') }} as per_unit
    from {{ json_items_placed('answers', 'series_v2', '$', 'one') }}

),

series as (

    -- What is said of a series is read before it is taken apart into its points, of which there are hundreds.
    select
        file_path,
        line,
        cast(null as {{ type_bigint() }}) as place,
        from_at,
        to_at,
        metric,
        aggregation,
        tags,
        scope,
        interval_s,
        unit,
        per_unit,
        pointlist
    from series_v1
    union all
    select
        series_v2.file_path,
        series_v2.line,
        series_v2.place,
        windows_v2.from_at,
        windows_v2.to_at,
        series_v2.folder as metric,
        cast(null as {{ type_string() }}) as aggregation,
        series_v2.tags,
        cast(null as {{ type_string() }}) as scope,
        windows_v2.interval_s,
        series_v2.unit,
        series_v2.per_unit,
        cast(null as {{ type_json() }}) as pointlist
    from series_v2
    inner join windows_v2 on series_v2.file_path = windows_v2.file_path and series_v2.line = windows_v2.line

),

tagged as (

    -- As ,tag:value,tag:value, whatever way it was written.
    select
        series.*,
        replace(replace(replace(replace(coalesce(tags, '[]'), ' ', ''), '["', ','), '"]', ','), '","', ',') as tag_text,
        ',' || replace(coalesce(scope, ''), ' ', '') || ',' as scope_text
    from series

),

placed as (

    select
        tagged.*,
        coalesce({{ tag_value('tag_text', 'service') }}, {{ tag_value('scope_text', 'service') }}) as service,
        lower(coalesce({{ tag_value('tag_text', 'env') }}, {{ tag_value('scope_text', 'env') }})) as environment
    from tagged

),

known as (

    select
        placed.file_path,
        placed.line,
        placed.place,
        placed.from_at,
        placed.to_at,
        placed.metric,
        placed.aggregation,
        placed.tag_text,
        placed.scope_text,
        placed.service,
        placed.interval_s,
        placed.pointlist,
        metric_names.measure,
        metric_names.combine,
        metric_names.unit as unit_by_seed,
        {{ json_text('placed.unit', '$.name') }} as unit_name,
        {{ json_text('placed.unit', '$.family') }} as unit_family,
        {{ dbt.safe_cast(json_text('placed.unit', '$.scale_factor'), type_double()) }} as unit_scale,
        case
            when {{ json_text('placed.per_unit', '$.family') }} = 'time'
                then {{ dbt.safe_cast(json_text('placed.per_unit', '$.scale_factor'), type_double()) }}
        end as per_seconds
    from placed
    inner join {{ ref('metric_names') }} as metric_names
        on placed.metric = metric_names.metric
        and metric_names.source = 'datadog'
        and (metric_names.aggregation is null or placed.aggregation = metric_names.aggregation)
    where placed.service is not null
        and (placed.environment is null or placed.environment in {{ production_environments() }})

),

lists_v2 as (

    select
        answers.file_path,
        answers.line,
        list_of_series_place as place,
        list_of_series
    from {{ json_items_placed('answers', 'points', '$', 'list_of_series') }}

),

values_v2 as (

    select
        lists_v2.file_path,
        lists_v2.line,
        lists_v2.place,
        figure_place as time_place,
        {{ dbt.safe_cast(json_text('figure', '$'), type_double()) }} as value
    from {{ json_items_placed('lists_v2', 'list_of_series', '$', 'figure') }}

),

points as (

    select
        {% for name in said -%}
        known.{{ name }},
        {% endfor -%}
        {{ from_epoch_ms(json_whole('point', '$[0]')) }} as bucket_start,
        {{ dbt.safe_cast(json_text('point', '$[1]'), type_double()) }} as value
    from {{ json_items('known', 'pointlist', '$', 'point') }}
    union all
    select
        {% for name in said -%}
        known.{{ name }},
        {% endfor -%}
        times_v2.bucket_start,
        values_v2.value
    from known
    inner join values_v2
        on known.file_path = values_v2.file_path and known.line = values_v2.line and known.place = values_v2.place
    inner join times_v2
        on values_v2.file_path = times_v2.file_path and values_v2.line = times_v2.line and values_v2.time_place = times_v2.place

),

whole as (

    select points.*
    from points
    where value is not null
        and bucket_start >= from_at
        and {{ add_seconds('bucket_start', 'interval_s') }} <= to_at

),

in_whole_numbers as (

    -- Requests, microseconds, millionths. A metric that is a rate gives its count over the bucket.
    select
        whole.*,
        case
            when measure in ('requests', 'errors')
                then {{ in_whole("value * coalesce(unit_scale, 1) * coalesce(interval_s / per_seconds, 1)", 1) }}
            when measure = 'utilisation'
                then {{ in_whole("case when coalesce(unit_name, unit_by_seed) = 'percent' then value / 100 else value end", 1000000) }}
            else {{ in_whole("value * coalesce(case when unit_family = 'time' then unit_scale end,
                case unit_by_seed when 'ns' then 1e-9 when 'us' then 1e-6 when 'ms' then 1e-3 else 1 end)", 1000000) }}
        end as amount
    from whole

),

newest as (

    select
        in_whole_numbers.*,
        row_number() over (
            partition by metric, aggregation, tag_text, scope_text, measure, interval_s, bucket_start
            order by file_path desc, line desc
        ) as age
    from in_whole_numbers

),

combined as (

    select
        service,
        bucket_start,
        interval_s,
        measure,
        case max(combine)
            when 'sum' then sum(amount)
            when 'max' then max(amount)
            else {{ in_whole('cast(sum(amount) as ' ~ type_double() ~ ') / count(amount)', 1) }}
        end as amount
    from newest
    where age = 1
    group by service, bucket_start, interval_s, measure

),

buckets as (

    select
        service,
        bucket_start,
        interval_s,
        max(case when measure = 'requests' then amount end) as requests,
        max(case when measure = 'errors' then amount end) as errors,
        max(case when measure = 'p50_ms' then amount end) as p50_us,
        max(case when measure = 'p95_ms' then amount end) as p95_us,
        max(case when measure = 'p99_ms' then amount end) as p99_us,
        max(case when measure = 'ttfb_ms' then amount end) as ttfb_us,
        max(case when measure = 'utilisation' then amount end) as utilisation_millionths
    from combined
    group by service, bucket_start, interval_s

),

in_minutes as (

    select
        buckets.*,
        {{ add_seconds(hour_start('bucket_start'), '(' ~ whole_quotient(seconds_between(hour_start('bucket_start'), 'bucket_start'), '60') ~ ' * 60)') }}
            as minute_start,
        {{ whole_quotient('interval_s + 59', '60') }} as bucket_minutes
    from buckets

),

final as (

    -- Buckets of some seconds become their minute; any other is alone in its group.
    select
        'datadog' as source,
        service,
        minute_start as bucket_start,
        bucket_minutes,
        sum(requests) as requests,
        sum(errors) as errors,
        {{ weighted_mean('p50_us', 'requests', 1000) }} as p50_ms,
        {{ weighted_mean('p95_us', 'requests', 1000) }} as p95_ms,
        {{ weighted_mean('p99_us', 'requests', 1000) }} as p99_ms,
        {{ weighted_mean('ttfb_us', 'requests', 1000) }} as ttfb_ms,
        {{ weighted_mean('utilisation_millionths', 'interval_s', 1000000) }} as utilisation,
        cast(null as {{ type_bigint() }}) as apdex_satisfied,
        cast(null as {{ type_bigint() }}) as apdex_tolerating,
        cast(null as {{ type_bigint() }}) as apdex_total
    from in_minutes
    group by service, minute_start, bucket_minutes, interval_s

)

select
    source,
    service,
    bucket_start,
    bucket_minutes,
    requests,
    errors,
    p50_ms,
    p95_ms,
    p99_ms,
    ttfb_ms,
    utilisation,
    apdex_satisfied,
    apdex_tolerating,
    apdex_total
from final
