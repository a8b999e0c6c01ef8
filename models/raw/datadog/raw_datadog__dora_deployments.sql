with landed as (

    select
        {{ field('deployment_id') }} as deployment_id,
        {{ field('service') }} as service,
        {{ field('env') }} as env,
        {{ field('team') }} as team,
        {{ field('version') }} as version,
        {{ field('commit_sha') }} as commit_sha,
        {{ field('started_at') }} as started_at,
        {{ field('finished_at') }} as finished_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('datadog', 'dora_deployments') }}

),

final as (

    {{ with_versions('landed', key=['deployment_id']) }}

)

select
    deployment_id,
    service,
    env,
    team,
    version,
    commit_sha,
    started_at,
    finished_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
