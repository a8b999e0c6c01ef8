-- Activated when the last criterion is first met within its window of sign-up. Only events of those windows are looked at, and of
-- these only as many of the earliest as the criterion asks for.

set variable steps = (select max(min_count) from read_csv('seeds/demo/activation_criteria.csv'));

create temp table step as
with criterion as (
    from read_csv('seeds/demo/activation_criteria.csv')
),
wanted as (
    select name, action, (select max(within_days) from criterion)::int as within_days
    from meaning
    where action in (select action from criterion) and not is_set_aside
),
who as (
    select actor, person.person::ubigint as person, person.account_id, signed_up_at
    from person_of
    inner join person using (person)
),
account as (
    select account_id, hash(account_id) as account, min(signed_up_at) as signed_up_at
    from person
    where account_id is not null
    group by account_id
),
-- of all events the few that lie near a sign-up
near as (
    select
        action,
        occurred_at,
        case when occurred_at >= who.signed_up_at and occurred_at < who.signed_up_at + to_days(within_days) then person end as person,
        case when occurred_at >= account.signed_up_at and occurred_at < account.signed_up_at + to_days(within_days) then account end as account
    from event
    inner join wanted using (name)
    inner join who using (actor)
    left join account on coalesce(event.account_id, who.account_id) = account.account_id
    where (
        (occurred_at >= who.signed_up_at and occurred_at < who.signed_up_at + to_days(within_days))
        or (occurred_at >= account.signed_up_at and occurred_at < account.signed_up_at + to_days(within_days))
    )
        and occurred_at::date <= getvariable('as_of')
),
by_unit as (
    select 'person' as unit, person as unit_id, action, occurred_at from near where person is not null
    union all
    select 'account', account, action, occurred_at from near where account is not null
)
select unit, unit_id, criterion, any_value(min_count) as min_count, min(occurred_at, getvariable('steps')) as first_times
from by_unit
inner join signed_up using (unit, unit_id)
inner join criterion using (action)
where occurred_at < signed_up_at + to_days(criterion.within_days::int)
group by unit, unit_id, criterion;

create or replace table mart.activation_by_cohort as
with criterion as (
    select count(*) as criteria, max(within_days) as window_days from read_csv('seeds/demo/activation_criteria.csv')
),
met as (
    select unit, unit_id, count(*) as criteria_met, max(first_times[min_count]) as last_met_at
    from step
    where len(first_times) >= min_count
    group by unit, unit_id
),
activation as (
    select
        unit,
        signed_up_on,
        coalesce(criteria_met = criteria, false) as is_activated,
        case when criteria_met = criteria then (epoch_us(last_met_at) - epoch_us(signed_up_at))::double / 3600000000 end as hours,
        window_days
    from signed_up
    cross join criterion
    left join met using (unit, unit_id)
),
cohort as (
    select *, 'week' as cohort_period, date_trunc('week', signed_up_on)::date as cohort_start, date_trunc('week', signed_up_on)::date + 6 as cohort_end
    from activation
    union all
    select *, 'month', date_trunc('month', signed_up_on)::date, last_day(signed_up_on)
    from activation
)
select
    unit,
    cohort_period,
    cohort_start,
    count(*) as signed_up,
    count(*) filter (is_activated) as activated,
    count(*) filter (is_activated) / nullif(count(*)::double, 0) as activation_rate,
    wilson(count(*) filter (is_activated), count(*), -1) as activation_rate_low,
    wilson(count(*) filter (is_activated), count(*), 1) as activation_rate_high,
    quantile_cont(hours, 0.25) as p25_hours_to_activate,
    quantile_cont(hours, 0.5) as median_hours_to_activate,
    quantile_cont(hours, 0.75) as p75_hours_to_activate,
    max(cohort_end) + max(window_days)::int <= getvariable('as_of') as is_mature
from cohort
group by unit, cohort_period, cohort_start;
