with landed as (

    select
        {{ field('deployment_id') }} as deployment_id,
        {{ field('service') }} as service,
        {{ field('environment') }} as environment,
        {{ field('finished_at') }} as finished_at,
        {{ field('status') }} as status,
        {{ field('started_at') }} as started_at,
        {{ field('version') }} as version,
        {{ field('committed_at') }} as committed_at,
        {{ field('is_rollback') }} as is_rollback,
        {{ field('updated_at') }} as updated_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'deployments') }}

),

final as (

    {{ with_versions('landed', key=['deployment_id'], version=['updated_at']) }}

)

select
    deployment_id,
    service,
    environment,
    finished_at,
    status,
    started_at,
    version,
    committed_at,
    is_rollback,
    updated_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
