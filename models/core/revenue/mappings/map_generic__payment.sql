{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
-- An invoice that was paid is one payment of its total; what was refunded carries no date of its own and stands on the day of payment.
-- A void one is none, as in map_generic__invoice.

with paid as (

    select
        invoice_id,
        account_id,
        paid_at,
        upper(currency) as currency,
        total,
        coalesce(refunded, 0) as refunded,
        coalesce(fees, 0) as fees
    from {{ ref('raw_generic__invoices') }}
    where is_current and paid_at is not null and not coalesce({{ is_void('status') }}, false)

),

moved as (

    select
        invoice_id as payment_id,
        'payment' as kind,
        invoice_id,
        account_id,
        paid_at,
        currency,
        total as amount,
        fees
    from paid
    union all
    select
        invoice_id || ':refund' as payment_id,
        'refund' as kind,
        invoice_id,
        account_id,
        paid_at,
        currency,
        refunded as amount,
        cast(0 as {{ type_decimal() }}) as fees
    from paid
    where refunded <> 0

)

select
    'generic' as source,
    moved.payment_id,
    moved.kind,
    moved.invoice_id,
    moved.account_id as customer_id,
    moved.paid_at as occurred_at,
    moved.currency,
    {{ to_minor('moved.amount', exponent_of('exponent')) }} as amount_minor,
    {{ to_minor('moved.fees', exponent_of('exponent')) }} as fee_minor,
    moved.currency as fee_currency,
    true as is_live
from moved
{{ join_exponent("'generic'", 'moved.currency', 'exponent') }}
