{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
-- A void invoice asked for nothing, so nothing was paid for it and nothing went back, whatever it carries.
with invoice as (

    select
        invoice_id,
        account_id,
        subscription_id,
        lower(trim(status)) as status,
        issued_at,
        case when not coalesce({{ is_void('status') }}, false) then paid_at end as paid_at,
        upper(currency) as currency,
        total,
        tax,
        case when not coalesce({{ is_void('status') }}, false) then refunded end as refunded,
        case when not coalesce({{ is_void('status') }}, false) then fees end as fees
    from {{ ref('raw_generic__invoices') }}
    where is_current

)

select
    'generic' as source,
    invoice.invoice_id,
    invoice.account_id as customer_id,
    invoice.subscription_id,
    coalesce(invoice.status, case when invoice.paid_at is not null then 'paid' else 'open' end) as status,
    invoice.issued_at,
    cast(null as {{ type_timestamp() }}) as due_at,
    invoice.paid_at,
    invoice.currency,
    {{ to_minor('invoice.total', exponent_of('exponent')) }} as total_minor,
    {{ to_minor('coalesce(invoice.tax, 0)', exponent_of('exponent')) }} as tax_minor,
    case when invoice.paid_at is not null then {{ to_minor('invoice.total', exponent_of('exponent')) }} else 0 end as paid_minor,
    {{ to_minor('coalesce(invoice.refunded, 0)', exponent_of('exponent')) }} as refunded_minor,
    0 as refunded_by_credit_note_minor,
    0 as credited_minor,
    {{ to_minor('coalesce(invoice.fees, 0)', exponent_of('exponent')) }} as fees_minor,
    true as is_live
from invoice
{{ join_exponent("'generic'", 'invoice.currency', 'exponent') }}
