{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date'},
) }}
{%- set columns = [
    'service', 'bucket_start', 'bucket_minutes', 'requests', 'errors', 'p50_ms', 'p95_ms', 'p99_ms', 'ttfb_ms',
    'utilisation', 'payload', 'event_date', 'file_path', 'line', 'batch_id', 'loaded_at',
] %}
-- Exact because a bucket's start is in its key: all its versions stand on one day, and each touched day is judged whole.

{%- set arrived %}
with landed as (

    select
        {{ field('service') }} as service,
        {{ field('bucket_start') }} as bucket_start,
        {{ field('bucket_minutes') }} as bucket_minutes,
        {{ field('requests') }} as requests,
        {{ field('errors') }} as errors,
        {{ field('p50_ms') }} as p50_ms,
        {{ field('p95_ms') }} as p95_ms,
        {{ field('p99_ms') }} as p99_ms,
        {{ field('ttfb_ms') }} as ttfb_ms,
        {{ field('utilisation') }} as utilisation,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'service_metrics') }}

),

dated as (

    select
        landed.*,
        {{ reporting_day('bucket_start') }} as event_date
    from landed

)
{%- endset %}

{{ versions_by_day(
    arrived,
    cte='dated',
    columns=columns,
    day='event_date',
    key=['service', 'bucket_start', 'bucket_minutes'],
) }}

select
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
    payload,
    event_date,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
