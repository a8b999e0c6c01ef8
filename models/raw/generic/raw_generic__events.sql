{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    require_partition_filter=day_required(),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date'},
) }}
{%- set columns = [
    'event_id', 'occurred_at', 'event_date', 'event_name', 'user_id', 'anonymous_id', 'account_id', 'received_at', 'session_id',
    'platform', 'device_type', 'country', 'properties', 'receive_clock', 'file_path', 'line', 'batch_id', 'loaded_at',
] %}
-- Exact under any order of loads: a repeat may carry another time, so a touched id brings in the days of all its records; each
-- such day is rebuilt whole. The first by the receive clock is the event, a later one within redelivery_days its repeat.

{%- set arrived %}
with landed as {{ each_time() }} (

    select
        {{ field('event_id') }} as event_id,
        {{ field('occurred_at') }} as occurred_at,
        {{ field('event_name') }} as event_name,
        {{ field('user_id') }} as user_id,
        {{ field('anonymous_id') }} as anonymous_id,
        {{ field('account_id') }} as account_id,
        {{ field('received_at') }} as received_at,
        {{ field('session_id') }} as session_id,
        {{ field('platform') }} as platform,
        {{ field('device_type') }} as device_type,
        {{ field('country') }} as country,
        {{ field('properties') }} as properties,
        {{ landing_columns() }}
    from {{ landing('generic', 'events') }}

),

arrived_records as {{ each_time() }} (

    select
        event_id,
        occurred_at,
        {{ event_day('occurred_at', 'received_at') }} as event_date,
        event_name,
        user_id,
        anonymous_id,
        account_id,
        received_at,
        session_id,
        platform,
        device_type,
        country,
        properties,
        coalesce(received_at, occurred_at) as receive_clock,
        {{ landing_columns() }}
    from landed

)
{%- endset %}

{{ append_log(
    arrived,
    'arrived_records',
    columns=columns,
    day='event_date',
    key=['event_id'],
    order_by=['receive_clock'],
    repeats='shifted_time',
) }},

final as (

    select {{ columns | join(', ') }}, record_status
    from judged

)

select
    event_id,
    occurred_at,
    event_date,
    event_name,
    user_id,
    anonymous_id,
    account_id,
    received_at,
    session_id,
    platform,
    device_type,
    country,
    properties,
    receive_clock,
    record_status,
    {{ landing_columns() }}
from final
