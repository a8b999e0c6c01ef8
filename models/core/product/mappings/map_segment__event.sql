{{ config(materialized='ephemeral', enabled='segment' in var('sources')) }}
-- A tracked call is known by its event's name, every other by its kind: what a page is called stands in its properties.

with ids as (

    select
        message_id,
        {{ user_key('user_id') }} as known_user_id,
        {{ user_key('anonymous_id') }} as known_anonymous_id,
        group_id,
        case when call_type = 'track' then coalesce(event_name, 'track') else call_type end as known_event_name,
        occurred_at,
        received_at,
        event_date,
        channel,
        library,
        operating_system,
        device_type,
        country as country_name,
        properties
    from {{ ref('raw_segment__raw_logs') }}
    where record_status = 'loaded'

),

countries as (

    select
        country_name,
        country_code
    from {{ ref('country_names') }}

)

select
    'segment' as source,
    ids.message_id as source_event_id,
    case
        when ids.known_user_id is not null then 'segment:user:' || ids.known_user_id
        else 'segment:anonymous:' || ids.known_anonymous_id
    end as actor_id,
    case
        when ids.known_user_id is not null and ids.known_anonymous_id is not null then 'segment:anonymous:' || ids.known_anonymous_id
    end as linked_actor_id,
    ids.known_user_id as user_id,
    ids.group_id as account_id,
    ids.known_event_name as event_name,
    ids.occurred_at,
    ids.received_at,
    ids.event_date,
    case
        when ids.library = 'analytics.js' or ids.channel in ('browser', 'client') then 'web'
        when ids.library in ('analytics-ios', 'analytics-swift') or ids.device_type = 'ios' then 'ios'
        when ids.library in ('analytics-android', 'analytics-kotlin') or ids.device_type = 'android' then 'android'
        when ids.library is not null or ids.channel = 'server' then 'server'
    end as platform,
    case
        when ids.operating_system = 'iPadOS' then 'tablet'
        when ids.device_type in ('ios', 'android') or ids.operating_system in ('iOS', 'iPhone OS', 'Android') then 'phone'
        when ids.operating_system in ('Windows', 'macOS', 'Mac OS X', 'Linux', 'Chrome OS') then 'desktop'
    end as device_type,
    coalesce(countries.country_code, case when length(ids.country_name) = 2 then upper(ids.country_name) end) as country,
    ids.properties
from ids
left join countries on ids.country_name = countries.country_name
