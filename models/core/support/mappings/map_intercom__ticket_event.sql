{{ config(materialized='ephemeral', enabled='intercom' in var('sources')) }}
-- A conversation begins open with its source, which is not a part. A comment of the customer opens what was closed or snoozed; Intercom
-- tells so by a part of its own or not, and the second of two openings changes nothing. Notes are for agents. A bot neither asks
-- nor answers, and neither does an automated message, whoever is shown as its sender.

with conversations as (

    select
        conversation_id,
        created_at,
        case
            when delivered_as = 'automated' then 'system'
            when author_type in ('user', 'lead', 'contact') then 'requester'
            when author_type in ('admin', 'team') then 'agent'
            else 'system'
        end as actor_role
    from {{ ref('raw_intercom__conversations') }}
    where is_current

),

parts as (

    select *
    from {{ ref('map_intercom__ticket_part') }}

),

messages as (

    select *
    from parts
    where part_type in ('comment', 'quick_reply') or (part_type in ('open', 'close', 'snoozed') and has_body)

),

acts as (

    select conversation_id, 'opened' as event_id, created_at, 'status' as kind, 'open' as status, actor_role, true as is_opening
    from conversations
    union all
    select conversation_id, 'source' as event_id, created_at, 'message' as kind, null as status, actor_role, true as is_opening
    from conversations
    union all
    select
        conversation_id,
        part_id as event_id,
        created_at,
        'status' as kind,
        case when part_type = 'close' then 'solved' when part_type = 'snoozed' then 'pending' else 'open' end as status,
        actor_role,
        false as is_opening
    from parts
    where part_type in ('close', 'snoozed', 'open', 'unsnoozed', 'timer_unsnooze')
    union all
    select conversation_id, part_id || ':message' as event_id, created_at, 'message' as kind, null as status, actor_role, false as is_opening
    from messages
    union all
    select conversation_id, part_id || ':opens' as event_id, created_at, 'status' as kind, 'open' as status, actor_role, false as is_opening
    from messages
    where actor_role = 'requester' and part_type not in ('close', 'snoozed')

)

select
    'intercom' as source,
    conversation_id as ticket_id,
    event_id,
    created_at as occurred_at,
    kind,
    status,
    actor_role,
    is_opening
from acts
