{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    require_partition_filter=day_required(),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date'},
) }}
{%- set columns = [
    'message_id', 'call_type', 'event_name', 'page_name', 'user_id', 'anonymous_id', 'previous_id', 'group_id', 'occurred_at',
    'received_at', 'event_date', 'properties', 'traits', 'channel', 'library', 'operating_system', 'device_type', 'country',
    'file_path', 'line', 'batch_id', 'loaded_at',
] %}
-- Exact under any order of loads: a retry carries another time, so a touched id brings in the days of all its records; each such
-- day is rebuilt whole. The first by the receive clock is the call, a later one within redelivery_days its repeat.

{%- set arrived %}
with landed as {{ each_time() }} (

    select
        {{ field('message_id') }} as message_id,
        {{ field('type') }} as call_type,
        {{ field('event') }} as event_name,
        {{ field('page_name') }} as page_name,
        {{ field('user_id') }} as user_id,
        {{ field('anonymous_id') }} as anonymous_id,
        {{ field('previous_id') }} as previous_id,
        {{ field('group_id') }} as group_id,
        {{ field('occurred_at') }} as occurred_at,
        {{ field('received_at') }} as received_at,
        {{ field('properties') }} as properties,
        coalesce({{ field('traits') }}, {{ field('context_traits') }}) as traits,
        {{ field('channel') }} as channel,
        {{ field('library') }} as library,
        {{ field('operating_system') }} as operating_system,
        {{ field('device_type') }} as device_type,
        {{ field('country') }} as country,
        {{ landing_columns() }}
    from {{ landing('segment', 'raw_logs') }}

),

arrived_records as {{ each_time() }} (

    select
        landed.*,
        {{ event_day('occurred_at', 'received_at') }} as event_date
    from landed

)
{%- endset %}

{{ append_log(
    arrived,
    'arrived_records',
    columns=columns,
    day='event_date',
    key=['message_id'],
    order_by=['received_at'],
    repeats='shifted_time',
) }},

final as (

    select {{ columns | join(', ') }}, record_status
    from judged

)

select
    message_id,
    call_type,
    event_name,
    page_name,
    user_id,
    anonymous_id,
    previous_id,
    group_id,
    occurred_at,
    received_at,
    event_date,
    properties,
    traits,
    channel,
    library,
    operating_system,
    device_type,
    country,
    record_status,
    {{ landing_columns() }}
from final
