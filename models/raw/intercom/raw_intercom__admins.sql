with landed as (

    select
        {{ field('admin_id') }} as admin_id,
        {{ field('email') }} as email,
        {{ field('name') }} as name,
        {{ field('team_ids') }} as team_ids,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('intercom', 'admins') }}

),

final as (

    {{ with_versions('landed', key=['admin_id']) }}

)

select
    admin_id,
    email,
    name,
    team_ids,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
