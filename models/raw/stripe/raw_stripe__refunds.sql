with landed as (

    select
        {{ field('refund_id') }} as refund_id,
        {{ field('charge_id') }} as charge_id,
        {{ field('payment_intent_id') }} as payment_intent_id,
        {{ field('amount') }} as amount,
        {{ field('currency') }} as currency,
        {{ field('status') }} as status,
        {{ field('reason') }} as reason,
        {{ field('balance_transaction_id') }} as balance_transaction_id,
        {{ from_epoch_s(field('created')) }} as created_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'refunds') }}

),

final as (

    {{ with_versions('landed', key=['refund_id']) }}

)

select
    refund_id,
    charge_id,
    payment_intent_id,
    amount,
    currency,
    status,
    reason,
    balance_transaction_id,
    created_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
