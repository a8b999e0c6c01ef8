-- Suffered is what one depends on: an account suffers an incident when it used, in the 28 days up to its beginning, a feature that stands on
-- a service that was hit. Who used the feature during the incident is no question here: that depends on the incident.

with incident_feature as (

    -- Two services of one incident may carry the same feature.
    select
        incident.source,
        incident.incident_id,
        incident.started_at,
        incident.started_date,
        incident.harm_ended_at,
        service_features.feature
    from {{ ref('fct_incident') }} as incident
    inner join {{ ref('bridge_incident_service') }} as hit
        on incident.source = hit.source and incident.incident_id = hit.incident_id
    inner join {{ ref('service_features') }} as service_features on hit.service = service_features.service
    group by
        incident.source, incident.incident_id, incident.started_at, incident.started_date, incident.harm_ended_at,
        service_features.feature

),

used as (

    select
        account_id,
        feature,
        event_date,
        use_count
    from {{ ref('fct_account_feature_day') }}

),

final as (

    select
        used.account_id,
        incident_feature.source,
        incident_feature.incident_id,
        incident_feature.started_at,
        incident_feature.started_date,
        incident_feature.harm_ended_at,
        count(distinct incident_feature.feature) as feature_count,
        cast(sum(used.use_count) as {{ type_bigint() }}) as uses_before
    from incident_feature
    inner join used
        on incident_feature.feature = used.feature
        and incident_feature.started_date > used.event_date
        and {{ add_days('incident_feature.started_date', -28) }} <= used.event_date
    group by
        used.account_id, incident_feature.source, incident_feature.incident_id, incident_feature.started_at,
        incident_feature.started_date, incident_feature.harm_ended_at

)

select
    account_id,
    source,
    incident_id,
    started_at,
    started_date,
    harm_ended_at,
    feature_count,
    uses_before
from final
