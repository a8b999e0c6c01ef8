with landed as (

    select
        {{ field('deployment_id') }} as deployment_id,
        {{ field('sha') }} as sha,
        {{ field('ref') }} as ref,
        {{ field('task') }} as task,
        {{ field('environment') }} as environment,
        {{ field('created_at') }} as created_at,
        {{ field('updated_at') }} as updated_at,
        {{ field('repository_url') }} as repository_url,
        {{ field('repository') }} as repository,
        {{ field('service') }} as service,
        {{ field('version') }} as version,
        coalesce({{ field('rollback') }}, false) as is_rollback,
        {{ field('statuses') }} as statuses,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('github', 'deployments') }}

),

final as (

    {{ with_versions('landed', key=['deployment_id'], version=['updated_at']) }}

)

select
    deployment_id,
    sha,
    ref,
    task,
    environment,
    created_at,
    updated_at,
    repository_url,
    repository,
    service,
    version,
    is_rollback,
    statuses,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
