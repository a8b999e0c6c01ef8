with sightings as (

    select * from {{ ref('deployment_sighting') }}

),

incidents as (

    select * from {{ ref('fct_incident') }}

),

incident_services as (

    select * from {{ ref('bridge_incident_service') }}

),

deployments as (

    select
        sightings.*,
        status = 'succeeded' as is_success
    from sightings
    where speaker_source is null

),

live as (

    -- What ran in production after each other, service by service; a deployment answers for what happens until the next one.
    select
        source,
        deployment_id,
        service,
        finished_at,
        lead(finished_at) over (partition by service order by finished_at, source, deployment_id) as next_finished_at,
        lead(is_rollback) over (partition by service order by finished_at, source, deployment_id) as is_next_rollback
    from deployments
    where is_production and is_success

),

answered as (

    select
        live.*,
        least(
            coalesce(next_finished_at, {{ far_future() }}),
            {{ add_seconds('finished_at', var('change_failure_hours') * 3600) }}
        ) as answers_until
    from live

),

harm as (

    select
        incident_services.service,
        incidents.started_at
    from incidents
    inner join incident_services on incidents.source = incident_services.source and incidents.incident_id = incident_services.incident_id
    where incidents.is_downtime

),

harmful as (

    select
        answered.source,
        answered.deployment_id
    from answered
    inner join harm
        on answered.service = harm.service
        and answered.finished_at <= harm.started_at
        and answered.answers_until > harm.started_at
    group by answered.source, answered.deployment_id

),

final as (

    select
        deployments.source,
        deployments.deployment_id,
        deployments.service,
        deployments.environment,
        deployments.is_production,
        deployments.status,
        deployments.is_success,
        deployments.is_rollback,
        deployments.version,
        deployments.commit_sha,
        deployments.committed_at,
        deployments.started_at,
        deployments.finished_at,
        {{ reporting_day('deployments.finished_at') }} as finished_date,
        {{ lead_time_seconds('deployments.committed_at', 'deployments.finished_at') }} as lead_time_seconds,
        case
            when answered.deployment_id is not null
                then harmful.deployment_id is not null
                    or (coalesce(answered.is_next_rollback, false) and answered.next_finished_at <= answered.answers_until)
        end as is_change_failure
    from deployments
    left join answered on deployments.source = answered.source and deployments.deployment_id = answered.deployment_id
    left join harmful on deployments.source = harmful.source and deployments.deployment_id = harmful.deployment_id

)

select
    source,
    deployment_id,
    service,
    environment,
    is_production,
    status,
    is_success,
    is_rollback,
    version,
    commit_sha,
    committed_at,
    started_at,
    finished_at,
    finished_date,
    lead_time_seconds,
    is_change_failure
from final
