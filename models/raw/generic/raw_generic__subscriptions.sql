with landed as (

    select
        {{ field('subscription_id') }} as subscription_id,
        {{ field('account_id') }} as account_id,
        {{ field('plan') }} as plan,
        {{ field('started_at') }} as started_at,
        {{ field('currency') }} as currency,
        {{ field('amount') }} as amount,
        {{ field('interval') }} as billing_interval,
        {{ field('interval_count') }} as interval_count,
        {{ field('quantity') }} as quantity,
        {{ field('status') }} as status,
        {{ field('trial_end') }} as trial_end,
        {{ field('ended_at') }} as ended_at,
        {{ field('cancel_reason') }} as cancel_reason,
        {{ field('cancel_kind') }} as cancel_kind,
        {{ field('discount_percent') }} as discount_percent,
        {{ field('discount_end') }} as discount_end,
        {{ field('paused_from') }} as paused_from,
        {{ field('paused_to') }} as paused_to,
        {{ field('past_due_since') }} as past_due_since,
        {{ field('updated_at') }} as updated_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'subscriptions') }}

),

final as (

    {{ with_versions('landed', key=['subscription_id'], version=['updated_at']) }}

)

select
    subscription_id,
    account_id,
    plan,
    started_at,
    currency,
    amount,
    billing_interval,
    interval_count,
    quantity,
    status,
    trial_end,
    ended_at,
    cancel_reason,
    cancel_kind,
    discount_percent,
    discount_end,
    paused_from,
    paused_to,
    past_due_since,
    updated_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
