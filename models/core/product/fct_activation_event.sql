{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'event_days'},
) }}
-- Exact because a row is one event of its own day, and every touched day is replaced whole. Kept apart from fct_event so that
-- activation, which looks back to each sign-up, never reads all events again.

with criterion as (

    select action
    from {{ ref('activation_criteria') }}
    group by action

),

final as (

    select
        events.actor_id,
        events.account_id,
        events.action,
        events.occurred_at,
        events.event_date
    from {{ ref('fct_event') }} as events
    inner join criterion on events.action = criterion.action
    where {{ on_days('events.event_date', event_days) }}

)

select
    actor_id,
    account_id,
    action,
    occurred_at,
    event_date
from final
