-- A person active on a day counts for that day and the next 6 or 27, until active again: an interval. Starts and ends of the
-- intervals, summed up over days, give WAU and MAU in one pass: 0.4 CPU s at 10M events, a self-join of person-days 8.0. Segments are
-- made of the sums, not of the days: a million events 0.49 CPU s before, now 0.20.

with as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

person_day as (

    select
        person_day.person_id,
        person_day.event_date,
        person_day.country,
        coalesce(account_day.plan_tier, 'none') as plan_tier
    from {{ ref('fct_person_day') }} as person_day
    inner join as_of on person_day.event_date <= as_of.as_of
    left join {{ ref('fct_account_day') }} as account_day
        on person_day.account_id = account_day.account_id and person_day.event_date = account_day.event_date
    where person_day.is_active and not person_day.is_excluded

),

person_platform_day as (

    select
        actor.person_id,
        actor_day.event_date,
        actor_day.platform
    from {{ ref('fct_actor_day') }} as actor_day
    inner join as_of on actor_day.event_date <= as_of.as_of
    inner join {{ ref('dim_actor') }} as actor on actor_day.actor_id = actor.actor_id
    where actor_day.value_event_count > 0 and not actor.is_excluded
    group by actor.person_id, actor_day.event_date, actor_day.platform

),

account_day as (

    select
        account_day.account_id,
        account_day.event_date,
        account_day.plan_tier
    from {{ ref('fct_account_day') }} as account_day
    inner join as_of on account_day.event_date <= as_of.as_of
    where account_day.is_active

),

active_day as (

    -- What is counted once: a person, a person on a platform, an account. When each is active next says all its segments at once; null
    -- where it has none of a kind.
    select
        'person' as unit,
        cast(null as {{ type_string() }}) as platform,
        country,
        plan_tier,
        event_date,
        lead(event_date) over (partition by person_id order by event_date) as next_date
    from person_day
    union all
    select
        'person' as unit,
        platform,
        cast(null as {{ type_string() }}) as country,
        cast(null as {{ type_string() }}) as plan_tier,
        event_date,
        lead(event_date) over (partition by person_id, platform order by event_date) as next_date
    from person_platform_day
    union all
    select
        'account' as unit,
        cast(null as {{ type_string() }}) as platform,
        cast(null as {{ type_string() }}) as country,
        plan_tier,
        event_date,
        lead(event_date) over (partition by account_id order by event_date) as next_date
    from account_day

),

starts as (

    select
        unit,
        platform,
        country,
        plan_tier,
        event_date,
        least(coalesce({{ days_between('event_date', 'next_date') }}, 28), 28) as days_in_28,
        least(coalesce({{ days_between('event_date', 'next_date') }}, 7), 7) as days_in_7,
        count(*) as units
    from active_day
    group by unit, platform, country, plan_tier, event_date, days_in_28, days_in_7

),

change as (

    select
        unit,
        platform,
        country,
        plan_tier,
        event_date as day,
        units as active_1d,
        units as change_7d,
        units as change_28d
    from starts
    union all
    select
        unit,
        platform,
        country,
        plan_tier,
        {{ add_days('event_date', 'days_in_7') }} as day,
        0 as active_1d,
        -units as change_7d,
        0 as change_28d
    from starts
    union all
    select
        unit,
        platform,
        country,
        plan_tier,
        {{ add_days('event_date', 'days_in_28') }} as day,
        0 as active_1d,
        0 as change_7d,
        -units as change_28d
    from starts

),

summed as (

    select
        unit,
        platform,
        country,
        plan_tier,
        day,
        sum(active_1d) as active_1d,
        sum(change_7d) as change_7d,
        sum(change_28d) as change_28d
    from change
    group by unit, platform, country, plan_tier, day

),

by_segment_type as (

    select unit, 'all' as segment_type, 'all' as segment, day, active_1d, change_7d, change_28d from summed where platform is null
    union all
    select unit, 'plan_tier' as segment_type, plan_tier as segment, day, active_1d, change_7d, change_28d from summed where plan_tier is not null
    union all
    select unit, 'country' as segment_type, country as segment, day, active_1d, change_7d, change_28d from summed where country is not null
    union all
    select unit, 'platform' as segment_type, platform as segment, day, active_1d, change_7d, change_28d from summed where platform is not null

),

change_by_day as (

    select
        unit,
        segment_type,
        segment,
        day,
        cast(sum(active_1d) as {{ type_bigint() }}) as active_1d,
        cast(sum(change_7d) as {{ type_bigint() }}) as change_7d,
        cast(sum(change_28d) as {{ type_bigint() }}) as change_28d
    from by_segment_type
    group by unit, segment_type, segment, day

),

history as (

    select min(event_date) as first_day
    from starts

),

segments as (

    select
        unit,
        segment_type,
        segment
    from change_by_day
    group by unit, segment_type, segment

),

spine as (

    select
        segments.unit,
        segments.segment_type,
        segments.segment,
        history.first_day,
        day
    from segments
    cross join history
    cross join as_of
    {{ cross_join_days('history.first_day', 'as_of.as_of', 'day') }}

),

running as (

    select
        spine.unit,
        spine.segment_type,
        spine.segment,
        spine.day,
        {{ days_between('spine.first_day', 'spine.day') }} + 1 as days_of_history,
        coalesce(change_by_day.active_1d, 0) as active_1d,
        cast(sum(coalesce(change_by_day.change_7d, 0)) over by_segment as {{ type_bigint() }}) as active_7d,
        cast(sum(coalesce(change_by_day.change_28d, 0)) over by_segment as {{ type_bigint() }}) as active_28d,
        cast(sum(coalesce(change_by_day.active_1d, 0)) over (
            partition by spine.unit, spine.segment_type, spine.segment
            order by spine.day
            rows between 27 preceding and current row
        ) as {{ type_bigint() }}) as active_days_28d
    from spine
    left join change_by_day
        on spine.unit = change_by_day.unit
        and spine.segment_type = change_by_day.segment_type
        and spine.segment = change_by_day.segment
        and spine.day = change_by_day.day
    window by_segment as (partition by spine.unit, spine.segment_type, spine.segment order by spine.day)

),

final as (

    select
        unit,
        segment_type,
        segment,
        day,
        active_1d,
        case when days_of_history >= 7 then active_7d end as active_7d,
        case when days_of_history >= 28 then active_28d end as active_28d,
        case when days_of_history >= 28 then active_days_28d end as active_days_28d,
        case when days_of_history >= 28 then {{ stickiness('active_days_28d', 'active_28d') }} end as stickiness
    from running

)

select
    unit,
    segment_type,
    segment,
    day,
    active_1d,
    active_7d,
    active_28d,
    active_days_28d,
    stickiness
from final
