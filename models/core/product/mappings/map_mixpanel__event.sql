{{ config(materialized='ephemeral', enabled='mixpanel' in var('sources')) }}
-- A distinct_id is a device when it says so or repeats the device id; otherwise it is the user, as in projects older than
-- simplified id merge.

with ids as (

    select
        event_name,
        occurred_at,
        coalesce(received_at, occurred_at) as received_at,
        event_date,
        dedupe_id,
        distinct_id,
        coalesce(
            user_id,
            identified_id,
            case when distinct_id not like '$device:%' and distinct_id <> coalesce(device_id, '') then distinct_id end
        ) as known_user_id,
        coalesce(device_id, anon_id, case when distinct_id like '$device:%' then substr(distinct_id, 9) end) as known_device_id,
        account_id,
        library,
        operating_system,
        country_code,
        properties
    from {{ ref('raw_mixpanel__export') }}
    where record_status = 'loaded'

)

select
    'mixpanel' as source,
    {{ stable_id(['event_name', 'distinct_id', moment_text('occurred_at'), 'dedupe_id']) }} as source_event_id,
    case
        when known_user_id is not null then 'mixpanel:user:' || known_user_id
        else 'mixpanel:device:' || known_device_id
    end as actor_id,
    case when known_user_id is not null and known_device_id is not null then 'mixpanel:device:' || known_device_id end as linked_actor_id,
    known_user_id as user_id,
    account_id,
    event_name,
    occurred_at,
    received_at,
    event_date,
    case
        when library = 'web' then 'web'
        when library in ('iphone', 'swift', 'ios') or operating_system = 'iOS' then 'ios'
        when library = 'android' or operating_system = 'Android' then 'android'
        when library is not null then 'server'
    end as platform,
    case
        when operating_system in ('iOS', 'Android') then 'phone'
        when operating_system is not null then 'desktop'
    end as device_type,
    country_code as country,
    properties
from ids
