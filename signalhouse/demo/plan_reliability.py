"""The plan of operations: services by the hour, incidents and deployments, and what is true of them.

Datadog watches web, api, reports and billing, New Relic alerts and auth; GitHub deploys all of them. Ordinary incidents have no
effect on what people do. In the weeks in which the planted ones are measured they hit web and auth alone, on which no planted
feature depends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signalhouse.demo.plan_impact import PLANTED

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# (service, tool that watches it, requests in a usual hour, median latency in ms)
SERVICES = (
    ("web", "datadog", 900, 60),
    ("api", "datadog", 1600, 35),
    ("reports", "datadog", 300, 180),
    ("billing", "datadog", 120, 90),
    ("alerts", "newrelic", 3, 120),
    ("auth", "newrelic", 3, 80),
)

# (incident, services, days before the last, hour, minute, minutes of harm or null = it goes on, level, kind)
ORDINARY = (
    ("web-one", ["web"], 25, 13, 10, 50, 2, "plain"),
    ("web-two", ["web"], 25, 13, 40, 70, 3, "plain"),  # overlaps the one before it: 100 minutes, not 120
    ("web-midnight", ["web"], 70, 23, 30, 90, 1, "plain"),
    ("web-mild", ["web"], 15, 10, 0, 600, 5, "plain"),
    ("web-exercise", ["web"], 30, 11, 0, 120, 1, "exercise"),
    ("web-untimed", ["web"], 36, 8, 0, 45, 2, "untimed"),  # nobody noted when it was resolved
    ("api-late", ["api"], 5, 14, 0, 25, 3, "plain"),
    ("two-services", ["web", "reports"], 8, 16, 20, 40, 2, "plain"),
    ("old-reports", ["reports", "api"], 150, 10, 0, 80, 2, "plain"),
    ("auth-plain", ["auth"], 33, 15, 0, 35, 2, "plain"),
    ("auth-warning", ["auth"], 20, 8, 0, 120, 4, "plain"),
    ("auth-rule-gone", ["auth"], 12, 9, 0, 45, 2, "rule gone"),
    ("auth-open", ["auth"], 1, 20, 0, None, 2, "plain"),
)

TABLES = """
create table incident as
select
    key, services, level, kind,
    case when exists (select 1 from service where list_contains(services, service.service) and tool = 'newrelic') then 'newrelic'
        else 'datadog' end as tool,
    started_at,
    started_at + minutes * interval 1 minute as ended_at
from (
    select *, getvariable('last_day')::timestamp - days_back * interval 1 day + hour * interval 1 hour + minute * interval 1 minute
        as started_at
    from incident_told
)
where started_at >= getvariable('first_day')::timestamp;

create table service_incident as select unnest(services) as service, incident.* from incident;

create table deployment as
with ordinary as (

    select service, d, printf('%s-%d', service, d) as key,
        getvariable('first_day')::timestamp + d * interval 1 day
            + (600 + pick('deploy_minute', concat(service, d), 300)) * interval 1 minute as done_at,
        case pick('deploy_end', concat(service, d), 20) when 0 then 'failed' when 1 then 'silent' when 2 then 'staging' else 'succeeded' end
            as fate
    from service, range(0, getvariable('days')) as days(d)
    where isodow(getvariable('first_day') + d::int) < 6 and pick('deploys', concat(service, d), 5) = 0

),

told as (

    select service, null::bigint as d, key, getvariable('last_day')::timestamp - days_back * interval 1 day + hour * interval 1 hour as done_at,
        fate
    from deployment_told

)

select
    service, key, done_at,
    case when fate in ('succeeded', 'failed', 'silent') then fate else 'succeeded' end as fate,
    case when fate = 'staging' then 'staging' else 'production' end as environment,
    fate = 'rollback' as is_rollback,
    fate = 'release' as is_release,
    -- a version that GitHub has never heard of
    fate <> 'by hand' as is_in_github,
    fate <> 'failed' and fate <> 'silent' as is_seen_by_watcher,
    case when fate = 'release' then 'v2.0.0' else concat('v1.', row_number() over (partition by service order by done_at, key)) end as version,
    md5(concat(getvariable('seed'), key)) || substr(md5(key), 1, 8) as sha,
    done_at - (40 + pick('lead', key, 4000)) * interval 1 minute as merged_at,
    500000000 + row_number() over (order by done_at, key) as number
from (select * from ordinary union all select * from told)
where done_at >= getvariable('first_day')::timestamp and done_at < getvariable('end_at');

-- Traffic of the services that Datadog counts: quiet nights and weekends, errors by the minute of harm.
create table service_hour as
with hours as (

    select service.*, getvariable('first_day')::timestamp + h * interval 1 hour as hour_start
    from service, range(0, 24 * getvariable('days') + 2) as hours(h)
    where tool = 'datadog'

),

harmed as (

    select hours.*,
        coalesce((
            select max(greatest(0, least(60, date_diff('minute', hour_start, coalesce(ended_at, timestamp '9999-01-01')))
                - greatest(0, date_diff('minute', hour_start, started_at))))
            from service_incident
            where service_incident.service = hours.service and level <= 3 and kind <> 'exercise'
                and started_at < hour_start + interval 1 hour and ended_at > hour_start
        ), 0) as harmed_minutes,
        usual * case when isodow(hour_start) > 5 then 3 else 10 end * case when hour(hour_start) < 6 then 4 else 10 end // 100
            + pick('load', concat(service, hour_start), usual // 4 + 1) as requests
    from hours

)

select service, hour_start, requests, harmed_minutes,
    requests * harmed_minutes * 3 // 600 + pick('errors', concat(service, hour_start), 2 + usual // 300) as errors,
    median + pick('p50', concat(service, hour_start), 20) as p50_ms,
    3 * median + pick('p95', concat(service, hour_start), 60) + harmed_minutes * 10 as p95_ms,
    7 * median + pick('p99', concat(service, hour_start), 200) + harmed_minutes * 30 as p99_ms,
    case when service = 'web' then 90 + pick('ttfb', hour_start, 40) end as ttfb_ms
from harmed;

-- What New Relic keeps of the others: single transactions.
create table transaction as
with drawn as (

    select service, hour_start, n, concat(service, '|', hour_start, '|', n) as key, median,
        hour_start + pick('within', concat(service, hour_start, n), 3600000) * interval 1 millisecond as occurred_at
    from (
        select service.*, getvariable('first_day')::timestamp + h * interval 1 hour as hour_start
        from service, range(0, 24 * getvariable('days') + 2) as hours(h)
        where tool = 'newrelic'
    ), range(0, 3) as transactions(n)
    where n <= pick('transactions', concat(service, hour_start), usual)

),

judged as (

    select *,
        exists (
            select 1 from service_incident
            where service_incident.service = drawn.service and level <= 3 and occurred_at >= started_at
                and occurred_at < coalesce(ended_at, timestamp '9999-01-01')
        ) as is_harmed
    from drawn

)

select service, key, occurred_at,
    case when pick('slow', key, 100) < 4 then 700 + pick('how_slow', key, 1200) when pick('slow', key, 100) = 4 then 2500 + pick('how_slow',
        key, 4000) else median + pick('duration', key, 300) end as duration_ms,
    pick('fails', key, 100) < case when is_harmed then 40 else 2 end as is_error,
    -- some failures are meant to happen: a wrong password
    pick('fails', key, 100) < case when is_harmed then 40 else 2 end and pick('meant', key, 3) = 0 as is_expected,
    pick('background', key, 12) = 0 as is_background,
    hour_start
from judged;
"""

# Seconds of harm are counted one by one here, not merged as intervals: the two must agree.
DOWNTIME = """
    select service, minute_at::date as day, count(distinct minute_at) * 60 as downtime_seconds
    from service_incident,
        unnest(generate_series(started_at, least(coalesce(ended_at, getvariable('end_at')), getvariable('end_at')) - interval 1 minute,
            interval 1 minute)) as minutes(minute_at)
    where level <= 3 and kind <> 'exercise'
    group by service, day
"""

TRUTH = {
    "incidents": """
        select tool, key as title, level, kind, services, started_at::varchar as started_at, ended_at::varchar as ended_at
        from incident order by started_at, key
    """,
    "deployments": """
        select service, key, done_at::varchar as done_at, fate, environment, is_rollback, version, sha
        from deployment order by done_at, key
    """,
    "service_days": f"""
        with hours as (
            select service, hour_start::date as day, requests, errors, null::bigint as satisfied, null::bigint as tolerating,
                null::bigint as total
            from service_hour
            union all
            select service, occurred_at::date, 1, (is_error and not is_expected)::bigint,
                (duration_ms <= 500 and not (is_error and not is_expected))::bigint,
                (duration_ms > 500 and duration_ms <= 2000 and not (is_error and not is_expected))::bigint, 1
            from transaction where not is_background
        ),
        figures as (
            select service, day, sum(requests)::bigint as requests, sum(errors)::bigint as errors, sum(satisfied)::bigint as apdex_satisfied,
                sum(tolerating)::bigint as apdex_tolerating, sum(total)::bigint as apdex_total
            from hours group by service, day
        ),
        down as ({DOWNTIME}),
        begun as (
            select service, started_at::date as day, count(*) as incidents_started
            from service_incident where kind <> 'exercise' group by service, day
        ),
        live as (
            select *, lead(done_at) over (partition by service order by done_at) as next_at,
                lead(is_rollback) over (partition by service order by done_at) as is_next_rollback
            from deployment where fate = 'succeeded' and environment = 'production'
        ),
        deployed as (
            select service, done_at::date as day, count(*) as deployments, count(*) filter (is_rollback) as rollbacks,
                count(*) filter (
                    is_next_rollback and next_at <= done_at + interval 24 hour or exists (
                        select 1 from service_incident
                        where service_incident.service = live.service and level <= 3 and kind <> 'exercise' and started_at >= done_at
                            and started_at < least(done_at + interval 24 hour, coalesce(next_at, timestamp '9999-01-01'))
                    )
                ) as change_failures
            from live group by service, day
        ),
        failed as (
            select service, done_at::date as day, count(*) as deployments_failed
            from deployment where fate = 'failed' and environment = 'production' group by service, day
        )
        select service.service, (getvariable('first_day') + d::int)::varchar as day, requests, errors, apdex_satisfied, apdex_tolerating,
            apdex_total, coalesce(downtime_seconds, 0) as downtime_seconds, coalesce(incidents_started, 0) as incidents_started,
            coalesce(deployments, 0) as deployments, coalesce(deployments_failed, 0) as deployments_failed,
            coalesce(rollbacks, 0) as rollbacks, coalesce(change_failures, 0) as change_failures
        from service
        cross join range(0, getvariable('days')) as days(d)
        left join figures on figures.service = service.service and figures.day = getvariable('first_day') + d::int
        left join down on down.service = service.service and down.day = getvariable('first_day') + d::int
        left join begun on begun.service = service.service and begun.day = getvariable('first_day') + d::int
        left join deployed on deployed.service = service.service and deployed.day = getvariable('first_day') + d::int
        left join failed on failed.service = service.service and failed.day = getvariable('first_day') + d::int
        order by service.service, day
    """,
}


def make_reliability(con: DuckDBPyConnection) -> None:
    """Add the tables service, incident, service_incident, deployment, service_hour and transaction to the plan."""
    con.execute("create table service (service varchar, tool varchar, usual bigint, median bigint)")
    con.executemany("insert into service values ($1, $2, $3, $4)", [list(row) for row in SERVICES])
    con.execute(
        "create table incident_told (key varchar, services varchar[], days_back int, hour int, minute int, minutes bigint, "
        "level bigint, kind varchar)"
    )
    con.execute("create table deployment_told (service varchar, key varchar, days_back int, hour int, fate varchar)")
    planted = [
        [p.incident, [p.service], p.days_back, p.hour, 0, p.minutes, 2, "plain"] for p in PLANTED if p.kind != "release"
    ]
    con.executemany(
        "insert into incident_told values ($1, $2, $3, $4, $5, $6, $7, $8)", planted + [list(row) for row in ORDINARY]
    )
    told = [[p.service, p.incident, p.days_back, p.hour, "release"] for p in PLANTED if p.kind == "release"]
    told += [
        ["web", "web-taken-back", 44, 10, "succeeded"],
        ["web", "web-rollback", 44, 13, "rollback"],
        ["reports", "reports-by-hand", 10, 17, "by hand"],
    ]
    con.executemany("insert into deployment_told values ($1, $2, $3, $4, $5)", told)
    con.execute(TABLES)
