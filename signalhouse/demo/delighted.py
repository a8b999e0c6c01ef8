"""The plan's surveys as Delighted's API lists them: bare JSON pages, oldest first.

At each month's end everybody is listed anew (the only place where it says when somebody was sent a survey), and of answers, bounces and unsubscribes what is
new or changed since the month before. Dirt: a page that comes again in the month after, edited answers, tests, addresses in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PULLS = """
create temp table delighted_pull as
select day, day::timestamp + interval 1 day as pulled_at, strftime(day, '%Y-%m') as name,
    coalesce(lag(day::timestamp + interval 1 day) over (order by day), timestamp '2000-01-01') as pulled_before
from month_end;

create temp table delighted_person as
select printf('%d', 1040000000 + u) as id, u, printf('Person %d', u) as name,
    -- as people type it
    case u % 4 when 0 then upper(email) when 1 then concat(upper(email[1]), email[2:]) else email end as email,
    signed_up_at + interval 1 hour as created_at
from person
where signed_up_at + interval 1 hour < getvariable('end_at')
union all
select delighted_id, null, null, null, responded_at
from survey_given
where u is null;
"""

PEOPLE = """
insert into delivery
with seen as (

    select
        delighted_person.*, delighted_pull.name as pull, pulled_at,
        (select max(sent_at) from survey_sent where survey_sent.delighted_id = delighted_person.id and sent_at < pulled_at) as last_sent_at,
        (select max(responded_at) from survey_given where survey_given.delighted_id = delighted_person.id and responded_at < pulled_at)
            as last_responded_at
    from delighted_person
    inner join delighted_pull on created_at < pulled_at

)

select 'delighted', 'people', concat('delighted/people/', pull, '.json'), row_number() over (order by created_at, id), 'loaded', null,
    to_json({
        'id': id, 'name': name, 'email': email, 'created_at': seconds(created_at), 'last_sent_at': seconds(last_sent_at),
        'last_responded_at': seconds(last_responded_at), 'next_survey_scheduled_at': null
    })::varchar
from seen;
"""

RESPONSES = """
insert into delivery
with versions as (

    select response_id, delighted_id, first_score as score, responded_at, responded_at as made_at, null as updated_at, answer_key
    from survey_given
    union all
    select response_id, delighted_id, edited_score, responded_at, edited_at, edited_at, answer_key
    from survey_given
    where edited_at < getvariable('end_at')

),

-- of what changed twice between two exports only the last is seen
pulled as (

    select versions.*, delighted_pull.name as pull
    from versions
    inner join delighted_pull on made_at < pulled_at and made_at >= pulled_before
    qualify row_number() over (partition by response_id, pull order by made_at desc) = 1

),

lines as (

    select *, to_json({
        'id': response_id, 'person': delighted_id, 'survey_type': 'nps', 'score': score,
        'comment': case when pick('comment', answer_key, 5) = 0 then 'It does what we need, mostly "reports"' end,
        'permalink': concat('https://app.delighted.example/r/', made_id('', response_id)), 'created_at': seconds(responded_at),
        -- an answer that was never edited carries its own time, or none
        'updated_at': coalesce(seconds(updated_at), case when pick('unedited', answer_key, 3) > 0 then seconds(responded_at) end),
        'person_properties': null, 'notes': json('[]'), 'tags': json('[]'), 'additional_answers': json('[]')
    })::varchar as line
    from pulled

),

tests as (

    select printf('%d', 209000000 + row_number() over (order by day)) as response_id, name as pull, day,
        to_json({
            'id': printf('%d', 209000000 + row_number() over (order by day)), 'person': printf('%d', 1040000000 + getvariable('staff')),
            'survey_type': 'nps', 'score': 10, 'comment': 'testing', 'created_at': seconds(day::timestamp + interval 7 hour), 'test': true,
            'updated_at': seconds(day::timestamp + interval 7 hour), 'person_properties': null, 'notes': json('[]'), 'tags': json('[]'),
            'additional_answers': json('[]')
        })::varchar as line
    from delighted_pull

)

select 'delighted', 'survey_responses', concat('delighted/survey_responses/', pull, '.json'),
    row_number() over (order by made_at, response_id), 'loaded', null, line
from (
    select pull, made_at, response_id, line from lines
    union all
    select pull, day::timestamp + interval 7 hour, response_id, line from tests
);
"""

LEFT = """
insert into delivery
select 'delighted', 'bounces', concat('delighted/bounces/', delighted_pull.name, '.json'), row_number() over (order by sent_at, delighted_id), 'loaded', null,
    to_json({'person_id': delighted_id, 'email': email, 'name': delighted_person.name, 'bounced_at': seconds(sent_at + interval 2 second)})::varchar
from survey_sent
inner join delighted_person on survey_sent.delighted_id = delighted_person.id
inner join delighted_pull on sent_at < pulled_at and sent_at >= pulled_before
where is_bounced;

insert into delivery
select 'delighted', 'unsubscribes', concat('delighted/unsubscribes/', delighted_pull.name, '.json'),
    row_number() over (order by sent_at, delighted_id), 'loaded', null,
    to_json({'person_id': delighted_id, 'email': email, 'name': delighted_person.name,
        'unsubscribed_at': seconds(sent_at + interval 1 hour)})::varchar
from survey_sent
inner join delighted_person on survey_sent.delighted_id = delighted_person.id
inner join delighted_pull on sent_at < pulled_at and sent_at >= pulled_before
where leaves;
"""

# The first answers of a month come again with the next; who is listed just as before is a repeat.
AGAIN = """
insert into delivery
with months as (

    select file, lead(file) over (order by file) as next_file
    from (select distinct file from delivery where vendor = 'delighted' and object = 'survey_responses')

)

select 'delighted', 'survey_responses', next_file, 100000000 + seq, 'loaded', null, line
from delivery
inner join months using (file)
where vendor = 'delighted' and next_file is not null and seq <= 5;

create temp table delighted_delivery as
select row_number() over (partition by object, line order by file, seq) > 1 as is_again, *
from delivery
where vendor = 'delighted';

delete from delivery where vendor = 'delighted';

insert into delivery
select vendor, object, file, seq, case when is_again then 'duplicate' else 'loaded' end, case when is_again then 'unchanged' end, line
from delighted_delivery;
"""


def deliver_delighted(con: DuckDBPyConnection) -> None:
    """Add Delighted's files to the table `delivery`."""
    row = con.execute("select min(u) from person where is_internal").fetchone()
    con.execute("set variable staff = $1", [row[0] if row else None])
    for sql in (PULLS, PEOPLE, RESPONSES, LEFT, AGAIN):
        con.execute(sql)
