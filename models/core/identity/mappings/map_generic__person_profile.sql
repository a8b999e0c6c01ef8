{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
select
    'generic' as source,
    'generic:user:' || {{ user_key('user_id') }} as actor_id,
    {{ user_key('user_id') }} as user_id,
    lower(trim(coalesce(email, {{ address_in('user_id') }}))) as email,
    cast(null as {{ type_string() }}) as name,
    account_id,
    created_at as signed_up_at,
    coalesce(is_internal, false) as is_internal,
    coalesce(updated_at, created_at) as updated_at
from {{ ref('raw_generic__users') }}
where is_current
