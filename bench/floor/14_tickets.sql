-- Every time that is measured about a ticket runs from one moment of its history to another; open time is counted from the start of all
-- openings, so that a stretch's business time is one subtraction.

create temp table zendesk_ticket as
select
    id as ticket_id,
    lower(status) as status,
    status as raw_status,
    created_at,
    requester_id,
    organization_id,
    priority,
    satisfaction_rating.score as score,
    map {
        'organization_id': organization_id, 'group_id': group_id, 'assignee_id': assignee_id, 'brand_id': brand_id,
        'ticket_form_id': ticket_form_id, 'requester_id': requester_id, 'priority': priority, 'type': type, 'ticket_type_id': type
    } as facts
from (
    select *, row_number() over () as place
    from read_json(
        getvariable('landing') || '/zendesk/tickets/*.ndjson',
        format = 'newline_delimited',
        ignore_errors = true,
        columns = {
            id: 'varchar', status: 'varchar', created_at: 'timestamp', updated_at: 'timestamp', generated_timestamp: 'bigint',
            requester_id: 'varchar', organization_id: 'varchar', group_id: 'varchar', assignee_id: 'varchar', brand_id: 'varchar',
            ticket_form_id: 'varchar', priority: 'varchar', type: 'varchar', satisfaction_rating: 'struct(score varchar)'
        }
    )
)
qualify row_number() over (
    partition by id
    order by coalesce(make_timestamp(generated_timestamp * 1000000), updated_at) desc nulls last, updated_at desc nulls last, place desc
) = 1;

create temp table zendesk_part as
with audit as (
    select *
    from (
        select *, row_number() over () as place
        from read_json(
            getvariable('landing') || '/zendesk/ticket_audits/*.ndjson',
            format = 'newline_delimited',
            ignore_errors = true,
            columns = {
                id: 'varchar', ticket_id: 'varchar', created_at: 'timestamp', author_id: 'varchar',
                events: 'struct(id varchar, type varchar, author_id varchar, field_name varchar, value varchar, public varchar,
                    new_schedule_id varchar)[]'
            }
        )
        where id is not null
    )
    qualify row_number() over (partition by id order by place desc) = 1
)
select id as audit_id, ticket_id, created_at, coalesce(part.author_id, author_id) as author_id, part
from (select *, unnest(events) as part from audit);

create temp table conversation as
select *
from (
    select *, row_number() over () as place, contacts.contacts[1].id as contact_id
    from read_json(
        getvariable('landing') || '/intercom/conversations/*.ndjson',
        format = 'newline_delimited',
        ignore_errors = true,
        columns = {
            id: 'varchar', created_at: 'bigint', updated_at: 'bigint', state: 'varchar',
            source: 'struct(delivered_as varchar, author struct(type varchar))', contacts: 'struct(contacts struct(id varchar)[])',
            conversation_rating: 'struct(rating double)', sla_applied: 'struct(sla_status varchar)',
            statistics: 'struct(first_admin_reply_at bigint, last_close_at bigint, count_reopens bigint, count_conversation_parts bigint)',
            conversation_parts: 'struct(conversation_parts struct(id varchar, part_type varchar, body varchar, created_at bigint,
                updated_at bigint, author struct(type varchar))[])'
        }
    )
);

create temp table conversation_part as
select *
from (
    select conversation_id, id, part_type, coalesce(body, '') <> '' as has_body, created_at, updated_at, author.type as author_type, 0 as from_whole, place
    from (
        select *, row_number() over () as place
        from read_json(
            getvariable('landing') || '/intercom/conversation_parts/*.ndjson',
            format = 'newline_delimited',
            ignore_errors = true,
            columns = {
                conversation_id: 'varchar', id: 'varchar', part_type: 'varchar', body: 'varchar', created_at: 'bigint',
                updated_at: 'bigint', author: 'struct(type varchar)'
            }
        )
    )
    union all
    select conversation_id, part.id, part.part_type, coalesce(part.body, '') <> '', part.created_at, part.updated_at, part.author.type, 1, place
    from (select id as conversation_id, place, unnest(conversation_parts.conversation_parts) as part from conversation)
    where part.id is not null and part.created_at is not null
)
qualify row_number() over (
    partition by conversation_id, id order by coalesce(updated_at, created_at) desc, from_whole desc, place desc
) = 1;

create temp macro intercom_role(author_type) as
    case when author_type in ('user', 'lead', 'contact') then 'requester' when author_type in ('admin', 'team') then 'agent' else 'system' end;

create or replace temp table conversation as
select
    *,
    make_timestamp(created_at * 1000000) as opened_at,
    case when source.delivered_as = 'automated' then 'system' else intercom_role(source.author.type) end as opened_by
from conversation
qualify row_number() over (partition by id order by updated_at desc nulls last, place desc) = 1;

create temp table ticket_event as
with zendesk as (
    select
        ticket_id,
        created_at as occurred_at,
        author_id,
        part.id as event_id,
        part.type in ('Create', 'Change') as is_status,
        lower(part.value) as status,
        part.type
    from zendesk_part
    where (part.type in ('Create', 'Change') and part.field_name = 'status' and part.value is not null)
        or (part.type = 'Comment' and part.public = 'true')
        or part.type = 'VoiceComment'
),
part as (
    select
        conversation_id,
        id,
        make_timestamp(created_at * 1000000) as occurred_at,
        part_type,
        part_type in ('comment', 'quick_reply') or (part_type in ('open', 'close', 'snoozed') and has_body) as is_message,
        intercom_role(author_type) as role
    from conversation_part
),
every as (
    select
        'zendesk' as source,
        ticket_id,
        case when is_status then 'status:' else 'message:' end || event_id as event_id,
        occurred_at,
        is_status,
        zendesk.status,
        case
            when author_id = requester_id then 'requester'
            when author_id is null or author_id = '-1' then 'system'
            when role = 'end-user' then 'requester'
            else 'agent'
        end as role,
        case when is_status then type = 'Create' else coalesce(occurred_at = zendesk_ticket.created_at, false) end as is_opening
    from zendesk
    left join zendesk_ticket using (ticket_id)
    left join zendesk_user on author_id = zendesk_user.user_id
    union all
    select 'intercom', id, unnest(['opened', 'source']), opened_at, unnest([true, false]), 'open', opened_by, true
    from conversation
    union all
    select 'intercom', conversation_id, id, occurred_at, true, case part_type when 'close' then 'solved' when 'snoozed' then 'pending' else 'open' end, role, false
    from part
    where part_type in ('close', 'snoozed', 'open', 'unsnoozed', 'timer_unsnooze')
    union all
    select 'intercom', conversation_id, id || ':message', occurred_at, false, null, role, false
    from part
    where is_message
    union all
    -- what the customer says opens what was closed
    select 'intercom', conversation_id, id || ':opens', occurred_at, true, 'open', role, false
    from part
    where is_message and role = 'requester' and part_type not in ('close', 'snoozed')
)
select *, row_number() over (partition by source, ticket_id order by occurred_at, not is_opening, length(event_id), event_id) as number
from every;

create temp table schedule as
select id as schedule_id, name, time_zone, intervals, row_number() over (order by created_at nulls last, length(id), id) as age
from (
    select *
    from (
        select *, row_number() over () as place
        from read_json(
            getvariable('landing') || '/zendesk/schedules/*.ndjson',
            format = 'newline_delimited',
            ignore_errors = true,
            columns = {
                id: 'varchar', name: 'varchar', time_zone: 'varchar', created_at: 'timestamp', updated_at: 'timestamp',
                intervals: 'struct(start_time bigint, end_time bigint)[]'
            }
        )
    )
    qualify row_number() over (partition by id order by updated_at desc nulls last, place desc) = 1
);

-- Zendesk counts minutes from Sunday by the schedule's own clock; what runs over midnight is a piece a day.
create temp table open_hours as
with piece as (
    select 'zendesk:' || schedule_id as schedule_id, name, time_zone, unnest(range(7)) as day, hours.start_time, hours.end_time
    from (select schedule_id, name, time_zone, unnest(intervals) as hours from schedule)
)
select schedule_id, schedule_name, weekday, opens_minute, closes_minute, known.time_zone
from (
    select schedule_id, name as schedule_name, case day when 0 then 7 else day end as weekday,
        greatest(start_time - day * 1440, 0) as opens_minute, least(end_time - day * 1440, 1440) as closes_minute, time_zone
    from piece
    where start_time - day * 1440 < 1440 and end_time > day * 1440 and start_time < end_time
    union all
    select schedule, schedule, weekday, opens_minute, closes_minute, timezone from read_csv('seeds/demo/business_hours.csv')
) as hours
inner join read_csv('seeds/shared/time_zones.csv') as known on hours.time_zone = known.name;

create temp table ticket_status as
select
    source,
    ticket_id,
    number,
    occurred_at,
    is_opening,
    status,
    status in ('solved', 'closed') as is_solved,
    lag(status) over history as status_before,
    lead(number) over history is null as is_last
from ticket_event
where is_status and status <> 'deleted'
window history as (partition by source, ticket_id order by number);

create temp table ticket as
with metric as (
    select ticket_id, reopens, solved_at
    from (
        select *
        from (
            select *, row_number() over () as place
            from read_json(
                getvariable('landing') || '/zendesk/ticket_metrics/*.ndjson',
                format = 'newline_delimited',
                ignore_errors = true,
                columns = {id: 'varchar', ticket_id: 'varchar', updated_at: 'timestamp', reopens: 'bigint', solved_at: 'timestamp'}
            )
        )
        qualify row_number() over (partition by id order by updated_at desc nulls last, place desc) = 1
    )
    qualify row_number() over (partition by ticket_id order by updated_at desc nulls last, id) = 1
),
rating as (
    select ticket_id, score
    from (
        select *
        from (
            select *, row_number() over () as place
            from read_json(
                getvariable('landing') || '/zendesk/satisfaction_ratings/*.ndjson',
                format = 'newline_delimited',
                ignore_errors = true,
                columns = {id: 'varchar', ticket_id: 'varchar', score: 'varchar', updated_at: 'timestamp'}
            )
        )
        qualify row_number() over (partition by id order by updated_at desc nulls last, place desc) = 1
    )
    where score like 'good%' or score like 'bad%'
    qualify row_number() over (partition by ticket_id order by updated_at desc nulls last, id desc) = 1
),
assigned as (
    select ticket_id, part.new_schedule_id as schedule_id
    from zendesk_part
    where part.type = 'ScheduleAssignment'
    qualify row_number() over (partition by ticket_id order by created_at desc, length(audit_id) desc, audit_id desc) = 1
),
opening as (
    select ticket_id, role
    from ticket_event
    where source = 'zendesk' and is_opening
    qualify row_number() over (partition by ticket_id order by is_status, length(event_id), event_id) = 1
),
held as (
    select conversation_id, count(*) as parts from conversation_part group by conversation_id
),
told as (
    select
        'zendesk' as source,
        ticket_id,
        case when organization_id is not null then coalesce(external_id, 'zendesk:' || organization_id) end as account_id,
        'zendesk:user:' || requester_id as actor,
        status,
        zendesk_ticket.created_at,
        null::timestamp as told_replied_at,
        case when raw_status in ('solved', 'closed') then metric.solved_at end as told_solved_at,
        metric.reopens,
        case when coalesce(rating.score, zendesk_ticket.score) like 'good%' then 5 when coalesce(rating.score, zendesk_ticket.score) like 'bad%' then 1 end
            as csat_score,
        'zendesk:' || coalesce(assigned.schedule_id, (select schedule_id from schedule where age = 1)) as schedule_id,
        opening.role as opened_by,
        false as is_cut
    from zendesk_ticket
    left join organization using (organization_id)
    left join metric using (ticket_id)
    left join rating using (ticket_id)
    left join assigned using (ticket_id)
    left join opening using (ticket_id)
    union all
    select
        'intercom',
        id,
        profile.account_id,
        'intercom:contact:' || contact_id,
        case state when 'closed' then 'solved' when 'snoozed' then 'pending' else 'open' end,
        opened_at,
        make_timestamp(statistics.first_admin_reply_at * 1000000),
        case when state = 'closed' then make_timestamp(statistics.last_close_at * 1000000) end,
        statistics.count_reopens,
        conversation_rating.rating,
        null,
        opened_by,
        -- the count takes in the first message, which is no part
        coalesce(statistics.count_conversation_parts > coalesce(parts, 0) + 1, false)
    from conversation
    left join profile on 'intercom:contact:' || contact_id = profile.actor
    left join held on id = conversation_id
),
history as (
    select
        source,
        ticket_id,
        bool_or(is_opening) as has_opening,
        max(case when is_last then case when is_solved then 'solved' else status end end) as last_status,
        count(*) filter (status_before in ('solved', 'closed') and not is_solved) as reopens,
        max(occurred_at) filter (is_solved and not coalesce(status_before in ('solved', 'closed'), false)) as solved_at
    from ticket_status
    group by source, ticket_id
),
message as (
    select source, ticket_id, count(*) filter (role = 'agent' and not is_opening) as replies, count(*) filter (role = 'requester') as questions
    from ticket_event
    where not is_status
    group by source, ticket_id
)
select
    told.source,
    told.ticket_id,
    coalesce(told.account_id, case when excluded.person is null then everybody.account_id end) as account_id,
    told.status,
    told.created_at,
    told.told_replied_at,
    told.csat_score,
    coalesce(known.schedule_id, 'support') as schedule_id,
    coalesce(
        has_opening
        and not is_cut
        and (told.status = 'deleted' or last_status = case when told.status = 'closed' then 'solved' else told.status end),
        false
    ) as is_complete,
    case when not is_complete then told_solved_at when last_status = 'solved' then history.solved_at end as solved_at,
    case when is_complete then history.reopens else told.reopens end as reopens,
    case when is_complete then coalesce(replies, 0) end as replies,
    coalesce(told.status in ('solved', 'closed'), false) as is_solved,
    coalesce(opened_by = 'system' and coalesce(questions, 0) = 0, false) as is_outbound,
    case
        when told.status = 'deleted' then 'deleted'
        when excluded.person is not null then 'excluded'
        when is_outbound then 'outbound'
    end as set_aside
from told
left join history using (source, ticket_id)
left join message using (source, ticket_id)
left join (select distinct schedule_id from open_hours) as known using (schedule_id)
left join known_actor using (actor)
left join excluded using (person)
left join everybody using (person);

-- From when to when: questions until their answer, open states until the next, the whole until its solution.
create temp table stretch as
with message as (
    select
        source,
        ticket_id,
        number,
        occurred_at,
        role,
        coalesce(lag(role) over history, 'agent') as role_before,
        min(case when role = 'agent' then occurred_at end) over (history rows between 1 following and unbounded following) as answered_at
    from ticket_event
    where not is_status and role in ('requester', 'agent')
    window history as (partition by source, ticket_id order by number)
),
question as (
    select source, ticket_id, row_number() over (partition by source, ticket_id order by number) as n, occurred_at as from_at, answered_at as to_at
    from message
    where role = 'requester' and role_before = 'agent'
),
change as (
    select source, ticket_id, status, occurred_at as from_at, lead(occurred_at) over (partition by source, ticket_id order by number) as to_at
    from ticket_status
    where status_before is null or status <> status_before
),
piece as (
    select source, ticket_id, case n when 1 then 'first_reply' else 'next_reply' end as measure, from_at, to_at
    from question
    inner join ticket using (source, ticket_id)
    where is_complete
    union all
    select source, ticket_id, 'requester_wait', from_at, to_at
    from change
    inner join ticket using (source, ticket_id)
    where is_complete and change.status in ('new', 'open', 'hold')
    union all
    select source, ticket_id, 'resolution', created_at, solved_at from ticket where is_complete or solved_at is not null
    union all
    select source, ticket_id, 'first_reply', created_at, told_replied_at from ticket where not is_complete and told_replied_at is not null
)
select
    piece.*,
    schedule_id,
    to_at is null and status not in ('solved', 'closed', 'deleted') as is_running,
    case when is_running then (getvariable('as_of') + 1)::timestamp else to_at end as reached_at
from piece
inner join ticket using (source, ticket_id);

-- Openings that overlap are one; each knows the open time before it, in microseconds.
create temp table opening as
with schedule_name as (
    select schedule_id, lower(max(schedule_name)) as name from open_hours group by schedule_id
),
holiday as (
    select lower('zendesk:' || schedule_id) as schedule_id, unnest(generate_series(start_date, end_date, interval 1 day))::date as day
    from (
        select *
        from (
            select *, row_number() over () as place
            from read_json(
                getvariable('landing') || '/zendesk/schedule_holidays/*.ndjson',
                format = 'newline_delimited',
                ignore_errors = true,
                columns = {id: 'varchar', schedule_id: 'varchar', start_date: 'date', end_date: 'date'}
            )
        )
        qualify row_number() over (partition by id order by place desc) = 1
    )
    where end_date - start_date between 0 and 366
    union all
    select lower(calendar), day::date
    from read_csv(getvariable('landing') || '/generic/holidays/*.csv', all_varchar = true)
),
closed as (
    select schedule_name.schedule_id, day
    from schedule_name
    inner join holiday on holiday.schedule_id in (lower(schedule_name.schedule_id), name)
),
day as (
    select unnest(generate_series(min(from_at)::date - 1, max(greatest(from_at, reached_at))::date + 1, interval 1 day))::date as day
    from stretch
),
moment as (
    select
        schedule_id,
        epoch_us((day::timestamp + to_minutes(opens_minute)) at time zone time_zone) as opens_at,
        epoch_us((day::timestamp + to_minutes(closes_minute)) at time zone time_zone) as closes_at
    from day
    inner join open_hours on isodow(day) = weekday
    anti join closed using (schedule_id, day)
),
merged as (
    select schedule_id, greatest(opens_at, open_until) as opens_at, closes_at
    from (
        select *, max(closes_at) over (partition by schedule_id order by opens_at, closes_at rows between unbounded preceding and 1 preceding) as open_until
        from moment
    )
    where closes_at > opens_at and (open_until is null or closes_at > open_until)
)
select *, coalesce(sum(closes_at - opens_at) over (partition by schedule_id order by opens_at rows between unbounded preceding and 1 preceding), 0)::bigint as open_before
from merged;

create or replace temp table stretch as
with started as (
    select stretch.*, coalesce(open_before + least(epoch_us(from_at), closes_at) - opens_at, 0) as open_at_start
    from stretch
    asof left join opening on stretch.schedule_id = opening.schedule_id and epoch_us(from_at) >= opens_at
)
select
    source,
    ticket_id,
    measure,
    to_at is not null as is_over,
    is_running,
    case when reached_at >= from_at then (epoch_us(reached_at) - epoch_us(from_at)) // 1000000 end as seconds,
    case
        when reached_at >= from_at then (coalesce(open_before + least(epoch_us(reached_at), closes_at) - opens_at, 0) - open_at_start) // 1000000
    end as business_seconds
from started
asof left join opening on started.schedule_id = opening.schedule_id and epoch_us(reached_at) >= opens_at;

-- Which promises were made, and which were kept.
create temp table promise as
with metric_event as (
    select
        *,
        case
            when metric = 'reply_time' and instance_id > 1 then 'next_reply'
            when metric = 'reply_time' then 'first_reply'
            when metric = 'requester_wait_time' then 'requester_wait'
            when metric = 'resolution_time' then 'resolution'
        end as measure
    from (
        select *, row_number() over () as place
        from read_json(
            getvariable('landing') || '/zendesk/ticket_metric_events/*.ndjson',
            format = 'newline_delimited',
            ignore_errors = true,
            columns = {
                id: 'varchar', ticket_id: 'varchar', metric: 'varchar', instance_id: 'bigint', type: 'varchar', "time": 'timestamp',
                sla: 'struct(target bigint, target_in_seconds bigint, business_hours boolean)'
            }
        )
    )
    qualify row_number() over (partition by id order by place desc) = 1
),
applied as (
    select ticket_id, measure, coalesce(sla.target_in_seconds, sla.target * 60) as target, sla.business_hours as in_business_hours
    from metric_event
    where type = 'apply_sla' and measure is not null
    qualify row_number() over (partition by ticket_id, measure order by "time" desc, length(id) desc, id desc) = 1
),
policy as (
    select
        id,
        position,
        policy_metrics,
        coalesce(filter."all", []) as conditions,
        coalesce(filter."any", []) as alternatives
    from (
        select *, row_number() over () as place
        from read_json(
            getvariable('landing') || '/zendesk/sla_policies/*.ndjson',
            format = 'newline_delimited',
            ignore_errors = true,
            columns = {
                id: 'varchar', position: 'bigint', updated_at: 'timestamp',
                filter: 'struct("all" struct(field varchar, operator varchar, value varchar)[], "any" struct(field varchar, operator varchar, value varchar)[])',
                policy_metrics: 'struct(priority varchar, metric varchar, target bigint, target_in_seconds bigint, business_hours boolean)[]'
            }
        )
    )
    qualify row_number() over (partition by id order by updated_at desc nulls last, place desc) = 1
),
-- A condition holds, does not, or cannot be read here, which is null.
judged as (
    select
        ticket_id,
        priority,
        policy.* exclude (conditions, alternatives),
        list_transform(conditions, lambda c: case
            when c.operator in ('is', 'is_not') and c.value is not null and map_contains(facts, c.field)
                then coalesce(facts[c.field] = c.value, false) = (c.operator = 'is')
        end) as conditions,
        list_transform(alternatives, lambda c: case
            when c.operator in ('is', 'is_not') and c.value is not null and map_contains(facts, c.field)
                then coalesce(facts[c.field] = c.value, false) = (c.operator = 'is')
        end) as alternatives
    from zendesk_ticket
    anti join metric_event using (ticket_id)
    cross join policy
),
first_policy as (
    select *, len(conditions) > list_count(conditions) or len(alternatives) > list_count(alternatives) as is_unreadable
    from judged
    where not list_contains(conditions, false)
        and (len(alternatives) = 0 or list_contains(alternatives, true) or is_unreadable)
    qualify row_number() over (partition by ticket_id order by position nulls last, length(id), id) = 1
),
by_filter as (
    select
        ticket_id,
        case target.metric
            when 'first_reply_time' then 'first_reply'
            when 'next_reply_time' then 'next_reply'
            when 'requester_wait_time' then 'requester_wait'
            when 'total_resolution_time' then 'resolution'
        end as measure,
        min(coalesce(target.target_in_seconds, target.target * 60)) as target,
        bool_or(target.business_hours) as in_business_hours
    from (select ticket_id, priority, unnest(policy_metrics) as target from first_policy where not is_unreadable)
    where target.priority = priority and measure is not null
    group by all
),
lasted as (
    select
        ticket_id,
        measure,
        bool_or(is_running) as is_running,
        case when measure = 'requester_wait' then sum(seconds) else max(seconds) end as seconds,
        case when measure = 'requester_wait' then sum(business_seconds) else max(business_seconds) end as business_seconds
    from stretch
    where source = 'zendesk'
    group by ticket_id, measure
)
select
    'zendesk' as source,
    ticket_id,
    case
        when case when in_business_hours then business_seconds else seconds end > target then false
        when case when in_business_hours then business_seconds else seconds end <= target and not is_running then true
    end as is_met
from (
    from applied
    union all
    from by_filter
)
left join lasted using (ticket_id, measure)
where target is not null
union all
select 'intercom', id, case sla_applied.sla_status when 'hit' then true when 'missed' then false end
from conversation
where sla_applied.sla_status in ('hit', 'missed');

create or replace table mart.tickets_by_month as
with duration as (
    select
        source,
        ticket_id,
        max(seconds) filter (is_over and measure = 'first_reply') as first_reply,
        max(business_seconds) filter (is_over and measure = 'first_reply') as first_reply_business,
        count(seconds) filter (is_over and measure = 'next_reply') as next_replies,
        sum(seconds) filter (is_over and measure = 'next_reply') as next_reply,
        sum(business_seconds) filter (is_over and measure = 'next_reply') as next_reply_business,
        max(seconds) filter (is_over and measure = 'resolution') as resolution,
        max(business_seconds) filter (is_over and measure = 'resolution') as resolution_business,
        sum(seconds) filter (is_over and measure = 'requester_wait') as requester_wait,
        sum(business_seconds) filter (is_over and measure = 'requester_wait') as requester_wait_business
    from stretch
    group by source, ticket_id
),
promised as (
    select source, ticket_id, count(is_met) as targets, count(*) filter (is_met) as targets_met from promise group by source, ticket_id
),
known as (
    select
        unnest([ticket.source, 'all']) as source,
        date_trunc('month', created_at)::date as created_month,
        case when is_solved and solved_at::date <= getvariable('as_of') then date_trunc('month', solved_at)::date end as solved_month,
        set_aside,
        is_solved,
        is_complete,
        reopens,
        case when reopens is not null and replies is not null then reopens = 0 and replies <= 1 end as is_one_touch,
        case when csat_score between 1 and 5 then csat_score >= 4 end as is_satisfied,
        duration.* exclude (source, ticket_id),
        targets,
        targets_met
    from ticket
    left join duration using (source, ticket_id)
    left join promised using (source, ticket_id)
    where created_at::date <= getvariable('as_of')
),
created as (
    select
        source,
        created_month as month,
        count(*) filter (set_aside is null) as created_tickets,
        count(*) filter (set_aside = 'deleted') as deleted_tickets,
        count(*) filter (set_aside = 'excluded') as excluded_tickets,
        count(*) filter (set_aside = 'outbound') as outbound_tickets,
        count(first_reply) filter (set_aside is null) as replied_tickets,
        quantile_cont(first_reply, 0.5) filter (set_aside is null) / 3600 as median_first_reply_hours,
        quantile_cont(first_reply, 0.9) filter (set_aside is null) / 3600 as p90_first_reply_hours,
        quantile_cont(first_reply_business, 0.5) filter (set_aside is null and first_reply is not null) / 3600 as median_first_reply_business_hours,
        quantile_cont(first_reply_business, 0.9) filter (set_aside is null and first_reply is not null) / 3600 as p90_first_reply_business_hours,
        coalesce(sum(targets) filter (set_aside is null), 0)::bigint as sla_targets,
        coalesce(sum(targets_met) filter (set_aside is null), 0)::bigint as sla_targets_met
    from known
    group by source, created_month
),
solved as (
    select
        source,
        solved_month as month,
        count(*) as solved_tickets,
        count(*) filter (reopens > 0) as reopened_tickets,
        count(reopens) as tickets_with_reopens_known,
        count(*) filter (is_one_touch) as one_touch_tickets,
        count(is_one_touch) as tickets_with_touches_known,
        coalesce(sum(case when is_complete then coalesce(next_replies, 0) end), 0)::bigint as next_replies,
        sum(next_reply) as next_reply,
        sum(next_reply_business) as next_reply_business,
        count(is_satisfied) as csat_answers,
        count(*) filter (is_satisfied) as satisfied_answers,
        quantile_cont(resolution, 0.5) / 3600 as median_resolution_hours,
        quantile_cont(resolution, 0.9) / 3600 as p90_resolution_hours,
        quantile_cont(resolution_business, 0.5) / 3600 as median_resolution_business_hours,
        quantile_cont(resolution_business, 0.9) / 3600 as p90_resolution_business_hours,
        quantile_cont(requester_wait, 0.5) / 3600 as median_requester_wait_hours,
        quantile_cont(requester_wait, 0.9) / 3600 as p90_requester_wait_hours,
        quantile_cont(requester_wait_business, 0.5) / 3600 as median_requester_wait_business_hours,
        quantile_cont(requester_wait_business, 0.9) / 3600 as p90_requester_wait_business_hours
    from known
    where set_aside is null and solved_month is not null
    group by source, solved_month
),
active as (
    select date_trunc('month', event_date)::date as month, count(distinct person) as active_persons
    from person_day
    where event_date <= getvariable('as_of')
    group by all
),
month_of_source as (
    select source, unnest(generate_series(min(created_month)::timestamp, getvariable('as_of')::timestamp, interval 1 month))::date as month
    from known
    group by source
),
counted as (
    select
        month,
        source,
        least(last_day(month), getvariable('as_of')) as month_end,
        last_day(month) <= getvariable('as_of') as is_complete,
        created.* exclude (source, month) replace (
            coalesce(created_tickets, 0) as created_tickets,
            coalesce(deleted_tickets, 0) as deleted_tickets,
            coalesce(excluded_tickets, 0) as excluded_tickets,
            coalesce(outbound_tickets, 0) as outbound_tickets,
            coalesce(replied_tickets, 0) as replied_tickets,
            coalesce(sla_targets, 0) as sla_targets,
            coalesce(sla_targets_met, 0) as sla_targets_met
        ),
        solved.* exclude (source, month) replace (
            coalesce(solved_tickets, 0) as solved_tickets,
            coalesce(reopened_tickets, 0) as reopened_tickets,
            coalesce(tickets_with_reopens_known, 0) as tickets_with_reopens_known,
            coalesce(one_touch_tickets, 0) as one_touch_tickets,
            coalesce(tickets_with_touches_known, 0) as tickets_with_touches_known,
            coalesce(next_replies, 0) as next_replies,
            coalesce(csat_answers, 0) as csat_answers,
            coalesce(satisfied_answers, 0) as satisfied_answers
        ),
        coalesce(active_persons, 0) as active_persons
    from month_of_source
    left join created using (source, month)
    left join solved using (source, month)
    left join active using (month)
)
select
    * exclude (next_reply, next_reply_business),
    next_reply::double / nullif(next_replies::double, 0) / 3600 as mean_next_reply_hours,
    next_reply_business::double / nullif(next_replies::double, 0) / 3600 as mean_next_reply_business_hours,
    reopened_tickets / nullif(tickets_with_reopens_known::double, 0) as reopened_rate,
    one_touch_tickets / nullif(tickets_with_touches_known::double, 0) as one_touch_rate,
    satisfied_answers / nullif(csat_answers::double, 0) as csat,
    wilson(satisfied_answers, csat_answers, -1) as csat_low,
    wilson(satisfied_answers, csat_answers, 1) as csat_high,
    sla_targets_met / nullif(sla_targets::double, 0) as sla_met_rate,
    (created_tickets * 1000)::double / nullif(active_persons::double, 0) as tickets_per_1000_active_persons
from counted;
