with tickets as (

    select *
    from {{ ref('judged_ticket') }}

),

person as (

    select
        person_id,
        account_id,
        excluded_reason
    from {{ ref('dim_person') }}

),

requesters as (

    -- By the tool's own id of the person, else by the address.
    select
        tickets.source,
        tickets.ticket_id,
        person.person_id,
        person.account_id,
        person.excluded_reason
    from tickets
    left join {{ ref('bridge_actor_person') }} as bridge on tickets.actor_id = bridge.actor_id
    left join {{ ref('person_of_email') }} as person_of_email on tickets.email_hash = person_of_email.email_hash
    inner join person on coalesce(bridge.person_id, person_of_email.person_id) = person.person_id

),

stretches as (

    select *
    from {{ ref('fct_ticket_stretch') }}

),

durations as (

    select
        source,
        ticket_id,
        max(case when measure = 'first_reply' then to_at end) as first_replied_at,
        max(case when measure = 'first_reply' then seconds end) as first_reply_seconds,
        max(case when measure = 'first_reply' then business_seconds end) as first_reply_business_seconds,
        {{ count_where("measure = 'next_reply' and seconds is not null") }} as next_reply_count,
        cast(sum(case when measure = 'next_reply' then seconds end) as {{ type_bigint() }}) as next_reply_seconds_total,
        cast(sum(case when measure = 'next_reply' then business_seconds end) as {{ type_bigint() }}) as next_reply_business_seconds_total,
        max(case when measure = 'resolution' then seconds end) as resolution_seconds,
        max(case when measure = 'resolution' then business_seconds end) as resolution_business_seconds,
        cast(sum(case when measure = 'requester_wait' then seconds end) as {{ type_bigint() }}) as requester_wait_seconds,
        cast(sum(case when measure = 'requester_wait' then business_seconds end) as {{ type_bigint() }}) as requester_wait_business_seconds
    from stretches
    group by source, ticket_id

),

final as (

    -- A deleted ticket leaves the counts and stays findable, so it is marked rather than dropped.
    select
        tickets.*,
        coalesce(tickets.account_id, requesters.account_id) as known_account_id,
        requesters.person_id,
        requesters.excluded_reason,
        tickets.status = 'deleted' as is_deleted,
        coalesce(tickets.status in ('solved', 'closed'), false) as is_solved,
        {{ reporting_day('tickets.created_at') }} as created_date,
        {{ reporting_day('tickets.solved_at') }} as solved_date,
        case when tickets.is_history_complete then durations.first_replied_at else tickets.given_first_replied_at end as first_replied_at,
        durations.first_reply_seconds,
        durations.first_reply_business_seconds,
        case when tickets.is_history_complete then coalesce(durations.next_reply_count, 0) end as next_reply_count,
        durations.next_reply_seconds_total,
        durations.next_reply_business_seconds_total,
        durations.resolution_seconds,
        durations.resolution_business_seconds,
        case when tickets.status in ('solved', 'closed') then durations.requester_wait_seconds end as requester_wait_seconds,
        case when tickets.status in ('solved', 'closed') then durations.requester_wait_business_seconds end
            as requester_wait_business_seconds,
        tickets.reopen_count > 0 as is_reopened,
        case when tickets.status in ('solved', 'closed') then {{ is_one_touch('tickets.reopen_count', 'tickets.agent_reply_count') }} end
            as is_one_touch,
        case when {{ is_on_scale("'csat'", 'tickets.csat_score') }} then tickets.csat_score end as csat_score_on_scale,
        {{ is_top_two("'csat'", 'tickets.csat_score') }} as is_satisfied
    from tickets
    left join durations on tickets.source = durations.source and tickets.ticket_id = durations.ticket_id
    left join requesters on tickets.source = requesters.source and tickets.ticket_id = requesters.ticket_id

)

select
    source,
    ticket_id,
    person_id,
    known_account_id as account_id,
    excluded_reason,
    user_id,
    actor_id,
    email_hash,
    status,
    is_deleted,
    is_solved,
    priority,
    channel,
    tags,
    created_at,
    created_date,
    first_replied_at,
    solved_at,
    solved_date,
    closed_at,
    first_reply_seconds,
    first_reply_business_seconds,
    next_reply_count,
    next_reply_seconds_total,
    next_reply_business_seconds_total,
    resolution_seconds,
    resolution_business_seconds,
    requester_wait_seconds,
    requester_wait_business_seconds,
    reopen_count,
    is_reopened,
    agent_reply_count,
    is_one_touch,
    csat_score_on_scale as csat_score,
    is_satisfied,
    opened_by,
    is_outbound,
    is_history_complete,
    updated_at
from final
