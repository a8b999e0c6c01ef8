with landed as (

    select
        {{ field('team_id') }} as team_id,
        {{ field('name') }} as name,
        {{ field('admin_ids') }} as admin_ids,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('intercom', 'teams') }}

),

final as (

    {{ with_versions('landed', key=['team_id']) }}

)

select
    team_id,
    name,
    admin_ids,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
