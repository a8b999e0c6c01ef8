{{ config(materialized='ephemeral', enabled='zendesk' in var('sources')) }}
-- An organization is the account its external id names, otherwise an account of its own. Tickets may name one that is not exported.

with organizations as (

    select
        organization_id,
        external_id,
        name,
        created_at
    from {{ ref('raw_zendesk__organizations') }}
    where is_current

),

named as (

    select organization_id from organizations
    union distinct
    select organization_id from {{ ref('raw_zendesk__tickets') }}
    where is_current and organization_id is not null

)

select
    'zendesk' as source,
    named.organization_id as customer_id,
    coalesce(organizations.external_id, 'zendesk:' || named.organization_id) as account_id,
    false as is_account_record,
    organizations.name as account_name,
    organizations.created_at,
    cast(null as {{ type_string() }}) as industry,
    cast(null as {{ type_string() }}) as size,
    cast(null as {{ type_string() }}) as country,
    cast(null as {{ type_string() }}) as region,
    cast(null as {{ type_string() }}) as channel
from named
left join organizations on named.organization_id = organizations.organization_id
