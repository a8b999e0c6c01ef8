with landed as (

    select
        {{ field('day') }} as day,
        {{ field('calendar') }} as calendar,
        {{ field('name') }} as name,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('generic', 'holidays') }}

),

final as (

    {{ with_versions('landed', key=['day', 'calendar']) }}

)

select
    day,
    calendar,
    name,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
