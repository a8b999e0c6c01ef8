-- Rebuilt from actor-days, which are compact: here the person enters, so a late merge rewrites these rows and no event.

with actor_day as (

    select
        bridge.person_id,
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
            partition by bridge.person_id, actor_day.event_date
            order by actor_day.last_event_at, actor_day.actor_id, actor_day.platform, actor_day.account_id
        ) as in_order
    from {{ ref('fct_actor_day') }} as actor_day
    inner join {{ ref('bridge_actor_person') }} as bridge on actor_day.actor_id = bridge.actor_id

),

person as (

    select
        person_id,
        account_id,
        is_excluded
    from {{ ref('dim_person') }}

),

final as (

    select
        actor_day.person_id,
        actor_day.event_date,
        coalesce(
            {{ value_at_max('actor_day.account_id', 'case when actor_day.account_id is not null then actor_day.in_order end') }},
            min(person.account_id)
        ) as account_id,
        {{ value_at_max('actor_day.platform', 'actor_day.in_order') }} as platform,
        {{ value_at_max('actor_day.device_type', 'actor_day.in_order') }} as device_type,
        {{ value_at_max('actor_day.country', 'actor_day.in_order') }} as country,
        cast(sum(actor_day.event_count) as {{ type_bigint() }}) as event_count,
        cast(sum(actor_day.value_event_count) as {{ type_bigint() }}) as value_event_count,
        sum(actor_day.value_event_count) > 0 as is_active,
        min(actor_day.first_event_at) as first_event_at,
        max(actor_day.last_event_at) as last_event_at,
        {{ any_true('person.is_excluded') }} as is_excluded
    from actor_day
    inner join person on actor_day.person_id = person.person_id
    group by actor_day.person_id, actor_day.event_date

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
