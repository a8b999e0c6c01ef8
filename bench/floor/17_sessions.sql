-- Sessions by account and day. An actor's moments are one sorted list; a session begins where more than half an hour lies before. Its
-- account is that of its first event, which has to be looked for only where an actor's events name several.

create temp table session_day as
with counted as (
    select actor, account_id, occurred_at
    from event
    left join meaning using (name)
    where not coalesce(is_set_aside, false)
),
acted as (
    select
        actor,
        list_sort(list(epoch_us(occurred_at))) as moments,
        any_value(account_id) as account_id,
        count(account_id) not in (0, count(*)) or min(hash(account_id)) <> max(hash(account_id)) as is_mixed
    from counted
    group by actor
),
started as (
    select
        actor,
        account_id,
        is_mixed,
        make_timestamp(unnest(list_filter(moments, lambda moment, n: n = 1 or moment - moments[n - 1] > 1800000000))) as started_at
    from acted
),
first_event as (
    select actor, occurred_at as started_at, any_value(account_id) as account_id
    from counted
    where actor in (select actor from acted where is_mixed)
    group by all
)
select
    coalesce(case when is_mixed then first_event.account_id else started.account_id end, person.account_id) as account_id,
    started_at::date as session_date,
    count(*) as session_count
from started
left join first_event using (actor, started_at)
inner join person_of using (actor)
inner join person using (person)
group by all;
