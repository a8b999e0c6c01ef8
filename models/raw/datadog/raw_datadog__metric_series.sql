{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    require_partition_filter=day_required(),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'speaks_of': ['first_date', 'last_date'], 'sorted': true},
) }}
{%- set columns = [
    'query', 'status', 'from_at', 'to_at', 'series', 'series_v2', 'times', 'points', 'first_bucket', 'payload',
    'event_date', 'first_date', 'last_date', 'file_path', 'line', 'batch_id', 'loaded_at',
] %}
-- Exact because the day is read off the key, so all versions of an answer stand on one day, and each touched day is judged whole. An
-- answer that names neither its window nor a bucket stands on the first day of all.

{%- set arrived %}
with landed as (

    select
        {{ field('query') }} as query,
        {{ field('status') }} as status,
        {{ from_epoch_ms(field('from_date')) }} as from_at,
        {{ from_epoch_ms(field('to_date')) }} as to_at,
        {{ field('series') }} as series,
        {{ field('series_v2') }} as series_v2,
        {{ field('times') }} as times,
        {{ field('points') }} as points,
        {{ json_text(field('times'), '$[0]') }} as first_bucket,
        {{ from_epoch_ms(json_whole_extreme(field('times'), 'min')) }} as earliest_bucket,
        {{ from_epoch_ms(json_whole_extreme(field('times'), 'max')) }} as latest_bucket,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('datadog', 'metric_series') }}

),

dated as (

    select
        landed.*,
        coalesce(
            {{ reporting_day('from_at') }},
            {{ reporting_day(from_epoch_ms(dbt.safe_cast('first_bucket', type_bigint()))) }},
            {{ date_literal('1970-01-01') }}
        ) as event_date
    from landed

),

spanned as (

    -- A bucket counts when it is over by the end of the window.
    select
        dated.*,
        least(
            event_date,
            coalesce({{ reporting_day(hour_start('from_at')) }}, event_date),
            coalesce({{ reporting_day(hour_start('earliest_bucket')) }}, event_date)
        ) as first_date,
        greatest(
            event_date,
            coalesce({{ reporting_day(add_seconds('to_at', '-1')) }}, event_date),
            coalesce({{ reporting_day(add_seconds('latest_bucket', '-1')) }}, event_date)
        ) as last_date
    from dated

)
{%- endset %}

{{ versions_by_day(
    arrived,
    cte='spanned',
    columns=columns,
    day='event_date',
    key=['query', 'from_at', 'to_at', 'first_bucket'],
) }}

select
    query,
    status,
    from_at,
    to_at,
    series,
    series_v2,
    times,
    points,
    first_bucket,
    payload,
    event_date,
    first_date,
    last_date,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
