{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'event_days', 'sorted': true},
) }}
-- Exact because a row follows from the events of its own day alone, and every touched day is replaced whole. This is the compact
-- state that everything with a longer memory reads instead of events.

with events as (

    select
        actor_id,
        source,
        event_date,
        coalesce(account_id, '') as account_key,
        account_id,
        platform,
        device_type,
        country,
        user_id,
        action,
        is_value_event,
        occurred_at,
        received_at,
        {{ in_order_of('occurred_at', 'event_id') }} as event_order
    from {{ ref('fct_event') }}
    where {{ on_days('event_date', event_days) }}

),

final as (

    select
        actor_id,
        event_date,
        account_key,
        platform,
        min(source) as source,
        min(account_id) as account_id,
        min(user_id) as user_id,
        {{ value_at_max('device_type', 'event_order') }} as device_type,
        {{ value_at_max('country', 'event_order') }} as country,
        count(*) as event_count,
        {{ count_where('is_value_event') }} as value_event_count,
        min(occurred_at) as first_event_at,
        max(occurred_at) as last_event_at,
        max(received_at) as last_received_at,
        min(case when action = 'sign_up' then occurred_at end) as signed_up_at
    from events
    group by actor_id, event_date, account_key, platform

)

select
    actor_id,
    event_date,
    account_id,
    platform,
    source,
    user_id,
    device_type,
    country,
    event_count,
    value_event_count,
    first_event_at,
    last_event_at,
    last_received_at,
    signed_up_at
from final
