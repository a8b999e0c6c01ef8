with landed as (

    select
        {{ field('coupon_id') }} as coupon_id,
        {{ field('percent_off') }} as percent_off,
        {{ field('amount_off') }} as amount_off,
        {{ field('currency') }} as currency,
        {{ field('duration') }} as duration,
        {{ field('duration_in_months') }} as duration_in_months,
        {{ field('valid') }} as is_valid,
        {{ from_epoch_s(field('created')) }} as created_at,
        coalesce({{ field('livemode') }}, true) as is_live,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'coupons') }}

),

final as (

    {{ with_versions('landed', key=['coupon_id']) }}

)

select
    coupon_id,
    percent_off,
    amount_off,
    currency,
    duration,
    duration_in_months,
    is_valid,
    created_at,
    is_live,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
