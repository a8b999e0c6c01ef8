with effects as (

    select * from {{ ref('fct_adoption_effect') }}

),

final as (

    select * from effects
    where kind = 'release'

)

select
    source,
    source_id as deployment_id,
    feature,
    outcome,
    horizon_days,
    is_verdict_cell,
    verdict,
    service,
    version,
    started_at as released_at,
    intervention_date as released_on,
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
