-- Two incidents of one feature that overlap are one stretch of harm: what followed cannot be told apart, and one outage is often
-- recorded by two tools. A release meets first whoever is usually there in the hours after it went live.

with incident as (

    select
        source,
        incident_id,
        severity_level,
        started_at,
        -- where no end was ever noted, all we know is the hour it began in
        case
            when harm_ended_at > started_at then harm_ended_at
            else {{ add_seconds(hour_start('started_at'), 3600) }}
        end as ended_at
    from {{ ref('fct_incident') }}

),

hit as (

    select
        incident_service.source,
        incident_service.incident_id,
        service_features.feature,
        min(incident_service.service) as service
    from {{ ref('bridge_incident_service') }} as incident_service
    inner join {{ ref('service_features') }} as service_features on incident_service.service = service_features.service
    group by incident_service.source, incident_service.incident_id, service_features.feature

),

feature_hit as (

    select
        hit.feature,
        hit.source,
        hit.incident_id,
        hit.service,
        incident.severity_level,
        incident.started_at,
        incident.ended_at,
        max(incident.ended_at) over (
            partition by hit.feature
            order by incident.started_at, hit.source, hit.incident_id
            rows between unbounded preceding and 1 preceding
        ) as harm_until
    from hit
    inner join incident on hit.source = incident.source and hit.incident_id = incident.incident_id

),

numbered as (

    select
        feature_hit.*,
        sum(case when harm_until > started_at then 0 else 1 end) over (
            partition by feature
            order by started_at, source, incident_id
            rows between unbounded preceding and current row
        ) as stretch
    from feature_hit

),

in_order as (

    select
        numbered.*,
        row_number() over (partition by feature, stretch order by started_at, source, incident_id) as place
    from numbered

),

stretch_of_harm as (

    select
        feature,
        min(case when place = 1 then source end) as source,
        min(case when place = 1 then incident_id end) as source_id,
        min(case when place = 1 then service end) as service,
        min(severity_level) as severity_level,
        count(*) as incident_count,
        min(started_at) as started_at,
        max(ended_at) as ended_at
    from in_order
    group by feature, stretch

),

went_live as (

    select
        release.feature,
        release.service,
        release.version,
        deployment.source,
        deployment.deployment_id as source_id,
        deployment.finished_at as started_at,
        row_number() over (
            partition by release.feature, release.service, release.version
            order by deployment.finished_at, deployment.source, deployment.deployment_id
        ) as place
    from {{ ref('feature_releases') }} as release
    inner join {{ ref('fct_deployment') }} as deployment
        on release.service = deployment.service
        and release.version = deployment.version
    where deployment.is_production and deployment.is_success and not deployment.is_rollback

),

interventions as (

    select
        'incident' as kind,
        feature,
        source,
        source_id,
        service,
        cast(null as {{ type_string() }}) as version,
        severity_level,
        incident_count,
        started_at,
        ended_at
    from stretch_of_harm
    union all
    select
        'release' as kind,
        feature,
        source,
        source_id,
        service,
        version,
        cast(null as {{ type_bigint() }}) as severity_level,
        0 as incident_count,
        started_at,
        {{ add_seconds(hour_start('started_at'), var('impact_release_hours') * 3600) }} as ended_at
    from went_live
    where place = 1

),

final as (

    select
        interventions.*,
        {{ reporting_day('started_at') }} as intervention_date,
        {{ hour_start('started_at') }} as first_hour
    from interventions

)

select
    {{ stable_id(['kind', 'feature', 'source', 'source_id']) }} as intervention_id,
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
    intervention_date,
    first_hour,
    case
        when {{ seconds_between('first_hour', 'ended_at') }} > {{ impact_days_of_harm() }} * 86400 then {{ 24 * impact_days_of_harm() }}
        else {{ whole_quotient(seconds_between('first_hour', 'ended_at') ~ ' + 3599', 3600) }}
    end as hour_count
from final
