-- Which customers wait for an answer right now, and for how long by the clock and by business hours?
with waiting as (

    select
        source,
        ticket_id,
        from_at,
        seconds_so_far,
        business_seconds_so_far
    from {{ ref('fct_ticket_stretch') }}
    where measure in ('first_reply', 'next_reply') and is_running

),

final as (

    select
        ticket.source,
        ticket.ticket_id,
        ticket.account_id,
        ticket.priority,
        waiting.from_at as waits_since,
        waiting.seconds_so_far / 3600.0 as hours,
        waiting.business_seconds_so_far / 3600.0 as business_hours
    from waiting
    inner join {{ ref('fct_ticket') }} as ticket on waiting.source = ticket.source and waiting.ticket_id = ticket.ticket_id
    where not ticket.is_outbound

)

select
    source,
    ticket_id,
    account_id,
    priority,
    waits_since,
    hours,
    business_hours
from final
order by business_hours desc, hours desc, source, ticket_id
