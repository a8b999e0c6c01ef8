-- Every time that is measured about a ticket, for every tool alike, runs from one moment of its history to another.

with tickets as (

    select *
    from {{ ref('judged_ticket') }}

),

hours as (

    select *
    from {{ ref('dim_business_hours') }}

),

as_of_end as (

    select {{ reporting_day_start(add_days('as_of', 1)) }} as moment
    from {{ ref('dim_as_of') }}

),

messages as (

    -- A bot neither asks nor answers.
    select
        source,
        ticket_id,
        event_number,
        occurred_at,
        actor_role,
        coalesce(lag(actor_role) over (partition by source, ticket_id order by event_number), 'agent') as role_before,
        min(case when actor_role = 'agent' then occurred_at end) over (
            partition by source, ticket_id
            order by event_number
            rows between 1 following and unbounded following
        ) as answered_at
    from {{ ref('fct_ticket_event') }}
    where kind = 'message' and actor_role in ('requester', 'agent')

),

questions as (

    -- Somebody who writes three times before the answer has waited since the first.
    select
        source,
        ticket_id,
        row_number() over (partition by source, ticket_id order by event_number) as number,
        occurred_at as from_at,
        answered_at as to_at
    from messages
    where actor_role = 'requester' and role_before = 'agent'

),

statuses as (

    select
        source,
        ticket_id,
        event_number,
        occurred_at,
        status,
        lag(status) over (partition by source, ticket_id order by event_number) as status_before
    from {{ ref('fct_ticket_event') }}
    where kind = 'status' and status <> 'deleted'

),

changes as (

    select
        source,
        ticket_id,
        event_number,
        status,
        occurred_at as from_at,
        lead(occurred_at) over (partition by source, ticket_id order by event_number) as to_at
    from statuses
    where status_before is null or status <> status_before

),

from_history as (

    select
        source,
        ticket_id,
        case when number = 1 then 'first_reply' else 'next_reply' end as measure,
        case when number = 1 then 1 else number - 1 end as number,
        from_at,
        to_at
    from questions
    union all
    select
        source,
        ticket_id,
        'requester_wait' as measure,
        row_number() over (partition by source, ticket_id order by event_number) as number,
        from_at,
        to_at
    from changes
    where status in ('new', 'open', 'hold')

),

stretches as (

    select
        from_history.source,
        from_history.ticket_id,
        from_history.measure,
        from_history.number,
        from_history.from_at,
        from_history.to_at
    from from_history
    inner join tickets on from_history.source = tickets.source and from_history.ticket_id = tickets.ticket_id
    where tickets.is_history_complete
    union all
    select source, ticket_id, 'resolution' as measure, 1 as number, created_at as from_at, solved_at as to_at
    from tickets
    where is_history_complete or solved_at is not null
    union all
    select source, ticket_id, 'first_reply' as measure, 1 as number, created_at as from_at, given_first_replied_at as to_at
    from tickets
    where not is_history_complete and given_first_replied_at is not null

),

known_schedules as (

    select schedule_id
    from hours
    group by schedule_id

),

scheduled as (

    select
        stretches.*,
        coalesce(known_schedules.schedule_id, 'support') as schedule_id,
        stretches.to_at is null and tickets.status not in ('solved', 'closed', 'deleted') as is_running
    from stretches
    inner join tickets on stretches.source = tickets.source and stretches.ticket_id = tickets.ticket_id
    left join known_schedules on tickets.schedule_id = known_schedules.schedule_id

),

reached as (

    -- What still runs has lasted until the end of as_of.
    select
        scheduled.*,
        case when scheduled.is_running then as_of_end.moment else scheduled.to_at end as reached_at
    from scheduled
    cross join as_of_end

),

moments as (

    -- many tickets share the end of as_of
    select schedule_id, from_at as moment from reached
    union distinct
    select schedule_id, reached_at as moment from reached
    where reached_at is not null

),

positions as (

    select
        moments.schedule_id,
        moments.moment,
        {{ open_before('moments.moment') }} as open_before_us
    from moments
    inner join hours
        on moments.schedule_id = hours.schedule_id
        and {{ local_day('moments.moment', 'UTC') }} = hours.utc_day
        and moments.moment >= hours.opens_at
    group by moments.schedule_id, moments.moment

),

measured as (

    select
        reached.*,
        {{ case_seconds('reached.from_at', 'reached.reached_at') }} as seconds_so_far,
        case
            when reached.reached_at >= reached.from_at then {{ business_seconds('started.open_before_us', 'ended.open_before_us') }}
        end as business_seconds_so_far
    from reached
    left join positions as started on reached.schedule_id = started.schedule_id and reached.from_at = started.moment
    left join positions as ended on reached.schedule_id = ended.schedule_id and reached.reached_at = ended.moment

),

final as (

    select
        measured.*,
        case when to_at is not null then seconds_so_far end as seconds,
        case when to_at is not null then business_seconds_so_far end as business_seconds
    from measured

)

select
    source,
    ticket_id,
    measure,
    number,
    schedule_id,
    from_at,
    to_at,
    is_running,
    seconds,
    business_seconds,
    seconds_so_far,
    business_seconds_so_far
from final
