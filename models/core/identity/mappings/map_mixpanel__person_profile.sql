{{ config(materialized='ephemeral', enabled='mixpanel' in var('sources')) }}
-- Mixpanel people have no sign-up time of their own: the sign_up event tells it.

with people as (

    select
        case when distinct_id not like '$device:%' then distinct_id end as known_user_id,
        case when distinct_id like '$device:%' then substr(distinct_id, 9) end as known_device_id,
        email,
        name,
        account_id,
        last_seen_at
    from {{ ref('raw_mixpanel__engage') }}
    where is_current

)

select
    'mixpanel' as source,
    coalesce(
        'mixpanel:user:' || {{ user_key('known_user_id') }},
        'mixpanel:device:' || {{ user_key('known_device_id') }}
    ) as actor_id,
    {{ user_key('known_user_id') }} as user_id,
    lower(trim(coalesce(email, {{ address_in('known_user_id') }}))) as email,
    name,
    account_id,
    cast(null as {{ type_timestamp() }}) as signed_up_at,
    false as is_internal,
    last_seen_at as updated_at
from people
