{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
-- Every account that an account, a subscription or an invoice record names; only the first says more than its id.

with named as (

    select account_id from {{ ref('raw_generic__accounts') }}
    union distinct
    select account_id from {{ ref('raw_generic__subscriptions') }}
    union distinct
    select account_id from {{ ref('raw_generic__invoices') }}

),

account as (

    select
        account_id,
        name,
        created_at,
        industry,
        size,
        country,
        region,
        channel
    from {{ ref('raw_generic__accounts') }}
    where is_current

)

select
    'generic' as source,
    named.account_id as customer_id,
    named.account_id,
    account.account_id is not null as is_account_record,
    account.name as account_name,
    account.created_at,
    account.industry,
    account.size,
    account.country,
    account.region,
    account.channel
from named
left join account on named.account_id = account.account_id
