{{ config(materialized='ephemeral', enabled='amplitude' in var('sources')) }}
-- Amplitude tells persons apart by an id of its own and says in merged_users which of them turned out to be one. So that id is the
-- actor of an event without a user, and not the device, which several persons may share.
{%- set account = var('amplitude_account_group') %}

with ids as (

    select
        dedupe_id,
        {{ user_key('user_id') }} as known_user_id,
        amplitude_id,
        {{ user_key('device_id') }} as known_device_id,
        coalesce(
            account_id,
            {{ json_text('group_names', '$."' ~ account ~ '"') }},
            {{ json_text('group_names', '$."' ~ account ~ '"[0]') }}
        ) as known_account_id,
        event_name,
        occurred_at,
        received_at,
        event_date,
        platform,
        operating_system,
        device_family,
        country as country_name,
        library,
        properties
    from {{ ref('raw_amplitude__events') }}
    where record_status = 'loaded'

),

countries as (

    select
        country_name,
        country_code
    from {{ ref('country_names') }}

)

select
    'amplitude' as source,
    ids.dedupe_id as source_event_id,
    case
        when ids.known_user_id is not null then 'amplitude:user:' || ids.known_user_id
        when ids.amplitude_id is not null then 'amplitude:id:' || ids.amplitude_id
        else 'amplitude:device:' || ids.known_device_id
    end as actor_id,
    case when ids.known_user_id is not null and ids.amplitude_id is not null then 'amplitude:id:' || ids.amplitude_id end as linked_actor_id,
    ids.known_user_id as user_id,
    ids.known_account_id as account_id,
    ids.event_name,
    ids.occurred_at,
    ids.received_at,
    ids.event_date,
    case
        when lower(ids.platform) = 'web' then 'web'
        when lower(ids.platform) in ('ios', 'android') then lower(ids.platform)
        when ids.library is not null then 'server'
    end as platform,
    case
        when lower(ids.device_family) like '%ipad%' or lower(ids.device_family) like '%tablet%' then 'tablet'
        when lower(ids.platform) in ('ios', 'android') or lower(ids.operating_system) in ('ios', 'android') then 'phone'
        when lower(ids.device_family) like '%windows%' or lower(ids.device_family) like '%mac%' or lower(ids.device_family) like '%linux%' then 'desktop'
    end as device_type,
    coalesce(countries.country_code, case when length(ids.country_name) = 2 then upper(ids.country_name) end) as country,
    ids.properties
from ids
left join countries on ids.country_name = countries.country_name
