-- Which incidents cost most use of a feature, in uses of all accounts they hit over the seven days after, and can we trust that?
with verdict_cell as (

    select
        source,
        incident_id,
        feature,
        incident_date,
        verdict,
        matched_exposed,
        horizon_days,
        effect,
        effect_low,
        effect_high,
        relative_effect,
        is_pre_trend_failed,
        placebo_p_value
    from {{ ref('incident_adoption') }}
    where outcome = 'feature_use' and is_verdict_cell

),

final as (

    select
        source,
        incident_id,
        feature,
        incident_date,
        verdict,
        effect * matched_exposed * horizon_days as uses,
        effect_low * matched_exposed * horizon_days as uses_low,
        effect_high * matched_exposed * horizon_days as uses_high,
        relative_effect,
        is_pre_trend_failed,
        placebo_p_value < 0.05 as is_placebo_failed
    from verdict_cell
    where verdict <> 'not enough data'

)

select
    source,
    incident_id,
    feature,
    incident_date,
    verdict,
    uses,
    uses_low,
    uses_high,
    relative_effect,
    is_pre_trend_failed,
    is_placebo_failed
from final
order by uses, source, incident_id, feature
