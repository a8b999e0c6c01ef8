-- Where the history of a ticket is held whole, it says how often the ticket was opened again and when it was solved. Where a piece is
-- missing, what the tool counted itself stands, and what only the history can tell stays unknown.

with delivered as (

    {{ mapped('ticket', {
        'source': type_string(), 'ticket_id': type_string(), 'account_id': type_string(), 'user_id': type_string(),
        'actor_id': type_string(), 'email_hash': type_string(), 'status': type_string(), 'priority': type_string(),
        'channel': type_string(), 'tags': type_json(), 'created_at': type_timestamp(), 'first_replied_at': type_timestamp(),
        'solved_at': type_timestamp(), 'closed_at': type_timestamp(), 'reopen_count': type_bigint(), 'csat_score': type_double(),
        'updated_at': type_timestamp(), 'schedule_id': type_string(), 'opened_by': type_string(), 'is_history_cut': type_boolean(),
    }) }}

),

events as (

    select *
    from {{ ref('fct_ticket_event') }}

),

statuses as (

    -- Deleting a ticket is no step in its handling.
    select
        source,
        ticket_id,
        event_number,
        occurred_at,
        is_opening,
        status,
        status in ('solved', 'closed') as is_solved,
        lag(status in ('solved', 'closed')) over (partition by source, ticket_id order by event_number) as was_solved,
        lead(event_number) over (partition by source, ticket_id order by event_number) as next_number
    from events
    where kind = 'status' and status <> 'deleted'

),

histories as (

    select
        source,
        ticket_id,
        {{ any_true('is_opening') }} as has_opening,
        max(case when next_number is null then case when is_solved then 'solved' else status end end) as last_status,
        {{ count_where('was_solved and not is_solved') }} as reopen_count,
        max(case when is_solved and not coalesce(was_solved, false) then occurred_at end) as solved_at,
        max(case when status = 'closed' then occurred_at end) as closed_at
    from statuses
    group by source, ticket_id

),

messages as (

    select
        source,
        ticket_id,
        {{ count_where("actor_role = 'agent' and not is_opening") }} as agent_reply_count,
        {{ count_where("actor_role = 'requester'") }} as requester_message_count
    from events
    where kind = 'message'
    group by source, ticket_id

),

judged as (

    -- A history that ends elsewhere than the ticket stands lacks its end; hold and pending are told apart, solved and closed are not.
    select
        delivered.*,
        histories.last_status,
        histories.reopen_count as counted_reopenings,
        histories.solved_at as seen_solved_at,
        histories.closed_at as seen_closed_at,
        coalesce(messages.agent_reply_count, 0) as agent_reply_count,
        coalesce(messages.requester_message_count, 0) as requester_message_count,
        coalesce(
            histories.has_opening
            and not delivered.is_history_cut
            and (
                delivered.status = 'deleted'
                or histories.last_status = case when delivered.status = 'closed' then 'solved' else delivered.status end
            ),
            false
        ) as is_history_complete
    from delivered
    left join histories on delivered.source = histories.source and delivered.ticket_id = histories.ticket_id
    left join messages on delivered.source = messages.source and delivered.ticket_id = messages.ticket_id

),

final as (

    select
        judged.source,
        judged.ticket_id,
        judged.account_id,
        judged.user_id,
        judged.actor_id,
        judged.email_hash,
        judged.status,
        judged.priority,
        judged.channel,
        judged.tags,
        judged.created_at,
        judged.first_replied_at as given_first_replied_at,
        case
            when not judged.is_history_complete then judged.solved_at
            when judged.last_status = 'solved' then judged.seen_solved_at
        end as solved_at,
        case
            when not judged.is_history_complete then judged.closed_at
            when judged.status = 'closed' then judged.seen_closed_at
        end as closed_at,
        case when judged.is_history_complete then judged.counted_reopenings else judged.reopen_count end as reopen_count,
        case when judged.is_history_complete then judged.agent_reply_count end as agent_reply_count,
        coalesce(judged.opened_by = 'system' and judged.requester_message_count = 0, false) as is_outbound,
        judged.opened_by,
        judged.csat_score,
        judged.updated_at,
        judged.schedule_id,
        judged.is_history_complete
    from judged

)

select
    source,
    ticket_id,
    account_id,
    user_id,
    actor_id,
    email_hash,
    status,
    priority,
    channel,
    tags,
    created_at,
    given_first_replied_at,
    solved_at,
    closed_at,
    reopen_count,
    agent_reply_count,
    opened_by,
    is_outbound,
    csat_score,
    updated_at,
    schedule_id,
    is_history_complete
from final
