with landed as (

    select
        {{ field('invoice_payment_id') }} as invoice_payment_id,
        {{ field('invoice_id') }} as invoice_id,
        {{ field('payment_intent_id') }} as payment_intent_id,
        {{ field('charge_id') }} as charge_id,
        {{ field('amount_paid') }} as amount_paid,
        {{ field('currency') }} as currency,
        {{ field('status') }} as status,
        {{ from_epoch_s(field('created')) }} as created_at,
        coalesce({{ field('livemode') }}, true) as is_live,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'invoice_payments') }}

),

final as (

    {{ with_versions('landed', key=['invoice_payment_id']) }}

)

select
    invoice_payment_id,
    invoice_id,
    payment_intent_id,
    charge_id,
    amount_paid,
    currency,
    status,
    created_at,
    is_live,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
