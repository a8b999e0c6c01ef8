with landed as (

    select
        {{ field('invoice_id') }} as invoice_id,
        {{ field('customer_id') }} as customer_id,
        {{ field('status') }} as status,
        {{ field('currency') }} as currency,
        {{ field('total') }} as total,
        {{ field('subtotal') }} as subtotal,
        {{ field('amount_due') }} as amount_due,
        {{ field('amount_paid') }} as amount_paid,
        {{ field('amount_remaining') }} as amount_remaining,
        {{ field('tax') }} as tax,
        {{ field('total_taxes') }} as total_taxes,
        {{ from_epoch_s(field('created')) }} as created_at,
        {{ from_epoch_s(field('due_date')) }} as due_at,
        {{ from_epoch_s(field('finalized_at')) }} as finalized_at,
        {{ from_epoch_s(field('paid_at')) }} as paid_at,
        {{ from_epoch_s(field('voided_at')) }} as voided_at,
        coalesce({{ field('subscription_direct') }}, {{ field('subscription_by_parent') }}) as subscription_id,
        {{ field('charge_id') }} as charge_id,
        {{ field('payment_intent_id') }} as payment_intent_id,
        {{ field('payments') }} as payments,
        {{ field('billing_reason') }} as billing_reason,
        coalesce({{ field('livemode') }}, true) as is_live,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'invoices') }}

),

final as (

    {{ with_versions('landed', key=['invoice_id']) }}

)

select
    invoice_id,
    customer_id,
    status,
    currency,
    total,
    subtotal,
    amount_due,
    amount_paid,
    amount_remaining,
    tax,
    total_taxes,
    created_at,
    due_at,
    finalized_at,
    paid_at,
    voided_at,
    subscription_id,
    charge_id,
    payment_intent_id,
    payments,
    billing_reason,
    is_live,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
