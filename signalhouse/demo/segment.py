"""The plan's acts as Segment logs them: `segment/raw_logs/<day>.ndjson.gz`, the calls received from that day on.

Track calls are acts; identify and group calls say who somebody is. `timestamp` is Segment's, corrected for the client's clock;
`originalTimestamp` is the client's, and some clients live in 2100.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CALLS = """
create temp table segment_call as
with calls as (

    select event_key, b, case when event_name in ('identify', 'group') then event_name else 'track' end as call,
        case when event_name not in ('identify', 'group') then event_name end as event_name, u, actor_id, actor_kind, device_id, account_id,
        country, occurred_at, device_id like 'p-%' as source_is_phone
    from event
    where source = 'segment'

),

drawn as (

    select *, occurred_at + (300 + (b // 10000) % 1500) * interval 1 millisecond as on_time_at, b % 10000 as dirt,
        occurred_at::date - getvariable('first_day') as day_number
    from calls

)

select *,
    case
        when dirt < 60 and day_number < getvariable('days') - 8 then 'repeated'
        when dirt between 60 and 99 and day_number < getvariable('days') - 65 then 'repeated_after_months'
        when dirt between 100 and 219 and day_number < getvariable('days') - 4 then 'late_by_days'
        when dirt between 220 and 269 then 'client_in_2100'
    end as kind
from drawn;

create temp table segment_row as
with first_deliveries as (

    select event_key, b, call, event_name, u, actor_id, actor_kind, device_id, account_id, country, source_is_phone, kind,
        occurred_at as clock, on_time_at + case when kind = 'late_by_days' then 1 + (b // 40000000) % 3 else 0 end * interval 1 day as received_at,
        concat('msg-', hex(b)) as message_id, 'loaded' as fate, null as reason, null as broken
    from segment_call

),

-- the first to arrive is the call; a retry is sent with the clock read anew
repeats as (

    select * replace (
        clock + interval 1 second as clock,
        received_at + case kind when 'repeated' then 1 + (b // 50000000) % 5 else 35 + (b // 50000000) % 25 end * interval 1 day as received_at,
        case kind when 'repeated' then 'duplicate' else 'late_repeat' end as fate, replace(kind, '_', ' ') as reason
    )
    from first_deliveries
    where kind like 'repeated%'

),

wrong as (

    select * exclude (draw) replace (
        concat(reason, '|', event_key) as event_key, concat('wrong-', hex(b)) as message_id,
        case reason when 'clock ahead' then clock + (2 + (b // 40000000) % 500) * interval 1 day
            else timestamp '2100-03-01' + b % 1000000 * interval 1 second end as clock,
        case reason when 'clock ahead' then 'out_of_range' else 'quarantined' end as fate
    )
    from (
        select * replace (case when draw < 3 then 'clock ahead' when is_bad_week(received_at) and draw < 11 then 'clock in 2100' end as reason)
        from (select *, (b // 100003) % 3000 as draw from first_deliveries)
        where call = 'track' and kind is null and clock < getvariable('end_at')
    )
    where reason is not null

),

unreadable as (

    select
        concat('broken|', d, '|', reason) as event_key, getvariable('first_day')::timestamp + d * interval 1 day + interval 12 hour
            as received_at,
        'quarantined' as fate, reason,
        replace(replace(template, '<id>', printf('msg-broken-%d', d)), '<time>',
            concat(getvariable('first_day') + d::int, 'T11:59:59Z')) as broken
    from range(30, getvariable('days'), 56) as days(d)
    cross join (
        values
            ('broken line', '{"type":"track","event":"API Called","messageId":"<id>-1","userId":"u-00001","timest'),
            ('wrong type', '{"type":"track","event":"API Called","messageId":"<id>-2","userId":"u-00001","timestamp":"yesterday",'
                || '"receivedAt":"<time>"}'),
            ('missing field', '{"type":"track","event":"API Called","userId":"u-00001","timestamp":"<time>","receivedAt":"<time>"}'),
            ('nobody', '{"type":"track","event":"API Called","messageId":"<id>-4","timestamp":"<time>","receivedAt":"<time>"}')
    ) as kinds(reason, template)

)

select concat('segment/raw_logs/', chunk(received_at), '.ndjson.gz') as file, received_at::date as arrived_on, *
from (from first_deliveries union all by name from repeats union all by name from wrong union all by name from unreadable)
order by file, received_at, event_key, fate;

create temp view segment_delivery as
select
    arrived_on, 'segment' as vendor, 'raw_logs' as object, file, segment_row.rowid as seq, fate, reason,
    coalesce(broken, concat(
        '{', '"anonymousId":"' || coalesce(device_id, case when actor_kind = 'anonymous' then actor_id end) || '",',
        '"channel":"', case when device_id is null then 'server' when source_is_phone then 'mobile' else 'client' end,
        '","context":{"library":{"name":"', case when device_id is null then 'analytics-python' when source_is_phone then 'analytics-ios'
            else 'analytics.js' end, '","version":"2.11.1"},"location":{"country":"', country, '"}',
        ',"groupId":"' || segment_row.account_id || '"',
        '}', ',"event":"' || event_name || '"', ',"integrations":{},"messageId":"', message_id,
        '","originalTimestamp":"', iso(case when kind = 'client_in_2100' then clock + interval 74 year else clock end),
        case when call = 'track' then '","properties":{},' when call = 'group'
            then concat('","groupId":"', segment_row.account_id, '","traits":{"name":"', account_name, '"},')
            else concat('","traits":{"email":"', email, '","name":"Person ', segment_row.u, '"},') end,
        '"receivedAt":"', replace(received_at::varchar, ' ', 'T'), 'Z","sentAt":"',
        iso(case when kind = 'client_in_2100' then received_at + interval 74 year else received_at end),
        '","timestamp":"', iso(clock), '","type":"', call, '"',
        case when actor_kind = 'user' then concat(',"userId":"', actor_id, '"') else ',"userId":null' end, ',"version":2}'
    )) as line
from segment_row
left join (select u, email from person) as person on call = 'identify' and segment_row.u = person.u
left join (select account_id, name as account_name from account) as account on call = 'group' and segment_row.account_id = account.account_id;
"""


def deliver_segment(con: DuckDBPyConnection) -> None:
    """Add Segment's logs as the view `segment_delivery`."""
    con.execute(CALLS)
