"""New Relic's events: transactions and their errors as exported by month, changes of state of incidents and deployments as NerdGraph
answers. An export overlaps the one before it, so its first rows are repeats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TRANSACTIONS = """
create temp table newrelic_row as
with told as (

    select *, md5(concat('trace', key)) as trace_id from transaction

)

select occurred_at, key, 'transaction' as object,
    regexp_replace(to_json({
        'timestamp': epoch_ms(occurred_at), 'accountId': 1234567, 'appName': service, 'name': concat('WebTransaction/Go/', service),
        'transactionType': case when is_background then 'Other' else 'Web' end, 'duration': duration_ms / 1000,
        'webDuration': case when not is_background then duration_ms / 1000 end, 'error': is_error, 'guid': substr(md5(key), 1, 16),
        'traceId': trace_id, 'http.statusCode': case when is_error then 500 else 200 end, 'sampled': false,
        'errorType': case when is_error then 'RuntimeError' end
    })::varchar, '"[^"]+":null,?', '', 'g') as line
from told
union all
select occurred_at, key, 'transaction_error',
    to_json({
        'timestamp': epoch_ms(occurred_at), 'accountId': 1234567, 'appName': service, 'transactionName': concat('WebTransaction/Go/', service),
        'error.class': 'RuntimeError', 'error.expected': is_expected, 'traceId': trace_id, 'duration': duration_ms / 1000
    })::varchar
from told where is_error;

insert into delivery
select 'newrelic', object, concat('newrelic/', object, strftime(occurred_at, '/%Y-%m.ndjson.gz')), row_number() over (order by occurred_at, key),
    'loaded', null, replace(line, ',}', '}')
from newrelic_row
union all
-- the first hour of a month stands at the end of the month before, too: the export there reached a little further
select 'newrelic', object, concat('newrelic/', object, strftime(date_trunc('month', occurred_at) - interval 1 day, '/%Y-%m.ndjson.gz')),
    10000000 + row_number() over (order by occurred_at, key), 'loaded', null, replace(line, ',}', '}')
from newrelic_row
where occurred_at < date_trunc('month', occurred_at) + interval 1 hour
    and date_trunc('month', occurred_at) > getvariable('first_day')
union all
select 'newrelic', 'transaction', strftime(getvariable('first_day'), 'newrelic/transaction/%Y-%m.ndjson.gz'), 20000000 + n, 'quarantined', reason,
    replace(line, '<time>', seconds(getvariable('first_day')::timestamp)::varchar)
from (
    values
        (1, 'seconds for milliseconds', '{"timestamp": <time>, "appName": "auth", "duration": 0.1, "guid": "s"}'),
        (2, 'missing field', '{"timestamp": <time>000, "appName": "auth", "guid": "m"}'),
        (3, 'broken line', '{"timestamp": <time>000, "appName": "auth", "dur')
) as broken(n, reason, line);

update delivery set fate = 'duplicate', reason = 'in two exports'
from (
    select object as o, line as l, min(file) as first_file from delivery
    where vendor = 'newrelic' and object in ('transaction', 'transaction_error') group by object, line having count(*) > 1
) as repeats
where vendor = 'newrelic' and object = o and line = l and file <> first_file;
"""

INCIDENTS = """
insert into delivery
with changes as (

    select 'Open' as event, started_at as changed_at, * from incident
    union all
    select 'Acknowledge', started_at + interval 5 minute, * from incident
    union all
    select 'Close', ended_at, * from incident where ended_at is not null

)

select 'newrelic', 'nrai_incident', strftime(changed_at, 'newrelic/nrai_incident/%Y-%m.json'), row_number() over (order by changed_at, key), 'loaded', null,
    replace(regexp_replace(to_json({
        'event': event, 'incidentId': md5(key), 'title': key, 'priority': case when level <= 3 then 'critical' else 'warning' end,
        'policyId': 4001, 'policyName': 'Services', 'conditionName': 'error rate', 'conditionType': 'static',
        'entity.guid': md5(services[1]), 'entity.name': services[1], 'openTime': epoch_ms(started_at),
        'closeTime': case when event = 'Close' then epoch_ms(changed_at) end,
        'closeCause': case when event = 'Close' then case kind when 'rule gone' then 'CONDITION_DELETED' else 'EVALUATOR' end end,
        'timestamp': epoch_ms(changed_at) + 1200, 'muted': false
    })::varchar, '"[^"]+":null,?', '', 'g'), ',}', '}')
from changes
where tool = 'newrelic' and changed_at < getvariable('end_at');
"""

DEPLOYMENTS = """
insert into delivery
select 'newrelic', 'deployment', strftime(done_at, 'newrelic/deployment/%Y-%m.json'), row_number() over (order by done_at, key), 'loaded', null,
    to_json({
        'deploymentId': md5(concat('newrelic', key)), 'deploymentType': 'ROLLING',
        -- half of them by another name: only the commit tells
        'version': case when number % 2 = 0 then version else concat('build ', number) end, 'commit': substr(sha, 1, 12),
        'description': concat(deployment.service, ' release'), 'entity.guid': md5(deployment.service), 'entity.name': deployment.service,
        'timestamp': epoch_ms(done_at + interval 90 second)
    })::varchar
from deployment
inner join service on deployment.service = service.service
where tool = 'newrelic' and is_seen_by_watcher and environment = 'production';
"""


def deliver_newrelic(con: DuckDBPyConnection) -> None:
    """Add New Relic's files to the table `delivery`."""
    for sql in (TRANSACTIONS, INCIDENTS, DEPLOYMENTS):
        con.execute(sql)
