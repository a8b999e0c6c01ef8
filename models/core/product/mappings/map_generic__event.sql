{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}

with keys as (

    select
        raw_events.*,
        {{ user_key('user_id') }} as user_key,
        {{ user_key('anonymous_id') }} as anonymous_key
    from {{ ref('raw_generic__events') }} as raw_events
    where record_status = 'loaded'

)

select
    'generic' as source,
    event_id as source_event_id,
    case when user_key is not null then 'generic:user:' || user_key else 'generic:anonymous:' || anonymous_key end as actor_id,
    case when user_key is not null and anonymous_key is not null then 'generic:anonymous:' || anonymous_key end as linked_actor_id,
    user_key as user_id,
    account_id,
    event_name,
    occurred_at,
    receive_clock as received_at,
    event_date,
    platform,
    device_type,
    country,
    properties
from keys
