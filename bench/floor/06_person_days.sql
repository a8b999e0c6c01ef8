-- From here on a person is a number. Excluded are staff and robots, with everything any of their ids did.

create temp table person_of as
select actor.actor, actor.source, actor.name, label.label as person
from (
    select distinct actor, source, user_id, coalesce('user:' || user_id, source || ':' || other_id) as name
    from pair
) as actor
inner join node on actor.name = node.name
inner join label on node.node = label.node;

set variable excluded = (select string_agg('(' || pattern || ')', '|') from read_csv('seeds/demo/excluded_actors.csv'));

create temp table known_actor as
select profile.*, label.label as person
from profile
inner join node on coalesce('user:' || profile.user_id, profile.actor) = node.name
inner join label on node.node = label.node;

create temp table excluded as
select distinct person
from (
    select person, coalesce(email, '') || ' ' || actor as text, is_internal
    from known_actor
    union all
    select person, case when name like 'user:%' then source || ':' else '' end || name, false
    from person_of
    where actor in (select actor from day)
) as known
where is_internal or regexp_matches(text, getvariable('excluded'));

-- A day of a person, by account and platform.
create temp table person_part as
select
    person_of.person,
    day.event_date,
    day.account_id,
    day.platform,
    sum(day.value_count) as value_count,
    arg_max_null(
        case
            when person_of.source = 'mixpanel' then day.country
            else coalesce(country_code, case when length(day.country) = 2 then upper(day.country) end)
        end,
        day.last_at
    ) as country,
    max(day.last_at) as last_at,
    min(day.signed_up_at) as signed_up_at
from day
inner join person_of using (actor)
left join read_csv('seeds/shared/country_names.csv') as known on day.country = known.country_name
group by all;

create temp table everybody as
with known as (
    select
        person,
        first(account_id order by (account_id is null), updated_at desc nulls last, source, actor) as account_id,
        min(signed_up_at) as signed_up_at
    from known_actor
    group by person
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
full join acted using (person);

create temp table person as
from everybody
where person not in (from excluded);

create temp table counted_part as
select person_part.* replace (coalesce(person_part.account_id, person.account_id) as account_id), person_part.account_id as said_account_id
from person_part
inner join person using (person);
