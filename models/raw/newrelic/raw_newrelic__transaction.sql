{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    require_partition_filter=day_required(),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'speaks_of': ['first_date', 'event_date'], 'days_at_most': 1, 'sorted': true},
) }}
{%- set columns = [
    'row_key', 'occurred_at', 'app_name', 'name', 'transaction_type', 'duration_s', 'is_error', 'http_status',
    'guid', 'trace_id', 'weight', 'payload', 'event_date', 'first_date', 'file_path', 'line', 'batch_id', 'loaded_at',
] %}
-- Exact because a row is its own key: all that say the same stand on one day, and each touched day is judged whole.

{%- set arrived %}
with landed as (

    -- A row has no key: what says the same is the same.
    select
        {{ stable_id([as_text(field('payload'))]) }} as row_key,
        {{ from_epoch_ms(field('timestamp')) }} as occurred_at,
        {{ field('app_name') }} as app_name,
        {{ field('name') }} as name,
        {{ field('transaction_type') }} as transaction_type,
        {{ field('duration') }} as duration_s,
        {{ field('error') }} as is_error,
        {{ field('http_status') }} as http_status,
        {{ field('guid') }} as guid,
        {{ field('trace_id') }} as trace_id,
        {{ field('weight') }} as weight,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('newrelic', 'transaction') }}

),

dated as (

    select
        landed.*,
        {{ reporting_day('occurred_at') }} as event_date,
        {{ reporting_day(hour_start('occurred_at')) }} as first_date
    from landed

)
{%- endset %}

{{ versions_by_day(
    arrived,
    cte='dated',
    columns=columns,
    day='event_date',
    key=['row_key'],
) }}

select
    row_key,
    occurred_at,
    app_name,
    name,
    transaction_type,
    duration_s,
    is_error,
    http_status,
    guid,
    trace_id,
    weight,
    payload,
    event_date,
    first_date,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
