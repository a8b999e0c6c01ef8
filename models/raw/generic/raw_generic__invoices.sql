with landed as (

    select
        {{ field('invoice_id') }} as invoice_id,
        {{ field('account_id') }} as account_id,
        {{ field('issued_at') }} as issued_at,
        {{ field('currency') }} as currency,
        {{ field('total') }} as total,
        {{ field('tax') }} as tax,
        {{ field('paid_at') }} as paid_at,
        {{ field('refunded') }} as refunded,
        {{ field('fees') }} as fees,
        {{ field('status') }} as status,
        {{ field('subscription_id') }} as subscription_id,
        {{ field('updated_at') }} as updated_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'invoices') }}

),

final as (

    {{ with_versions('landed', key=['invoice_id'], version=['updated_at']) }}

)

select
    invoice_id,
    account_id,
    issued_at,
    currency,
    total,
    tax,
    paid_at,
    refunded,
    fees,
    status,
    subscription_id,
    updated_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
