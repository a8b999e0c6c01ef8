{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
select
    'generic' as source,
    event_id as source_event_id,
    case when user_id is not null then 'generic:user:' || user_id else 'generic:anonymous:' || anonymous_id end as actor_id,
    case when user_id is not null and anonymous_id is not null then 'generic:anonymous:' || anonymous_id end as linked_actor_id,
    user_id,
    account_id,
    event_name,
    occurred_at,
    receive_clock as received_at,
    event_date,
    platform,
    device_type,
    country,
    properties
from {{ ref('raw_generic__events') }}
where record_status = 'loaded'
