{{ config(materialized='ephemeral', enabled='segment' in var('sources')) }}
-- An alias call does not say whether the id it gives up was a visitor's or a user's. It is whichever exists; the other leads nowhere.

with aliases as (

    select
        'segment:user:' || {{ user_key('user_id') }} as actor_id,
        {{ user_key('previous_id') }} as previous_key,
        occurred_at,
        event_date
    from {{ ref('raw_segment__raw_logs') }}
    where record_status = 'loaded' and call_type = 'alias' and user_id is not null and previous_id is not null and previous_id <> user_id

)

select
    'segment' as source,
    actor_id,
    'segment:user:' || previous_key as linked_actor_id,
    occurred_at,
    event_date
from aliases
union all
select
    'segment' as source,
    actor_id,
    'segment:anonymous:' || previous_key as linked_actor_id,
    occurred_at,
    event_date
from aliases
