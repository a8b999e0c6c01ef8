"""The plan's tickets as Zendesk's incremental exports give them, one file a month.

Of a ticket there is one version per month in which it changed. Dirt: each page begins with the last record of the page before; what the
system closed comes before the older version with the same `updated_at`; tags are edited; a breach is taken back; an audit breaks off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TICKETS = """
create macro zd_user(u) as 900000000000 + u;
create macro zd_agent(ticket) as 900000000001 + ticket % 3;
create macro zd_organization(i) as 800000000000 + i;
create macro zd_rated(rating) as case when rating >= 3 then 'good' else 'bad' end;

create temp table zd_pull as
select day, day::timestamp + interval 1 day as pulled_at, coalesce(lag(day) over (order by day)::timestamp + interval 1 day,
    timestamp '2000-01-01') as pulled_before, strftime(day, '%Y-%m-%d') as name
from month_end;

create temp table zd_act as
select support_act.*, zd_pull.name, zd_pull.day
from support_act
inner join zd_pull on support_act.moment >= pulled_before and support_act.moment < pulled_at
where tool = 'zendesk';

create temp table zd_version as
with states as (

    -- every state of a ticket after each of its acts
    select ticket, day, name, act, moment, status as new_status,
        last_value(status ignore nulls) over (partition by ticket order by act) as status,
        max(case when status is distinct from 'closed' then moment end) over (partition by ticket order by act) as touched_at,
        row_number() over (partition by ticket, day order by act desc) as from_last,
        row_number() over (partition by ticket order by act desc) as from_end
    from zd_act

)

-- the newest of the month first, and after what the system closed its state before
select ticket, day, name, case when from_last = 1 then 1 else 2 end as place, status, moment as changed_at, touched_at,
    from_end = 1 as is_last
from states
where from_last = 1
    or (from_last = 2 and exists (
        select 1 from zd_act as closing where closing.ticket = states.ticket and closing.day = states.day and closing.status = 'closed'
    ));

create temp table zd_shown as
select *, false as is_retagged from zd_version
union all by name
-- an edit of the tags an hour after all else
select version.* replace (3 as place, changed_at + interval 1 hour as changed_at, changed_at + interval 1 hour as touched_at),
    true as is_retagged
from zd_version as version
inner join support_ticket using (ticket)
inner join zd_pull on version.day = zd_pull.day
where is_last and support_ticket.is_retagged and changed_at + interval 1 hour < pulled_at;

insert into delivery
select
    'zendesk', 'tickets', concat('zendesk/tickets/', name, '.ndjson'), row_number() over (partition by name order by ticket, place),
    'loaded', null,
    to_json({
        'url': concat('https://lumen.zendesk.com/api/v2/tickets/', ticket, '.json'), 'id': ticket, 'external_id': null,
        'via': {'channel': 'web', 'source': {'from': json('{}'), 'to': json('{}'), 'rel': null}},
        'created_at': iso(opened_at), 'updated_at': iso(touched_at), 'type': 'question', 'subject': concat('Question ', ticket),
        'description': 'Help', 'priority': priority, 'status': status, 'requester_id': zd_user(u), 'submitter_id': zd_user(u),
        'assignee_id': zd_agent(ticket), 'organization_id': zd_organization(i), 'group_id': null, 'is_public': true,
        'tags': case when zd_shown.is_retagged then [tag, 'vip'] else [tag] end, 'custom_fields': json('[]'),
        'satisfaction_rating': {'score': 'unoffered'}, 'ticket_form_id': 1, 'brand_id': 1, 'generated_timestamp': seconds(changed_at) + 3
    })::varchar
from zd_shown
inner join support_ticket using (ticket);
"""

HISTORY = """
insert into delivery
with changes as (

    select *, lag(status ignore nulls) over (partition by ticket order by act) as status_before,
        case
            when who = 'system' then -1
            when who = 'agent' then zd_agent(ticket)
            -- written by the account that was merged into another since
            when act = 0 and u % 20 = 4 then zd_user(u) + 10000000000
            else zd_user(u)
        end as author
    from zd_act
    inner join (select ticket, u from support_ticket) as askers using (ticket)

)

select
    'zendesk', 'ticket_audits', concat('zendesk/ticket_audits/', name, '.ndjson'),
        row_number() over (partition by name order by moment, ticket, act),
    'loaded', null,
    to_json({
        'id': ticket * 100 + act * 10, 'ticket_id': ticket, 'created_at': iso(moment), 'author_id': author,
        'metadata': {'system': json('{}'), 'custom': json('{}')},
        'events': list_filter([
            case when says or note then to_json({
                'id': ticket * 100 + act * 10 + 1, 'type': 'Comment', 'author_id': author, 'public': not note, 'body': 'Words'
            }) end,
            case when status is distinct from status_before and status is not null then to_json({
                'id': ticket * 100 + act * 10 + 2, 'type': case when act = 0 then 'Create' else 'Change' end, 'field_name': 'status',
                'value': status, 'previous_value': status_before
            }) end
        ], lambda part: part is not null),
        'via': {'channel': case when who = 'system' then 'rule' else 'web' end}
    })::varchar
from changes;

insert into delivery
select 'zendesk', 'ticket_audits', concat('zendesk/ticket_audits/', max(name), '.ndjson'), 1000000000, 'quarantined', 'broken line',
    '{"id": 1, "ticket_id": 100001, "created_at": "2026-'
from zd_act
having count(*) > 0;

-- a page begins with the last record of the page before
insert into delivery
with listed as (

    select *, lead(file) over (partition by object order by file, seq) as next_file
    from delivery
    where vendor = 'zendesk' and object in ('tickets', 'ticket_audits') and fate = 'loaded'

)

select vendor, object, next_file, 0, 'duplicate', 'page overlap', line
from listed
where next_file > file;
"""

MEASURES = """
insert into delivery
select 'zendesk', 'ticket_metrics', strftime(getvariable('last_day'), 'zendesk/ticket_metrics/%Y-%m-%d.ndjson'), ticket, 'loaded', null,
    to_json({
        'id': ticket * 10, 'ticket_id': ticket, 'created_at': iso(opened_at), 'updated_at': iso(last_at), 'reopens': reopens,
        'replies': replies, 'solved_at': iso(solved_at),
        'reply_time_in_minutes': {'calendar': first_reply // 60, 'business': first_reply_business // 60},
        'full_resolution_time_in_minutes': {'calendar': resolution // 60, 'business': resolution_business // 60},
        'requester_wait_time_in_minutes': {'calendar': requester_wait // 60, 'business': requester_wait_business // 60}
    })::varchar
from support_ticket
inner join support_time using (ticket)
inner join (select ticket, max(moment) as last_at from zd_act group by ticket) as acts using (ticket);

insert into delivery
with applied as (

    select *, to_json({
        'target': minutes, 'target_in_seconds': minutes * 60, 'business_hours': true, 'policy': {'id': 360000000077, 'title': 'Standard'}
    }) as sla
    from support_ticket
    inner join support_promise using (priority)
    inner join support_time using (ticket)
    where tool = 'zendesk' and ticket % 2 = 0

),

told as (

    select opened_at as moment, ticket, 1 as n, to_json({'id': ticket * 10 + 1, 'ticket_id': ticket, 'metric': 'reply_time',
        'instance_id': 1,
        'type': 'activate', 'time': iso(opened_at)}) as object
    from applied
    union all
    select opened_at, ticket, 2, to_json({'id': ticket * 10 + 2, 'ticket_id': ticket, 'metric': 'reply_time', 'instance_id': 1,
        'type': 'apply_sla', 'time': iso(opened_at), 'sla': sla})
    from applied
    union all
    select opened_at, ticket, 3, to_json({'id': ticket * 10 + 3, 'ticket_id': ticket, 'metric': 'reply_time', 'instance_id': 1,
        'type': 'breach', 'time': iso(opened_at), 'deleted': true})
    from applied
    where ticket % 4 = 0
    union all
    select opened_at + minutes * interval 1 minute, ticket, 4, to_json({'id': ticket * 10 + 4, 'ticket_id': ticket, 'metric': 'reply_time',
        'instance_id': 1, 'type': 'breach', 'time': iso(opened_at + minutes * interval 1 minute)})
    from applied
    where coalesce(first_reply_business, open_until_now) > minutes * 60

)

select 'zendesk', 'ticket_metric_events', concat('zendesk/ticket_metric_events/', name, '.ndjson'),
    row_number() over (partition by name order by moment, ticket, n), 'loaded', null, object::varchar
from told
inner join zd_pull on moment >= pulled_before and moment < pulled_at;

insert into delivery
with rated as (

    select *, ticket * 10 + 5 as id
    from support_ticket
    inner join support_time using (ticket)
    inner join support_state using (ticket)
    where tool = 'zendesk' and rating is not null and status in ('solved', 'closed') and solved_at +
        interval 26 hour < getvariable('end_at')

),

versions as (

    select *, solved_at + interval 24 hour as moment, 'offered' as score from rated
    union all
    select *, solved_at + interval 26 hour, zd_rated(rating) from rated

)

select 'zendesk', 'satisfaction_ratings', concat('zendesk/satisfaction_ratings/', name, '.ndjson'),
    row_number() over (partition by name order by moment, id), 'loaded', null,
    to_json({
        'id': id, 'ticket_id': ticket, 'requester_id': zd_user(u), 'score': score, 'created_at': iso(solved_at + interval 24 hour),
        'updated_at': iso(moment), 'comment': null
    })::varchar
from versions
inner join zd_pull on moment >= pulled_before and moment < pulled_at;
"""

PEOPLE = """
insert into delivery
with asked as (

    select u, i, user_id, email, min(opened_at) as since from support_ticket where tool = 'zendesk' group by all

),

users as (

    -- of one in six nobody told Zendesk the user id
    select zd_user(u) as id, 'end-user' as role, email, case when u % 6 != 1 then user_id end as external_id,
        zd_organization(i) as organization_id,
        true as active, since
    from asked
    union all
    select zd_user(u) + 10000000000, 'end-user', null, user_id, null, false, since from asked where u % 20 = 4
    union all
    select zd_user(u), 'agent', email, user_id, null, true, signed_up_at from person where is_internal

)

select 'zendesk', 'users', strftime(getvariable('last_day'), 'zendesk/users/%Y-%m-%d.ndjson'), row_number() over (order by id),
    'loaded', null,
    to_json({
        'id': id, 'name': concat('Person ', id), 'email': email, 'role': role, 'external_id': external_id,
            'organization_id': organization_id,
        'active': active, 'suspended': false, 'created_at': iso(since), 'updated_at': iso(since), 'time_zone': 'Eastern Time (US & Canada)',
        'iana_time_zone': 'America/New_York'
    })::varchar
from users;

insert into delivery
select 'zendesk', 'organizations', strftime(getvariable('last_day'), 'zendesk/organizations/%Y-%m-%d.ndjson'), i, 'loaded', null,
    to_json({
        'id': zd_organization(i), 'name': name, 'external_id': account_id, 'created_at': iso(created_at), 'updated_at': iso(created_at),
        'domain_names': json('[]'), 'tags': json('[]'), 'organization_fields': json('{}')
    })::varchar
from account
where i in (select i from support_ticket where tool = 'zendesk');

insert into delivery
select 'zendesk', 'schedules', strftime(getvariable('last_day'), 'zendesk/schedules/%Y-%m-%d.ndjson'), 1, 'loaded', null,
    to_json({
        'id': 360000000011, 'name': 'Support', 'time_zone': 'Eastern Time (US & Canada)', 'created_at': '2024-01-01T00:00:00Z',
        'updated_at': '2024-01-01T00:00:00Z',
        'intervals': list_transform(range(1, 6), lambda day: {'start_time': day * 1440 + 540, 'end_time': day * 1440 + 1020})
    })::varchar;

insert into delivery
select 'zendesk', 'schedule_holidays', strftime(getvariable('last_day'), 'zendesk/schedule_holidays/%Y-%m-%d.ndjson'),
    row_number() over (order by day), 'loaded', null,
    to_json({
        'id': row_number() over (order by day), 'schedule_id': 360000000011, 'name': 'Day off', 'start_date': day::varchar,
            'end_date': day::varchar
    })::varchar
from support_holiday;

insert into delivery
select 'zendesk', 'sla_policies', strftime(getvariable('last_day'), 'zendesk/sla_policies/%Y-%m-%d.ndjson'), 1, 'loaded', null,
    to_json({
        'id': 360000000077, 'title': 'Standard', 'position': 1, 'filter': {'all': json('[]'), 'any': json('[]')},
        'policy_metrics': (
            select list({'priority': priority, 'metric': 'first_reply_time', 'target': minutes, 'business_hours': true} order by priority)
            from support_promise
        ),
        'created_at': '2024-01-01T00:00:00Z', 'updated_at': '2024-01-01T00:00:00Z'
    })::varchar;
"""


def deliver_zendesk(con: DuckDBPyConnection) -> None:
    """Add Zendesk's files to the table `delivery`."""
    for sql in (TICKETS, HISTORY, MEASURES, PEOPLE):
        con.execute(sql)
