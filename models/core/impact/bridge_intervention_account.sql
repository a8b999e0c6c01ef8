{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('day_zero'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'day_zero', 'made': 'whole'},
) }}
-- Who is compared is settled before the days that are compared begin: an account picked for what it did in the baseline would fall back
-- to its usual use afterwards, and that would read as a loss (DECISIONS.md).
{%- set days = impact_baseline_days() %}

with intervention as (

    select
        intervention_id,
        kind,
        feature,
        intervention_date,
        first_hour,
        hour_count
    from {{ ref('fct_intervention') }}

),

dated as (

    -- each intervention, and the same one on a day on which it did not happen
    select
        intervention_id,
        kind,
        feature,
        0 as days_shifted,
        intervention_date as day_zero,
        first_hour,
        hour_count
    from intervention
    union all
    select
        intervention_id,
        kind,
        feature,
        {{ 2 * days }} as days_shifted,
        {{ add_days('intervention_date', -2 * days) }} as day_zero,
        {{ add_seconds('first_hour', -2 * days * 86400) }} as first_hour,
        hour_count
    from intervention

),

eligible_day as (

    select
        dated.intervention_id,
        dated.feature,
        dated.days_shifted,
        {{ add_days('dated.day_zero', '(nth_day - ' ~ 4 * days ~ ')') }} as event_date
    from dated
    {{ cross_join_counter(2 * days - 1, 'nth_day') }}

),

eligible as (

    select
        eligible_day.intervention_id,
        eligible_day.days_shifted,
        uses.account_id,
        cast(sum(uses.use_count) as {{ type_bigint() }}) as use_count_before
    from eligible_day
    inner join {{ ref('fct_account_feature_day') }} as uses
        on eligible_day.feature = uses.feature
        and eligible_day.event_date = uses.event_date
    group by eligible_day.intervention_id, eligible_day.days_shifted, uses.account_id

),

hit_hour as (

    select
        dated.intervention_id,
        dated.feature,
        dated.days_shifted,
        {{ add_seconds('dated.first_hour', '(nth_hour * 3600)') }} as hour_start
    from dated
    {{ cross_join_counter('dated.hour_count - 1', 'nth_hour') }}

),

usual_hour as (

    -- the hours it touched in each of the last four weeks of those in which accounts are picked
    select
        hit_hour.intervention_id,
        hit_hour.feature,
        hit_hour.days_shifted,
        nth_week,
        {{ add_seconds('hit_hour.hour_start', '(-86400 * (' ~ 2 * days ~ ' + 7 * (nth_week + 1)))') }} as hour_start
    from hit_hour
    {{ cross_join_counter(3, 'nth_week') }}

),

habit as (

    select
        usual_hour.intervention_id,
        usual_hour.days_shifted,
        uses.account_id,
        count(distinct usual_hour.nth_week) as habit_weeks
    from usual_hour
    inner join {{ ref('fct_account_feature_hour') }} as uses
        on usual_hour.feature = uses.feature
        and usual_hour.hour_start = uses.hour_start
    group by usual_hour.intervention_id, usual_hour.days_shifted, uses.account_id

),

picked as (

    select
        eligible.intervention_id,
        eligible.days_shifted,
        eligible.account_id,
        dated.kind,
        dated.feature,
        dated.day_zero,
        {{ reporting_day(add_seconds('dated.first_hour', '(3600 * dated.hour_count - 1)')) }} as last_day,
        eligible.use_count_before,
        {{ add_days('dated.day_zero', -2 * days - 1) }} as picked_on
    from eligible
    inner join dated
        on eligible.intervention_id = dated.intervention_id
        and eligible.days_shifted = dated.days_shifted

),

plan_then as (

    -- the tier it had when the days in which accounts are picked were over
    {{ plan_of_day('picked', 'picked_on') }}

),

ranked as (

    -- equal use is one rank, so that no account's id decides its quartile
    select
        picked.*,
        rank() over (partition by intervention_id, days_shifted order by use_count_before) as use_rank,
        count(*) over (partition by intervention_id, days_shifted) as eligible_accounts
    from picked

),

final as (

    select
        ranked.intervention_id,
        ranked.days_shifted,
        ranked.account_id,
        ranked.kind,
        ranked.feature,
        ranked.day_zero,
        ranked.last_day,
        ranked.use_count_before,
        {{ whole_quotient('4 * (ranked.use_rank - 1)', 'ranked.eligible_accounts') }} + 1 as use_quartile,
        coalesce(plan_then.plan_tier, 'none') as plan_tier,
        coalesce(habit.habit_weeks, 0) as habit_weeks
    from ranked
    left join habit
        on ranked.intervention_id = habit.intervention_id
        and ranked.days_shifted = habit.days_shifted
        and ranked.account_id = habit.account_id
    left join plan_then on ranked.account_id = plan_then.account_id and ranked.picked_on = plan_then.picked_on

)

select
    intervention_id,
    cast(days_shifted as {{ type_bigint() }}) as days_shifted,
    account_id,
    kind,
    feature,
    day_zero,
    last_day,
    use_count_before,
    use_quartile,
    plan_tier,
    habit_weeks,
    habit_weeks >= 2 as is_exposed
from final
