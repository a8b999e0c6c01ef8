{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    require_partition_filter=day_required(),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'speaks_of': ['first_date', 'last_date'], 'days_at_most': 33, 'sorted': true},
) }}
{%- set columns = [
    'service', 'bucket_start', 'bucket_minutes', 'requests', 'errors', 'p50_ms', 'p95_ms', 'p99_ms', 'ttfb_ms',
    'utilisation', 'payload', 'event_date', 'first_date', 'last_date', 'file_path', 'line', 'batch_id', 'loaded_at',
] %}
-- Exact because a bucket's start is in its key: all its versions stand on one day, and each touched day is judged whole. The hours of a
-- bucket lie between first_date and last_date; its contract lets it last 31 days, which touch 33 where clocks change.

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
        {{ reporting_day('bucket_start') }} as event_date,
        {{ reporting_day(hour_start('bucket_start')) }} as first_date,
        {{ reporting_day(add_seconds('bucket_start', '(bucket_minutes * 60 - 1)')) }} as last_date
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
    first_date,
    last_date,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
