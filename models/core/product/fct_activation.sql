-- Met when every row of activation_criteria was met within its window of sign-up; activated when the last one first was.

with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

person as (

    select
        person_id,
        account_id,
        signed_up_at
    from {{ ref('dim_person') }}
    where not is_excluded

),

units as (

    select
        'person' as unit,
        person_id as unit_id,
        signed_up_at
    from person
    where signed_up_at is not null
    union all
    -- An account signs up with its first person.
    select
        'account' as unit,
        account_id as unit_id,
        min(signed_up_at) as signed_up_at
    from person
    where account_id is not null and signed_up_at is not null
    group by account_id

),

signed_up as (

    select
        units.unit,
        units.unit_id,
        units.signed_up_at,
        {{ reporting_day('units.signed_up_at') }} as signed_up_on
    from units
    inner join as_of on {{ reporting_day('units.signed_up_at') }} <= as_of.as_of

),

criterion as (

    select
        criterion,
        action,
        min_count,
        within_days
    from {{ ref('activation_criteria') }}

),

criteria as (

    select
        count(*) as criteria_count,
        max(within_days) as window_days
    from criterion

),

events as (

    select
        person.person_id,
        coalesce(events.account_id, person.account_id) as account_id,
        events.event_id,
        events.action,
        events.occurred_at
    from {{ ref('fct_signup_and_activation_event') }} as events
    inner join as_of on events.event_date <= as_of.as_of
    inner join {{ ref('bridge_actor_person') }} as bridge on events.actor_id = bridge.actor_id
    inner join person on bridge.person_id = person.person_id

),

unit_event as (

    select 'person' as unit, person_id as unit_id, event_id, action, occurred_at from events
    union all
    select 'account' as unit, account_id as unit_id, event_id, action, occurred_at from events where account_id is not null

),

qualifying as (

    select
        signed_up.unit,
        signed_up.unit_id,
        criterion.criterion,
        criterion.min_count,
        unit_event.occurred_at,
        row_number() over (
            partition by signed_up.unit, signed_up.unit_id, criterion.criterion
            order by unit_event.occurred_at, unit_event.event_id
        ) as occurrence
    from signed_up
    cross join criterion
    inner join unit_event
        on signed_up.unit = unit_event.unit
        and signed_up.unit_id = unit_event.unit_id
        and criterion.action = unit_event.action
    where unit_event.occurred_at >= signed_up.signed_up_at
        and unit_event.occurred_at < {{ add_seconds('signed_up.signed_up_at', 'criterion.within_days * 86400') }}

),

met as (

    select
        unit,
        unit_id,
        count(*) as criteria_met,
        max(occurred_at) as last_met_at
    from qualifying
    where occurrence = min_count
    group by unit, unit_id

),

final as (

    select
        signed_up.unit,
        signed_up.unit_id,
        signed_up.signed_up_at,
        signed_up.signed_up_on,
        coalesce(met.criteria_met, 0) as criteria_met,
        criteria.criteria_count,
        case when met.criteria_met = criteria.criteria_count then met.last_met_at end as activated_at,
        coalesce(met.criteria_met = criteria.criteria_count, false) as is_activated,
        {{ add_days('signed_up.signed_up_on', 'criteria.window_days') }} as window_ends_on
    from signed_up
    cross join criteria
    left join met
        on signed_up.unit = met.unit and signed_up.unit_id = met.unit_id

)

select
    unit,
    unit_id,
    signed_up_at,
    signed_up_on,
    criteria_met,
    criteria_count,
    activated_at,
    is_activated,
    window_ends_on
from final
