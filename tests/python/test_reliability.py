"""Services, incidents and deployments of the demo company, through Datadog, New Relic and GitHub, equal what was planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from project_copy import copy_of_the_project

from signalhouse import ops
from signalhouse.build import build
from signalhouse.demo import DemoTruth, write_demo
from signalhouse.demo.plan_reliability import SERVICES
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.settings import Settings

VENDORS = ("datadog", "newrelic", "github")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DemoTruth, duckdb.DuckDBPyConnection]]:
    folder = tmp_path_factory.mktemp("reliability")
    truth = write_demo(folder / "landing", accounts=20, days=80, sources=VENDORS)
    settings = Settings.resolve(
        landing=str(folder / "landing"),
        work=folder / "work",
        serve=folder / "serve",
        as_of=truth.as_of,
        project=copy_of_the_project(folder / "project", VENDORS),
    )
    land(settings, silent)
    ops.set_as_of(settings)
    build(
        settings,
        select=["+service_health_daily", "fct_deployment_set_aside", "path:models/raw"],
        data_tests=False,
        progress=silent,
    )
    with duckdb.connect() as connection:
        connection.execute(f"attach '{settings.warehouse_db}' as warehouse (read_only)")
        connection.execute(f"attach '{settings.marts_db}' as marts (read_only)")
        connection.execute(f"attach '{settings.landing_db}' as landing (read_only)")
        yield truth, connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    found = connection.execute(query)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_every_day_of_every_service_is_as_planned(company: tuple[DemoTruth, duckdb.DuckDBPyConnection]) -> None:
    truth, connection = company
    planned = truth.domains["service_days"]
    columns = ", ".join(name for name in planned[0] if name != "day")
    found = rows(
        connection, f"select {columns}, day::varchar as day from marts.mart.service_health_daily order by service, day"
    )
    assert len(found) == len(SERVICES) * 80
    assert [{name: row[name] for name in planned[0]} for row in found] == planned


def test_the_plan_holds_what_the_test_is_about(company: tuple[DemoTruth, Any]) -> None:
    truth, _ = company
    days = truth.domains["service_days"]
    assert (
        sum(row["downtime_seconds"] for row in days if row["service"] == "web" and row["day"] == "2026-06-05") == 6000
    )
    assert [row["downtime_seconds"] for row in days if row["service"] == "auth"][-2:] == [4 * 3600, 24 * 3600]
    assert sum(row["change_failures"] for row in days) >= 2
    assert sum(row["rollbacks"] for row in days) == 1
    assert {"exercise", "untimed", "rule gone"} <= {row["kind"] for row in truth.domains["incidents"]}


def test_every_record_has_the_fate_that_was_planned(company: tuple[DemoTruth, duckdb.DuckDBPyConnection]) -> None:
    truth, connection = company
    planned = {
        (row["vendor"], row["object"], fate): row[fate]
        for row in truth.objects
        for fate in ("loaded", "duplicate", "quarantined")
        if row[fate]
    }
    raw = " union all ".join(
        f"select '{row['vendor']}', '{row['object']}', record_status from warehouse.raw.raw_{row['vendor']}__{row['object']}"
        for row in truth.objects
    )
    found = Counter(connection.execute(raw).fetchall())
    found.update(connection.execute("select vendor, object, 'quarantined' from landing.ops.quarantine").fetchall())
    assert found == planned


def test_an_incident_keeps_its_clocks(company: tuple[DemoTruth, duckdb.DuckDBPyConnection]) -> None:
    truth, connection = company
    planned = [
        {
            "source": row["tool"],
            "title": row["title"],
            "severity_level": row["level"] if row["tool"] == "datadog" or row["level"] == 2 else 4,
            "started_at": row["started_at"],
            "harm_ended_at": row["ended_at"],
            "is_test": row["kind"] == "exercise",
            "is_recovered": None if row["ended_at"] is None else row["kind"] != "rule gone",
        }
        for row in truth.domains["incidents"]
    ]
    found = rows(
        connection,
        f"select {', '.join(planned[0])} from warehouse.core.fct_incident order by started_at, title",
    )
    assert [
        {**row, "started_at": str(row["started_at"]), "harm_ended_at": _text(row["harm_ended_at"])} for row in found
    ] == planned


def test_a_deployment_seen_by_two_tools_counts_once(company: tuple[DemoTruth, duckdb.DuckDBPyConnection]) -> None:
    truth, connection = company
    watcher = {service: tool for service, tool, *_ in SERVICES}
    planned = truth.domains["deployments"]
    speaks = Counter("datadog" if row["key"] == "reports-by-hand" else "github" for row in planned)
    assert (
        dict(
            connection.execute("select source, count(*) from warehouse.core.fct_deployment group by source").fetchall()
        )
        == speaks
    )
    seen = Counter(
        watcher[row["service"]]
        for row in planned
        if row["fate"] == "succeeded"
        and row["key"] != "reports-by-hand"
        and (watcher[row["service"]] == "datadog" or row["environment"] == "production")
    )
    aside = "select source, count(*) from warehouse.core.fct_deployment_set_aside where counted_by_source = 'github' group by source"
    assert dict(connection.execute(aside).fetchall()) == seen
    status = "select status, count(*) from warehouse.core.fct_deployment group by status"
    assert dict(connection.execute(status).fetchall()) == Counter(
        "unknown" if row["fate"] == "silent" else row["fate"] for row in planned
    )


def _text(moment: Any) -> str | None:
    return None if moment is None else str(moment)
