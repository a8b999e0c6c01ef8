with deployments as (

    {{ mapped('deployment', {
        'source': type_string(), 'deployment_id': type_string(), 'service': type_string(), 'environment': type_string(),
        'status': type_string(), 'version': type_string(), 'committed_at': type_timestamp(), 'started_at': type_timestamp(),
        'finished_at': type_timestamp(), 'is_rollback': type_boolean(),
    }) }}

),

final as (

    select
        source,
        deployment_id,
        service,
        environment,
        environment in ('production', 'prod') as is_production,
        status,
        status = 'succeeded' as is_success,
        is_rollback,
        version,
        committed_at,
        started_at,
        finished_at,
        {{ reporting_day('finished_at') }} as finished_date,
        {{ lead_time_seconds('committed_at', 'finished_at') }} as lead_time_seconds
    from deployments

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
    committed_at,
    started_at,
    finished_at,
    finished_date,
    lead_time_seconds
from final
