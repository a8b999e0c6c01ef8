-- To the end of as_of: what happens later changes nothing that was before it.

with delivered as (

    {{ mapped('ticket_event', {
        'source': type_string(), 'ticket_id': type_string(), 'event_id': type_string(), 'occurred_at': type_timestamp(),
        'kind': type_string(), 'status': type_string(), 'actor_role': type_string(), 'is_opening': type_boolean(),
    }) }}

),

as_of_end as (

    select {{ reporting_day_start(add_days('as_of', 1)) }} as moment
    from {{ ref('dim_as_of') }}

),

final as (

    -- Of two events of one second the opening comes first, then the lower id: tools number upwards, and longer numbers are greater.
    select
        delivered.*,
        row_number() over (
            partition by source, ticket_id
            order by occurred_at, case when is_opening then 0 else 1 end, length(event_id), event_id
        ) as event_number
    from delivered
    inner join as_of_end on delivered.occurred_at < as_of_end.moment

)

select
    source,
    ticket_id,
    event_id,
    event_number,
    occurred_at,
    kind,
    status,
    actor_role,
    is_opening
from final
