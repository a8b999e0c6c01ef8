-- Who used what on which day, by person and by account, and who signed up when.

create temp table person_use as
select
    person_of.person,
    coalesce(use_day.account_id, person.account_id) as account_id,
    use_day.feature,
    use_day.event_date,
    sum(use_day.use_count)::bigint as use_count
from use_day
inner join person_of using (actor)
inner join person using (person)
group by all;

create temp table feature as
with known as (
    select feature from read_csv('seeds/demo/features.csv', all_varchar = true)
    union
    select feature from tracking_plan where feature is not null
)
select feature, launched_on, coalesce(launched_on, first_used_on) as available_from
from known
left join (select feature, launched_on::date as launched_on from read_csv('seeds/demo/features.csv', all_varchar = true)) using (feature)
left join (select feature, min(event_date) as first_used_on from person_use group by feature) using (feature);

create temp table account_use as
select account_id, feature, event_date, sum(use_count)::bigint as use_count from person_use where account_id is not null group by all;

create temp table unit_use as
select 'person' as unit, person::ubigint as unit_id, feature, event_date, sum(use_count)::bigint as use_count from person_use group by all
union all
select 'account', hash(account_id), feature, event_date, use_count from account_use;

create temp table signed_up as
select *, signed_up_at::date as signed_up_on
from (
    select 'person' as unit, person::ubigint as unit_id, signed_up_at from person
    union all
    select 'account', hash(account_id), min(signed_up_at) from person where account_id is not null group by account_id
)
where signed_up_at::date <= getvariable('as_of');

create temp table adopter as
with used as (
    select unit, unit_id, feature, launched_on, min(event_date, 2) as first_days
    from unit_use
    inner join feature using (feature)
    where event_date <= getvariable('as_of') and (launched_on is null or event_date >= launched_on)
    group by all
),
with_start as (
    select
        used.unit,
        used.unit_id,
        used.feature,
        first_days[1] as first_used_on,
        first_days[2] as used_again_on,
        case when launched_on > signed_up_on then launched_on else signed_up_on end as could_use_from
    from used
    left join signed_up using (unit, unit_id)
)
select
    *,
    case
        when could_use_from >= (select min(event_date) from person_part) and first_used_on >= could_use_from then first_used_on - could_use_from
    end as days_to_first_use
from with_start;

create or replace table mart.feature_adoption_weekly as
with active_week as (
    select distinct unit, unit_id, date_trunc('week', event_date)::date as week_start from active_day
),
active_by_week as (
    select unit, week_start, count(*) as active_units from active_week group by all
),
use_week as (
    select unit, unit_id, feature, date_trunc('week', event_date)::date as week_start, sum(use_count) as use_count, count(*) as days_used
    from unit_use
    inner join feature using (feature)
    where event_date between available_from and getvariable('as_of')
    group by all
),
used_by_week as (
    select
        unit,
        feature,
        week_start,
        count(*) as feature_users,
        count(active_week.unit_id) as active_feature_users,
        sum(use_count)::bigint as use_count,
        sum(days_used)::bigint as days_used
    from use_week
    left join active_week using (unit, unit_id, week_start)
    group by unit, feature, week_start
),
adopted_by_week as (
    select
        unit,
        feature,
        date_trunc('week', first_used_on)::date as week_start,
        count(*) as new_adopters,
        count(*) filter (used_again_on <= first_used_on + 28) as repeat_adopters,
        count(days_to_first_use) as adopters_with_start,
        quantile_cont(days_to_first_use, 0.5) as median_days_to_first_use
    from adopter
    group by all
),
week_of_feature as (
    select unit, feature, unnest(generate_series(date_trunc('week', available_from), getvariable('as_of')::timestamp, interval 7 day))::date as week_start
    from feature
    cross join (values ('person'), ('account')) as units(unit)
    where available_from <= getvariable('as_of')
),
counted as (
    select
        unit,
        feature,
        week_start,
        coalesce(active_units, 0) as active_units,
        coalesce(feature_users, 0) as feature_users,
        coalesce(active_feature_users, 0) as active_feature_users,
        coalesce(use_count, 0) as use_count,
        coalesce(days_used, 0) as days_used,
        coalesce(new_adopters, 0) as new_adopters,
        (sum(coalesce(new_adopters, 0)) over (partition by unit, feature order by week_start))::bigint as cumulative_adopters,
        coalesce(repeat_adopters, 0) as repeat_adopters,
        coalesce(adopters_with_start, 0) as adopters_with_start,
        median_days_to_first_use
    from week_of_feature
    left join active_by_week using (unit, week_start)
    left join used_by_week using (unit, feature, week_start)
    left join adopted_by_week using (unit, feature, week_start)
)
select
    unit,
    feature,
    week_start,
    active_units,
    feature_users,
    active_feature_users,
    active_feature_users / nullif(active_units::double, 0) as adoption_rate,
    wilson(active_feature_users, active_units, -1) as adoption_rate_low,
    wilson(active_feature_users, active_units, 1) as adoption_rate_high,
    use_count,
    use_count / nullif(feature_users::double, 0) as uses_per_user,
    days_used,
    days_used / nullif(feature_users::double, 0) as days_used_per_user,
    new_adopters,
    cumulative_adopters,
    repeat_adopters,
    repeat_adopters / nullif(new_adopters::double, 0) as repeat_rate,
    wilson(repeat_adopters, new_adopters, -1) as repeat_rate_low,
    wilson(repeat_adopters, new_adopters, 1) as repeat_rate_high,
    adopters_with_start,
    median_days_to_first_use,
    week_start + 6 <= getvariable('as_of') as is_mature,
    week_start + 34 <= getvariable('as_of') as is_repeat_mature
from counted;
