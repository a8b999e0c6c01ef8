{{ config(materialized='ephemeral', enabled='generic' in var('sources')) }}
-- The export tells the moments of a ticket and no history. A ticket is as its last version until the end of as_of says; a tool that knows
-- closing alone has solved it by that.

with tickets as (

    {{ standing_versions(ref('raw_generic__tickets'), 'ticket_id', 'updated_at') }}

)

select
    'generic' as source,
    ticket_id,
    account_id,
    {{ user_key('user_id') }} as user_id,
    'generic:user:' || {{ user_key('user_id') }} as actor_id,
    {{ keyed_hash('coalesce(email, ' ~ address_in('user_id') ~ ')') }} as email_hash,
    lower(trim(status)) as status,
    lower(trim(priority)) as priority,
    lower(trim(channel)) as channel,
    tags,
    created_at,
    first_replied_at,
    case when lower(trim(status)) in ('solved', 'closed') then coalesce(solved_at, closed_at) else solved_at end as solved_at,
    closed_at,
    reopens as reopen_count,
    csat_score,
    updated_at,
    cast(null as {{ type_string() }}) as schedule_id,
    cast(null as {{ type_string() }}) as opened_by,
    false as is_history_cut
from tickets
