-- A person active on a day counts for that day and the next 6 or 27, until active again: an interval. Starts and ends of intervals,
-- summed up over days, give all three counts in one pass.

create temp table person_day as
select
    person,
    event_date,
    coalesce(arg_max(said_account_id, last_at), max(person.account_id)) as account_id,
    arg_max_null(coalesce(country, 'unknown'), last_at) as country
from counted_part
inner join person using (person)
group by person, event_date
having sum(value_count) > 0;

create temp table account_day as
select account_id, event_date, coalesce(any_value(plan_tier), 'none') as plan_tier
from counted_part
left join plan_of_day using (account_id, event_date)
where account_id is not null
group by account_id, event_date
having sum(value_count) > 0;

create temp table active_day as
select 'person' as unit, person::ubigint as unit_id, event_date from person_day where event_date <= getvariable('as_of')
union all
select 'account', hash(account_id), event_date from account_day where event_date <= getvariable('as_of');

create schema if not exists mart;

create or replace table mart.active_users_daily as
with person_lane as (
    select person_day.*, plan_tier, coalesce(lead(event_date) over (partition by person order by event_date) - event_date, 28) as gap
    from person_day
    left join plan_of_day using (account_id, event_date)
    where event_date <= getvariable('as_of')
),
account_lane as (
    select *, coalesce(lead(event_date) over (partition by account_id order by event_date) - event_date, 28) as gap
    from account_day
    where event_date <= getvariable('as_of')
),
platform_lane as (
    select platform, event_date, coalesce(lead(event_date) over (partition by person, platform order by event_date) - event_date, 28) as gap
    from (select distinct person, platform, event_date from counted_part where value_count > 0 and event_date <= getvariable('as_of'))
),
starts as (
    select 'person' as unit, 'all' as segment_type, 'all' as segment, event_date, gap from person_lane
    union all
    select 'person', 'plan_tier', coalesce(plan_tier, 'none'), event_date, gap from person_lane
    union all
    select 'person', 'country', country, event_date, gap from person_lane
    union all
    select 'person', 'platform', platform, event_date, gap from platform_lane
    union all
    select 'account', 'all', 'all', event_date, gap from account_lane
    union all
    select 'account', 'plan_tier', plan_tier, event_date, gap from account_lane
),
counted as (
    select unit, segment_type, segment, event_date, least(gap, 28)::int as gap, count(*) as units from starts group by all
),
change as (
    select unit, segment_type, segment, event_date as day, units as active_1d, units as change_7d, units as change_28d from counted
    union all
    select unit, segment_type, segment, event_date + least(gap, 7), 0, -units, 0 from counted
    union all
    select unit, segment_type, segment, event_date + gap, 0, 0, -units from counted
),
day_of_segment as (
    select segments.*, day::date as day
    from (select distinct unit, segment_type, segment from counted) as segments
    cross join (
        select unnest(generate_series((select min(event_date) from active_day), getvariable('as_of')::timestamp, interval 1 day)) as day
    )
),
by_day as (
    select
        unit,
        segment_type,
        segment,
        day,
        coalesce(sum(active_1d), 0) as active_1d,
        coalesce(sum(change_7d), 0) as change_7d,
        coalesce(sum(change_28d), 0) as change_28d
    from day_of_segment
    left join change using (unit, segment_type, segment, day)
    group by all
),
running as (
    select
        unit,
        segment_type,
        segment,
        day,
        row_number() over by_segment as days_of_history,
        active_1d::bigint as active_1d,
        (sum(change_7d) over by_segment)::bigint as active_7d,
        (sum(change_28d) over by_segment)::bigint as active_28d,
        (sum(active_1d) over (partition by unit, segment_type, segment order by day rows 27 preceding))::bigint as active_days_28d
    from by_day
    window by_segment as (partition by unit, segment_type, segment order by day)
)
select
    unit,
    segment_type,
    segment,
    day,
    active_1d,
    case when days_of_history >= 7 then active_7d end as active_7d,
    case when days_of_history >= 28 then active_28d end as active_28d,
    case when days_of_history >= 28 then active_days_28d end as active_days_28d,
    case when days_of_history >= 28 then (active_days_28d / 28.0)::double / nullif(active_28d::double, 0) end as stickiness
from running;
