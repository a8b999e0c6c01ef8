with landed as (

    select
        {{ field('organization_id') }} as organization_id,
        {{ field('external_id') }} as external_id,
        {{ field('name') }} as name,
        {{ field('created_at') }} as created_at,
        {{ field('updated_at') }} as updated_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('zendesk', 'organizations') }}

),

final as (

    {{ with_versions('landed', key=['organization_id'], version=['updated_at']) }}

)

select
    organization_id,
    external_id,
    name,
    created_at,
    updated_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
