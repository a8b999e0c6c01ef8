{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
-- Traits of persons come with the users, not with events. But a user id that is an address is one wherever it stands.
select
    'generic' as source,
    event_id as source_event_id,
    'generic:user:' || {{ user_key('user_id') }} as actor_id,
    {{ user_key('user_id') }} as user_id,
    lower(trim(user_id)) as email,
    cast(null as {{ type_string() }}) as name,
    cast(null as {{ type_string() }}) as account_id,
    cast(null as {{ type_timestamp() }}) as signed_up_at,
    occurred_at,
    event_date
from {{ ref('raw_generic__events') }}
where record_status = 'loaded' and user_id like '%@%'
