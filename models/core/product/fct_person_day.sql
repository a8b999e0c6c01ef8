{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('event_date'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'person_days', 'sorted': true},
) }}
-- Exact because a row follows from the actor-days of its own day and from who these actors are: here the person enters, so a late merge
-- rewrites the days of what it merges, and no event.

with actor_day as (

    select
        actor.person_id,
        actor.account_id as account_of_person,
        actor.is_excluded,
        actor_day.actor_id,
        actor_day.event_date,
        actor_day.account_id,
        actor_day.platform,
        actor_day.device_type,
        actor_day.country,
        actor_day.event_count,
        actor_day.value_event_count,
        actor_day.first_event_at,
        actor_day.last_event_at,
        row_number() over (
            partition by actor.person_id, actor_day.event_date
            order by actor_day.last_event_at, actor_day.actor_id, actor_day.platform, coalesce(actor_day.account_id, '')
        ) as in_order
    from {{ ref('fct_actor_day') }} as actor_day
    inner join {{ ref('dim_actor') }} as actor on actor_day.actor_id = actor.actor_id
    where {{ on_days('actor_day.event_date', person_days) }}

),

final as (

    select
        person_id,
        event_date,
        coalesce(
            {{ value_at_max('account_id', 'case when account_id is not null then in_order end') }},
            min(account_of_person)
        ) as account_id,
        {{ value_at_max('platform', 'in_order') }} as platform,
        {{ value_at_max('device_type', 'in_order') }} as device_type,
        {{ value_at_max('country', 'in_order') }} as country,
        cast(sum(event_count) as {{ type_bigint() }}) as event_count,
        cast(sum(value_event_count) as {{ type_bigint() }}) as value_event_count,
        sum(value_event_count) > 0 as is_active,
        min(first_event_at) as first_event_at,
        max(last_event_at) as last_event_at,
        {{ any_true('is_excluded') }} as is_excluded
    from actor_day
    group by person_id, event_date

)

select
    person_id,
    event_date,
    account_id,
    platform,
    device_type,
    country,
    event_count,
    value_event_count,
    is_active,
    first_event_at,
    last_event_at,
    is_excluded
from final
