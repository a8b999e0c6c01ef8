with landed as (

    select
        {{ field('price_id') }} as price_id,
        {{ field('product_id') }} as product_id,
        {{ field('currency') }} as currency,
        {{ field('unit_amount') }} as unit_amount,
        {{ field('unit_amount_decimal') }} as unit_amount_decimal,
        {{ field('billing_interval') }} as billing_interval,
        {{ field('interval_count') }} as interval_count,
        {{ field('usage_type') }} as usage_type,
        {{ field('billing_scheme') }} as billing_scheme,
        {{ field('price_type') }} as price_type,
        {{ field('active') }} as is_active,
        {{ from_epoch_s(field('created')) }} as created_at,
        coalesce({{ field('livemode') }}, true) as is_live,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'prices') }}

),

final as (

    {{ with_versions('landed', key=['price_id']) }}

)

select
    price_id,
    product_id,
    currency,
    unit_amount,
    unit_amount_decimal,
    billing_interval,
    interval_count,
    usage_type,
    billing_scheme,
    price_type,
    is_active,
    created_at,
    is_live,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
