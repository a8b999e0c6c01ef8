{{ config(materialized='ephemeral', enabled='intercom' in var('sources')) }}
-- A conversation as its last version until the end of as_of says. What Intercom counts itself stands in where its parts are not all held: at most 500 are
-- given out, and the middle of longer ones is missing.

with standing as (

    {{ standing_versions(ref('raw_intercom__conversations'), 'conversation_id', 'updated_at') }}

),

conversations as (

    select
        standing.*,
        {{ json_text('contacts', '$[0].id') }} as contact_id
    from standing

),

contacts as (

    select
        contact_id,
        external_id,
        coalesce(email, {{ address_in('external_id') }}) as email,
        {{ json_text('companies', '$[0].id') }} as intercom_id
    from {{ ref('raw_intercom__contacts') }}
    where is_current

),

companies as (

    select
        intercom_id,
        account_id
    from {{ ref('map_intercom__company') }}

),

held as (

    select
        conversation_id,
        count(*) as held_parts
    from {{ ref('map_intercom__ticket_part') }}
    group by conversation_id

),

final as (

    select
        conversations.*,
        contacts.external_id,
        contacts.email,
        coalesce(companies.account_id, 'intercom:' || contacts.intercom_id) as account_id,
        -- the count takes in the first message, which is no part
        coalesce(conversations.part_count > coalesce(held.held_parts, 0) + 1, false) as is_history_cut
    from conversations
    left join contacts on conversations.contact_id = contacts.contact_id
    left join companies on contacts.intercom_id = companies.intercom_id
    left join held on conversations.conversation_id = held.conversation_id

)

select
    'intercom' as source,
    conversation_id as ticket_id,
    account_id,
    {{ user_key('external_id') }} as user_id,
    'intercom:contact:' || contact_id as actor_id,
    case when email is not null then {{ keyed_hash('email') }} end as email_hash,
    case state when 'closed' then 'solved' when 'snoozed' then 'pending' else 'open' end as status,
    case priority when 'priority' then 'high' when 'not_priority' then 'normal' end as priority,
    lower(channel) as channel,
    tags,
    created_at,
    first_admin_reply_at as first_replied_at,
    case when state = 'closed' then last_close_at end as solved_at,
    cast(null as {{ type_timestamp() }}) as closed_at,
    reopen_count,
    rating as csat_score,
    updated_at,
    cast(null as {{ type_string() }}) as schedule_id,
    case
        when delivered_as = 'automated' then 'system'
        when author_type in ('user', 'lead', 'contact') then 'requester'
        when author_type in ('admin', 'team') then 'agent'
        else 'system'
    end as opened_by,
    is_history_cut
from final
