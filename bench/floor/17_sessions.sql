-- Sessions by account and day. A session begins where more than half an hour lies before; its account is that of its first event. Only starts
-- are kept of all events: a list of each actor's moments, sorted, was dearer (0.22 against 0.19 CPU s at 1m).

create temp table session_day as
with started as (
    select actor, account_id, occurred_at as started_at
    from event
    left join meaning using (name)
    where not coalesce(is_set_aside, false)
    qualify coalesce(
        epoch_us(occurred_at) - epoch_us(lag(occurred_at) over (partition by actor order by occurred_at)) > 1800000000,
        true
    )
)
select coalesce(started.account_id, person.account_id) as account_id, started_at::date as session_date, count(*) as session_count
from started
inner join person_of using (actor)
inner join person using (person)
group by all;
