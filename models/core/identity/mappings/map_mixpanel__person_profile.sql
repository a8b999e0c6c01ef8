{{ config(materialized='ephemeral', enabled='mixpanel' in var('sources')) }}
-- Mixpanel people have no sign-up time of their own: the sign_up event tells it.
select
    'mixpanel' as source,
    case
        when distinct_id like '$device:%' then 'mixpanel:device:' || substr(distinct_id, 9)
        else 'mixpanel:user:' || distinct_id
    end as actor_id,
    case when distinct_id not like '$device:%' then distinct_id end as user_id,
    lower(trim(email)) as email,
    name,
    account_id,
    cast(null as {{ type_timestamp() }}) as signed_up_at,
    false as is_internal,
    last_seen_at as updated_at
from {{ ref('raw_mixpanel__engage') }}
where is_current
