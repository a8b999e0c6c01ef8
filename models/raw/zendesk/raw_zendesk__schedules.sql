with landed as (

    select
        {{ field('schedule_id') }} as schedule_id,
        {{ field('name') }} as name,
        {{ field('time_zone') }} as time_zone,
        {{ field('intervals') }} as intervals,
        {{ field('created_at') }} as created_at,
        {{ field('updated_at') }} as updated_at,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('zendesk', 'schedules') }}

),

final as (

    {{ with_versions('landed', key=['schedule_id'], version=['updated_at']) }}

)

select
    schedule_id,
    name,
    time_zone,
    intervals,
    created_at,
    updated_at,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
