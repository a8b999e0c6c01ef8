with landed as (

    select
        {{ field('status_id') }} as status_id,
        {{ field('state') }} as state,
        {{ field('created_at') }} as created_at,
        coalesce({{ field('deployment_id') }}, {{ last_part(field('deployment_url'), '/') }}) as deployment_id,
        {{ field('environment') }} as environment,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('github', 'deployment_statuses') }}

),

final as (

    {{ with_versions('landed', key=['status_id']) }}

)

select
    status_id,
    state,
    created_at,
    deployment_id,
    environment,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
