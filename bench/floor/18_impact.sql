-- What an incident or a release did to the use of a feature: accounts that were exposed to it by habit against accounts of the same plan
-- and the same use that were not, before and after. Sums are of whole numbers until an estimate is formed.

create temp table intervention as
with service_feature as (
    from read_csv('seeds/demo/service_features.csv')
),
hit as (
    select
        feature,
        incident.source,
        incident.incident_id,
        min(incident_service.service) as service,
        any_value(incident.level) as level,
        any_value(incident.started_at) as started_at,
        any_value(case
            when incident.harm_ended_at > incident.started_at then incident.harm_ended_at
            else date_trunc('hour', incident.started_at) + interval 1 hour
        end) as ended_at
    from incident
    inner join incident_service using (source, incident_id)
    inner join service_feature on incident_service.service = service_feature.service
    group by feature, incident.source, incident.incident_id
),
stretch_of_harm as (
    select
        *,
        sum((coalesce(harm_until <= started_at, true))::int) over (partition by feature order by started_at, source, incident_id) as stretch
    from (
        select
            *,
            max(ended_at) over (
                partition by feature
                order by started_at, source, incident_id
                rows between unbounded preceding and 1 preceding
            ) as harm_until
        from hit
    )
),
every as (
    select
        'incident' as kind,
        feature,
        arg_min(source, (started_at, source, incident_id)) as source,
        arg_min(incident_id, (started_at, source, incident_id)) as source_id,
        arg_min(service, (started_at, source, incident_id)) as service,
        null as version,
        min(level)::bigint as severity_level,
        count(*) as incident_count,
        min(started_at) as started_at,
        max(ended_at) as ended_at
    from stretch_of_harm
    group by feature, stretch
    union all
    select
        'release',
        feature,
        source,
        id,
        deployment.service,
        deployment.version,
        null,
        0,
        finished_at,
        date_trunc('hour', finished_at) + interval 4 hour
    from read_csv('seeds/demo/feature_releases.csv', all_varchar = true) as release
    inner join deployment on release.service = deployment.service and release.version = deployment.version
    where is_production and status = 'succeeded' and not is_rollback
    qualify row_number() over (partition by feature, deployment.service, deployment.version order by finished_at, source, id) = 1
)
select
    row_number() over () as n,
    *,
    started_at::date as intervention_date,
    date_trunc('hour', started_at) as first_hour,
    least((epoch_us(ended_at) - epoch_us(first_hour)) // 1000000 + 3599, 168 * 3600) // 3600 as hour_count
from every;

-- Each, and the same four weeks earlier, when it did not happen. Accounts are picked by what they did in the four weeks that end four
-- weeks before, and were exposed if they used the feature in those hours of at least two of these weeks.
create temp table picked as
with dated as (
    select n, kind, feature, days_shifted, intervention_date - days_shifted as day_zero, first_hour - to_days(days_shifted) as first_hour, hour_count,
        (first_hour - to_days(days_shifted) + to_hours(hour_count) - interval 1 second)::date as last_day
    from intervention
    cross join (values (0), (28)) as shift(days_shifted)
),
eligible as (
    select n, days_shifted, account_id, any_value(kind) as kind, dated.feature, day_zero, any_value(last_day) as last_day, day_zero - 29 as picked_on,
        sum(use_count)::bigint as use_count
    from dated
    inner join account_use on dated.feature = account_use.feature and event_date between day_zero - 56 and day_zero - 29
    group by n, days_shifted, account_id, dated.feature, day_zero
),
usual_hour as (
    select n, days_shifted, feature, week, first_hour + to_hours(unnest(range(hour_count))) - to_days((28 + 7 * (week + 1))::int) as hour
    from dated
    cross join (select unnest(range(4)) as week)
),
habit as (
    select n, days_shifted, coalesce(used.account_id, person.account_id) as account_id, count(distinct week) as weeks
    from (
        select event.actor, event.account_id, meaning.feature, date_trunc('hour', event.occurred_at) as hour
        from event
        inner join meaning using (name)
        where meaning.feature is not null and not meaning.is_set_aside
    ) as used
    inner join usual_hour using (feature, hour)
    inner join person_of using (actor)
    inner join person using (person)
    group by all
),
plan_then as (
    select asked.account_id, picked_on, arg_max(plan_tier, (tier_rank, plan_tier)) as plan_tier
    from (select distinct account_id, picked_on from eligible) as asked
    inner join period
        on asked.account_id = period.account_id
        and valid_from < epoch(picked_on + 1)
        and valid_to >= epoch(picked_on + 1)
    where state in ('trialing', 'active', 'past_due')
    group by all
)
select
    row_number() over () as pick,
    eligible.* exclude (use_count, picked_on),
    4 * (rank() over (partition by n, days_shifted order by use_count) - 1) // count(*) over (partition by n, days_shifted) + 1 as use_quartile,
    coalesce(plan_tier, 'none') as plan_tier,
    coalesce(weeks >= 2, false) as is_exposed
from eligible
left join habit using (n, days_shifted, account_id)
left join plan_then using (account_id, picked_on);

create temp table comparison as
select *
from (
    values
        (0, 'effect', 1, -14, -1, 1, 1), (1, 'effect', 7, -14, -1, 1, 7), (2, 'effect', 14, -14, -1, 1, 14), (3, 'effect', 30, -14, -1, 1, 30),
        (4, 'pre_trend', 14, -28, -15, -14, -1), (5, 'placebo_date', 7, -14, -1, 1, 7)
) as t(c, comparison, horizon_days, before_first, before_last, after_first, after_last);

-- What is compared, once for every account and day, and then summed up by comparison.
create temp table estimate as
with asked as (
    select pick, n, account_id, feature, day_zero, use_quartile, plan_tier, is_exposed, comparison.*
    from picked
    inner join comparison on (c = 5) = (days_shifted = 28) and day_zero + after_last <= getvariable('as_of')
),
used_day as (
    select pick, days_shifted, event_date - day_zero as day, use_count
    from picked
    inner join account_use
        on picked.account_id = account_use.account_id
        and picked.feature = account_use.feature
        and event_date between day_zero - 28 and day_zero + 30
),
used as (
    select
        pick,
        c,
        sum(use_count) filter (day <= before_last) as before,
        sum(use_count * ((after_last - day) // 7 - (after_first - 1 - day) // 7)) filter (day <= before_last) as before_by_weekday,
        sum(use_count) filter (day >= after_first) as after
    from used_day
    inner join comparison on (c = 5) = (days_shifted = 28) and day between before_first and after_last
    group by pick, c
),
visited as (
    select
        pick,
        c,
        sum(session_count) filter (day <= before_last) as before,
        sum(session_count) filter (day >= after_first) as after
    from (
        select pick, days_shifted, session_date - day_zero as day, session_count
        from picked
        inner join session_day on picked.account_id = session_day.account_id and session_date between day_zero - 28 and day_zero + 30
    )
    inner join comparison on (c = 5) = (days_shifted = 28) and day between before_first and after_last
    group by pick, c
),
hit_by_another as (
    select distinct asked.pick, c
    from asked
    inner join picked as other
        on asked.account_id = other.account_id
        and asked.feature = other.feature
        and asked.n <> other.n
        and other.day_zero <= asked.day_zero + after_last
        and other.last_day >= asked.day_zero + before_first
    where other.kind = 'incident' and other.days_shifted = 0 and other.is_exposed
),
changed as (
    select
        asked.*,
        hit_by_another.pick is not null as is_hit,
        unnest([
            {
                'outcome': 'feature_use',
                'parts': (after_last - after_first + 1) * 2,
                'before': coalesce(used.before_by_weekday, 0)::bigint,
                'after': coalesce(used.after, 0)::bigint * 2
            },
            {
                'outcome': 'conversion',
                'parts': 1000000,
                'before': case
                    when coalesce(visited.before, 0) > 0 then half_up(coalesce(used.before, 0)::hugeint * 1000000, visited.before::hugeint)::bigint
                end,
                'after': case
                    when coalesce(visited.after, 0) > 0 then half_up(coalesce(used.after, 0)::hugeint * 1000000, visited.after::hugeint)::bigint
                end
            }
        ]) as figure
    from asked
    left join used using (pick, c)
    left join visited using (pick, c)
    left join hit_by_another using (pick, c)
),
judged as (
    select n, c, use_quartile, plan_tier, is_exposed, is_hit, figure.outcome, figure.parts, figure.after - figure.before as change, figure.after
    from changed
),
counted as (
    select
        n,
        c,
        outcome,
        count(*) as eligible_accounts,
        count(*) filter (is_exposed) as exposed_accounts,
        count(*) filter (is_hit) as accounts_hit_by_another,
        count(*) filter (not is_hit and change is null) as accounts_without_sessions
    from judged
    group by n, c, outcome
),
stratum as (
    select
        n,
        c,
        outcome,
        any_value(parts) as parts,
        count(*) filter (is_exposed) as exposed,
        count(*) filter (not is_exposed) as control,
        sum(change) filter (is_exposed) as change,
        sum(change * change) filter (is_exposed) as change_squared,
        sum(after) filter (is_exposed) as after,
        sum(after * after) filter (is_exposed) as after_squared,
        sum(change * after) filter (is_exposed) as change_by_after,
        sum(change) filter (not is_exposed) as control_change,
        sum(change * change) filter (not is_exposed) as control_change_squared
    from judged
    where not is_hit and change is not null
    group by n, c, outcome, plan_tier, use_quartile
    having exposed >= 2 and control >= 2
),
weighed as (
    select
        *,
        exposed::double / (sum(exposed) over (partition by n, c, outcome))::double as weight,
        weight * (change::double / exposed - control_change::double / control) / parts as effect,
        weight * after::double / exposed / parts as observed,
        covariance(exposed, change_squared, change, change) / exposed as exposed_variance,
        covariance(exposed, after_squared, after, after) / exposed as after_variance,
        covariance(exposed, change_by_after, change, after) / exposed as exposed_covariance,
        covariance(control, control_change_squared, control_change, control_change) / control as control_variance
    from stratum
),
summed as (
    select
        n,
        c,
        outcome,
        sum(exposed)::bigint as matched_exposed,
        sum(control)::bigint as matched_control,
        steady_sum(effect) as effect,
        steady_sum(observed) as observed,
        steady_sum(weight * weight * (exposed_variance + control_variance) / parts / parts) as variance,
        steady_sum(weight * weight * after_variance / parts / parts) as after_variance,
        steady_sum(weight * weight * exposed_covariance / parts / parts) as covariance,
        steady_sum(weight * weight / exposed + weight * weight / control) as spread,
        steady_sum(power(weight, 4) / exposed / exposed / (exposed - 1) + power(weight, 4) / control / control / (control - 1)) as spread_squared
    from weighed
    group by n, c, outcome
),
with_error as (
    select
        *,
        observed - effect as expected,
        case when variance > 0 then sqrt(variance) end as standard_error,
        case when variance > 0 then spread * spread / spread_squared end as degrees_of_freedom,
        case
            when variance > 0 and observed - effect > 0
                then observed * observed * variance - 2 * observed * effect * covariance + effect * effect * after_variance
        end as relative_square,
        t_critical(degrees_of_freedom) as critical,
        case when variance > 0 then (degrees_of_freedom - 0.5) * ln(1 + effect * effect / variance / degrees_of_freedom) end as w,
        case when relative_square > 0 then sqrt(relative_square) / (expected * expected) end as relative_error,
        deviate_of_t(w, degrees_of_freedom) as deviate
    from summed
)
select
    counted.*,
    coalesce(matched_exposed, 0) as matched_exposed,
    coalesce(matched_control, 0) as matched_control,
    observed,
    expected,
    effect,
    standard_error,
    degrees_of_freedom,
    effect - critical * standard_error as effect_low,
    effect + critical * standard_error as effect_high,
    normal_p(deviate) as p_value,
    case when expected > 0 then effect / expected end as relative_effect,
    case when expected > 0 then effect / expected - critical * relative_error end as relative_low,
    case when expected > 0 then effect / expected + critical * relative_error end as relative_high
from counted
left join with_error using (n, c, outcome);

create temp table adoption_effect as
with verdict as (
    select
        n,
        outcome,
        case
            when matched_exposed < 30 or matched_control < 30 or effect_low is null then 'not enough data'
            when effect_high < 0 then 'loss'
            when effect_low > 0 then 'gain'
            else 'no effect shown'
        end as verdict
    from estimate
    where c = 1
)
select
    kind,
    source,
    source_id,
    feature,
    outcome,
    horizon_days::bigint as horizon_days,
    horizon_days = 7 as is_verdict_cell,
    coalesce(verdict, 'not enough data') as verdict,
    service,
    version,
    severity_level,
    incident_count,
    started_at,
    ended_at,
    intervention_date,
    intervention_date + horizon_days <= getvariable('as_of') as is_mature,
    coalesce(estimate.eligible_accounts, 0) as eligible_accounts,
    coalesce(estimate.exposed_accounts, 0) as exposed_accounts,
    coalesce(estimate.accounts_hit_by_another, 0) as accounts_hit_by_another,
    coalesce(estimate.accounts_without_sessions, 0) as accounts_without_sessions,
    coalesce(
        estimate.eligible_accounts - estimate.accounts_hit_by_another - estimate.accounts_without_sessions
        - estimate.matched_exposed - estimate.matched_control, 0
    ) as accounts_without_match,
    coalesce(estimate.matched_exposed, 0) as matched_exposed,
    coalesce(estimate.matched_control, 0) as matched_control,
    estimate.observed,
    estimate.expected,
    estimate.effect,
    estimate.effect_low,
    estimate.effect_high,
    estimate.standard_error,
    estimate.degrees_of_freedom,
    estimate.p_value,
    estimate.relative_effect,
    estimate.relative_low,
    estimate.relative_high,
    pre_trend.effect as pre_trend,
    pre_trend.p_value as pre_trend_p_value,
    pre_trend.p_value < 0.05 as is_pre_trend_failed,
    placebo.effect as placebo_effect,
    placebo.effect_low as placebo_low,
    placebo.effect_high as placebo_high,
    placebo.p_value as placebo_p_value
from intervention
cross join (values ('feature_use'), ('conversion')) as outcomes(outcome)
cross join (select c, horizon_days from comparison where c < 4)
left join estimate using (n, c, outcome)
left join verdict using (n, outcome)
left join (from estimate where c = 4) as pre_trend using (n, outcome)
left join (from estimate where c = 5) as placebo using (n, outcome);

create or replace table mart.incident_adoption as
select
    * exclude (kind, source_id, version, intervention_date),
    source_id as incident_id,
    intervention_date as incident_date
from adoption_effect
where kind = 'incident';

create or replace table mart.release_adoption as
select
    * exclude (kind, source_id, severity_level, incident_count, started_at, ended_at, intervention_date),
    source_id as deployment_id,
    started_at as released_at,
    intervention_date as released_on
from adoption_effect
where kind = 'release';
