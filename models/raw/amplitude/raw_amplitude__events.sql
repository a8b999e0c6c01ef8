{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    require_partition_filter=day_required(),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date'},
) }}
{%- set columns = [
    'uuid', 'insert_id', 'app', 'event_name', 'occurred_at', 'received_at', 'event_date', 'amplitude_id', 'user_id', 'device_id',
    'session_id', 'properties', 'group_names', 'account_id', 'email', 'name', 'platform', 'operating_system', 'device_family', 'country',
    'library', 'dedupe_id', 'file_path', 'line', 'batch_id', 'loaded_at',
] %}
-- Exact under any order of loads: a retry may carry another time, so a touched id brings in the days of all its records; each
-- such day is rebuilt whole. The first by the receive clock is the event, whatever way it came. A row delivered again has the same
-- uuid and so the same insert id, which makes one key of the two.

{%- set arrived %}
with landed as {{ each_time() }} (

    select
        {{ field('uuid') }} as uuid,
        nullif({{ field('insert_id') }}, '') as insert_id,
        {{ field('app') }} as app,
        {{ field('event_type') }} as event_name,
        {{ field('event_time') }} as occurred_at,
        {{ field('server_upload_time') }} as received_at,
        {{ field('amplitude_id') }} as amplitude_id,
        {{ field('user_id') }} as user_id,
        {{ field('device_id') }} as device_id,
        {{ field('session_id') }} as session_id,
        {{ field('event_properties') }} as properties,
        {{ field('group_names') }} as group_names,
        {{ field('account_id') }} as account_id,
        {{ field('email') }} as email,
        {{ field('name') }} as name,
        {{ field('platform') }} as platform,
        {{ field('os_name') }} as operating_system,
        {{ field('device_family') }} as device_family,
        {{ field('country') }} as country,
        {{ field('library') }} as library,
        {{ landing_columns() }}
    from {{ landing('amplitude', 'events') }}

),

arrived_records as {{ each_time() }} (

    select
        landed.*,
        {{ event_day('occurred_at', 'received_at') }} as event_date,
        case
            when insert_id is not null then {{ stable_id(['app', 'device_id', 'insert_id']) }}
            else uuid
        end as dedupe_id
    from landed

)
{%- endset %}

{{ append_log(
    arrived,
    'arrived_records',
    columns=columns,
    day='event_date',
    key=['dedupe_id'],
    order_by=['received_at', 'uuid'],
    repeats='shifted_time',
) }},

final as (

    select {{ columns | join(', ') }}, record_status
    from judged

)

select
    uuid,
    insert_id,
    app,
    event_name,
    occurred_at,
    received_at,
    event_date,
    amplitude_id,
    user_id,
    device_id,
    session_id,
    properties,
    group_names,
    account_id,
    email,
    name,
    platform,
    operating_system,
    device_family,
    country,
    library,
    dedupe_id,
    record_status,
    {{ landing_columns() }}
from final
