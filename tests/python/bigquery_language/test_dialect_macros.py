"""Every macro of macros/dialect gives the same value and type on DuckDB as in GoogleSQL's reference implementation."""

from __future__ import annotations

import datetime
import decimal
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.cli.main import dbtRunner

from .dbt_run import PROFILES, connected_to
from .dialect_cases import CASES, DIFFERENT, REFUSED, Case
from .dialect_statements import IN_A_RUN, STATEMENTS
from .googlesql import InvalidSql, analyser
from .stand_in import StandIn

PROJECT = Path(__file__).parents[3]
MACROS = PROJECT / "macros" / "dialect"

# GoogleSQL's type, and the one that DuckDB must answer with.
SAME_TYPES = {
    "INT64": "BIGINT",
    "STRING": "VARCHAR",
    "FLOAT64": "DOUBLE",
    "BOOL": "BOOLEAN",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP",
    "NUMERIC": "DECIMAL",  # of any precision
    "BIGNUMERIC": "HUGEINT",
    "JSON": "JSON",
}


def render(folder: Path, engine: str, cases: list[Case]) -> dict[str, str]:
    """The SQL of each case for one engine: a project of nothing but the macros, with a model per case."""
    (folder / "models").mkdir(parents=True)
    (folder / "macros").symlink_to(PROJECT / "macros")
    (folder / "vars.yml").symlink_to(PROJECT / "vars.yml")
    (folder / "dbt_project.yml").write_text(
        "{name: signalhouse, version: 0.1.0, profile: signalhouse, macro-paths: [macros]}\n"
    )
    for number, case in enumerate(cases):
        (folder / "models" / f"case_{number}.sql").write_text(case.query)
    arguments = [
        "--quiet",
        "compile",
        "--target",
        engine,
        "--project-dir",
        str(folder),
        "--profiles-dir",
        str(PROFILES),
    ]
    with connected_to(StandIn(analyser())):
        result = dbtRunner().invoke([*arguments, "--target-path", str(folder / "target"), "--log-path", str(folder)])
    if result.exception:
        raise result.exception
    compiled = {one.node.name: one.node.compiled_code for one in result.result}
    names = {case.name for case in cases}
    assert len(names) == len(cases), "two cases of one name"
    return {case.name: compiled[f"case_{number}"] for number, case in enumerate(cases)}


@pytest.fixture(scope="module")
def duckdb_sql(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return render(
        tmp_path_factory.mktemp("dialect") / "duckdb", "duckdb_offline", [*CASES, *(case for case, _ in DIFFERENT)]
    )


@pytest.fixture(scope="module")
def bigquery_sql(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return render(
        tmp_path_factory.mktemp("dialect") / "bigquery", "bigquery_offline", [*CASES, *(case for case, _ in DIFFERENT)]
    )


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        # A macro must not depend on where the machine stands.
        connection.execute("set TimeZone = 'Asia/Kathmandu'")
        yield connection


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_both_engines_give_the_expected_values(
    case: Case, duckdb_sql: dict[str, str], bigquery_sql: dict[str, str], connection: duckdb.DuckDBPyConnection
) -> None:
    columns, rows = analyser().evaluate(bigquery_sql[case.name])
    found = connection.execute(duckdb_sql[case.name])
    duckdb_type = str(found.description[0][1])
    is_json = columns[0].type_name == "JSON"
    assert [comparable(row["v"], is_json) for row in rows] == case.expected, "GoogleSQL"
    assert [comparable(value, is_json) for (value,) in found.fetchall()] == case.expected, "DuckDB"
    assert duckdb_type.split("(")[0] == SAME_TYPES[columns[0].type_name]


@pytest.mark.parametrize(("case", "on_bigquery"), DIFFERENT, ids=lambda one: one.name if isinstance(one, Case) else "")
def test_the_known_differences_are_as_they_are_known(
    case: Case,
    on_bigquery: list[Any],
    duckdb_sql: dict[str, str],
    bigquery_sql: dict[str, str],
    connection: duckdb.DuckDBPyConnection,
) -> None:
    try:
        on_googlesql = [row["v"] for row in analyser().evaluate(bigquery_sql[case.name])[1]]
    except InvalidSql:
        on_googlesql = REFUSED
    try:
        on_duckdb = [value for (value,) in connection.execute(duckdb_sql[case.name]).fetchall()]
    except duckdb.Error:
        on_duckdb = REFUSED
    assert [comparable(value, is_json=False) for value in on_googlesql] == on_bigquery
    assert [comparable(value, is_json=False) for value in on_duckdb] == case.expected


def test_every_dialect_macro_has_a_case() -> None:
    text = "\n".join(path.read_text() for path in sorted(MACROS.rglob("*.sql")))
    public = set(re.findall(r"{% macro (?!default__|duckdb__|bigquery__)(\w+)\(", text))
    dispatched = {name: set(re.findall(r"adapter\.dispatch\('(\w+)'", body)) for name, body in bodies(text)}
    queries = [case.query for case in CASES] + [one.query for one in STATEMENTS]
    called = {name for query in queries for name in re.findall(r"\w+", query)}
    reached = called | {inner for name in called for inner in dispatched.get(name, ())}
    both_ways = {name for names in dispatched.values() for name in names}
    assert public - called == IN_A_RUN, "macros without a case"
    assert both_ways - reached - IN_A_RUN == set(), "dispatched macros that no case reaches"


def bodies(text: str) -> list[tuple[str, str]]:
    return re.findall(r"{%-? macro (\w+)\(.*?\)\s*-?%}(.*?){%-? endmacro", text, re.DOTALL)


def comparable(value: Any, is_json: bool) -> Any:
    if value is None:
        return None
    if is_json:
        return json.loads(value)
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.UTC).replace(tzinfo=None)
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
