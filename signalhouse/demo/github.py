"""GitHub's lists by month: deployments, their statuses, pull requests in two versions, releases.

An older deployment is set to `inactive` when a newer one of the service succeeds; some never get another status. A pull request
that is open names a trial merge that never became a commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DEPLOYMENTS = """
insert into delivery
select 'github', 'deployments', strftime(done_at, 'github/deployments/%Y-%m.json'), row_number() over (order by done_at, key), 'loaded', null,
    to_json({
        'id': number, 'node_id': md5(key), 'sha': sha, 'ref': version, 'task': case when is_rollback then 'rollback' else 'deploy' end,
        'environment': environment, 'original_environment': environment, 'production_environment': environment = 'production',
        'transient_environment': false, 'payload': {'service': service}, 'description': null,
        'created_at': iso(done_at - interval 7 minute), 'updated_at': iso(done_at),
        'statuses_url': concat('https://api.github.com/repos/lumen/lumen/deployments/', number, '/statuses'),
        'repository_url': 'https://api.github.com/repos/lumen/lumen'
    })::varchar
from deployment
where is_in_github;

create temp table github_status as
with in_github as (

    select *, min(case when fate = 'succeeded' then done_at end) over (
            partition by service, environment order by done_at rows between 1 following and unbounded following
        ) as replaced_at
    from deployment
    where is_in_github

),

statuses as (

    select number, environment, 'in_progress' as state, done_at - interval 6 minute as moment from in_github where fate <> 'silent'
    union all
    select number, environment, case fate when 'failed' then 'failure' else 'success' end, done_at from in_github where fate <> 'silent'
    union all
    select number, environment, 'inactive', replaced_at from in_github where replaced_at is not null and fate <> 'failed'

)

select *, 700000000 + row_number() over (order by moment, number, state) as id from statuses;

insert into delivery
with lines as (

    select moment, id, strftime(moment, 'github/deployment_statuses/%Y-%m.ndjson') as file, to_json({
            'id': id, 'node_id': md5(id::varchar), 'state': state, 'environment': environment, 'description': '', 'created_at': iso(moment),
            'updated_at': iso(moment), 'deployment_url': concat('https://api.github.com/repos/lumen/lumen/deployments/', number)
        })::varchar as line
    from github_status

)

select 'github', 'deployment_statuses', file, id, 'loaded', null, line from lines
union all
-- a page that was fetched twice
select 'github', 'deployment_statuses', file, 1000000000 + id, 'duplicate', 'fetched twice', line from lines where id % 29 = 3;

insert into delivery
with versions as (

    select *, merged_at - interval 3 hour as moment, false as is_merged from deployment where is_in_github and not is_rollback
    union all
    select *, merged_at, true from deployment where is_in_github and not is_rollback

)

select 'github', 'pull_requests', strftime(moment, 'github/pull_requests/%Y-%m.json'), row_number() over (order by moment, key), 'loaded', null,
    to_json({
        'id': number + 200000000, 'number': number - 500000000, 'state': case when is_merged then 'closed' else 'open' end,
        'title': concat('Change ', key), 'created_at': iso(merged_at - interval 3 hour), 'updated_at': iso(moment),
        'closed_at': case when is_merged then iso(moment) end, 'merged_at': case when is_merged then iso(moment) end,
        'merge_commit_sha': case when is_merged then sha else md5(concat('trial', key)) || substr(md5(key), 1, 8) end,
        'base': {'ref': 'main'}
    })::varchar
from versions
where moment >= getvariable('first_day')::timestamp;

insert into delivery
with told as (

    select service, version, done_at, sha, false as is_draft, false as is_prerelease from deployment where is_release
    union all
    select 'web', 'v3.0.0-rc1', getvariable('last_day')::timestamp - interval 20 day, 'rc', false, true
    union all
    select 'web', 'v3.0.0', getvariable('last_day')::timestamp - interval 3 day, 'draft', true, false

)

select 'github', 'releases', strftime(done_at, 'github/releases/%Y-%m.json'), row_number() over (order by done_at), 'loaded', null,
    to_json({
        'id': 48581500 + row_number() over (order by done_at), 'tag_name': concat(service, '-', version), 'name': concat(service, ' ', version),
        'target_commitish': 'main', 'draft': is_draft, 'prerelease': is_prerelease,
        -- the date of its commit
        'created_at': iso(done_at - interval 31 hour), 'published_at': case when not is_draft then iso(done_at) end,
        'url': concat('https://api.github.com/repos/lumen/lumen/releases/', row_number() over (order by done_at)), 'body': ''
    })::varchar
from told;
"""


def deliver_github(con: DuckDBPyConnection) -> None:
    """Add GitHub's files to the table `delivery`."""
    con.execute(DEPLOYMENTS)
