{{ config(materialized='ephemeral', enabled='stripe' in var('sources')) }}
-- Refunds, fees and credit notes meet their invoice through the charge, or through the payment that both name. A credit note that is
-- paid out as a refund counts as the credit note, and the refund says so.

with invoice as (

    select
        invoice_id,
        customer_id,
        subscription_id,
        status,
        upper(currency) as currency,
        total,
        coalesce(tax, 0) as tax,
        total_taxes,
        amount_paid,
        coalesce(finalized_at, created_at) as issued_at,
        due_at,
        paid_at,
        is_live
    from {{ ref('raw_stripe__invoices') }}
    where is_current and status <> 'draft'

),

new_tax as (

    select
        invoice.invoice_id,
        sum({{ json_whole('tax_part', '$.amount') }}) as tax
    from {{ json_items('invoice', 'total_taxes', '$', 'tax_part') }}
    group by invoice.invoice_id

),

charge as (

    select
        charge_id,
        balance_transaction_id
    from {{ ref('raw_stripe__charges') }}
    where is_current

),

invoice_charge as (

    select
        invoice_id,
        charge_id
    from {{ ref('map_stripe__invoice_charge') }}

),

fee as (

    select
        invoice_charge.invoice_id,
        sum(entry.fee) as fees
    from invoice_charge
    inner join charge on invoice_charge.charge_id = charge.charge_id
    inner join {{ ref('raw_stripe__balance_transactions') }} as entry
        on charge.balance_transaction_id = entry.balance_transaction_id and entry.is_current
    group by invoice_charge.invoice_id

),

refund as (

    select
        refund_id,
        charge_id,
        amount
    from {{ ref('raw_stripe__refunds') }}
    where is_current and status = 'succeeded'

),

credit_note as (

    select
        credit_note_id,
        invoice_id,
        total,
        refund_id,
        refunds
    from {{ ref('raw_stripe__credit_notes') }}
    where is_current and status = 'issued'

),

credit_note_refund as (

    select refund_id
    from credit_note
    where refund_id is not null
    union distinct
    select coalesce({{ json_text('refund_part', '$.refund') }}, {{ json_text('refund_part', '$.refund.id') }}) as refund_id
    from {{ json_items('credit_note', 'refunds', '$', 'refund_part') }}

),

refunded as (

    select
        invoice_charge.invoice_id,
        sum(refund.amount) as refunded,
        sum(case when credit_note_refund.refund_id is not null then refund.amount else 0 end) as refunded_by_credit_note
    from invoice_charge
    inner join refund on invoice_charge.charge_id = refund.charge_id
    left join credit_note_refund on refund.refund_id = credit_note_refund.refund_id
    group by invoice_charge.invoice_id

),

credited as (

    select
        invoice_id,
        sum(total) as credited
    from credit_note
    group by invoice_id

)

select
    'stripe' as source,
    invoice.invoice_id,
    invoice.customer_id,
    invoice.subscription_id,
    invoice.status,
    invoice.issued_at,
    invoice.due_at,
    case when invoice.status = 'paid' then invoice.paid_at end as paid_at,
    invoice.currency,
    invoice.total as total_minor,
    coalesce(new_tax.tax, invoice.tax) as tax_minor,
    coalesce(invoice.amount_paid, 0) as paid_minor,
    coalesce(refunded.refunded, 0) as refunded_minor,
    coalesce(refunded.refunded_by_credit_note, 0) as refunded_by_credit_note_minor,
    coalesce(credited.credited, 0) as credited_minor,
    coalesce(fee.fees, 0) as fees_minor,
    invoice.is_live
from invoice
left join new_tax on invoice.invoice_id = new_tax.invoice_id
left join refunded on invoice.invoice_id = refunded.invoice_id
left join credited on invoice.invoice_id = credited.invoice_id
left join fee on invoice.invoice_id = fee.invoice_id
