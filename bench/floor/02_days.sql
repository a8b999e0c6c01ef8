-- Who did what on a day, as compact as the marts allow. Actors are numbers here; their names are looked at once, in `pair`.

create temp table pair as
select any_value(source)::varchar as source, any_value(user_id) as user_id, kind || other_id as other_id, actor
from event
group by actor, kind, event.other_id;

create temp table day as
select
    event.actor,
    event.account_id,
    event.platform,
    event.occurred_at::date as event_date,
    count(*) filter (meaning.is_value) as value_count,
    arg_max_null(event.country, event.occurred_at) as country,
    max(event.occurred_at) as last_at,
    min(event.occurred_at) filter (meaning.action = 'sign_up') as signed_up_at
from event
left join meaning using (name)
where not coalesce(meaning.is_set_aside, false)
group by all;

create temp table use_day as
select
    event.actor,
    event.account_id,
    meaning.feature,
    event.occurred_at::date as event_date,
    count(*) as use_count
from event
inner join meaning using (name)
where meaning.feature is not null and not meaning.is_set_aside
group by all;

-- The last word on each trait, of the few events that say one.
create temp table said as
select
    source,
    user_id,
    kind || other_id as other_id,
    arg_max(email, occurred_at) as email,
    max(occurred_at) as said_at,
    arg_max(account_id, occurred_at) filter (grouped) as account_id,
    max(occurred_at) filter (grouped) as account_said_at,
    arg_max(signed_up_at, occurred_at) as signed_up_at
from event
where email is not null or grouped
group by source, user_id, kind, event.other_id;
