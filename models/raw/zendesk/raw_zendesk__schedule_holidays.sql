with landed as (

    select
        {{ field('holiday_id') }} as holiday_id,
        {{ field('schedule_id') }} as schedule_id,
        {{ field('name') }} as name,
        {{ field('start_date') }} as start_date,
        {{ field('end_date') }} as end_date,
        {{ field('payload') }} as payload,
        {{ landing_columns() }}
    from {{ landing('zendesk', 'schedule_holidays') }}

),

final as (

    {{ with_versions('landed', key=['holiday_id']) }}

)

select
    holiday_id,
    schedule_id,
    name,
    start_date,
    end_date,
    payload,
    record_status,
    is_current,
    {{ landing_columns() }}
from final
