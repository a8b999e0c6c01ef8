with landed as (

    select
        {{ field('customer_id') }} as customer_id,
        {{ from_epoch_s(field('created')) }} as created_at,
        {{ field('email') }} as email,
        {{ field('name') }} as name,
        {{ field('currency') }} as currency,
        {{ field('balance') }} as balance,
        {{ field('delinquent') }} as is_delinquent,
        coalesce({{ field('deleted') }}, false) as is_deleted,
        coalesce({{ field('account_id') }}, {{ field('account') }}) as account_id,
        coalesce({{ field('livemode') }}, true) as is_live,
        {{ field('discount') }} as discount,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'customers') }}

),

final as (

    {{ with_versions('landed', key=['customer_id']) }}

)

select
    customer_id,
    created_at,
    email,
    name,
    currency,
    balance,
    is_delinquent,
    is_deleted,
    account_id,
    is_live,
    discount,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
