-- Every event once. The columns are named, so nothing is inferred and nothing else of a record is parsed; a value of the wrong type
-- comes as null and a broken line as a row of nulls, which the conditions below drop. Files are read in the order of their names.

-- What an event is by its tool and name, as one number: a few dozen, joined as numbers.
create temp table tracking_plan as from read_csv('seeds/demo/tracking_plan.csv', all_varchar = true);
create temp table meaning as
select
    hash(source, event_name) as name,
    coalesce(action, 'other') as action,
    coalesce(is_value_event = 'true', false) as is_value,
    feature,
    coalesce(authority.source <> known.source, false) as is_set_aside
from (
    select source, event_name from tracking_plan
    union
    select tool.source, event_name
    from read_csv('seeds/demo/event_authority.csv')
    cross join (values ('mixpanel'), ('amplitude'), ('segment')) as tool(source)
) as known
left join tracking_plan using (source, event_name)
left join read_csv('seeds/demo/event_authority.csv') as authority on known.event_name = authority.event_name;

-- texts of a few values are numbers
create temp type tool as enum ('mixpanel', 'amplitude', 'segment');
create temp type id_kind as enum ('device:', 'id:', 'anonymous:');
create temp type platform_kind as enum ('web', 'ios', 'android', 'server', 'unknown');

create temp table event (
    source tool,
    name ubigint,
    user_id varchar,
    kind id_kind,  -- of the other id: a device, a visitor, or the vendor's own of the person
    other_id varchar,
    actor ubigint,  -- the user, else the other id, as one number: 64 bits keep millions of actors apart
    account_id varchar,
    occurred_at timestamp,
    platform platform_kind,
    country varchar,
    email varchar,
    grouped boolean,  -- a group call: the account is said of the person
    signed_up_at timestamp,
    key ubigint,
    preference bigint  -- of the same key the least is the event
);

insert into event
with record as (
    select
        event,
        properties as p,
        make_timestamp(properties.time * 1000000) as occurred_at,
        coalesce(properties."$mp_api_timestamp_ms", properties.mp_processing_time_ms) as received_ms
    from read_json(
        getvariable('landing') || '/mixpanel/export/*.ndjson.gz',
        format = 'newline_delimited',
        ignore_errors = true,
        columns = {
            event: 'varchar',
            properties: 'struct("time" bigint, distinct_id varchar, "$device_id" varchar, "$user_id" varchar, "$identified_id" varchar,
                "$anon_id" varchar, "$insert_id" varchar, mp_processing_time_ms bigint, "$mp_api_timestamp_ms" bigint, mp_lib varchar,
                "$os" varchar, mp_country_code varchar, account_id varchar)'
        }
    )
    where event is not null and properties.distinct_id is not null and properties.time between 1104537600 and 4102444800
)
select
    'mixpanel',
    hash('mixpanel', event),
    coalesce(
        p."$user_id",
        p."$identified_id",
        case when p.distinct_id not like '$device:%' and p.distinct_id <> coalesce(p."$device_id", '') then p.distinct_id end
    ) as known_user,
    'device:',
    coalesce(p."$device_id", p."$anon_id", case when p.distinct_id like '$device:%' then substr(p.distinct_id, 9) end) as known_other,
    hash('mixpanel', known_user, case when known_user is null then known_other end),
    p.account_id,
    occurred_at,
    case
        when p.mp_lib = 'web' then 'web'::platform_kind
        when p.mp_lib in ('iphone', 'swift', 'ios') or p."$os" = 'iOS' then 'ios'::platform_kind
        when p.mp_lib = 'android' or p."$os" = 'Android' then 'android'::platform_kind
        when p.mp_lib is not null then 'server'::platform_kind
        else 'unknown'::platform_kind
    end,
    p.mp_country_code,
    null,
    false,
    null,
    hash('mixpanel', event, p.distinct_id, p.time, coalesce(p."$insert_id", hash(p)::varchar)),
    -coalesce(p.mp_processing_time_ms, received_ms, p.time * 1000)
from record
where coalesce(p.time * 1000 - received_ms <= 86400000, true);

insert into event
select
    'amplitude',
    hash('amplitude', event_type),
    case when user_id like '%@%' then lower(trim(user_id)) else user_id end as known_user,
    case when amplitude_id is not null then 'id:' else 'device:' end as known_kind,
    case when amplitude_id is not null then amplitude_id when user_id is null then device_id end as known_other,
    hash('amplitude', known_user, case when known_user is null then known_kind end, case when known_user is null then known_other end),
    coalesce(event_properties.account_id, user_properties.account_id, groups ->> '$.account', groups ->> '$.account[0]'),
    event_time,
    case
        when lower(platform) = 'web' then 'web'::platform_kind
        when lower(platform) = 'ios' then 'ios'::platform_kind
        when lower(platform) = 'android' then 'android'::platform_kind
        when library is not null then 'server'::platform_kind
        else 'unknown'::platform_kind
    end,
    country,
    lower(trim(coalesce(user_properties.email, case when user_id like '%@%' then user_id end))),
    false,
    null,
    case when nullif("$insert_id", '') is not null then hash('amplitude', app, device_id, "$insert_id") else hash('amplitude', uuid) end,
    epoch_ms(server_upload_time)
from read_json(
    getvariable('unpacked') || '/**/*.json.gz',
    format = 'newline_delimited',
    ignore_errors = true,
    columns = {
        uuid: 'varchar', "$insert_id": 'varchar', app: 'varchar', event_type: 'varchar', event_time: 'timestamp',
        server_upload_time: 'timestamp', amplitude_id: 'varchar', user_id: 'varchar', device_id: 'varchar', groups: 'json',
        event_properties: 'struct(account_id varchar)', user_properties: 'struct(account_id varchar, email varchar)',
        platform: 'varchar', country: 'varchar', library: 'varchar'
    }
)
where uuid is not null
    and event_type is not null
    and event_time < timestamp '2100-01-01'
    and event_time - server_upload_time <= interval 1 day
    and coalesce(user_id, device_id, amplitude_id) is not null;

insert into event
select
    'segment',
    hash('segment', case when type = 'track' then coalesce(event, 'track') else type end),
    case when "userId" like '%@%' then lower(trim("userId")) else "userId" end as known_user,
    'anonymous:',
    "anonymousId" as known_other,
    hash('segment', known_user, case when known_user is null then known_other end),
    coalesce("groupId", context."groupId"),
    "timestamp",
    case
        when context.library.name = 'analytics.js' or channel in ('browser', 'client') then 'web'::platform_kind
        when context.library.name in ('analytics-ios', 'analytics-swift') or context.device.type = 'ios' then 'ios'::platform_kind
        when context.library.name in ('analytics-android', 'analytics-kotlin') or context.device.type = 'android' then 'android'::platform_kind
        when context.library.name is not null or channel = 'server' then 'server'::platform_kind
        else 'unknown'::platform_kind
    end,
    context.location.country,
    case
        when type = 'identify'
            then lower(trim(coalesce(traits.email, context.traits.email, case when "userId" like '%@%' then "userId" end)))
    end,
    type = 'group',
    case
        when type = 'identify' and regexp_matches(traits."createdAt", '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+Z)?$')
            then try_cast(traits."createdAt" as timestamp)
    end,
    hash('segment', "messageId"),
    epoch_ms("receivedAt")
from read_json(
    getvariable('landing') || '/segment/raw_logs/*.ndjson.gz',
    format = 'newline_delimited',
    ignore_errors = true,
    columns = {
        "messageId": 'varchar', type: 'varchar', event: 'varchar', "userId": 'varchar', "anonymousId": 'varchar', "groupId": 'varchar',
        "timestamp": 'timestamp', "receivedAt": 'timestamp', channel: 'varchar',
        traits: 'struct(email varchar, "createdAt" varchar)',
        context: 'struct(library struct(name varchar), device struct(type varchar), location struct(country varchar), "groupId" varchar,
            traits struct(email varchar))'
    }
)
where "messageId" is not null
    and type in ('track', 'page', 'screen', 'identify', 'group', 'alias')
    and "timestamp" < timestamp '2100-01-01'
    and "timestamp" - "receivedAt" <= interval 1 day
    and coalesce("userId", "anonymousId") is not null;

-- Only the few keys that come twice are sorted.
delete from event
where rowid in (
    select unnest(list(rowid order by preference, case when source = 'mixpanel' then -rowid else rowid end)[2:])
    from event
    where key in (select key from event group by key having count(*) > 1)
    group by key
);
