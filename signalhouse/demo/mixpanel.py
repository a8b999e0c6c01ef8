"""The plan's product events as Mixpanel exports them, and the dirt that comes with such exports.

`mixpanel/export/<day>.ndjson.gz` holds what reached Mixpanel on that day (UTC); `mixpanel/engage/<day>.json` is a full
snapshot of the people known on that day, as a page of the engage API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EXPORT = """
create temp table mixpanel_event as
with drawn as (

    select *, occurred_at + (1500 + pick('lag', event_key, 4000)) * interval 1 millisecond as on_time_at,
        pick('dirt', event_key, 10000) as dirt,
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
        end as kind
    from drawn

)

select *,
    case kind
        when 'late_by_days' then on_time_at + (1 + pick('late', event_key, 3)) * interval 1 day
        when 'late_by_weeks' then (getvariable('last_day') - 10)::timestamp + interval 9 hour + pick('late', event_key,
            3600000) * interval 1 millisecond
        else on_time_at
    end as processed_at
from judged;

create temp table mixpanel_row as
with events as (

    select event_key, event_name, actor_id, actor_kind, device_id, account_id, country, occurred_at, processed_at, kind,
        -- a shared id belongs to other events too; the other three parts of the key tell them apart
        case when kind = 'without_insert_id' then null when kind = 'shared_insert_id' then 'shared-insert-id'
            else made_id('', concat('insert', event_key)) end as insert_id,
        'loaded' as fate, null as reason
    from mixpanel_event

),

repeats as (

    select * replace (processed_at + (1 + pick('again', event_key, 5)) * interval 1 day as processed_at)
    from events
    where kind = 'repeated'

),

-- of a repeated event the later delivery is kept
losers as (

    select * replace (case when kind = 'repeated' then 'duplicate' else fate end as fate, case when kind = 'repeated'
        then 'repeated' end as reason)
    from events

),

future as (

    select * replace (
        concat('future', event_key) as event_key, made_id('', concat('future', event_key)) as insert_id,
        occurred_at + (2 + pick('future', event_key, 500)) * interval 1 day as occurred_at,
        'out_of_range' as fate, 'clock ahead' as reason
    )
    from events
    where actor_kind = 'user' and kind is null and (pick('future', event_key, 4000) = 0 or event_key like 'second|%|1')
        and occurred_at < getvariable('end_at')

)

select * from losers union all select * from repeats union all select * from future;

insert into delivery
with lines as (

    select
        event_key, processed_at, kind, fate, reason,
        to_json({
            'event': event_name,
            'properties': {
                'time': seconds(occurred_at),
                'distinct_id': case when actor_kind = 'device' then '$device:' || device_id else actor_id end,
                '$device_id': device_id,
                '$user_id': case when actor_kind = 'user' then actor_id end,
                '$identified_id': case when event_name = '$identify' then actor_id end,
                '$anon_id': case when event_name = '$identify' then device_id end,
                '$insert_id': insert_id,
                '$import': case when kind = 'imported' then true end,
                'mp_processing_time_ms': epoch_ms(processed_at),
                '$mp_api_timestamp_ms': epoch_ms(processed_at) - 900,
                'mp_lib': case when kind = 'imported' then 'python' else 'web' end,
                '$os': case when kind = 'imported' then null
                    else ['Mac OS X', 'Windows', 'iOS', 'Android'][pick('os', device_id, 4) + 1] end,
                'mp_country_code': country,
                'account_id': account_id,
                'report_rows': case when event_name = 'Report Run' then pick('rows', event_key, 5000) end
            }
        })::varchar as line
    from mixpanel_row

),

-- Mixpanel leaves out what it does not know
trimmed as (

    select event_key, processed_at, fate, reason, regexp_replace(line, '"[^"]+":null,?', '', 'g') as line
    from lines

),

-- lines nobody can read, in the file of every 30th day
broken as (

    select
        concat('broken|', d, '|', reason) as event_key, getvariable('first_day')::timestamp + d * interval 1 day + interval 12 hour
            as processed_at,
        'quarantined' as fate, reason,
        replace(replace(template, '<distinct>', printf('u-broken-%d', d)), '<time>',
            seconds(getvariable('first_day')::timestamp + d * interval 1 day)::varchar) as line
    from range(5, getvariable('days'), 30) as days(d)
    cross join (
        values
            ('broken line', '{"event": "Report Run", "properties": {"time": <time>, "distinct_id": "<distinct>", "$insert'),
            ('wrong type', '{"event": "Report Run", "properties": {"time": "yesterday", "distinct_id": "<distinct>", '
                || '"$insert_id": "w1", "mp_processing_time_ms": <time>000}}'),
            ('missing field', '{"properties": {"time": <time>, "distinct_id": "<distinct>", '
                || '"$insert_id": "m1", "mp_processing_time_ms": <time>000}}')
    ) as kinds(reason, template)

)

select 'mixpanel' as vendor, 'export' as object, strftime(processed_at, 'mixpanel/export/%Y-%m-%d.ndjson.gz') as file,
    row_number() over (order by processed_at, event_key) as seq, fate, reason, replace(line, ',}', '}') as line
from (select * from trimmed union all select * from broken);
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
    """Add Mixpanel's files to the table `delivery`."""
    con.execute(EXPORT)
    con.execute(ENGAGE)
