{{ config(materialized='ephemeral', enabled='stripe' in var('sources')) }}
-- Money moves with charges, refunds and disputes; what an invoice says of itself counts only where it was paid past Stripe. The fee
-- stands in the balance transaction, in the currency of settlement.

with charge as (

    select
        charge_id,
        customer_id,
        coalesce(amount_captured, amount) as amount,
        upper(currency) as currency,
        coalesce(status, 'succeeded') = 'succeeded' and coalesce(is_captured, true) as is_collected,
        balance_transaction_id,
        created_at,
        is_live
    from {{ ref('raw_stripe__charges') }}
    where is_current

),

invoice_of_charge as (

    -- One payment of several invoices stands by the first.
    select
        charge_id,
        min(invoice_id) as invoice_id
    from {{ ref('map_stripe__invoice_charge') }}
    group by charge_id

),

entry as (

    select
        balance_transaction_id,
        source_id,
        coalesce(fee, 0) as fee,
        upper(currency) as currency
    from {{ ref('raw_stripe__balance_transactions') }}
    where is_current

),

fee_of_dispute as (

    -- All entries of the dispute: a fee that was given back is a negative one.
    select
        source_id,
        sum(fee) as fee,
        max(currency) as currency
    from entry
    where source_id is not null
    group by source_id

),

payment as (

    select
        charge.charge_id as payment_id,
        'payment' as kind,
        invoice_of_charge.invoice_id,
        charge.customer_id,
        charge.created_at as occurred_at,
        charge.currency,
        charge.amount,
        entry.fee,
        entry.currency as fee_currency,
        charge.is_live
    from charge
    left join invoice_of_charge on charge.charge_id = invoice_of_charge.charge_id
    left join entry on charge.balance_transaction_id = entry.balance_transaction_id
    where charge.is_collected

),

paid_past_stripe as (

    select
        invoice_id || ':out_of_band' as payment_id,
        'payment' as kind,
        invoice_id,
        customer_id,
        paid_at as occurred_at,
        upper(currency) as currency,
        amount_paid as amount,
        cast(null as {{ type_bigint() }}) as fee,
        cast(null as {{ type_string() }}) as fee_currency,
        is_live
    from {{ ref('raw_stripe__invoices') }}
    where is_current and status = 'paid' and {{ json_text('payload', '$.paid_out_of_band') }} = 'true'

),

refund as (

    select
        refund.refund_id as payment_id,
        'refund' as kind,
        invoice_of_charge.invoice_id,
        charge.customer_id,
        refund.created_at as occurred_at,
        upper(refund.currency) as currency,
        refund.amount,
        entry.fee,
        entry.currency as fee_currency,
        coalesce(charge.is_live, true) as is_live
    from {{ ref('raw_stripe__refunds') }} as refund
    left join charge on refund.charge_id = charge.charge_id
    left join invoice_of_charge on refund.charge_id = invoice_of_charge.charge_id
    left join entry on refund.balance_transaction_id = entry.balance_transaction_id
    where refund.is_current and refund.status = 'succeeded'

),

dispute as (

    -- The amount is gone when the dispute is lost, the fee when it is debited, however the dispute ends.
    select
        dispute.dispute_id as payment_id,
        'dispute' as kind,
        invoice_of_charge.invoice_id,
        charge.customer_id,
        dispute.created_at as occurred_at,
        upper(dispute.currency) as currency,
        case when dispute.status = 'lost' then dispute.amount else 0 end as amount,
        fee_of_dispute.fee,
        fee_of_dispute.currency as fee_currency,
        dispute.is_live
    from {{ ref('raw_stripe__disputes') }} as dispute
    left join charge on dispute.charge_id = charge.charge_id
    left join invoice_of_charge on dispute.charge_id = invoice_of_charge.charge_id
    left join fee_of_dispute on dispute.dispute_id = fee_of_dispute.source_id
    where dispute.is_current and (dispute.status = 'lost' or fee_of_dispute.fee <> 0)

),

final as (

    select * from payment
    union all
    select * from paid_past_stripe
    union all
    select * from refund
    union all
    select * from dispute

)

select
    'stripe' as source,
    payment_id,
    kind,
    invoice_id,
    customer_id,
    occurred_at,
    currency,
    amount as amount_minor,
    coalesce(fee, 0) as fee_minor,
    coalesce(fee_currency, currency) as fee_currency,
    is_live
from final
where occurred_at is not null and amount is not null
