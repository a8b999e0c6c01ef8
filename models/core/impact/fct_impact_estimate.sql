{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    partition_by=by_day('day_zero'),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'day_zero', 'days': 'estimated_days'},
) }}
-- One difference per account makes the model of strata x exposure saturated, and its CR2 variance is the sum of each cell's sample
-- variance over its accounts. Degrees of freedom after Bell and McCaffrey. A comparison has one day 0, so a row follows from that day's alone.

with change as (

    select
        intervention_id,
        comparison,
        horizon_days,
        outcome,
        day_zero,
        plan_tier,
        use_quartile,
        is_exposed,
        is_hit_by_another,
        parts,
        after_in_parts - before_in_parts as change_in_parts,
        after_in_parts
    from {{ ref('fct_intervention_account_change') }}
    where {{ on_days('day_zero', estimated_days) }}

),

counted as (

    select
        intervention_id,
        comparison,
        horizon_days,
        outcome,
        day_zero,
        count(*) as eligible_accounts,
        {{ count_where('is_exposed') }} as exposed_accounts,
        {{ count_where('is_hit_by_another') }} as accounts_hit_by_another,
        {{ count_where('not is_hit_by_another and change_in_parts is null') }} as accounts_without_sessions
    from change
    group by intervention_id, comparison, horizon_days, outcome, day_zero

),

stratum as (

    select
        intervention_id,
        comparison,
        horizon_days,
        outcome,
        plan_tier,
        use_quartile,
        max(parts) as parts,
        {{ count_where('is_exposed') }} as exposed,
        {{ count_where('not is_exposed') }} as control,
        sum(case when is_exposed then change_in_parts else 0 end) as exposed_change,
        sum(case when is_exposed then change_in_parts * change_in_parts else 0 end) as exposed_change_squared,
        sum(case when is_exposed then after_in_parts else 0 end) as exposed_after,
        sum(case when is_exposed then after_in_parts * after_in_parts else 0 end) as exposed_after_squared,
        sum(case when is_exposed then change_in_parts * after_in_parts else 0 end) as exposed_change_by_after,
        sum(case when is_exposed then 0 else change_in_parts end) as control_change,
        sum(case when is_exposed then 0 else change_in_parts * change_in_parts end) as control_change_squared
    from change
    where not is_hit_by_another and change_in_parts is not null
    group by intervention_id, comparison, horizon_days, outcome, plan_tier, use_quartile

),

matched as (

    -- a side of one account says nothing of its spread
    select
        stratum.*,
        cast(exposed as {{ type_double() }})
        / cast(sum(exposed) over (partition by intervention_id, comparison, horizon_days, outcome) as {{ type_double() }}) as weight
    from stratum
    where exposed >= 2 and control >= 2

),

weighed as (

    select
        matched.*,
        weight * (cast(exposed_change as {{ type_double() }}) / exposed - cast(control_change as {{ type_double() }}) / control) / parts as effect,
        weight * cast(exposed_after as {{ type_double() }}) / exposed / parts as observed,
        {{ sample_covariance('exposed', 'exposed_change_squared', 'exposed_change', 'exposed_change') }} / exposed as exposed_variance,
        {{ sample_covariance('exposed', 'exposed_after_squared', 'exposed_after', 'exposed_after') }} / exposed as after_variance,
        {{ sample_covariance('exposed', 'exposed_change_by_after', 'exposed_change', 'exposed_after') }} / exposed as exposed_covariance,
        {{ sample_covariance('control', 'control_change_squared', 'control_change', 'control_change') }} / control as control_variance
    from matched

),

summed as (

    select
        intervention_id,
        comparison,
        horizon_days,
        outcome,
        sum(exposed) as matched_exposed,
        sum(control) as matched_control,
        {{ steady_sum('effect') }} as effect,
        {{ steady_sum('observed') }} as observed,
        {{ steady_sum('weight * weight * (exposed_variance + control_variance) / parts / parts') }} as variance,
        {{ steady_sum('weight * weight * after_variance / parts / parts') }} as after_variance,
        {{ steady_sum('weight * weight * exposed_covariance / parts / parts') }} as covariance,
        {{ steady_sum('weight * weight / exposed + weight * weight / control') }} as spread,
        {{ steady_sum('power(weight, 4) / exposed / exposed / (exposed - 1) + power(weight, 4) / control / control / (control - 1)') }} as spread_squared
    from weighed
    group by intervention_id, comparison, horizon_days, outcome

),

judged as (

    select
        summed.*,
        -- what exposed accounts would have used
        observed - effect as expected,
        case when variance > 0 then sqrt(variance) end as standard_error,
        spread * spread / spread_squared as degrees_of_freedom,
        -- by the delta method, of effect / (observed - effect)
        case
            when observed - effect > 0
                then observed * observed * variance - 2 * observed * effect * covariance + effect * effect * after_variance
        end as relative_square
    from summed

),

with_margin as (

    select
        judged.*,
        {{ t_critical('degrees_of_freedom') }} as critical,
        (degrees_of_freedom - 0.5) * ln(1 + effect * effect / variance / degrees_of_freedom) as w,
        case when relative_square > 0 then sqrt(relative_square) / (expected * expected) end as relative_error
    from judged
    where variance > 0

),

tested as (

    select
        with_margin.*,
        {{ normal_deviate_of_t('w', 'degrees_of_freedom') }} as deviate
    from with_margin

),

final as (

    select
        counted.intervention_id,
        counted.comparison,
        counted.horizon_days,
        counted.outcome,
        counted.day_zero,
        counted.eligible_accounts,
        counted.exposed_accounts,
        counted.accounts_hit_by_another,
        counted.accounts_without_sessions,
        coalesce(judged.matched_exposed, 0) as matched_exposed,
        coalesce(judged.matched_control, 0) as matched_control,
        judged.observed,
        judged.expected,
        judged.effect,
        tested.standard_error,
        tested.degrees_of_freedom,
        tested.effect - tested.critical * tested.standard_error as effect_low,
        tested.effect + tested.critical * tested.standard_error as effect_high,
        {{ normal_p('tested.deviate') }} as p_value,
        case when judged.expected > 0 then judged.effect / judged.expected end as relative_effect,
        case
            when tested.expected > 0
                then tested.effect / tested.expected - tested.critical * tested.relative_error
        end as relative_low,
        case
            when tested.expected > 0
                then tested.effect / tested.expected + tested.critical * tested.relative_error
        end as relative_high
    from counted
    left join judged
        on counted.intervention_id = judged.intervention_id
        and counted.comparison = judged.comparison
        and counted.horizon_days = judged.horizon_days
        and counted.outcome = judged.outcome
    left join tested
        on counted.intervention_id = tested.intervention_id
        and counted.comparison = tested.comparison
        and counted.horizon_days = tested.horizon_days
        and counted.outcome = tested.outcome

)

select
    intervention_id,
    comparison,
    horizon_days,
    outcome,
    day_zero,
    eligible_accounts,
    exposed_accounts,
    accounts_hit_by_another,
    accounts_without_sessions,
    cast(matched_exposed as {{ type_bigint() }}) as matched_exposed,
    cast(matched_control as {{ type_bigint() }}) as matched_control,
    observed,
    expected,
    effect,
    standard_error,
    degrees_of_freedom,
    effect_low,
    effect_high,
    p_value,
    relative_effect,
    relative_low,
    relative_high
from final
