"""Every statement that dbt would send to BigQuery is valid GoogleSQL, and gives the types that the contracts declare.

dbt runs the whole project against a stand-in (stand_in.py): seeds, models built whole and then incrementally with their
strategies' DML, hooks, data tests, and unit tests, whose rows Google's reference evaluator computes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from bigquery_cost.budget import Budget
from bigquery_cost.gate import partition_columns, partitioned_scans, required_filters, without_filter
from google.cloud.bigquery import QueryJobConfig
from project_copy import copy_of_the_project

from signalhouse.audit.loader import load_suites
from signalhouse.audit.relations import Relations
from signalhouse.settings import Settings

from .column_types import Column, parse_type
from .conductor_sql import STAMP, landing_statements, publishing_statements
from .dbt_run import OfflineBigQuery, Outcome
from .first_days import A_DAYS_REFRESH, A_RAW_MODEL_WAS_REBUILT, NEWEST_DAY, PROJECT, TOUCHED_DAYS, Walk, a_refresh_with
from .googlesql import InvalidSql, analyser
from .stand_in import RowsOfDriver, StandIn
from .table_options import TableOptions, options_of

# The first run on a machine compiles the analyser and knows no answer yet.
pytestmark = pytest.mark.timeout(1500)

VARS: dict[str, Any] = yaml.safe_load((PROJECT / "vars.yml").read_text())["vars"]
WALKS: dict[str, tuple[dict[str, Any], Mapping[str, Sequence[Any]]]] = {
    "all sources": ({}, A_DAYS_REFRESH),
    "generic alone": ({"sources": ["generic"]}, A_RAW_MODEL_WAS_REBUILT),
}


@pytest.fixture(scope="module", params=list(WALKS))
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    variables, answers = WALKS[request.param]
    walk = Walk(tmp_path_factory.mktemp("bigquery"), variables, answers)
    walk.conduct(conducted(walk))
    return walk


def conducted(walk: Walk) -> Iterator[tuple[str, str]]:
    """What the command line itself sends on the tables of a walk."""
    client = walk.warehouse.client
    database = next(iter(client.tables))[0]
    marts = sorted(path[2] for path in client.tables if path[1] == "staging")
    assert marts
    contracts = [node for node in walk.warehouse.manifest.sources.values() if "class" in node.config.meta]
    if walk.has_every_source:
        from .audit_sql import audit_statements  # Great Expectations takes seconds to import

        yield from audit_statements(PROJECT / "expectations", database)
    yield from landing_statements(PROJECT, database, sorted({node.schema for node in contracts}))
    yield from publishing_statements(database, marts)


def test_a_whole_build_is_valid(run: Walk) -> None:
    refuse_findings(run.built_whole)


def test_data_tests_and_unit_tests_are_valid_and_unit_tests_pass(run: Walk) -> None:
    refuse_findings(run.tested)


def test_an_incremental_build_is_valid(run: Walk) -> None:
    refuse_findings(run.built_again)
    merges = run.after["merge"] - run.before["merge"]
    assert merges == len(run.incremental) + 1, (
        "each incremental model replaces its days with one MERGE, and the log forgets"
    )


def test_columns_have_the_declared_types(run: Walk) -> None:
    assert run.warehouse.differing_types() == []


def test_every_unit_test_was_computed(run: Walk) -> None:
    assert run.warehouse.client.not_evaluated == []


def refuse_findings(outcome: Outcome) -> None:
    assert outcome.passed, "nothing ran"
    assert outcome.findings == [], "\n".join(["GoogleSQL or dbt refuses:", *outcome.findings])


def test_what_the_conductor_sends_is_valid(run: Walk) -> None:
    assert run.conducted > 50
    assert run.refused == []


def test_the_audit_sends_what_was_read_here_and_nothing_else(
    run: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit itself, through Great Expectations and Google's driver for SQLAlchemy, against the stand-in."""
    if not run.has_every_source:
        return  # the rules of every source are sent by the other walk
    from signalhouse.audit import audit, audit_freshness

    from .audit_sql import NOW, audit_statements

    build = Build(run.warehouse.client)
    monkeypatch.setattr(Relations, "of_build", lambda settings: build.relations)
    settings = Settings(PROJECT, "landing", tmp_path / "work", tmp_path / "serve", target="bigquery")
    report = audit(settings, "run", now=lambda: NOW)
    assert [result.error for result in report.results if result.error] == []
    assert not report.skipped
    audit_freshness(settings, "run", now=lambda: NOW)
    expected = {one_line(sql) for _, sql in audit_statements(PROJECT / "expectations", build.relations.project or "")}
    assert {one_line(sql) for sql in build.sent} ^ expected == set()


class Build:
    """The build that an audit is shown: the stand-in's tables, with every statement noted."""

    def __init__(self, client: StandIn) -> None:
        self.sent: list[str] = []
        self.project = next(iter(client.tables))[0]
        self._client = StandIn(analyser(), {"model_name": touched_rows(), "DATE": (NEWEST_DAY,)})
        self._client.tables = dict(client.tables)
        connection: Any = self
        self.client = self
        self.relations = Relations(engine="bigquery", project=self.project, connection=connection)

    def tables(self, dataset: str) -> list[str]:
        return [path[2] for path in self._client.tables if path[1] == dataset]

    def answer(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self.query_and_wait(sql, QueryJobConfig()))

    def query_and_wait(self, query: str, job_config: QueryJobConfig, **_: Any) -> RowsOfDriver:
        self.sent.append(query)
        return self._client.query_and_wait(query, job_config)


def touched_rows() -> list[tuple[str, Any]]:
    models = [suite.table.split(".")[-1] for suite in load_suites(PROJECT / "expectations")]
    return [(model, day) for model in models for day in TOUCHED_DAYS]


def one_line(sql: str) -> str:
    """Great Expectations ends a table's query with a line of its own, and writes `AS`."""
    return " ".join(sql.split()).replace(" )", ")").replace(") AS subselect", ") as subselect")


def test_a_rule_that_is_not_the_houses_is_refused(tmp_path: Path) -> None:
    from .audit_sql import NotTheHouses, audit_statements

    path = tmp_path / "expectations" / "core" / "fct_event.yml"
    path.parent.mkdir(parents=True)
    path.write_text(
        "table: core.fct_event\nowner: o\nday: event_date\nexpect:\n"
        "  - column_values_to_not_be_null: {column: event_id}\n    why: w\n"
    )
    with pytest.raises(NotTheHouses, match=r"column_values_to_not_be_null reads core\.fct_event whole"):
        list(audit_statements(tmp_path / "expectations", "p"))


def test_a_refresh_reads_whole_only_what_the_budget_gives_a_reason_for(run: Walk) -> None:
    found = list(partitioned_scans(run.refresh, partition_columns(run.warehouse.manifest)))
    assert any(scan.is_pruned for scan in found)
    if run.has_every_source:
        assert list(Budget.read().unpruned(found)) == []


# The landing tables that grow with what people and services do.
LARGE_LOGS = {
    log.removeprefix("raw_").replace("__", ".")
    for kind in ("event_logs", "measurement_logs")
    for log in VARS[kind].values()
}


def test_a_large_log_that_is_landed_and_then_read_whole_is_found(run: Walk) -> None:
    if not run.has_every_source:
        return  # not every log is there
    found = list(partitioned_scans(run.refresh, partition_columns(run.warehouse.manifest)))
    assert {scan.table for scan in found if scan.table in LARGE_LOGS and scan.is_pruned} == LARGE_LOGS
    forgotten = [replace(scan, is_pruned=scan.is_pruned and scan.table not in LARGE_LOGS) for scan in found]
    reported = list(Budget.read().unpruned(forgotten))
    assert {line.split(" reads ")[1].split(" whole ")[0] for line in reported} == LARGE_LOGS


@pytest.mark.slow
def test_raw_models_that_forget_what_a_release_holds_are_found(tmp_path: Path) -> None:
    """The fault itself, planted in the macro: every record that ever landed is read at each refresh."""
    project = copy_of_the_project(tmp_path / "project")
    macro = project / "macros/dialect/statements/loaded_since_release.sql"
    condition = "{%- if not is_incremental() -%}{{ return("
    assert condition in macro.read_text(), "the rule is written in another way now: say the fault anew"
    macro.write_text(macro.read_text().replace(condition, "{%- if true -%}{{ return("))
    walk = Walk(tmp_path / "walk", project=project, with_tests=False)
    found = list(partitioned_scans(walk.refresh, partition_columns(walk.warehouse.manifest)))
    reported = [line for line in Budget.read().unpruned(found) if line.startswith("model.")]
    assert {line.split(" reads ")[1].split(" whole ")[0] for line in reported} == LARGE_LOGS


def test_no_statement_reads_a_table_that_requires_its_day_without_a_condition_on_it(run: Walk) -> None:
    manifest = run.warehouse.manifest
    required = required_filters(manifest)
    logs = {log for kind in ("event_logs", "measurement_logs") for log in VARS[kind].values()}
    built = {node.name for node in manifest.nodes.values() if node.resource_type == "model"}
    assert {name for _, dataset, name in required if dataset in ("raw", "core")} == {*logs & built, "fct_event"}
    assert list(without_filter(run.warehouse.client.sent, required)) == []


@pytest.mark.slow
@pytest.mark.parametrize("source", [one for one in VARS["sources"] if one != "generic"])
def test_each_source_alone_is_valid_with_its_data_tests(source: str, tmp_path: Path) -> None:
    """As `sets_of_sources` of bigquery_check says why these are enough; generic alone is walked above."""
    walk = Walk(tmp_path, {"sources": [source]}, a_refresh_with([source]))
    assert walk.findings == []
    assert walk.tested.passed


# What docs/bigquery.md says of tables

CLUSTERS = {
    "fct_event": ("event_name", "actor_id"),
    "fct_session": ("actor_id",),
    "fct_actor_day": ("actor_id",),
    "fct_actor_feature_hour": ("feature",),
}
LAYERS = {"raw": "raw", "core": "core", "contact": "core", "staging": "mart"}


def made(run: Walk) -> dict[tuple[str, ...], list[TableOptions]]:
    """What was said of each table that was made, by its dataset and name."""
    found: dict[tuple[str, ...], list[TableOptions]] = {}
    for one in run.warehouse.client.sent:
        if one.statement.kind in ("create_table", "create_table_as_select"):
            found.setdefault(one.statement.target[1:], []).append(options_of(one.statement))
    return found


def test_tables_of_models_have_their_labels_partitions_clusters_and_filters(run: Walk) -> None:
    tables = made(run)
    required = {path[1:] for path in required_filters(run.warehouse.manifest)}
    built = [
        node
        for node in run.warehouse.manifest.nodes.values()
        if node.resource_type == "model" and node.config.materialized in ("table", "incremental")
    ]
    for node in built:
        path = (node.schema, node.alias)
        labels = {"app": "signalhouse", "layer": LAYERS[node.schema]}
        by = node.config.get("partition_by")
        told = TableOptions(by["field"] if by else None, CLUSTERS.get(node.name, ()), labels, path in required, None)
        assert set(map(repr, tables[path])) == {repr(told)}, path
    assert {node.name for node in built} >= CLUSTERS.keys()
    assert sum(bool(node.config.get("partition_by")) for node in built) > 20


def test_what_dbt_makes_on_the_way_expires_in_half_a_day_and_nothing_else_does(run: Walk) -> None:
    nodes = run.warehouse.manifest.nodes.values()
    replaced = [(node.schema, node.alias) for node in nodes if node.name in run.incremental]
    assert replaced
    expiry = {path: {one.expires_after for one in told} for path, told in made(run).items() if path[0] != "release"}
    temporary = {path: hours for path, hours in expiry.items() if path[1].endswith("__dbt_tmp")}
    assert temporary.keys() >= {(*path[:-1], f"{path[-1]}__dbt_tmp") for path in replaced}  # unit tests make some too
    assert set().union(*temporary.values()) == {"12 hour"}
    assert set().union(*(hours for path, hours in expiry.items() if path not in temporary)) == {None}


def test_landing_tables_are_by_day_of_loading_and_by_file_and_releases_expire(run: Walk) -> None:
    tables = made(run)
    landed = [node for node in run.warehouse.manifest.sources.values() if "class" in node.config.meta]
    labels = {"app": "signalhouse", "layer": "landing"}
    for node in landed:
        told = TableOptions("loaded_at", ("file_path",), labels, requires_filter=True, expires_after=None)
        assert tables[node.schema, node.identifier] == [told]
    kept = {one.expires_after for path, told in tables.items() if path[0] == "release" for one in told}
    assert kept == {"30 day"}
    shown = [one.labels for path, told in tables.items() if path[0] == "mart" for one in told]
    assert shown
    assert all(one == {"app": "signalhouse", "release": STAMP.lower()} for one in shown)


# That the check bites

TABLE = {("p", "d", "event"): [Column("user_id", parse_type("string")), Column("moment", parse_type("timestamp"))]}


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select json_extract_string(user_id, '$.a') from p.d.event", "Function not found: json_extract_string"),
        ("select epoch_ms(moment) from p.d.event", "Function not found: epoch_ms"),
        ("select useer_id from p.d.event", "Unrecognized name: useer_id"),
        ("select 1 from p.d.events", "Table not found"),
        ("select user_id, count(*) from p.d.event", "neither grouped nor aggregated"),
        ("create table p.d.x options (nonsense = 5) as select 1 as a", "Unknown option: nonsense"),
        (
            "create table p.d.x options (expiration_timestamp = 5) as select 1 as a",
            "cannot be coerced to expected type",
        ),
        ("create table p.d.x options (labels = ['app']) as select 1 as a", "cannot be coerced to expected type"),
        ("create table p.d.x options (require_partition_filter = 'on') as select 1 as a", "cannot be coerced"),
        ("create table p.d.x (a int64 options (descriptoin = 'of a'))", "Unknown option: descriptoin"),
        ("alter table p.d.event set options (expires = null)", "Unknown option: expires"),
        ("create table p.d.x (a int64, primary key (a))", "not enforced"),
        ("create table p.d.x (a string, foreign key (a) references p.d.event (user_id))", "not enforced"),
        (
            "select date_diff(moment, current_date(), day) from p.d.event",
            "No matching signature for function DATE_DIFF",
        ),
        ("select moment > current_datetime() from p.d.event", "No matching signature for operator >"),
        ("select * from (values (1)) as t (x)", "Syntax error"),
        ("select cast(user_id as varchar) from p.d.event", "Type not found: varchar"),
        ("insert into p.d.event (user_id) select 1", "Query column 1 has type INT64 which cannot be inserted"),
        ("select 1; declare x int64", "Unexpected keyword DECLARE"),
        ("select 1 from p.d.event cross join lateral (select 1)", "LATERAL join is not supported"),
        ("select distinct json '{}' from p.d.event", "JSON cannot be used in SELECT DISTINCT"),
        ("select 1 from p.d.event as a left join p.d.event as b on a.moment < b.moment", "LEFT OUTER JOIN without"),
        (
            "select 1 from p.d.event as a full join p.d.event as b on a.moment = b.moment or a.user_id = b.user_id",
            "FULL",
        ),
        (
            "select (select max(b.moment) from p.d.event as b where b.moment < a.moment) from p.d.event as a",
            "correlated",
        ),
    ],
)
def test_what_is_not_bigquery_is_refused(sql: str, message: str) -> None:
    with pytest.raises(InvalidSql, match=message):
        list(analyser().analyse(sql, TABLE))


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 from p.d.event as a inner join p.d.event as b on a.moment < b.moment",
        "select 1 from p.d.event as a left join p.d.event as b on lower(a.user_id) = b.user_id and a.moment < b.moment",
        "select 1 from p.d.event as a left join p.d.event as b using (user_id)",
        "select 1 from p.d.event as a where exists (select 1 from p.d.event as b where b.user_id = a.user_id)",
        "select (select max(part) from unnest([a.user_id, 'x']) as part) from p.d.event as a",
    ],
)
def test_what_bigquery_runs_is_not_refused(sql: str) -> None:
    assert [statement.kind for statement in analyser().analyse(sql, TABLE)] == ["query"]


def test_options_and_keys_that_bigquery_has_are_read() -> None:
    sql = (
        "create table p.d.x (a int64 options (description = 'of a'), day date, primary key (a) not enforced) partition by day cluster by a "
        "options (description = 'of x', labels = [('app', 'signalhouse')], require_partition_filter = true, "
        "expiration_timestamp = timestamp_add(current_timestamp(), interval 12 hour))"
    )
    [statement] = analyser().analyse(sql, {})
    assert options_of(statement) == TableOptions("day", ("a",), {"app": "signalhouse"}, True, "12 hour")


def test_a_statement_of_a_script_sees_what_the_one_before_it_made() -> None:
    client = StandIn(analyser())
    config: Any = type("Config", (), {"dry_run": False})
    client.query(
        "create table `p`.`d`.`a` as (select 1 as x); create view `p`.`d`.`b` as select x from `p`.`d`.`a`;", config
    )
    assert [column.type_name for column in client.tables["p", "d", "b"]] == ["INT64"]
    client.query("drop table `p`.`d`.`a`", config)
    assert ("p", "d", "a") not in client.tables


BROKEN_PROJECT = {
    "dbt_project.yml": "{name: broken, version: 0.1.0, profile: signalhouse}",
    "models/duckdb_only.sql": "select epoch_ms(1) as x",
    "models/wrong_contract.sql": "select 1 as x",
    "models/undeclared_type.sql": "select '1' as x",
    "models/fine.sql": "select 5 / 2 as half",
    "models/only_incrementally.sql": """
        {{ config(materialized='incremental', unique_key='x') }}
        select {{ "strftime(current_date(), '%Y')" if is_incremental() else "'2026'" }} as x
    """,
    "models/models.yml": """
        models:
          - {name: wrong_contract, config: {contract: {enforced: true}}, columns: [{name: x, data_type: string}]}
          - {name: undeclared_type, columns: [{name: x, data_type: int64}]}
        unit_tests:
          - {name: wrong_by_half, model: fine, given: [], expect: {rows: [{half: 2}]}}
          - {name: right, model: fine, given: [], expect: {rows: [{half: 2.5}]}}
    """,
    "tests/refers_to_nothing.sql": "select 1 from {{ ref('fine') }} where quarter = 1",
}


def test_a_broken_project_is_refused_by_file_and_reason(tmp_path: Path) -> None:
    for name, text in BROKEN_PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(dedent(text))
    warehouse = OfflineBigQuery(tmp_path, tmp_path / "target")

    built = warehouse.run("run")
    assert set(built.passed) == {"undeclared_type", "fine", "only_incrementally"}
    assert [finding.split(":")[0] for finding in built.findings] == [
        "models/duckdb_only.sql",
        "models/wrong_contract.sql",
    ]
    assert "Function not found: epoch_ms" in built.findings[0]
    assert "data type mismatch" in built.findings[1]
    assert warehouse.differing_types() == ["undeclared_type.x: declared INT64, is STRING"]

    tested = warehouse.run("test", "--exclude", "wrong_contract")
    assert set(tested.passed) == {"right"}
    assert any("quarter" in finding for finding in tested.findings)
    assert any("wrong_by_half" in finding for finding in tested.findings)

    [incremental] = warehouse.run("run", "--select", "only_incrementally").findings
    assert "Function not found: strftime" in incremental


RAW_PROJECT = {
    "dbt_project.yml": "{name: small, version: 0.1.0, profile: signalhouse, models: {+materialized: table}}",
    "models/sources.yml": """
        sources:
          - name: shop
            database: "{{ target.database }}"
            tables:
              - name: rates
                config: {meta: {class: mutable}}
                columns:
                  - {name: rate, data_type: rate}
                  - {name: amount, data_type: decimal}
                  - {name: name}
                  - {name: changed_at, data_type: bigint}
                  - {name: pieces, data_type: bigint}
                  - {name: extra, data_type: json}
                  - {name: left_out, data_type: date}
    """,
    "models/raw_shop__rates.sql": """
        select rate, amount, name, timestamp_seconds(changed_at) as changed_at, pieces, to_json_string(extra) as extra, 1 as added
        from {{ source('shop', 'rates') }} where loaded_at is not null
    """,
    "models/models.yml": "models: [{name: raw_shop__rates, columns: [{name: extra, data_type: string}]}]",
}


DRIFTS = {
    "rate,": ("cast(rate as float64) as rate,", "rate: declared NUMERIC, is FLOAT64"),
    "name,": ("cast(name as int64) as name,", "name: declared STRING, is INT64"),
    "timestamp_seconds(changed_at) as changed_at": ("changed_at", "changed_at: declared TIMESTAMP, is INT64"),
    "pieces,": ("cast(pieces as string) as pieces,", "pieces: declared INT64, is STRING"),
    "to_json_string(extra) as extra": ("extra", "extra: declared STRING, is JSON"),
}


@pytest.mark.parametrize("drifts", [{}, DRIFTS], ids=["clean", "drifted"])
def test_a_raw_column_that_drifts_from_its_contract_is_found(
    tmp_path: Path, drifts: Mapping[str, tuple[str, str]]
) -> None:
    for name, text in RAW_PROJECT.items():
        for written, (drifted, _) in drifts.items() if name.endswith(".sql") else ():
            text = text.replace(written, drifted, 1)
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(dedent(text))
    warehouse = OfflineBigQuery(tmp_path, tmp_path / "target")
    refuse_findings(warehouse.run("run"))
    assert sorted(warehouse.differing_types()) == sorted(f"raw_shop__rates.{found}" for _, found in drifts.values())
