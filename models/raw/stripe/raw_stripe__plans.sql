with landed as (

    select
        {{ field('plan_id') }} as plan_id,
        {{ field('product_id') }} as product_id,
        {{ field('currency') }} as currency,
        {{ field('amount') }} as amount,
        {{ field('amount_decimal') }} as amount_decimal,
        {{ field('billing_interval') }} as billing_interval,
        {{ field('interval_count') }} as interval_count,
        {{ field('usage_type') }} as usage_type,
        {{ field('billing_scheme') }} as billing_scheme,
        {{ field('active') }} as is_active,
        {{ from_epoch_s(field('created')) }} as created_at,
        coalesce({{ field('livemode') }}, true) as is_live,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'plans') }}

),

final as (

    {{ with_versions('landed', key=['plan_id']) }}

)

select
    plan_id,
    product_id,
    currency,
    amount,
    amount_decimal,
    billing_interval,
    interval_count,
    usage_type,
    billing_scheme,
    is_active,
    created_at,
    is_live,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
