-- The active days of a unit are a text of 0 and 1, one sign a day; a window is a piece of it. No active day is joined to any start.

set variable first_day = (select min(event_date) from active_day);
set variable days_after_first = (select (getvariable('as_of') - getvariable('first_day'))::int);

create temp table days_of_unit as
select unit, unit_id, bitstring_agg((event_date - getvariable('first_day'))::int, 0, getvariable('days_after_first'))::varchar as days
from active_day
group by unit, unit_id;

create temp table retention_window as
select row_number() over () as n, *
from (
    select 'bounded' as measure, unnest([1, 3, 7, 14, 30, 60, 90])::bigint as from_day, unnest([1, 3, 7, 14, 30, 60, 90])::bigint as to_day
    union all
    select 'unbounded', unnest([1, 3, 7, 14, 30, 60, 90]), unnest([91, 93, 97, 104, 120, 150, 180])
    union all
    select 'bracket', unnest([1, 8, 15, 22, 29, 57]), unnest([7, 14, 21, 28, 56, 84])
);

create or replace table mart.retention_by_cohort as
with member as (
    select unit, unit_id, 'sign_up' as cohort_of, signed_up_on as started_on from signed_up
    union all
    select unit, unit_id, 'feature:' || feature, first_used_on from adopter
),
kept as (
    select
        unit,
        cohort_of,
        started_on,
        coalesce(days, '') as days,
        (started_on - getvariable('first_day'))::int as start_at
    from member
    left join days_of_unit using (unit, unit_id)
),
by_day as (
    select
        unit,
        cohort_of,
        started_on,
        count(*) as members,
        [
            count(*) filter (was_there(days, start_at, 1, 1)),
            count(*) filter (was_there(days, start_at, 3, 3)),
            count(*) filter (was_there(days, start_at, 7, 7)),
            count(*) filter (was_there(days, start_at, 14, 14)),
            count(*) filter (was_there(days, start_at, 30, 30)),
            count(*) filter (was_there(days, start_at, 60, 60)),
            count(*) filter (was_there(days, start_at, 90, 90)),
            count(*) filter (was_there(days, start_at, 1, 91)),
            count(*) filter (was_there(days, start_at, 3, 93)),
            count(*) filter (was_there(days, start_at, 7, 97)),
            count(*) filter (was_there(days, start_at, 14, 104)),
            count(*) filter (was_there(days, start_at, 30, 120)),
            count(*) filter (was_there(days, start_at, 60, 150)),
            count(*) filter (was_there(days, start_at, 90, 180)),
            count(*) filter (was_there(days, start_at, 1, 7)),
            count(*) filter (was_there(days, start_at, 8, 14)),
            count(*) filter (was_there(days, start_at, 15, 21)),
            count(*) filter (was_there(days, start_at, 22, 28)),
            count(*) filter (was_there(days, start_at, 29, 56)),
            count(*) filter (was_there(days, start_at, 57, 84))
        ] as retained
    from kept
    group by unit, cohort_of, started_on
),
cohort as (
    select *, 'day' as cohort_grain, started_on as cohort_start, started_on as cohort_end from by_day
    union all
    select *, 'week', date_trunc('week', started_on)::date, date_trunc('week', started_on)::date + 6 from by_day
    union all
    select *, 'month', date_trunc('month', started_on)::date, last_day(started_on) from by_day
),
cell as (
    select
        unit,
        cohort_of,
        cohort_grain,
        cohort_start,
        cohort_end,
        n,
        measure,
        from_day,
        to_day,
        min(started_on) as oldest_started_on,
        sum(members)::bigint as members,
        sum(retained[n])::bigint as retained
    from cohort
    cross join retention_window
    group by all
)
select
    unit,
    cohort_of,
    cohort_grain,
    cohort_start,
    measure,
    from_day,
    to_day,
    members,
    retained,
    retained / nullif(members::double, 0) as retention_rate,
    wilson(retained, members, -1) as retention_rate_low,
    wilson(retained, members, 1) as retention_rate_high,
    cohort_end + to_day::int <= getvariable('as_of') as is_mature
from cell
where oldest_started_on + from_day::int between getvariable('first_day') and getvariable('as_of');
