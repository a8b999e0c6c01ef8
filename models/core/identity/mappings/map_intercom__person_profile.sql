{{ config(materialized='ephemeral', enabled='intercom' in var('sources')) }}
-- Contacts are customers, admins are staff. A contact of several companies is counted with the first.

with contacts as (

    select
        contact_id,
        external_id,
        email,
        name,
        {{ json_text('companies', '$[0].id') }} as intercom_id,
        updated_at
    from {{ ref('raw_intercom__contacts') }}
    where is_current

),

companies as (

    select
        intercom_id,
        account_id
    from {{ ref('map_intercom__company') }}

)

select
    'intercom' as source,
    'intercom:contact:' || contacts.contact_id as actor_id,
    {{ user_key('contacts.external_id') }} as user_id,
    lower(trim(coalesce(contacts.email, {{ address_in('contacts.external_id') }}))) as email,
    contacts.name,
    coalesce(companies.account_id, 'intercom:' || contacts.intercom_id) as account_id,
    cast(null as {{ type_timestamp() }}) as signed_up_at,
    false as is_internal,
    contacts.updated_at
from contacts
left join companies on contacts.intercom_id = companies.intercom_id
union all
select
    'intercom' as source,
    'intercom:admin:' || admin_id as actor_id,
    cast(null as {{ type_string() }}) as user_id,
    lower(trim(email)) as email,
    name,
    cast(null as {{ type_string() }}) as account_id,
    cast(null as {{ type_timestamp() }}) as signed_up_at,
    true as is_internal,
    cast(null as {{ type_timestamp() }}) as updated_at
from {{ ref('raw_intercom__admins') }}
where is_current
