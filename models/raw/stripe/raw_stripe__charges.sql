with landed as (

    select
        {{ field('charge_id') }} as charge_id,
        {{ field('customer_id') }} as customer_id,
        {{ field('invoice_id') }} as invoice_id,
        {{ field('payment_intent_id') }} as payment_intent_id,
        {{ field('amount') }} as amount,
        {{ field('amount_captured') }} as amount_captured,
        {{ field('amount_refunded') }} as amount_refunded,
        {{ field('currency') }} as currency,
        {{ field('status') }} as status,
        {{ field('captured') }} as is_captured,
        {{ field('refunded') }} as is_refunded,
        {{ field('disputed') }} as is_disputed,
        {{ field('failure_code') }} as failure_code,
        {{ field('balance_transaction_id') }} as balance_transaction_id,
        {{ from_epoch_s(field('created')) }} as created_at,
        coalesce({{ field('livemode') }}, true) as is_live,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'charges') }}

),

final as (

    {{ with_versions('landed', key=['charge_id']) }}

)

select
    charge_id,
    customer_id,
    invoice_id,
    payment_intent_id,
    amount,
    amount_captured,
    amount_refunded,
    currency,
    status,
    is_captured,
    is_refunded,
    is_disputed,
    failure_code,
    balance_transaction_id,
    created_at,
    is_live,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
