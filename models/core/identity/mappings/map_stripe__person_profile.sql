{{ config(materialized='ephemeral', enabled='stripe' in var('sources')) }}
-- A Stripe customer is whoever pays: a person only as far as the e-mail says so. It carries no user id and no sign-up; nobody pays in test mode.
select
    'stripe' as source,
    'stripe:customer:' || customer_id as actor_id,
    cast(null as {{ type_string() }}) as user_id,
    lower(trim(email)) as email,
    name,
    account_id,
    cast(null as {{ type_timestamp() }}) as signed_up_at,
    false as is_internal,
    created_at as updated_at
from {{ ref('raw_stripe__customers') }}
where is_current and not is_deleted and is_live
