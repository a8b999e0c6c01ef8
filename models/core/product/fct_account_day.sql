{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'account_days', 'sorted': true},
) }}
-- Exact because a row follows from the actor-days of its own day, from who these actors are, and from the plan that account_days() asks
-- for on every standing day. A person who acts for two accounts on one day counts in both.

with actor_day as (

    select
        coalesce(actor_day.account_id, actor.account_id) as account_id,
        actor_day.event_date,
        actor.person_id,
        actor_day.platform,
        actor_day.event_count,
        actor_day.value_event_count
    from {{ ref('fct_actor_day') }} as actor_day
    inner join {{ ref('dim_actor') }} as actor on actor_day.actor_id = actor.actor_id
    where not actor.is_excluded
        and {{ on_days('actor_day.event_date', account_days) }}

),

account_day as (

    select
        account_id,
        event_date,
        count(distinct person_id) as person_count,
        count(distinct case when value_event_count > 0 then person_id end) as active_person_count,
        cast(sum(event_count) as {{ type_bigint() }}) as event_count,
        cast(sum(value_event_count) as {{ type_bigint() }}) as value_event_count
    from actor_day
    where account_id is not null
    group by account_id, event_date

),

plan_of_day as (

    {{ plan_of_day('account_day', 'event_date') }}

),

final as (

    select
        account_day.account_id,
        account_day.event_date,
        account_day.person_count,
        account_day.active_person_count,
        account_day.event_count,
        account_day.value_event_count,
        account_day.value_event_count > 0 as is_active,
        coalesce(plan_of_day.plan_tier, 'none') as plan_tier
    from account_day
    left join plan_of_day
        on account_day.account_id = plan_of_day.account_id
        and account_day.event_date = plan_of_day.event_date

)

select
    account_id,
    event_date,
    person_count,
    active_person_count,
    event_count,
    value_event_count,
    is_active,
    plan_tier
from final
