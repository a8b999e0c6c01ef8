{{ config(materialized='ephemeral', enabled='stripe' in var('sources')) }}
-- Which charge paid which invoice: either may name the other, or both name one payment.

with invoice as (

    select
        invoice_id,
        charge_id,
        payment_intent_id,
        payments
    from {{ ref('raw_stripe__invoices') }}
    where is_current and status <> 'draft'

),

invoice_payment as (

    select
        invoice.invoice_id,
        {{ json_text('payment', '$.payment.payment_intent') }} as payment_intent_id
    from {{ json_items('invoice', 'payments', '$.data', 'payment') }}
    union distinct
    select
        invoice_id,
        payment_intent_id
    from {{ ref('raw_stripe__invoice_payments') }}
    where is_current and payment_intent_id is not null
    union distinct
    select
        invoice_id,
        payment_intent_id
    from invoice
    where payment_intent_id is not null

),

charge as (

    select
        charge_id,
        invoice_id,
        payment_intent_id
    from {{ ref('raw_stripe__charges') }}
    where is_current

),

final as (

    -- One charge may be named from both sides.
    select
        invoice_id,
        charge_id
    from charge
    where invoice_id is not null
    union distinct
    select
        invoice_id,
        charge_id
    from invoice
    where charge_id is not null
    union distinct
    select
        invoice_id,
        charge_id
    from {{ ref('raw_stripe__invoice_payments') }}
    where is_current and charge_id is not null
    union distinct
    select
        invoice_payment.invoice_id,
        charge.charge_id
    from invoice_payment
    inner join charge on invoice_payment.payment_intent_id = charge.payment_intent_id

)

select
    invoice_id,
    charge_id
from final
