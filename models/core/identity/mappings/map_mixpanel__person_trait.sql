{{ config(materialized='ephemeral', enabled='mixpanel' in var('sources')) }}
-- Traits of persons come with Mixpanel's people, not with its events. But a user id that is an address is one wherever it stands.

with said as (

    select
        dedupe_id,
        {{ mixpanel_user_id() }} as address,
        occurred_at,
        event_date
    from {{ ref('raw_mixpanel__export') }}
    where record_status = 'loaded'

)

select
    'mixpanel' as source,
    dedupe_id as source_event_id,
    'mixpanel:user:' || {{ user_key('address') }} as actor_id,
    {{ user_key('address') }} as user_id,
    lower(trim(address)) as email,
    cast(null as {{ type_string() }}) as name,
    cast(null as {{ type_string() }}) as account_id,
    cast(null as {{ type_timestamp() }}) as signed_up_at,
    occurred_at,
    event_date
from said
where address like '%@%'
