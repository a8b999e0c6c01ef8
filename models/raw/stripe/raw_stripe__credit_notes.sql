with landed as (

    select
        {{ field('credit_note_id') }} as credit_note_id,
        {{ field('invoice_id') }} as invoice_id,
        {{ field('customer_id') }} as customer_id,
        {{ field('total') }} as total,
        {{ field('currency') }} as currency,
        {{ field('status') }} as status,
        {{ field('note_type') }} as note_type,
        {{ field('reason') }} as reason,
        {{ field('refund_id') }} as refund_id,
        {{ field('refunds') }} as refunds,
        {{ from_epoch_s(field('created')) }} as created_at,
        {{ from_epoch_s(field('voided_at')) }} as voided_at,
        coalesce({{ field('livemode') }}, true) as is_live,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'credit_notes') }}

),

final as (

    {{ with_versions('landed', key=['credit_note_id']) }}

)

select
    credit_note_id,
    invoice_id,
    customer_id,
    total,
    currency,
    status,
    note_type,
    reason,
    refund_id,
    refunds,
    created_at,
    voided_at,
    is_live,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
