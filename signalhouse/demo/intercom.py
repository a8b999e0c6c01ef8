"""The plan's tickets as Intercom's API gives them, one file a month.

Every second conversation is fetched alone in the end and then holds its parts; the parts of the others are listed apart. Dirt: pages
that overlap, a part whose time is no time, one conversation of which Intercom gives out less than it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PARTS = """
create macro ic_contact(u) as substr(md5(concat('contact', u)), 1, 24);
create macro ic_company(i) as substr(md5(concat('company', i)), 1, 24);
create macro ic_admin(ticket) as (7000001 + ticket % 3)::varchar;

create temp table ic_pull as
select day, day::timestamp + interval 1 day as pulled_at, coalesce(lag(day) over (order by day)::timestamp + interval 1 day,
    timestamp '2000-01-01') as pulled_before, strftime(day, '%Y-%m-%d') as name
from month_end;

create temp table ic_act as
with acts as (

    select support_act.*, support_ticket.u, support_ticket.is_cut, coalesce(lag(support_act.status ignore nulls) over (
        partition by ticket order by act), '') as status_before
    from support_act
    inner join support_ticket using (ticket)
    where support_act.tool = 'intercom'

)

select acts.*, ic_pull.name, ic_pull.day
from acts
inner join ic_pull on moment >= pulled_before and moment < pulled_at;

create temp table ic_part as
with parts as (

    select *, ticket * 100 + act * 10 as id, case when note then 'note' else 'comment' end as part_type, '<p>Words</p>' as body
    from ic_act where act > 0 and (says or note)
    union all
    select *, ticket * 100 + act * 10 + 1, case status when 'solved' then 'close' else 'snoozed' end, null
    from ic_act where act > 0 and status in ('solved', 'pending') and status != status_before
    union all
    -- that a customer opens it again goes without saying, but for one time in three
    select *, ticket * 100 + act * 10 + 2, 'open', null
    from ic_act where act > 0 and status = 'open' and status != status_before and ticket % 3 = 0

)

select ticket, act, name, day, moment, id, is_cut and act < 3 as is_withheld, to_json({
    'type': 'conversation_part', 'id': id::varchar, 'part_type': part_type, 'body': body, 'created_at': seconds(moment),
        'updated_at': seconds(moment),
    'notified_at': seconds(moment), 'assigned_to': null,
    'author': {
        'type': case who when 'requester' then 'user' when 'agent' then 'admin' else 'bot' end,
        'id': case who when 'requester' then ic_contact(u) when 'agent' then ic_admin(ticket) else '7000000' end
    },
    'attachments': json('[]'), 'external_id': null, 'redacted': false
}) as part
from parts;

insert into delivery
select 'intercom', 'conversation_parts', concat('intercom/conversation_parts/', name, '.ndjson'),
    row_number() over (partition by name order by moment, id), 'loaded', null, json_merge_patch(part,
        to_json({'conversation_id': ticket::varchar}))::varchar
from ic_part
where ticket % 2 = 0 and not is_withheld;

insert into delivery
select 'intercom', 'conversation_parts', concat('intercom/conversation_parts/', max(name), '.ndjson'), 1000000000, 'quarantined',
    'wrong type',
    '{"type": "conversation_part", "id": "1", "conversation_id": "100001", "part_type": "comment", "created_at": "yesterday", "author": {}}'
from ic_part
having count(*) > 0;
"""

CONVERSATIONS = """
create temp table ic_version as
with states as (

    select ticket, day, name, act, moment, last_value(status ignore nulls) over (partition by ticket order by act) as status,
        sum(case when status_before = 'solved' and status = 'open' then 1 else 0 end) over (partition by ticket order by act) as reopens,
        min(case when says and who = 'agent' then moment end) over (partition by ticket order by act) as first_reply_at,
        max(case when status = 'solved' and status != status_before then moment end) over (partition by ticket order by act)
            as last_close_at,
        row_number() over (partition by ticket, day order by act desc) as from_last,
        row_number() over (partition by ticket order by act desc) as from_end
    from ic_act

)

select *, false as is_alone from states where from_last = 1
union all
select *, true from states where from_end = 1 and ticket % 2 = 1;

insert into delivery
with counted as (

    select version.*, t.u, t.i, t.opened_at, t.priority, t.tag, t.is_cut, t.rating, t.email,
        (select count(*) from ic_part where ic_part.ticket = version.ticket and ic_part.act <= version.act) as part_count,
        (select list(part order by id) from ic_part where ic_part.ticket = version.ticket and not is_withheld) as parts
    from ic_version as version
    inner join support_ticket as t using (ticket)

),

shown as (

    select *, status = 'solved' and rating is not null and last_close_at + interval 26 hour < getvariable('end_at') as is_rated,
        to_json({
            'type': 'conversation', 'id': ticket::varchar, 'created_at': seconds(opened_at), 'updated_at': seconds(moment),
            'waiting_since': null, 'snoozed_until': null,
            'source': {
                'type': 'conversation', 'id': (ticket * 100)::varchar, 'delivered_as': 'customer_initiated', 'subject': '',
                    'body': '<p>Help</p>',
                'author': {'type': 'user', 'id': ic_contact(u)}, 'redacted': false
            },
            'contacts': {'type': 'contact.list', 'contacts': [{'type': 'contact', 'id': ic_contact(u)}]},
            'admin_assignee_id': ic_admin(ticket)::bigint, 'team_assignee_id': null, 'open': status not in ('solved', 'pending'),
            'state': case status when 'solved' then 'closed' when 'pending' then 'snoozed' else 'open' end, 'read': true,
            'priority': case priority when 'high' then 'priority' else 'not_priority' end,
            'tags': {'type': 'tag.list', 'tags': [{'type': 'tag', 'id': tag, 'name': tag}]}, 'sla_applied': null,
            'statistics': {
                'type': 'conversation_statistics', 'first_admin_reply_at': seconds(first_reply_at), 'last_close_at': seconds(last_close_at),
                'count_reopens': reopens, 'count_conversation_parts': case when is_cut then 612 else part_count + 1 end
            }
        }) as object
    from counted

)

select 'intercom', 'conversations', concat('intercom/conversations/', name, '.ndjson'),
    row_number() over (partition by name order by is_alone, ticket), 'loaded', null,
    json_merge_patch(
        object,
        case when is_alone then to_json({'conversation_parts': {'type': 'conversation_part.list', 'conversation_parts': coalesce(parts, []),
            'total_count': part_count}}) else json('{}') end,
        case when is_rated then to_json({'conversation_rating': {'rating': rating, 'created_at': seconds(last_close_at) + 3600}})
            else json('{}') end
    )::varchar
from shown;

-- a page begins with the last record of the page before
insert into delivery
with listed as (

    select *, lead(file) over (partition by object order by file, seq) as next_file
    from delivery
    where vendor = 'intercom' and object in ('conversations', 'conversation_parts') and fate = 'loaded'

)

select vendor, object, next_file, 0, 'duplicate', 'page overlap', line
from listed
where next_file > file;
"""

PEOPLE = """
insert into delivery
select 'intercom', 'contacts', strftime(getvariable('last_day'), 'intercom/contacts/%Y-%m-%d.ndjson'), u, 'loaded', null,
    to_json({
        'type': 'contact', 'id': ic_contact(u), 'workspace_id': 'lumen', 'external_id': case when u % 6 != 1 then user_id end,
            'role': 'user',
        'email': email, 'phone': null, 'name': concat('Person ', u), 'created_at': seconds(since), 'updated_at': seconds(since),
        'signed_up_at': null,
        'companies': {'type': 'list', 'data': [{'type': 'company', 'id': ic_company(i)}], 'total_count': 1, 'has_more': false}
    })::varchar
from (select u, i, user_id, email, min(opened_at) as since from support_ticket where tool = 'intercom' group by all);

insert into delivery
select 'intercom', 'companies', strftime(getvariable('last_day'), 'intercom/companies/%Y-%m-%d.ndjson'), i, 'loaded', null,
    to_json({
        'type': 'company', 'id': ic_company(i), 'company_id': account_id, 'app_id': 'lumen', 'name': name,
            'created_at': seconds(created_at),
        'updated_at': seconds(created_at), 'monthly_spend': 0, 'session_count': 0, 'user_count': users, 'size': users, 'industry': industry,
        'plan': json('{}'), 'custom_attributes': json('{}')
    })::varchar
from account
where i in (select i from support_ticket where tool = 'intercom');

insert into delivery
select 'intercom', 'admins', strftime(getvariable('last_day'), 'intercom/admins/%Y-%m-%d.ndjson'), u, 'loaded', null,
    to_json({'type': 'admin', 'id': (7000000 + u)::varchar, 'email': email, 'name': concat('Agent ', u), 'has_inbox_seat': true,
        'team_ids': [71]})::varchar
from person
where is_internal;

insert into delivery
select 'intercom', 'teams', strftime(getvariable('last_day'), 'intercom/teams/%Y-%m-%d.ndjson'), 1, 'loaded', null,
    to_json({
        'type': 'team', 'id': '71', 'name': 'Support',
        'admin_ids': (select list(7000000 + u order by u) from person where is_internal)
    })::varchar;

insert into delivery
select 'intercom', 'tags', strftime(getvariable('last_day'), 'intercom/tags/%Y-%m-%d.ndjson'), row_number() over (order by tag),
    'loaded', null,
    to_json({'type': 'tag', 'id': tag, 'name': tag})::varchar
from (select distinct tag from support_ticket);
"""


def deliver_intercom(con: DuckDBPyConnection) -> None:
    """Add Intercom's files to the table `delivery`, and the days off, which Intercom does not export."""
    from signalhouse.demo.generic import deliver_holidays

    for sql in (PARTS, CONVERSATIONS, PEOPLE):
        con.execute(sql)
    deliver_holidays(con)
