with delivered as (

    {{ mapped('ticket_event', {
        'source': type_string(), 'ticket_id': type_string(), 'event_id': type_string(), 'occurred_at': type_timestamp(),
        'kind': type_string(), 'status': type_string(), 'actor_role': type_string(), 'is_opening': type_boolean(),
    }) }}

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
