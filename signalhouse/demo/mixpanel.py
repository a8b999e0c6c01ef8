"""The plan's product events as Mixpanel exports them, and the dirt that comes with such exports.

`mixpanel/export/<day>.ndjson.gz` holds what reached Mixpanel from that day on (UTC); `mixpanel/engage/<day>.json` is a full
snapshot of the people known on that day, as a page of the engage API. What Segment forwards is in the export too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EXPORT = """
create temp table mixpanel_event as
with drawn as (

    select *, occurred_at + (1500 + (b // 10000) % 4000) * interval 1 millisecond as on_time_at, b % 10000 as dirt,
        occurred_at::date - getvariable('first_day') as day_number
    from event
    where source = 'mixpanel'

),

-- one kind of dirt per event at most, so that every count can be told apart
judged as (

    select *,
        case
            when dirt < 50 and day_number < getvariable('days') - 8 then 'repeated'
            when dirt between 50 and 69 then 'without_insert_id'
            when dirt between 70 and 169 and day_number < getvariable('days') - 4 then 'late_by_days'
            when dirt between 170 and 249 and day_number between getvariable('days') - 45 and getvariable('days') - 31 then 'late_by_weeks'
            when dirt between 250 and 279 then 'imported'
            when dirt between 280 and 299 and event_key not like 'bot%' then 'shared_insert_id'
            when dirt between 300 and 339 and day_number < getvariable('days') - 61 then 'repeated_after_months'
        end as kind
    from drawn

)

select *,
    case kind
        when 'late_by_days' then on_time_at + (1 + (b // 40000000) % 3) * interval 1 day
        when 'late_by_weeks' then (getvariable('last_day') - 10)::timestamp + interval 9 hour
            + (b // 40000000) % 3600000 * interval 1 millisecond
        else on_time_at
    end as processed_at
from judged;

create temp table mixpanel_row as
with events as (

    select event_key, b, u, event_name, actor_id, actor_kind, device_id, account_id, country, seconds(occurred_at) as clock, processed_at, kind,
        -- a shared id belongs to other events too; the other three parts of the key tell them apart
        case when kind = 'without_insert_id' then null when kind = 'shared_insert_id' then 'shared-insert-id'
            else hex(b) end as insert_id,
        case when kind = 'imported' then 'python' else 'web' end as library,
        'loaded' as fate, null as reason, null as broken
    from mixpanel_event

),

-- of a repeated event the latest delivery is kept
losers as (

    select * replace (
        case when kind like 'repeated%' then 'duplicate' else fate end as fate,
        case when kind like 'repeated%' then replace(kind, '_', ' ') end as reason
    )
    from events

),

repeats as (

    select * replace (processed_at + (1 + (b // 50000000) % 5 + case kind when 'repeated' then 0 else 35 + b // 250000000 % 20 end)
        * interval 1 day as processed_at)
    from events
    where kind like 'repeated%'

),

wrong as (

    select * exclude (draw) replace (
        concat(reason, '|', event_key) as event_key, concat('wrong-', hex(b)) as insert_id,
        case reason when 'clock ahead' then clock + (2 + (b // 40000000) % 500) * 86400
            when 'clock in 2100' then 4118000000 + b % 1000000 else clock * 1000 end as clock,
        case reason when 'clock ahead' then 'out_of_range' else 'quarantined' end as fate
    )
    from (
        select * replace (
            case when draw = 0 or event_key like 'second|%|1' then 'clock ahead'
                when is_bad_week(processed_at) and draw < 9 then 'clock in 2100'
                when is_bad_week(processed_at) and draw < 17 then 'milliseconds for seconds' end as reason
        )
        from (select *, (b // 100003) % 4000 as draw from events)
        where actor_kind = 'user' and kind is null and clock < seconds(getvariable('end_at'))
    )
    where reason is not null

),

forwarded as (

    select concat('forwarded|', event_key) as event_key, b, u, event_name, actor_id,
        case actor_kind when 'user' then 'user' else 'device' end as actor_kind, device_id, account_id, country,
        seconds(occurred_at) as clock, occurred_at + (2500 + b % 3000) * interval 1 millisecond as processed_at, 'forwarded' as kind,
        concat('msg-', hex(b)) as insert_id, 'segment' as library, 'loaded' as fate, null as reason, null as broken
    from event
    where source = 'segment' and list_contains(getvariable('forwarded'), event_name)

),

-- lines nobody can read
unreadable as (

    select
        concat('broken|', d, '|', reason) as event_key, getvariable('first_day')::timestamp + d * interval 1 day + interval 12 hour
            as processed_at,
        'quarantined' as fate, reason,
        replace(replace(template, '<distinct>', printf('u-broken-%d', d)), '<time>',
            seconds(getvariable('first_day')::timestamp + d * interval 1 day)::varchar) as broken
    from range(30, getvariable('days'), 56) as days(d)
    cross join (
        values
            ('broken line', '{"event": "Report Run", "properties": {"time": <time>, "distinct_id": "<distinct>", "$insert'),
            ('wrong type', '{"event": "Report Run", "properties": {"time": "yesterday", "distinct_id": "<distinct>", '
                || '"$insert_id": "w1", "mp_processing_time_ms": <time>000}}'),
            ('missing field', '{"properties": {"time": <time>, "distinct_id": "<distinct>", '
                || '"$insert_id": "m1", "mp_processing_time_ms": <time>000}}')
    ) as kinds(reason, template)

)

select concat('mixpanel/export/', chunk(processed_at), '.ndjson.gz') as file, processed_at::date as arrived_on, *
from (
    from losers union all by name from repeats union all by name from wrong union all by name from forwarded
    union all by name from unreadable
)
order by file, processed_at, event_key, fate;

create temp view mixpanel_delivery as
select
    arrived_on, 'mixpanel' as vendor, 'export' as object, file, rowid as seq, fate, reason,
    coalesce(broken, concat(
        '{"event":"', event_name, '","properties":{"time":', clock,
        ',"distinct_id":"', case when actor_kind = 'device' then concat('$device:', actor_id) else actor_id end, '"',
        ',"$device_id":"' || device_id || '"',
        case when actor_kind = 'user' then concat(',"$user_id":"', actor_id, '"') end,
        case when event_name = '$identify' then concat(',"$identified_id":"', actor_id, '","$anon_id":"', device_id, '"') end,
        ',"$insert_id":"' || insert_id || '"',
        case when kind = 'imported' then ',"$import":true' end,
        ',"mp_processing_time_ms":', epoch_ms(processed_at), ',"$mp_api_timestamp_ms":', epoch_ms(processed_at) - 900,
        ',"mp_lib":"', library, '"',
        case when library = 'web' then concat(',"$os":"', ['Mac OS X', 'Windows', 'iOS', 'Android'][coalesce(u, 0) % 4 + 1], '"') end,
        ',"mp_country_code":"', country, '"',
        ',"account_id":"' || account_id || '"',
        case when event_name = 'Report Run' then concat(',"report_rows":', b % 5000) end,
        '}}'
    )) as line
from mixpanel_row;
"""

ENGAGE = """
insert into delivery
select
    'mixpanel' as vendor, 'engage' as object, strftime(pull_at, 'mixpanel/engage/%Y-%m-%d.json') as file, u as seq,
    'loaded' as fate, null as reason,
    to_json({
        '$distinct_id': user_id,
        '$properties': {
            '$email': case when u % 5 = 0 then upper(email) else email end,
            '$name': printf('Person %d', u),
            '$created': strftime(signed_up_at, '%Y-%m-%dT%H:%M:%S'),
            '$last_seen': strftime(pull_at, '%Y-%m-%dT%H:%M:%S'),
            'account_id': account_id
        }
    })::varchar as line
from person
cross join (select unnest([getvariable('end_at') - interval 45 day, getvariable('end_at') + interval 3 hour]) as pull_at)
where signed_up_at < pull_at;
"""


def deliver_mixpanel(con: DuckDBPyConnection) -> None:
    """Add Mixpanel's files: people to the table `delivery`, events as the view `mixpanel_delivery`."""
    con.execute(EXPORT)
    con.execute(ENGAGE)
