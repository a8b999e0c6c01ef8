with landed as (

    select
        {{ field('subscription_id') }} as subscription_id,
        {{ field('customer_id') }} as customer_id,
        {{ field('status') }} as status,
        {{ field('currency') }} as currency,
        {{ from_epoch_s(field('start_date')) }} as started_at,
        {{ from_epoch_s(field('created')) }} as created_at,
        {{ from_epoch_s(field('trial_start')) }} as trial_start_at,
        {{ from_epoch_s(field('trial_end')) }} as trial_end_at,
        {{ from_epoch_s(field('cancel_at')) }} as cancel_at,
        {{ field('cancel_at_period_end') }} as is_cancelled_at_period_end,
        {{ from_epoch_s(field('canceled_at')) }} as canceled_at,
        {{ from_epoch_s(field('ended_at')) }} as ended_at,
        {{ from_epoch_s(field('current_period_start')) }} as current_period_start_at,
        {{ from_epoch_s(field('current_period_end')) }} as current_period_end_at,
        coalesce({{ field('livemode') }}, true) as is_live,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('stripe', 'subscriptions') }}

),

final as (

    {{ with_versions('landed', key=['subscription_id']) }}

)

select
    subscription_id,
    customer_id,
    status,
    currency,
    started_at,
    created_at,
    trial_start_at,
    trial_end_at,
    cancel_at,
    is_cancelled_at_period_end,
    canceled_at,
    ended_at,
    current_period_start_at,
    current_period_end_at,
    is_live,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
