{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    require_partition_filter=day_required(),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date'},
) }}
{%- set columns = [
    'event_name', 'distinct_id', 'device_id', 'user_id', 'identified_id', 'anon_id', 'insert_id', 'occurred_at', 'received_at',
    'processed_at', 'event_date', 'is_import', 'library', 'operating_system', 'country_code', 'account_id', 'properties',
    'dedupe_id', 'file_path', 'line', 'batch_id', 'loaded_at',
] %}
-- Exact under any order of loads: a Mixpanel repeat carries the same time, so it shares its event's day, and every day that a new,
-- changed or withdrawn file touches is rebuilt whole. The winner follows from the record and its path, never from when it came.

{%- set arrived %}
with landed as {{ each_time() }} (

    select
        {{ field('event') }} as event_name,
        {{ field('distinct_id') }} as distinct_id,
        {{ field('device_id') }} as device_id,
        {{ field('user_id') }} as user_id,
        {{ field('identified_id') }} as identified_id,
        {{ field('anon_id') }} as anon_id,
        {{ field('insert_id') }} as insert_id,
        {{ from_wall_clock_epoch_s(field('time'), var('mixpanel_export_timezone')) }} as occurred_at,
        coalesce({{ from_epoch_ms(field('api_timestamp_ms')) }}, {{ from_epoch_ms(field('processing_time_ms')) }}) as received_at,
        {{ from_epoch_ms(field('processing_time_ms')) }} as processed_at,
        {{ field('is_import') }} as is_import,
        {{ field('library') }} as library,
        {{ field('operating_system') }} as operating_system,
        {{ field('country_code') }} as country_code,
        {{ field('account_id') }} as account_id,
        {{ field('properties') }} as properties,
        {{ landing_columns() }}
    from {{ landing('mixpanel', 'export') }}

),

arrived_records as {{ each_time() }} (

    -- A record without an insert id is known by all it says.
    select
        event_name,
        distinct_id,
        device_id,
        user_id,
        identified_id,
        anon_id,
        insert_id,
        occurred_at,
        received_at,
        processed_at,
        {{ event_day('occurred_at', 'received_at') }} as event_date,
        coalesce(is_import, false) as is_import,
        library,
        operating_system,
        country_code,
        account_id,
        properties,
        coalesce(insert_id, {{ hex_md5(as_text('properties')) }}) as dedupe_id,
        {{ landing_columns() }}
    from landed

)
{%- endset %}

{{ append_log(
    arrived,
    'arrived_records',
    columns=columns,
    day='event_date',
    key=['event_name', 'distinct_id', 'occurred_at', 'dedupe_id'],
    order_by=["coalesce(processed_at, received_at, occurred_at)"],
    repeats='same_time',
) }},

final as (

    select {{ columns | join(', ') }}, record_status
    from judged

)

select
    event_name,
    distinct_id,
    device_id,
    user_id,
    identified_id,
    anon_id,
    insert_id,
    occurred_at,
    received_at,
    processed_at,
    event_date,
    is_import,
    library,
    operating_system,
    country_code,
    account_id,
    properties,
    dedupe_id,
    record_status,
    {{ landing_columns() }}
from final
