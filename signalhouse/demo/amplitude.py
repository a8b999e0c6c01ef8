"""The plan's acts as Amplitude exports them.

`amplitude/export/<month>.zip` holds gz members of what reached Amplitude from the member's day on; `amplitude/merged_users/<month>.json`
says which of its persons turned out to be another. Times are UTC and do not say so. What Segment forwards is in the export too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EXPORT = """
create macro country_name(code) as case code when 'US' then 'United States' when 'CA' then 'Canada' when 'GB' then 'United Kingdom'
    when 'DE' then 'Germany' when 'FR' then 'France' when 'JP' then 'Japan' when 'AU' then 'Australia' when 'SG' then 'Singapore' end;

create temp table amplitude_event as
with drawn as (

    select *, occurred_at + (2000 + (b // 10000) % 5000) * interval 1 millisecond as on_time_at, b % 10000 as dirt,
        occurred_at::date - getvariable('first_day') as day_number
    from event
    where source = 'amplitude'

)

select *,
    case
        when dirt < 50 and day_number < getvariable('days') - 16 then 'exported_twice'
        when dirt between 50 and 109 and day_number < getvariable('days') - 30 then 'retried'
        when dirt between 110 and 149 and day_number < getvariable('days') - 65 then 'retried_after_months'
        when dirt between 150 and 249 and day_number < getvariable('days') - 4 then 'late_by_days'
        when dirt between 250 and 269 then 'without_insert_id'
    end as kind
from drawn;

create temp table amplitude_row as
with first_deliveries as (

    select event_key, b, u, event_name, actor_id, actor_kind, device_id, account_id, country, kind, occurred_at as clock,
        on_time_at + case when kind = 'late_by_days' then 1 + (b // 40000000) % 3 else 0 end * interval 1 day as received_at,
        on_time_at + case when kind = 'late_by_days' then 1 + (b // 40000000) % 3 else 0 end * interval 1 day as exported_at,
        case when kind = 'without_insert_id' then null else hex(b) end as insert_id, concat('a-', hex(b)) as uuid, 'ios' as library,
        'loaded' as fate, null as reason, null as broken
    from amplitude_event

),

-- the first by the receive clock counts: a row of overlapping exports comes again as it is, a retry with a new uuid
repeats as (

    select * replace (
        case when kind = 'exported_twice' then received_at
            else received_at + case kind when 'retried' then 8 else 35 end * interval 1 day + (b // 50000000) % 15 * interval 1 day
            end as received_at,
        received_at + case kind when 'exported_twice' then getvariable('chunk') when 'retried' then 8 + (b // 50000000) % 15
            else 35 + (b // 50000000) % 15 end * interval 1 day as exported_at,
        case when kind = 'exported_twice' then uuid else concat('r-', hex(b)) end as uuid,
        case when kind = 'retried_after_months' then 'late_repeat' else 'duplicate' end as fate, replace(kind, '_', ' ') as reason
    )
    from first_deliveries
    where kind in ('exported_twice', 'retried', 'retried_after_months')

),

wrong as (

    select * exclude (draw) replace (
        concat(reason, '|', event_key) as event_key, concat('wrong-', hex(b)) as insert_id, concat('w-', hex(b)) as uuid,
        case reason when 'clock ahead' then clock + (2 + (b // 40000000) % 500) * interval 1 day
            else timestamp '2100-03-01' + b % 1000000 * interval 1 second end as clock,
        case reason when 'clock ahead' then 'out_of_range' else 'quarantined' end as fate
    )
    from (
        select * replace (case when draw < 2 then 'clock ahead' when is_bad_week(received_at) and draw < 10 then 'clock in 2100' end as reason)
        from (select *, (b // 100003) % 2000 as draw from first_deliveries)
        where actor_kind = 'user' and kind is null and clock < getvariable('end_at')
    )
    where reason is not null

),

forwarded as (

    select concat('forwarded|', event_key) as event_key, b, u, event_name, actor_id,
        case actor_kind when 'user' then 'user' else 'device' end as actor_kind,
        coalesce(device_id, case when actor_kind != 'user' then actor_id end) as device_id, account_id, country, 'forwarded' as kind,
        occurred_at as clock, occurred_at + (3000 + b % 4000) * interval 1 millisecond as received_at,
        occurred_at + (3000 + b % 4000) * interval 1 millisecond as exported_at, concat('msg-', hex(b)) as insert_id,
        concat('s-', hex(b)) as uuid, 'segment' as library, 'loaded' as fate, null as reason, null as broken
    from event
    where source = 'segment' and list_contains(getvariable('forwarded'), event_name)

),

unreadable as (

    select
        concat('broken|', d, '|', reason) as event_key, getvariable('first_day')::timestamp + d * interval 1 day + interval 12 hour
            as received_at,
        getvariable('first_day')::timestamp + d * interval 1 day + interval 12 hour as exported_at, 'quarantined' as fate, reason,
        replace(replace(template, '<id>', printf('a-broken-%d', d)), '<time>',
            concat(getvariable('first_day') + d::int, ' 11:59:59.000000')) as broken
    from range(30, getvariable('days'), 56) as days(d)
    cross join (
        values
            ('broken line', '{"$insert_id":"x","amplitude_id":5000000001,"event_type":"Report Opened","uuid":"<id>-1","event_ti'),
            ('wrong type', '{"amplitude_id":5000000001,"event_type":"Report Opened","uuid":"<id>-2","event_time":"yesterday",'
                || '"server_upload_time":"<time>","user_id":"u-00001"}'),
            ('missing field', '{"amplitude_id":5000000001,"event_type":"Report Opened","event_time":"<time>","server_upload_time":"<time>",'
                || '"user_id":"u-00001"}')
    ) as kinds(reason, template)

)

select concat('amplitude/export/', left(chunk(exported_at), 7), '.zip!/434735//434735_', chunk(exported_at), '_0#0.json.gz') as file, exported_at::date as arrived_on, *
from (
    from first_deliveries union all by name from repeats union all by name from wrong union all by name from forwarded
    union all by name from unreadable
)
order by file, exported_at, event_key, fate;

create temp view amplitude_delivery as
select
    arrived_on, 'amplitude' as vendor, 'events' as object, file, amplitude_row.rowid as seq, fate, reason,
    coalesce(broken, concat(
        '{"$insert_id":', coalesce(concat('"', insert_id, '"'), 'null'), ',"amplitude_id":', amplitude_id(amplitude_row.u, actor_kind, device_id),
        ',"app":434735,"city":null,"client_event_time":"', clock::varchar, '.000000","client_upload_time":"', clock::varchar,
        '.500000","country":"', country_name(country), '","data":{"path":"/batch"},"device_family":', case when library = 'ios' then '"Apple iPhone"' else 'null' end,
        ',"device_id":', coalesce(concat('"', device_id, '"'), 'null'), ',"event_id":', b % 100000,
        ',"event_properties":{', '"account_id":"' || account_id || '"', '},"event_time":"', clock::varchar, '.000000","event_type":"', event_name,
        '","group_properties":{},"groups":{},"language":null,"library":"', library, '","os_name":', case when library = 'ios' then '"ios"' else 'null' end,
        ',"platform":"', case when library = 'ios' then 'iOS' else 'Web' end, '","processed_time":"', strftime(received_at + interval 1 second, '%Y-%m-%d %H:%M:%S.%f'),
        '","server_received_time":"', strftime(received_at - interval 400 millisecond, '%Y-%m-%d %H:%M:%S.%f'),
        '","server_upload_time":"', strftime(received_at, '%Y-%m-%d %H:%M:%S.%f'), '","session_id":-1,"user_creation_time":null,"user_id":',
        case when actor_kind = 'user' then concat('"', actor_id, '"') else 'null' end,
        ',"user_properties":{', case when actor_kind = 'user' then '"email":"' || email || '"' end, '},"uuid":"', uuid, '","version_name":null}'
    )) as line
from amplitude_row
left join (select u, email from person) as person on amplitude_row.u = person.u;

-- Amplitude made a person of a browser or a phone before it knew whose it was, and of some phones two.
create temp table amplitude_merge as
select u, signed_up_at + interval 45 minute as merged_at, 6000000000 + u as gone, 5000000000 + u as kept
from person
where phone is not null
union all
select u, signed_up_at + interval 50 minute, 7000000000 + u, 6000000000 + u
from person
where phone is not null and u % 3 = 0
union all
select u, min(exported_at), 8000000000 + u, 5000000000 + u
from amplitude_row
where library = 'segment' and actor_kind = 'user' and device_id like 'b-%' and u in (select u from event where event_name = 'Pricing Viewed')
group by u;

insert into delivery
select 'amplitude', 'merged_users', strftime(merged_at, 'amplitude/merged_users/%Y-%m.json'), row_number() over (order by merged_at, gone),
    'loaded', null,
    to_json({
        'scope': 434735, 'merge_time': epoch_ms(merged_at), 'merge_server_time': epoch_ms(merged_at) + 1000,
        'amplitude_id': gone, 'merged_amplitude_id': kept
    })::varchar
from amplitude_merge;
"""

def deliver_amplitude(con: DuckDBPyConnection) -> None:
    """Add Amplitude's files: merges to the table `delivery`, events as the view `amplitude_delivery`."""
    con.execute(EXPORT)
