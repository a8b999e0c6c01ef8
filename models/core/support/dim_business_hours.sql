-- Interval arithmetic instead of a row per minute: how much of a schedule's open time lies before each opening. Between two moments is
-- open what is before the later less what is before the earlier.

with delivered as (

    {{ mapped('business_interval', {
        'schedule_id': type_string(), 'schedule_name': type_string(), 'weekday': type_bigint(), 'opens_minute': type_bigint(),
        'closes_minute': type_bigint(), 'time_zone': type_string(),
    }) }}

),

holidays as (

    {{ mapped('holiday', {'schedule_id': type_string(), 'day': type_date()}) }}

),

intervals as (

    select
        schedule_id,
        schedule_name,
        weekday,
        opens_minute,
        closes_minute,
        time_zone
    from delivered
    union all
    select
        schedule as schedule_id,
        schedule as schedule_name,
        weekday,
        opens_minute,
        closes_minute,
        timezone as time_zone
    from {{ ref('business_hours') }}

),

zoned as (

    -- A schedule in a zone nobody knows is not used.
    select
        intervals.schedule_id,
        intervals.schedule_name,
        intervals.weekday,
        intervals.opens_minute,
        intervals.closes_minute,
        time_zones.time_zone
    from intervals
    inner join {{ ref('time_zones') }} as time_zones on intervals.time_zone = time_zones.name

),

schedules as (

    select
        schedule_id,
        lower(max(schedule_name)) as schedule_name
    from zoned
    group by schedule_id

),

closed as (

    -- A calendar is a schedule's when it bears its id or its name; two calendars may name one day.
    select distinct
        schedules.schedule_id,
        holidays.day
    from schedules
    inner join holidays
        on lower(holidays.schedule_id) = lower(schedules.schedule_id) or lower(holidays.schedule_id) = schedules.schedule_name

),

moments as (

    select created_at as moment from {{ ref('judged_ticket') }}
    union all
    select given_first_replied_at as moment from {{ ref('judged_ticket') }}
    union all
    select solved_at as moment from {{ ref('judged_ticket') }}
    union all
    select occurred_at as moment from {{ ref('fct_ticket_event') }}
    union all
    select {{ reporting_day_start(add_days('as_of', 1)) }} as moment from {{ ref('dim_as_of') }}

),

days_needed as (

    select
        {{ local_day('min(moment)', 'UTC') }} as first_day,
        {{ local_day('max(moment)', 'UTC') }} as last_day
    from moments

),

days as (

    -- A zone's day may begin on the UTC day before and end on the one after.
    select
        day,
        {{ days_between(week_start('day'), 'day') }} + 1 as weekday
    from days_needed
    {{ cross_join_days(add_days('first_day', -1), add_days('last_day', 1), 'day') }}

),

openings as (

    select
        zoned.schedule_id,
        {{ zone_clock('days.day', 'zoned.opens_minute', 'zoned.time_zone') }} as opens_at,
        {{ zone_clock('days.day', 'zoned.closes_minute', 'zoned.time_zone') }} as closes_at
    from days
    inner join zoned on days.weekday = zoned.weekday
    left join closed on zoned.schedule_id = closed.schedule_id and days.day = closed.day
    where closed.day is null

),

with_reach as (

    select
        schedule_id,
        opens_at,
        closes_at,
        max(closes_at) over (
            partition by schedule_id
            order by opens_at, closes_at
            rows between unbounded preceding and 1 preceding
        ) as open_until
    from openings

),

merged as (

    -- Time that two intervals of a schedule hold open is open once.
    select
        schedule_id,
        case when open_until > opens_at then open_until else opens_at end as opens_at,
        closes_at
    from with_reach
    where closes_at > opens_at and (open_until is null or closes_at > open_until)

),

pieces as (

    select
        schedule_id,
        utc_day,
        case when opens_at > {{ start_of_day('utc_day') }} then opens_at else {{ start_of_day('utc_day') }} end as opens_at,
        case
            when closes_at < {{ start_of_day(add_days('utc_day', 1)) }} then closes_at
            else {{ start_of_day(add_days('utc_day', 1)) }}
        end as closes_at
    from merged
    {{ cross_join_days(local_day('opens_at', 'UTC'), local_day('closes_at', 'UTC'), 'utc_day') }}

),

with_midnights as (

    select schedule_id, utc_day, opens_at, closes_at
    from pieces
    where opens_at < closes_at
    union all
    -- So that every moment finds a row on its own day.
    select
        schedules.schedule_id,
        days.day as utc_day,
        {{ start_of_day('days.day') }} as opens_at,
        {{ start_of_day('days.day') }} as closes_at
    from schedules
    cross join days

),

final as (

    select
        with_midnights.*,
        cast(coalesce(sum({{ microseconds_between('opens_at', 'closes_at') }}) over (
            partition by schedule_id
            order by opens_at, closes_at
            rows between unbounded preceding and 1 preceding
        ), 0) as {{ type_bigint() }}) as open_before_us
    from with_midnights

)

select
    schedule_id,
    utc_day,
    opens_at,
    closes_at,
    open_before_us
from final
