{{ config(materialized='ephemeral', enabled='zendesk' in var('sources')) }}
-- The history of a ticket stands in its audits: Create and Change of `status`, and comments. Comments that were listed apart count
-- where no audit holds them. Who wrote: the requester of the ticket, else any end user, is the requester's side; an author whom the
-- users do not know and who is not the requester is taken for an agent.

with tickets as (

    select
        ticket_id,
        created_at,
        requester_id
    from {{ ref('raw_zendesk__tickets') }}
    where is_current

),

users as (

    select
        user_id,
        role
    from {{ ref('raw_zendesk__users') }}
    where is_current

),

parts as (

    select
        audits.ticket_id,
        audits.created_at as occurred_at,
        coalesce({{ json_text('part', '$.author_id') }}, audits.author_id) as author_id,
        {{ json_text('part', '$.id') }} as event_id,
        {{ json_text('part', '$.type') }} as event_type,
        {{ json_text('part', '$.field_name') }} as field_name,
        {{ json_text('part', '$.value') }} as field_value,
        {{ json_text('part', '$.public') }} as is_public
    from {{ json_items(ref('raw_zendesk__ticket_audits'), 'events', '$', 'part', alias='audits') }}
    where audits.is_current

),

statuses as (

    select
        ticket_id,
        occurred_at,
        author_id,
        event_id,
        'status' as kind,
        lower(field_value) as status,
        event_type = 'Create' as is_opening
    from parts
    where event_type in ('Create', 'Change') and field_name = 'status' and field_value is not null

),

comments as (

    -- What is said on the phone is private to the agents' screen, and yet said by the caller.
    select
        ticket_id,
        occurred_at,
        author_id,
        event_id
    from parts
    where (event_type = 'Comment' and is_public = 'true') or event_type = 'VoiceComment'
    union all
    select
        listed.ticket_id,
        listed.created_at as occurred_at,
        listed.author_id,
        listed.comment_id as event_id
    from {{ ref('raw_zendesk__ticket_comments') }} as listed
    left join parts on listed.comment_id = parts.event_id and listed.ticket_id = parts.ticket_id
    where listed.is_current and parts.event_id is null
        and (listed.is_public or listed.comment_type = 'VoiceComment')

),

acts as (

    select ticket_id, occurred_at, author_id, event_id, kind, status, is_opening
    from statuses
    union all
    select
        comments.ticket_id,
        comments.occurred_at,
        comments.author_id,
        comments.event_id,
        'message' as kind,
        cast(null as {{ type_string() }}) as status,
        coalesce(comments.occurred_at = tickets.created_at, false) as is_opening
    from comments
    left join tickets on comments.ticket_id = tickets.ticket_id

)

select
    'zendesk' as source,
    acts.ticket_id,
    acts.kind || ':' || acts.event_id as event_id,
    acts.occurred_at,
    acts.kind,
    acts.status,
    case
        when acts.author_id = tickets.requester_id then 'requester'
        when acts.author_id is null or acts.author_id = '-1' then 'system'
        when users.role = 'end-user' then 'requester'
        else 'agent'
    end as actor_role,
    acts.is_opening
from acts
left join tickets on acts.ticket_id = tickets.ticket_id
left join users on acts.author_id = users.user_id
