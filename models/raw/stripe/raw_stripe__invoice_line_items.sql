with landed as (

    select
        {{ field('line_id') }} as line_id,
        coalesce({{ field('invoice_id') }}, {{ field('invoice') }}) as invoice_id,
        {{ field('amount') }} as amount,
        {{ field('currency') }} as currency,
        {{ field('quantity') }} as quantity,
        {{ from_epoch_s(field('period_start')) }} as period_start_at,
        {{ from_epoch_s(field('period_end')) }} as period_end_at,
        coalesce({{ field('proration_direct') }}, {{ field('proration_by_parent') }}, false) as is_proration,
        coalesce({{ field('subscription_direct') }}, {{ field('subscription_by_parent') }}) as subscription_id,
        coalesce({{ field('price_direct') }}, {{ field('price_by_pricing') }}) as price_id,
        coalesce({{ field('livemode') }}, true) as is_live,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'invoice_line_items') }}

),

final as (

    {{ with_versions('landed', key=['line_id', 'invoice_id']) }}

)

select
    line_id,
    invoice_id,
    amount,
    currency,
    quantity,
    period_start_at,
    period_end_at,
    is_proration,
    subscription_id,
    price_id,
    is_live,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
