"""Datadog's answers: metrics pulled once a week, incidents listed once a month, deployments.

A pull of metrics reaches back eight days, so each Sunday comes twice: too low at first, since data still comes in, and then
right; and half an hour past midnight, so that its last bucket is cut. One day is pulled again in buckets of five minutes. A list
of incidents holds each of them as it stands at the end of the month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SERIES = """
create temp table datadog_pull as
select to_at, to_at::date - 8 as from_day, k, to_at = getvariable('end_at') + interval 30 minute as is_last
from (
    select least(getvariable('first_day')::timestamp + 7 * (k + 1) * interval 1 day, getvariable('end_at')) + interval 30 minute as to_at, k
    from range(0, getvariable('days') // 7 + 1) as pulls(k)
)
qualify row_number() over (partition by to_at order by k) = 1;

create temp table datadog_figure as
unpivot (
    select service, hour_start, requests::double as requests, errors::double as errors, p50_ms / 1000 as p50, p95_ms / 1000 as p95,
        p99_ms / 1000 as p99
    from service_hour
) on requests, errors, p50, p95, p99 into name measure value value;

create temp table datadog_point as
-- a bucket that the window cuts holds half of what it will hold; the last day of a pull still misses some
select to_at, file, service, measure, hour_start, 3600 as interval,
    case
        when measure not in ('requests', 'errors') then value
        when hour_start = date_trunc('hour', to_at) then value::bigint // 2
        when hour_start >= to_at - interval 1 day and not is_last then greatest(value - 7, 0)
        else value
    end as value
from (select *, strftime(to_at, 'datadog/metric_series/%Y-%m-%d.ndjson') as file from datadog_pull) as pull
inner join datadog_figure
    on hour_start >= from_day and hour_start <= to_at - interval 30 minute
        -- no errors, no point: that is how Datadog says zero
        and not (measure = 'errors' and value = 0 and hour(hour_start) = 3);

-- The tenth day once more, by five minutes: they add up to the same.
insert into datadog_point
select getvariable('first_day')::timestamp + interval 11 day, strftime(getvariable('first_day') + 20, 'datadog/metric_series/%Y-%m-%d-again.ndjson'),
    service, measure, hour_start + five * interval 5 minute, 300,
    case when measure in ('requests', 'errors') then (value::bigint * (five + 1)) // 12 - (value::bigint * five) // 12 else value end
from datadog_figure, range(0, 12) as fives(five)
where hour_start >= getvariable('first_day') + 10 and hour_start < getvariable('first_day') + 11;

insert into delivery
with named as (

    select *, case when measure in ('requests', 'errors') then 'trace.http.request.' || case measure when 'requests' then 'hits'
        else 'errors' end else 'trace.http.request' end as metric
    from datadog_point

),

series as (

    select file, to_at, measure, metric, service,
        to_json({
            'metric': metric, 'display_name': metric, 'scope': concat('env:production,service:', service),
            'expression': concat(metric, '{env:production,service:', service, '}'),
            'tag_set': ['env:production', concat('service:', service)],
            'aggr': case when measure in ('requests', 'errors') then null else measure end,
            'interval': any_value("interval"), 'length': count(*),
            'start': epoch_ms(min(hour_start)), 'end': epoch_ms(max(hour_start)) + any_value("interval") * 1000 - 1, 'query_index': 0,
            'unit': case when measure in ('requests', 'errors')
                then '[{"family":"network","name":"hit","short_name":"hit","scale_factor":1.0,"plural":"hits"},null]'::json
                else '[{"family":"time","name":"second","short_name":"s","scale_factor":1.0,"plural":"seconds"},null]'::json end,
            'pointlist': list([epoch_ms(hour_start)::double, value] order by hour_start), 'attributes': '{}'::json
        }) as body
    from named
    group by file, to_at, measure, metric, service

),

answers as (

    select file, measure, to_json({
            'status': 'ok', 'res_type': 'time_series', 'resp_version': 1,
            'query': concat(case when measure in ('requests', 'errors') then 'sum' else measure end, ':', any_value(metric),
                '{env:production} by {service}'),
            'from_date': case when file like '%again%' then epoch_ms(to_at - interval 1 day) else epoch_ms(date_trunc('day', to_at) - interval 8 day) end,
            'to_date': epoch_ms(to_at), 'group_by': ['service'], 'message': '', 'series': list(body order by service)
        })::varchar as line
    from series
    group by file, to_at, measure

)

select 'datadog', 'metric_series', file, row_number() over (partition by file order by measure), 'loaded', null, line from answers
union all
-- a query that Datadog refused
select 'datadog', 'metric_series', min(file), 1000, 'quarantined', 'an error for an answer',
    '{"status": "error", "error": "Rate limit of 1 requests in 10 seconds reached. Please try again later."}'
from answers;

-- Time to first byte comes from another product, by columns and without a window: a month and two hours on both sides.
insert into delivery
select 'datadog', 'metric_series', strftime(month, 'datadog/metric_series/ttfb/%Y-%m.ndjson'), 1, 'loaded', null,
    to_json({'data': {'id': '0', 'type': 'timeseries_response', 'attributes': {
        'series': [{'group_tags': ['service:web'], 'query_index': 0,
            'unit': '[{"family":"time","name":"millisecond","scale_factor":0.001},null]'::json}],
        'times': list(epoch_ms(hour_start) order by hour_start),
        'values': [list(ttfb_ms order by hour_start)]
    }}})::varchar
from service_hour
inner join (select distinct date_trunc('month', hour_start) as month from service_hour where hour_start < getvariable('end_at')) as months
    on hour_start >= month - interval 2 hour and hour_start < month + interval 1 month + interval 2 hour
where service = 'web'
group by month;
"""

INCIDENTS = """
insert into delivery
with pulls as (

    select day + interval 1 day as pulled_at, day as month_day from month_end

),

states as (

    select *, coalesce(ended_at < pulled_at, false) as is_over, row_number() over (order by started_at, key) + 1000 as public_id
    from incident, pulls
    where tool = 'datadog' and started_at < pulled_at

),

numbered as (

    select *, dense_rank() over (order by started_at, key) + 1000 as number from states

),

listed as (

    select pulled_at, month_day, key, started_at,
        to_json({
            'type': 'incidents', 'id': regexp_replace(md5(key), '(.{8})(.{4})(.{4})(.{4})(.{12})', '\\1-\\2-\\3-\\4-\\5'),
            'attributes': {
                'public_id': number, 'title': key, 'severity': concat('SEV-', level), 'state': case when is_over then 'resolved' else 'active' end,
                'created': strftime(started_at + interval 6 minute, '%Y-%m-%dT%H:%M:%S.000000+00:00'),
                'declared': strftime(started_at + interval 6 minute, '%Y-%m-%dT%H:%M:%S.000000+00:00'),
                -- noticed before it was written down
                'detected': strftime(started_at + interval 4 minute, '%Y-%m-%dT%H:%M:%S.000000+00:00'),
                'modified': strftime(case when is_over then ended_at else started_at + interval 6 minute end, '%Y-%m-%dT%H:%M:%S.000000+00:00'),
                'resolved': case when is_over and kind <> 'untimed' then strftime(ended_at, '%Y-%m-%dT%H:%M:%S.000000+00:00') end,
                'customer_impacted': true,
                'customer_impact_start': strftime(started_at, '%Y-%m-%dT%H:%M:%S+00:00'), 'customer_impact_end': null,
                'customer_impact_duration': 0, 'time_to_detect': 0, 'time_to_internal_response': 0, 'time_to_repair': 0,
                'time_to_resolve': 0, 'is_test': kind = 'exercise', 'archived': null,
                'fields': {'services': {'type': 'autocomplete', 'value': services}, 'teams': {'type': 'autocomplete', 'value': null}}
            }
        })::varchar as line
    from numbered

)

select 'datadog', 'incidents', strftime(month_day, 'datadog/incidents/%Y-%m.json'), row_number() over (order by pulled_at, started_at, key),
    case when row_number() over (partition by line order by pulled_at) = 1 then 'loaded' else 'duplicate' end,
    case when row_number() over (partition by line order by pulled_at) > 1 then 'unchanged' end, line
from listed;
"""

DEPLOYMENTS = """
insert into delivery
select 'datadog', 'dora_deployments', strftime(done_at, 'datadog/dora_deployments/%Y-%m.json'), row_number() over (order by done_at, key),
    'loaded', null,
    to_json({
        'id': concat('dora-', key), 'type': 'dora_deployment',
        'attributes': {
            'service': deployment.service, 'env': environment, 'team': 'platform', 'version': version,
            'started_at': strftime(done_at - interval 5 minute, '%Y-%m-%dT%H:%M:%SZ'),
            -- the agent says so when the last host is done
            'finished_at': strftime(done_at + case when is_in_github then 40 else 0 end * interval 1 second, '%Y-%m-%dT%H:%M:%SZ'),
            'git': {'commit_sha': sha, 'repository_url': 'https://github.com/lumen/lumen'}
        }
    })::varchar
from deployment
inner join service on deployment.service = service.service
where tool = 'datadog' and is_seen_by_watcher;
"""


def deliver_datadog(con: DuckDBPyConnection) -> None:
    """Add Datadog's files to the table `delivery`."""
    for sql in (SERIES, INCIDENTS, DEPLOYMENTS):
        con.execute(sql)
