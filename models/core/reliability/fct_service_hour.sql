{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('hour_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'hour_date', 'days': 'service_days', 'sorted': true},
) }}
-- Exact because an hour follows from the records that speak of it, and the days that a changed record speaks of are replaced whole.

with buckets as (

    {{ mapped('service_hour', {
        'source': type_string(), 'service': type_string(), 'bucket_start': type_timestamp(), 'bucket_minutes': type_bigint(),
        'requests': type_bigint(), 'errors': type_bigint(), 'p50_ms': type_double(), 'p95_ms': type_double(),
        'p99_ms': type_double(), 'ttfb_ms': type_double(), 'utilisation': type_double(),
        'apdex_satisfied': type_bigint(), 'apdex_tolerating': type_bigint(), 'apdex_total': type_bigint(),
    }) }}

),

in_whole_numbers as (

    select
        source,
        service,
        {{ hour_start('bucket_start') }} as first_hour,
        bucket_minutes,
        requests,
        errors,
        -- A short bucket belongs to the hour it starts in, a long one to every hour it touches.
        case
            when bucket_minutes <= 60 then 0
            else {{ whole_quotient(seconds_between(hour_start('bucket_start'), 'bucket_start'), '60') }}
        end as minutes_into_hour,
        {{ in_whole('p50_ms', 1000) }} as p50_us,
        {{ in_whole('p95_ms', 1000) }} as p95_us,
        {{ in_whole('p99_ms', 1000) }} as p99_us,
        {{ in_whole('ttfb_ms', 1000) }} as ttfb_us,
        {{ in_whole('utilisation', 1000000) }} as utilisation_millionths,
        apdex_satisfied,
        apdex_tolerating,
        apdex_total
    from buckets

),

by_hour as (

    -- How many minutes of the bucket are over when the hour begins, and when it ends.
    select
        in_whole_numbers.*,
        nth_hour,
        greatest(nth_hour * 60 - minutes_into_hour, 0) as minutes_before,
        least((nth_hour + 1) * 60 - minutes_into_hour, bucket_minutes) as minutes_by_end
    from in_whole_numbers
    {{ cross_join_counter(whole_quotient('in_whole_numbers.minutes_into_hour + in_whole_numbers.bucket_minutes - 1', '60'), 'nth_hour') }}

),

spread as (

    -- A long bucket gives each of its hours a part by its minutes, and the parts add up to the bucket exactly.
    select
        source,
        service,
        {{ add_seconds('first_hour', '(nth_hour * 3600)') }} as hour_start,
        bucket_minutes,
        minutes_by_end - minutes_before as minutes,
        {% for count in ['requests', 'errors', 'apdex_satisfied', 'apdex_tolerating', 'apdex_total'] -%}
        {{ part_of_bucket(count, 'minutes_before', 'minutes_by_end', 'bucket_minutes') }} as {{ count }},
        {% endfor -%}
        p50_us,
        p95_us,
        p99_us,
        ttfb_us,
        utilisation_millionths
    from by_hour

),

dated as (

    select
        spread.*,
        {{ reporting_day('hour_start') }} as hour_date
    from spread

),

by_bucket_length as (

    select
        source,
        service,
        hour_start,
        hour_date,
        bucket_minutes,
        cast(sum(minutes) as {{ type_bigint() }}) as covered_minutes,
        cast(sum(requests) as {{ type_bigint() }}) as requests,
        cast(sum(errors) as {{ type_bigint() }}) as errors,
        {{ weighted_mean('p50_us', 'requests', 1000) }} as p50_ms,
        {{ weighted_mean('p95_us', 'requests', 1000) }} as p95_ms,
        {{ weighted_mean('p99_us', 'requests', 1000) }} as p99_ms,
        {{ weighted_mean('ttfb_us', 'requests', 1000) }} as ttfb_ms,
        {{ weighted_mean('utilisation_millionths', 'minutes', 1000000) }} as utilisation,
        cast(max(utilisation_millionths) as {{ type_double() }}) / 1000000 as peak_utilisation,
        cast(sum(apdex_satisfied) as {{ type_bigint() }}) as apdex_satisfied,
        cast(sum(apdex_tolerating) as {{ type_bigint() }}) as apdex_tolerating,
        cast(sum(apdex_total) as {{ type_bigint() }}) as apdex_total
    from dated
    {%- if is_incremental() %}
    where {{ in_days('hour_date', service_days()) }}
    {%- endif %}
    group by source, service, hour_start, hour_date, bucket_minutes

),

ranked as (

    -- The same hour in minutes and in hours is one hour's traffic: the length that covers most of it speaks, the finer one on a tie.
    select
        by_bucket_length.*,
        row_number() over (
            partition by source, service, hour_start
            order by case when covered_minutes > 60 then 60 else covered_minutes end desc, bucket_minutes
        ) as preference
    from by_bucket_length

),

final as (

    select
        source,
        service,
        hour_start,
        hour_date,
        requests,
        errors,
        p50_ms,
        p95_ms,
        p99_ms,
        ttfb_ms,
        utilisation,
        peak_utilisation,
        bucket_minutes,
        covered_minutes,
        bucket_minutes > 60 as is_spread,
        apdex_satisfied,
        apdex_tolerating,
        apdex_total
    from ranked
    where preference = 1

)

select
    source,
    service,
    hour_start,
    hour_date,
    requests,
    errors,
    p50_ms,
    p95_ms,
    p99_ms,
    ttfb_ms,
    utilisation,
    peak_utilisation,
    bucket_minutes,
    covered_minutes,
    is_spread,
    apdex_satisfied,
    apdex_tolerating,
    apdex_total
from final
