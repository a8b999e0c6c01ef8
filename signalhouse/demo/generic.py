"""The rest of the company in the generic contract: the back office's events, accounts, users, support, surveys, operations.

Events come by the day on which they were received, in four formats by turns; everything that changes comes by month:
a file holds the versions made in its month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signalhouse.demo.payments import note_generic_payments

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EVENT_COLUMNS = (
    "event_id",
    "occurred_at",
    "event_name",
    "user_id",
    "anonymous_id",
    "account_id",
    "received_at",
    "platform",
    "country",
    "properties",
)

EVENTS = """
with drawn as (

    select * exclude (b), pick('office_dirt', event_key, 1000) as dirt, occurred_at + (1 + pick('lag', event_key, 20)) * interval 1 second
        as on_time_at,
        occurred_at::date - getvariable('first_day') as day_number
    from event
    where source = 'generic'

),

judged as (

    select *,
        case
            when dirt < 15 and day_number < getvariable('days') - 25 then 'repeated'
            when dirt between 15 and 24 and day_number < getvariable('days') - 45 then 'late_repeat'
            when dirt between 25 and 39 and day_number < getvariable('days') - 5 then 'late_by_days'
        end as kind
    from drawn

),

first_deliveries as (

    select *, case when kind = 'late_by_days' then on_time_at + (1 + pick('late', event_key, 3)) * interval 1 day
        else on_time_at end as received,
        occurred_at as occurred, made_id('g-', event_key) as id, 'loaded' as fate, null as reason
    from judged

),

-- the first delivery is kept; one that comes again after more than 30 days cannot be known as a repeat
repeats as (

    select * replace (
        received + case kind when 'repeated' then 1 + pick('again', event_key, 20)
            else 32 + pick('again', event_key, 8) end * interval 1 day as received,
        case kind when 'repeated' then 'duplicate' else 'late_repeat' end as fate, kind as reason
    )
    from first_deliveries
    where kind in ('repeated', 'late_repeat')

),

future as (

    select * replace (
        received + (2 + pick('future', event_key, 300)) * interval 1 day as occurred, made_id('f-', event_key) as id,
        'out_of_range' as fate, 'clock ahead' as reason
    )
    from first_deliveries
    where kind is null and pick('future', event_key, 300) = 0 and received < getvariable('end_at')

),

-- columns in the order of the contract, as text, because a broken row has whatever it has
rows as (

    select event_key, received, fate, reason, id as event_id, iso(occurred) as occurred_at, event_name,
        case when actor_kind = 'user' then actor_id end as user_id, case when actor_kind = 'anonymous' then actor_id end as anonymous_id,
        account_id, iso(received) as received_at, 'server' as platform, country,
        case when event_name = 'plan_purchased' then {'plan_of': account_id, 'note': 'first, of many'}::json end as properties
    from (select * from first_deliveries union all select * from repeats union all select * from future)

),

broken as (

    select concat('broken|', d, '|', reason),
        getvariable('first_day')::timestamp + d * interval 1 day + interval 13 hour + n * interval 1 second, 'quarantined', reason,
        case when reason != 'missing event_id' then printf('g-broken-%d-%d', d, n) end,
        case when reason = 'wrong type' then 'yesterday'
            else iso(getvariable('first_day')::timestamp + d * interval 1 day + interval 12 hour) end,
        'invoice_downloaded', case when reason != 'neither user nor anonymous id' then 'u-00001' end, null, null,
        iso(getvariable('first_day')::timestamp + d * interval 1 day + interval 13 hour), 'server', 'US', null::json
    from range(10, getvariable('days'), 17) as days(d)
    cross join (values (1, 'missing event_id'), (2, 'wrong type'), (3, 'neither user nor anonymous id')) as kinds(n, reason)

)

select *, strftime(received, 'generic/events/%Y-%m-%d.') || ['csv', 'ndjson', 'csv.gz',
    'ndjson.gz'][(received::date - getvariable('first_day')) % 4 + 1] as file,
    row_number() over (order by received, event_key, fate) as seq
from (select * from rows union all select * from broken)
"""

# A line that is no JSON at all, in every 28th ndjson file.
BROKEN_LINES = """
insert into delivery
select 'generic', 'events', file, 1000000000, 'quarantined', 'broken line', '{"event_id": "g-cut", "occurred_at": "2026-'
from (select distinct file, dense_rank() over (order by file) as n from delivery where object = 'events' and vendor = 'generic'
    and file like '%.ndjson')
where n % 7 = 3
"""

OBJECTS: dict[str, tuple[str, tuple[str, ...], str]] = {
    # object: (ending, columns, select of columns and made_at (when the version was made), fate, reason)
    "users": (
        "csv",
        ("user_id", "email", "account_id", "created_at", "updated_at", "is_internal", "traits"),
        """
        with versions as (
            select u, 1 as version, signed_up_at as made_at from person
            union all
            select u, 2 as version, signed_up_at + interval 20 day as made_at from person where u % 4 = 0
        )
        select back_office_id as user_id, email, account_id, iso(signed_up_at) as created_at, iso(made_at) as updated_at, is_internal,
            {'role': case when version = 2 then 'admin' else 'member' end, 'language': 'en'}::json as traits,
            made_at, 'loaded' as fate, null as reason
        from versions inner join person using (u)
        """,
    ),
    "accounts": (
        "json",
        ("account_id", "name", "created_at", "updated_at", "industry", "size", "country", "region", "channel", "traits"),
        """
        with versions as (
            select i, 1 as version, created_at as made_at from account
            union all
            select i, 2 as version, created_at + interval 25 day as made_at from account where i % 6 = 0
        )
        select account_id, name, iso(created_at) as created_at, iso(made_at) as updated_at, industry,
            case when version = 2 then '201-1000' else size end as size, country, region, channel,
                {'csm': concat('csm-', i % 3)}::json as traits,
            made_at, 'loaded' as fate, null as reason
        from versions inner join account using (i)
        """,
    ),
    "subscriptions": (
        "csv",
        (
            "subscription_id", "account_id", "plan", "started_at", "currency", "amount", "interval", "interval_count", "quantity",
            "status", "ended_at", "cancel_reason", "cancel_kind", "updated_at",
        ),
        """
        with versions as (
            select *, started_at as made_at, false as over from subscription where is_generic
            union all
            select *, ended_at as made_at, true as over from subscription where is_generic and ended_at is not null
        ),
        rows as (
            select concat('gsub-', versions.subscription_key) as subscription_id, account.account_id, price.product as plan,
                iso(versions.started_at) as started_at,
                upper(price.currency) as currency, (price.amount / 100)::decimal(18, 2)::varchar as amount, price.interval,
                    1 as interval_count,
                phase.quantity, case when over then 'canceled' else 'active' end as status,
                case when over then iso(ended_at) end as ended_at, case when over then 'too expensive' end as cancel_reason,
                case when over then 'voluntary' end as cancel_kind, iso(made_at) as updated_at, made_at, 'loaded' as fate, null as reason
            from versions
            inner join phase on versions.subscription_key = phase.subscription_key and phase.step = 1
            inner join price on phase.price = price.price
            inner join account on versions.i = account.i
        )
        select * from rows
        union all
        select 'gsub-broken' as subscription_id, account_id, plan, started_at, currency, 'twelve' as amount, "interval", interval_count,
            quantity,
            status, ended_at, cancel_reason, cancel_kind, updated_at, made_at, 'quarantined' as fate, 'wrong type' as reason
        from (select * from rows order by made_at, subscription_id limit 1)
        """,
    ),
    "invoices": (
        "ndjson",
        ("invoice_id", "account_id", "issued_at", "currency", "total", "tax", "paid_at", "refunded", "fees", "status", "subscription_id"),
        """
        select concat('ginv-', subscription_key, '-', k) as invoice_id, account_id, iso(issued) as issued_at, upper(currency) as currency,
            ((net + half_up(net * 19, 100)) / 100)::decimal(18, 2) as total, (half_up(net * 19, 100) / 100)::decimal(18, 2) as tax,
            case when paid < getvariable('end_at') then iso(paid) end as paid_at, 0::decimal(18, 2) as refunded,
                (30 / 100)::decimal(18, 2) as fees,
            case when paid < getvariable('end_at') then 'paid' else 'open' end as status,
                concat('gsub-', subscription_key) as subscription_id,
            case when paid < getvariable('end_at') then paid else issued end as made_at, 'loaded' as fate, null as reason
        from generic_invoice
        """,
    ),
    "tickets": (
        "ndjson.gz",
        (
            "ticket_id", "created_at", "status", "account_id", "user_id", "email", "priority", "channel", "tags", "subject",
            "first_replied_at", "solved_at", "reopens", "csat_score", "updated_at",
        ),
        """
        with raised as (
            select *, concat('tic-', u, '-', n) as ticket_id,
                signed_up_at + pick('ticket_day', concat(u, '|', n), 60) * interval 1 day + pick('ticket_minute', concat(u, '|', n),
                1200) * interval 1 minute as opened_at,
                (60 + pick('solve', concat(u, '|', n), 6000)) * interval 1 minute as took
            from person, range(0, 2) as tickets(n)
            where not is_internal and pick('ticket', concat(u, '|', n), 100) < 35
        ),
        versions as (
            select *, opened_at as made_at, false as over from raised where opened_at < getvariable('end_at')
            union all
            select *, opened_at + took as made_at, true as over from raised where opened_at + took < getvariable('end_at')
        )
        select ticket_id, iso(opened_at) as created_at, case when over then 'solved' else 'open' end as status, account_id,
            back_office_id as user_id, email,
            ['low', 'normal', 'high'][pick('priority', ticket_id, 3) + 1] as priority,
                ['email', 'chat'][pick('via', ticket_id, 2) + 1] as channel,
            [['billing', 'reports', 'login'][pick('tag', ticket_id, 3) + 1]]::json as tags, concat('Question ', ticket_id) as subject,
            case when over then iso(opened_at + took / 4) end as first_replied_at, case when over then iso(made_at) end as solved_at,
            pick('reopened', ticket_id, 10) // 9 as reopens, case when over and pick('rated', ticket_id, 3) = 0
                then 1 + pick('csat', ticket_id, 5) end as csat_score,
            iso(made_at) as updated_at, made_at, 'loaded' as fate, null as reason
        from versions
        """,
    ),
    "survey_responses": (
        "csv.gz",
        ("response_id", "survey", "kind", "score", "responded_at", "sent_at", "user_id", "email", "account_id", "touchpoint", "comment"),
        """
        with answers as (
            select concat('nps-', u) as response_id, 'relationship' as survey, 'nps' as kind,
                (greatest(pick('score', u, 11), pick('score2', u, 11)))::varchar as score,
                iso(signed_up_at + interval 31 day) as responded_at, iso(signed_up_at + interval 30 day) as sent_at,
                    back_office_id as user_id, email, account_id,
                'in app' as touchpoint, case when u % 9 = 0 then 'Good, but "slow" on Mondays' end as comment,
                signed_up_at + interval 31 day as made_at, 'loaded' as fate, null as reason, u
            from person
            where not is_internal and pick('answers', u, 100) < 45
        )
        select * exclude (u) from answers
        union all
        select * exclude (u) replace ('nps-broken' as response_id, null as score, 'quarantined' as fate, 'missing field' as reason)
        from (select * from answers order by u limit 1)
        """,
    ),
    "incidents": (
        "json",
        (
            "incident_id", "started_at", "severity", "services", "title", "detected_at", "acknowledged_at", "mitigated_at",
            "resolved_at", "updated_at",
        ),
        """
        select concat('inc-', n) as incident_id, iso(begun) as started_at, concat('sev', 1 + n % 3) as severity,
            case when n % 3 = 0 then ['reports', 'api'] else [['web', 'api', 'reports'][n % 3 + 1]] end::json as services,
            concat('Incident ', n) as title, iso(begun + interval 4 minute) as detected_at,
                iso(begun + interval 9 minute) as acknowledged_at,
            iso(begun + minutes * interval 1 minute) as mitigated_at, iso(begun + (minutes + 45) * interval 1 minute) as resolved_at,
            iso(begun + (minutes + 45) * interval 1 minute) as updated_at, begun + (minutes + 45) * interval 1 minute as made_at,
                'loaded' as fate, null as reason
        from incident_plan
        """,
    ),
    "deployments": (
        "csv",
        ("deployment_id", "service", "environment", "finished_at", "status", "started_at", "version", "committed_at", "is_rollback"),
        """
        select concat('dep-', service, '-', d) as deployment_id, service, case when d % 5 = 0 then 'staging'
            else 'production' end as environment,
            iso(done) as finished_at, case when pick('deploy', concat(service, d), 12) = 0 then 'failed' else 'succeeded' end as status,
            iso(done - interval 6 minute) as started_at, concat('v', d) as version,
                iso(done - (30 + pick('lead', concat(service, d), 3000)) * interval 1 minute) as committed_at,
            pick('deploy', concat(service, d), 12) = 1 as is_rollback, done as made_at, 'loaded' as fate, null as reason
        from (
            select service, d, getvariable('first_day')::timestamp + d * interval 1 day + (600 + pick('deploy_minute',
                concat(service, d), 400)) * interval 1 minute as done
            from (values ('web'), ('api'), ('billing'), ('reports')) as services(service), range(0, getvariable('days')) as days(d)
            where isodow(getvariable('first_day') + d::int) < 6 and pick('deploys', concat(service, d), 4) = 0
        )
        """,
    ),
    "fx_rates": (
        "csv",
        ("day", "from_currency", "to_currency", "rate"),
        """
        select day::date as day, from_currency, 'USD' as to_currency,
            case from_currency when 'JPY' then (0.0066 + pick('jpy', day, 40) / 100000)::decimal(18, 6)
                else (1.08 + pick('eur', day, 40) / 1000)::decimal(18, 6) end as rate,
            day::timestamp as made_at, 'loaded' as fate, null as reason
        from (select getvariable('first_day') + d::int as day from range(0, getvariable('days')) as days(d))
        cross join (values ('JPY'), ('EUR')) as currencies(from_currency)
        """,
    ),
    "holidays": (
        "csv",
        ("day", "calendar", "name"),
        """
        select day, 'support' as calendar, name, getvariable('last_day')::timestamp as made_at, 'loaded' as fate, null as reason
        from (values (date '2026-04-03', 'Good Friday'), (date '2026-05-01', 'Labour Day'), (date '2026-05-25', 'Spring holiday'))
            as holidays(day, name)
        """,
    ),
    "acquisition_costs": (
        "csv",
        ("month", "channel", "currency", "cost"),
        """
        select date_trunc('month', day)::date as month, channel, 'USD' as currency,
            (1000 + pick('cost', concat(channel, day), 9000))::decimal(18, 2) as cost,
            day::timestamp as made_at, 'loaded' as fate, null as reason
        from month_end cross join (values ('search'), ('partner'), ('outbound'), ('referral')) as channels(channel)
        """,
    ),
    "exposures": (
        "ndjson",
        ("experiment", "variant", "exposed_at", "user_id", "account_id"),
        """
        select 'new_onboarding' as experiment, ['control', 'treatment'][pick('arm', u, 2) + 1] as variant,
            iso(signed_up_at + interval 2 minute) as exposed_at,
            back_office_id as user_id, account_id, signed_up_at as made_at, 'loaded' as fate, null as reason
        from person
        where not is_internal
        """,
    ),
    "objectives": (
        "ndjson",
        ("id", "title", "status", "horizon", "created_at", "updated_at"),
        """
        select id, title, 'active' as status, horizon, iso(getvariable('first_day')::timestamp) as created_at,
            iso(getvariable('first_day')::timestamp) as updated_at,
            getvariable('last_day')::timestamp as made_at, 'loaded' as fate, null as reason
        from (values ('obj-1', 'Reports people trust', 'now'), ('obj-2', 'Grow in Japan', 'next')) as objectives(id, title, horizon)
        """,
    ),
    "key_results": (
        "ndjson",
        ("id", "parent_id", "title", "status", "metric", "start", "target", "due", "updated_at"),
        """
        select 'kr-1' as id, 'obj-1' as parent_id, 'More weekly report runners' as title, 'active' as status,
            'weekly_report_users' as metric,
            120.0::double as start, 180.0::double as target, iso(getvariable('end_at')) as due,
                iso(getvariable('first_day')::timestamp) as updated_at,
            getvariable('last_day')::timestamp as made_at, 'loaded' as fate, null as reason
        """,
    ),
    "initiatives": (
        "ndjson",
        ("id", "parent_id", "title", "status", "kind", "forecast", "updated_at"),
        """
        select id, 'kr-1' as parent_id, title, 'active' as status, kind, forecast::double as forecast,
            iso(getvariable('first_day')::timestamp) as updated_at,
            getvariable('last_day')::timestamp as made_at, 'loaded' as fate, null as reason
        from (values ('ini-1', 'Faster reports', 'reliability', 20), ('ini-2', 'Report templates', 'feature', 40)) as initiatives(id,
            title, kind, forecast)
        """,
    ),
    "ideas": (
        "ndjson",
        ("id", "parent_id", "title", "status", "effort", "moscow", "updated_at"),
        """
        select 'idea-1' as id, 'ini-2' as parent_id, 'Share a template' as title, 'open' as status, 5.0::double as effort,
            'should' as moscow,
            iso(getvariable('first_day')::timestamp) as updated_at, getvariable('last_day')::timestamp as made_at, 'loaded' as fate,
                null as reason
        """,
    ),
    "feedback": (
        "ndjson",
        ("id", "title", "user_id", "account_id", "text", "problem", "received_at"),
        """
        select concat('fb-', u) as id, 'Feedback' as title, back_office_id as user_id, account_id, 'Reports take too long' as text,
            'slow_reports' as problem,
            iso(signed_up_at + interval 5 day) as received_at, getvariable('last_day')::timestamp as made_at, 'loaded' as fate,
                null as reason
        from person
        where u % 25 = 4 and signed_up_at + interval 5 day < getvariable('end_at')
        """,
    ),
}  # fmt: skip

OPERATIONS = """
create temp table incident_plan as
select n, getvariable('first_day')::timestamp + (n * (getvariable('days') // 7)) * interval 1 day
    + (600 + pick('incident', n, 300)) * interval 1 minute as begun,
    20 + pick('harm', n, 160) as minutes
from range(1, 7) as incidents(n);

create temp table generic_invoice as
select subscription.subscription_key, account.account_id, k, price.currency, price.amount * phase.quantity as net,
    case price.interval when 'month' then subscription.started_at + k * interval 1 month
        else subscription.started_at + k * interval 7 day end as issued, issued + interval 3 day as paid
from subscription
inner join phase on subscription.subscription_key = phase.subscription_key and phase.step = 1
inner join price on phase.price = price.price
inner join account on subscription.i = account.i
cross join range(0, getvariable('days') // 7 + 1) as periods(k)
where subscription.is_generic and issued < coalesce(ended_at, getvariable('end_at')) and issued < getvariable('end_at');

create temp table parquet_service_metrics as
select strftime(bucket_start, 'generic/service_metrics/%Y-%m.parquet') as file, service, bucket_start, 60::bigint as bucket_minutes,
    400 + pick('load', concat(service, bucket_start), 600) as requests,
    pick('errors', concat(service, bucket_start),
        4) + coalesce((select max(minutes) from incident_plan where bucket_start between date_trunc('hour', begun)
        and begun + interval 2 hour), 0) as errors,
    (40 + pick('p50', concat(service, bucket_start), 30))::double as p50_ms,
        (150 + pick('p95', concat(service, bucket_start), 90))::double as p95_ms,
    (400 + pick('p99', concat(service, bucket_start), 300))::double as p99_ms, case when service = 'web' then 90.5::double end as ttfb_ms,
    (pick('used', concat(service, bucket_start), 80) / 100)::double as utilisation
from (values ('web'), ('api'), ('billing'), ('reports')) as services(service)
cross join (select getvariable('first_day')::timestamp + h * interval 1 hour as bucket_start
    from range(0, 24 * getvariable('days')) as hours(h));

insert into delivery
select 'generic', 'service_metrics', file, row_number() over (order by file, service, bucket_start), 'loaded', null, ''
    from parquet_service_metrics;
"""

# What is delivered twice: some rows of the month before come again, unchanged, in the next month's file.
AGAIN = """
insert into delivery
with ordered as (

    select *, lead(file) over (partition by object order by file, seq) as next_file,
        row_number() over (partition by object, file order by seq) as n
    from delivery
    where vendor = 'generic' and object in ('users', 'accounts', 'tickets') and fate = 'loaded'

),

months as (

    select object, file, lead(file) over (partition by object order by file) as next_file
    from (select object, file from delivery where vendor = 'generic' and object in ('users', 'accounts', 'tickets') group by object, file)

)

select 'generic', ordered.object, months.next_file, 100000000 + ordered.seq, 'duplicate', 'unchanged', ordered.line
from ordered
inner join months on ordered.object = months.object and ordered.file = months.file
where months.next_file is not null and ordered.n % 10 = 1
"""


def _deliver(con: DuckDBPyConnection, name: str, columns: tuple[str, ...], rows: str) -> None:
    """Add the records of `rows` (with file, seq, fate, reason and `columns`) to the delivery, as CSV or JSON by the file's ending."""
    cells = ", ".join(f'quoted("{column}"::varchar)' for column in columns)
    fields = ", ".join(f"'{column}': \"{column}\"" for column in columns)
    con.execute(
        "insert into delivery select 'generic', $1, file, seq, fate, reason, "
        f"case when file like '%.csv%' then array_to_string([{cells}], ',') else to_json({{{fields}}})::varchar end from ({rows})",
        [name],
    )
    con.execute("insert into header values ($1, $2)", [name, ",".join(columns)])


def _deliver_object(con: DuckDBPyConnection, name: str) -> None:
    ending, columns, select = OBJECTS[name]
    rows = (
        f"select *, strftime(made_at, 'generic/{name}/%Y-%m.{ending}') as file, "
        f"row_number() over (order by made_at, fate, {', '.join(columns)}) as seq from ({select}) where made_at < getvariable('end_at')"
    )
    _deliver(con, name, columns, rows)


def deliver_fx(con: DuckDBPyConnection) -> None:
    """Add the rates of exchange, where the whole of the generic contract does not."""
    if con.execute("select not list_contains(getvariable('sources'), 'generic')").fetchall()[0][0]:
        _deliver_object(con, "fx_rates")


def deliver_holidays(con: DuckDBPyConnection) -> None:
    """Add the days off of support, where the whole of the generic contract does not."""
    if con.execute("select not list_contains(getvariable('sources'), 'generic')").fetchall()[0][0]:
        _deliver_object(con, "holidays")


def deliver_generic(con: DuckDBPyConnection) -> None:
    """Add the generic files to the table `delivery`."""
    con.execute(OPERATIONS)
    note_generic_payments(con)
    _deliver(con, "events", EVENT_COLUMNS, EVENTS)
    con.execute(BROKEN_LINES)
    for name in OBJECTS:
        _deliver_object(con, name)
    con.execute(AGAIN)
