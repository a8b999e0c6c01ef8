with intervention as (

    select
        intervention_id,
        kind,
        feature,
        source,
        source_id,
        service,
        version,
        severity_level,
        incident_count,
        started_at,
        ended_at,
        intervention_date
    from {{ ref('fct_intervention') }}

),

as_of as (

    select as_of
    from {{ ref('dim_as_of') }}

),

asked as (

    {{ impact_cells() }}

),

estimate as (

    select *
    from {{ ref('fct_impact_estimate') }}

),

verdict as (

    -- one cell, declared beforehand
    select
        intervention_id,
        outcome,
        case
            when
                matched_exposed < {{ var('impact_min_accounts') }}
                or matched_control < {{ var('impact_min_accounts') }}
                or effect_low is null
                then 'not enough data'
            when effect_high < 0 then 'loss'
            when effect_low > 0 then 'gain'
            else 'no effect shown'
        end as verdict
    from estimate
    where comparison = 'effect' and horizon_days = {{ var('impact_verdict_days') }}

),

final as (

    select
        intervention.kind,
        intervention.source,
        intervention.source_id,
        intervention.feature,
        asked.outcome,
        asked.horizon_days,
        asked.horizon_days = {{ var('impact_verdict_days') }} as is_verdict_cell,
        coalesce(verdict.verdict, 'not enough data') as verdict,
        intervention.service,
        intervention.version,
        intervention.severity_level,
        intervention.incident_count,
        intervention.started_at,
        intervention.ended_at,
        intervention.intervention_date,
        coalesce({{ add_days('intervention.intervention_date', 'asked.horizon_days') }} <= as_of.as_of, false) as is_mature,
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
    cross join asked
    cross join as_of
    left join estimate
        on intervention.intervention_id = estimate.intervention_id
        and asked.outcome = estimate.outcome
        and asked.horizon_days = estimate.horizon_days
        and estimate.comparison = 'effect'
    left join verdict
        on intervention.intervention_id = verdict.intervention_id
        and asked.outcome = verdict.outcome
    left join estimate as pre_trend
        on intervention.intervention_id = pre_trend.intervention_id
        and asked.outcome = pre_trend.outcome
        and pre_trend.comparison = 'pre_trend'
    left join estimate as placebo
        on intervention.intervention_id = placebo.intervention_id
        and asked.outcome = placebo.outcome
        and placebo.comparison = 'placebo_date'

)

select
    kind,
    source,
    source_id,
    feature,
    outcome,
    cast(horizon_days as {{ type_bigint() }}) as horizon_days,
    is_verdict_cell,
    verdict,
    service,
    version,
    severity_level,
    incident_count,
    started_at,
    ended_at,
    intervention_date,
    is_mature,
    eligible_accounts,
    exposed_accounts,
    accounts_hit_by_another,
    accounts_without_sessions,
    accounts_without_match,
    matched_exposed,
    matched_control,
    observed,
    expected,
    effect,
    effect_low,
    effect_high,
    standard_error,
    degrees_of_freedom,
    p_value,
    relative_effect,
    relative_low,
    relative_high,
    pre_trend,
    pre_trend_p_value,
    is_pre_trend_failed,
    placebo_effect,
    placebo_low,
    placebo_high,
    placebo_p_value
from final
