with tickets as (

    {{ mapped('ticket', {
        'source': type_string(), 'ticket_id': type_string(), 'account_id': type_string(), 'user_id': type_string(),
        'actor_id': type_string(), 'email_hash': type_string(), 'status': type_string(), 'priority': type_string(),
        'channel': type_string(), 'tags': type_json(), 'created_at': type_timestamp(), 'first_replied_at': type_timestamp(),
        'solved_at': type_timestamp(), 'closed_at': type_timestamp(), 'reopen_count': type_bigint(), 'csat_score': type_double(),
        'updated_at': type_timestamp(),
    }) }}

),

final as (

    -- A deleted ticket leaves the counts and stays findable, so it is marked rather than dropped.
    select
        source,
        ticket_id,
        account_id,
        user_id,
        actor_id,
        email_hash,
        status,
        status = 'deleted' as is_deleted,
        coalesce(status in ('solved', 'closed'), false) as is_solved,
        priority,
        channel,
        tags,
        created_at,
        {{ reporting_day('created_at') }} as created_date,
        first_replied_at,
        solved_at,
        closed_at,
        {{ first_reply_seconds('created_at', 'first_replied_at') }} as first_reply_seconds,
        {{ resolution_seconds('created_at', 'solved_at') }} as resolution_seconds,
        reopen_count,
        reopen_count > 0 as is_reopened,
        case when {{ is_on_scale("'csat'", 'csat_score') }} then csat_score end as csat_score,
        {{ is_top_two("'csat'", 'csat_score') }} as is_satisfied,
        updated_at
    from tickets

)

select
    source,
    ticket_id,
    account_id,
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
    closed_at,
    first_reply_seconds,
    resolution_seconds,
    reopen_count,
    is_reopened,
    csat_score,
    is_satisfied,
    updated_at
from final
