{{ config(materialized='ephemeral', enabled='zendesk' in var('sources')) }}
-- Agents are staff. The loser of a merge stays, inactive: what it wrote still names it.

with organizations as (

    select
        organization_id,
        external_id
    from {{ ref('raw_zendesk__organizations') }}
    where is_current

)

select
    'zendesk' as source,
    'zendesk:user:' || users.user_id as actor_id,
    {{ user_key('users.external_id') }} as user_id,
    lower(trim(coalesce(users.email, {{ address_in('users.external_id') }}))) as email,
    users.name,
    case when users.organization_id is not null then coalesce(organizations.external_id, 'zendesk:' || users.organization_id) end as account_id,
    cast(null as {{ type_timestamp() }}) as signed_up_at,
    coalesce(users.role in ('agent', 'admin'), false) as is_internal,
    users.updated_at
from {{ ref('raw_zendesk__users') }} as users
left join organizations on users.organization_id = organizations.organization_id
where users.is_current
