{{ config(materialized='ephemeral', enabled='mixpanel' in var('sources')) }}

with ids as (

    select
        event_name,
        occurred_at,
        coalesce(received_at, occurred_at) as received_at,
        event_date,
        dedupe_id,
        distinct_id,
        {{ mixpanel_user_id() }} as known_user_id,
        {{ mixpanel_device_id() }} as known_device_id,
        account_id,
        library,
        operating_system,
        country_code,
        properties
    from {{ ref('raw_mixpanel__export') }}
    where record_status = 'loaded'

),

keys as (

    select
        ids.*,
        {{ user_key('known_user_id') }} as user_key,
        {{ user_key('known_device_id') }} as device_key
    from ids

)

select
    'mixpanel' as source,
    {{ stable_id(['event_name', 'distinct_id', moment_text('occurred_at'), 'dedupe_id']) }} as source_event_id,
    case
        when user_key is not null then 'mixpanel:user:' || user_key
        else 'mixpanel:device:' || device_key
    end as actor_id,
    case when user_key is not null and device_key is not null then 'mixpanel:device:' || device_key end as linked_actor_id,
    user_key as user_id,
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
from keys
