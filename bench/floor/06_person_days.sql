-- From here on a person is a number. Excluded are staff and robots, with everything any of their ids did.

create temp table person_of as
select
    actor.source,
    actor.user_id,
    case when actor.user_id is null then actor.other_id end as other_id,
    label.label as person
from (
    select distinct source, user_id, case when user_id is null then other_id end as other_id
    from day
) as actor
inner join node on coalesce('user:' || actor.user_id, actor.source || ':' || actor.other_id) = node.name
inner join label on node.node = label.node;

create temp table excluded as
select distinct label.label as person
from (
    select coalesce('user:' || user_id, actor) as name, coalesce(email, '') || ' ' || actor as text, is_internal from profile
    union all
    select
        coalesce('user:' || user_id, source || ':' || other_id), source || ':' || coalesce('user:' || user_id, other_id), false
    from day
    where not is_set_aside
    group by all
) as known
inner join node on known.name = node.name
inner join label on node.node = label.node
where known.is_internal
    or exists (from read_csv('seeds/demo/excluded_actors.csv') as excluded where regexp_matches(known.text, excluded.pattern));

-- A day of a person, by account and platform.
create temp table person_part as
select
    person_of.person,
    day.event_date,
    day.account_id,
    day.platform,
    sum(day.value_count) as value_count,
    arg_max_null(
        case when day.source = 'mixpanel' then day.country else coalesce(country_code, case when length(day.country) = 2 then upper(day.country) end) end,
        day.last_at
    ) as country,
    max(day.last_at) as last_at,
    min(day.signed_up_at) as signed_up_at
from day
left join read_csv('seeds/shared/country_names.csv') as known on day.country = known.country_name
inner join person_of
    on day.source = person_of.source
    and day.user_id is not distinct from person_of.user_id
    and case when day.user_id is null then day.other_id end is not distinct from person_of.other_id
where not day.is_set_aside
group by all;

create temp table person as
with known as (
    select
        label.label as person,
        first(profile.account_id order by (profile.account_id is null), profile.updated_at desc nulls last, profile.source, profile.actor) as account_id,
        min(profile.signed_up_at) as signed_up_at
    from profile
    inner join node on coalesce('user:' || profile.user_id, profile.actor) = node.name
    inner join label on node.node = label.node
    group by label.label
),
acted as (
    select person, arg_max(account_id, last_at) as account_id, min(signed_up_at) as signed_up_at
    from person_part
    group by person
)
select
    person,
    coalesce(known.account_id, acted.account_id) as account_id,
    coalesce(acted.signed_up_at, known.signed_up_at) as signed_up_at
from known
full join acted using (person)
where person not in (from excluded);

create temp table counted_part as
select person_part.* replace (coalesce(person_part.account_id, person.account_id) as account_id), person_part.account_id as said_account_id
from person_part
inner join person using (person);
