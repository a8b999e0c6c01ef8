with landed as (

    select
        {{ field('user_id') }} as user_id,
        {{ field('email') }} as email,
        {{ field('name') }} as name,
        {{ field('role') }} as role,
        {{ field('external_id') }} as external_id,
        {{ field('organization_id') }} as organization_id,
        coalesce({{ field('active') }}, true) as is_active,
        {{ field('suspended') }} as is_suspended,
        {{ field('created_at') }} as created_at,
        {{ field('updated_at') }} as updated_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('zendesk', 'users') }}

),

final as (

    {{ with_versions('landed', key=['user_id'], version=['updated_at']) }}

)

select
    user_id,
    email,
    name,
    role,
    external_id,
    organization_id,
    is_active,
    is_suspended,
    created_at,
    updated_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
