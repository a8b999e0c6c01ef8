{{ config(materialized='ephemeral', enabled='intercom' in var('sources')) }}
select
    'intercom' as source,
    intercom_id as customer_id,
    account_id,
    false as is_account_record,
    name as account_name,
    created_at,
    industry,
    cast(size as {{ type_string() }}) as size,
    cast(null as {{ type_string() }}) as country,
    cast(null as {{ type_string() }}) as region,
    cast(null as {{ type_string() }}) as channel
from {{ ref('map_intercom__company') }}
