{{ config(materialized='ephemeral', enabled='stripe' in var('sources')) }}
-- A customer whose metadata names an account is that account; any other is an account of its own. A deleted customer is known by
-- the last version that still said who it was. Its name may be a person's and stays out. What was tried in test mode is no account.

with tried as (

    -- By any version: a customer that was deleted no longer says in which mode it was.
    select customer_id
    from {{ ref('raw_stripe__customers') }}
    where not is_live
    group by customer_id

),

ranked as (

    select
        customer_id,
        account_id,
        created_at,
        {{ json_text('payload', '$.address.country') }} as country,
        row_number() over (
            partition by customer_id
            order by case when is_deleted then 1 else 0 end, file_path desc, line desc
        ) as recency
    from {{ ref('raw_stripe__customers') }}

),

billed as (

    -- Customers that only a subscription or an invoice names.
    select customer_id from {{ ref('map_stripe__subscription_version') }}
    where customer_id is not null
    union distinct
    select customer_id from {{ ref('raw_stripe__invoices') }}
    where customer_id is not null and is_live
    union distinct
    select customer_id from ranked

)

select
    'stripe' as source,
    billed.customer_id,
    coalesce(ranked.account_id, 'stripe:' || billed.customer_id) as account_id,
    false as is_account_record,
    cast(null as {{ type_string() }}) as account_name,
    ranked.created_at,
    cast(null as {{ type_string() }}) as industry,
    cast(null as {{ type_string() }}) as size,
    ranked.country,
    cast(null as {{ type_string() }}) as region,
    cast(null as {{ type_string() }}) as channel
from billed
left join ranked on billed.customer_id = ranked.customer_id and ranked.recency = 1
left join tried on billed.customer_id = tried.customer_id
where tried.customer_id is null
