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

as_of_end as (

    select {{ reporting_day_start(add_days('as_of', 1)) }} as moment
    from {{ ref('dim_as_of') }}

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
        max(case when next_number is null then status end) as last_status,
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

dated as (

    -- A moment after as_of is still to come. So is the status of a version after it, or one whose solution is still to come: then the
    -- history tells how the ticket stands, else its moments.
    select
        delivered.*,
        case when delivered.first_replied_at < as_of_end.moment then delivered.first_replied_at end as known_first_replied_at,
        case when delivered.solved_at < as_of_end.moment then delivered.solved_at end as known_solved_at,
        case when delivered.closed_at < as_of_end.moment then delivered.closed_at end as known_closed_at,
        coalesce(
            delivered.updated_at >= as_of_end.moment
            or (delivered.status in ('solved', 'closed') and coalesce(delivered.solved_at, delivered.closed_at) >= as_of_end.moment),
            false
        ) as is_status_to_come
    from delivered
    cross join as_of_end

),

standing as (

    select
        dated.*,
        case
            when not dated.is_status_to_come then dated.status
            when histories.has_opening then histories.last_status
            when dated.known_closed_at is not null then 'closed'
            when dated.known_solved_at is not null then 'solved'
            else 'open'
        end as standing_status
    from dated
    left join histories on dated.source = histories.source and dated.ticket_id = histories.ticket_id

),

judged as (

    -- A history that ends elsewhere than the ticket stands lacks its end; hold and pending are told apart, solved and closed are not.
    select
        standing.*,
        case when histories.last_status = 'closed' then 'solved' else histories.last_status end as last_status,
        histories.reopen_count as counted_reopenings,
        histories.solved_at as seen_solved_at,
        histories.closed_at as seen_closed_at,
        coalesce(messages.agent_reply_count, 0) as agent_reply_count,
        coalesce(messages.requester_message_count, 0) as requester_message_count,
        coalesce(
            histories.has_opening
            and not standing.is_history_cut
            and (
                standing.standing_status = 'deleted'
                or case when histories.last_status = 'closed' then 'solved' else histories.last_status end
                = case when standing.standing_status = 'closed' then 'solved' else standing.standing_status end
            ),
            false
        ) as is_history_complete
    from standing
    left join histories on standing.source = histories.source and standing.ticket_id = histories.ticket_id
    left join messages on standing.source = messages.source and standing.ticket_id = messages.ticket_id

),

final as (

    select
        judged.source,
        judged.ticket_id,
        judged.account_id,
        judged.user_id,
        judged.actor_id,
        judged.email_hash,
        judged.standing_status as status,
        judged.priority,
        judged.channel,
        {{ without_addresses('judged.tags') }} as tags,
        judged.created_at,
        judged.known_first_replied_at as given_first_replied_at,
        case
            when not judged.is_history_complete then judged.known_solved_at
            when judged.last_status = 'solved' then judged.seen_solved_at
        end as solved_at,
        case
            when not judged.is_history_complete then judged.known_closed_at
            when judged.standing_status = 'closed' then judged.seen_closed_at
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
