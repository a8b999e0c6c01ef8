-- Who was asked, who answered, and for which account. An answer belongs to the last invitation before it.

create temp table surveyed_person as
select 'delighted:person:' || person_id as name, person_id, label.label as person, everybody.account_id, excluded.person is not null as is_excluded
from (
    select id as person_id from surveyed
    union
    select person_id from answer
)
left join node on 'delighted:person:' || person_id = node.name
left join label on node.node = label.node
left join everybody on label.label = everybody.person
left join excluded on label.label = excluded.person;

-- A small company may have no bounces at all: then files are read that hold none.
set variable bounces = (
    select coalesce(list(file), [getvariable('landing') || '/delighted/survey_responses/*.json'])
    from glob(getvariable('landing') || '/delighted/bounces/*.json')
);

create temp table invitation as
with sent as (
    select distinct id as person_id, make_timestamp(last_sent_at * 1000000) as sent_at from surveyed where last_sent_at is not null
),
in_order as (
    select *, lead(sent_at) over (partition by person_id order by sent_at) as next_sent_at from sent
),
bounce as (
    select distinct person_id, make_timestamp(bounced_at * 1000000) as bounced_at
    from read_json(getvariable('bounces'), format = 'array', columns = {person_id: 'varchar', bounced_at: 'bigint'})
    where person_id is not null
)
select
    in_order.*,
    surveyed_person.person,
    surveyed_person.account_id,
    surveyed_person.is_excluded,
    exists (
        from bounce
        where bounce.person_id = in_order.person_id
            and bounced_at >= sent_at
            and (next_sent_at is null or bounced_at < next_sent_at)
    ) as is_bounced
from in_order
inner join surveyed_person using (person_id);

create temp table placed_answer as
select
    answer.*,
    invitation.sent_at,
    surveyed_person.account_id,
    case answer.kind when 'nps' then answer.score between 0 and 10 else true end as is_on_scale,
    answer.is_test or surveyed_person.is_excluded as is_excluded,
    row_number() over (
        partition by
            date_trunc('month', coalesce(invitation.sent_at, answer.responded_at)), answer.kind, coalesce(surveyed_person.person::varchar, answer.person_id),
            answer.score between 0 and 10, answer.is_test or surveyed_person.is_excluded
        order by answer.responded_at desc, answer.response_id desc
    ) as age
from answer
inner join surveyed_person using (person_id)
asof left join invitation on answer.person_id = invitation.person_id and answer.responded_at >= invitation.sent_at;
