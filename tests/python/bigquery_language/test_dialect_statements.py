"""The macros of macros/dialect/statements say to each engine what they must, and it does what it should."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from .column_types import Column, parse_type
from .dialect_statements import STATEMENTS, Said
from .googlesql import analyser
from .test_dialect_macros import render

Texts = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Texts:
    folder = tmp_path_factory.mktemp("statements")
    cases = [one.case for one in STATEMENTS]
    return {engine: render(folder / engine, f"{engine}_offline", cases) for engine in ("duckdb", "bigquery")}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as p; create schema p.d")
        yield connection


@pytest.mark.parametrize("one", STATEMENTS, ids=lambda one: one.name)
def test_each_engine_is_told(one: Said, said: Texts) -> None:
    assert {engine: " ".join(texts[one.name].split()) for engine, texts in said.items()} == {
        "duckdb": one.duckdb,
        "bigquery": one.bigquery,
    }


def test_rows_are_deleted(said: Texts, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create table p.d.t as select unnest([1, 2, null]) as k")
    connection.execute(said["duckdb"]["delete_rows"])
    assert connection.execute("select k from p.d.t order by k nulls last").fetchall() == [(1,), (None,)]
    tables = {("p", "d", "t"): [Column("k", parse_type("int64"))]}
    assert [found.kind for found in analyser().analyse(said["bigquery"]["delete_rows"], tables)] == ["merge"]


def test_patterns_are_asked_while_they_are_remembered(said: Texts, connection: duckdb.DuckDBPyConnection) -> None:
    texts = said["duckdb"]

    def asked() -> list[bool]:
        return [found for (found,) in connection.execute(texts["may_match"]).fetchall()]

    assert asked() == [True, True, True]
    # An alternative in one pattern must not swallow its neighbour.
    connection.execute("create table p.d.t as select unnest(['^bot@|^robot@', 'x$x', null]) as pattern")
    connection.execute(texts["remember_patterns"])
    assert asked() == [False, True, True]  # ann, bot, and nobody knows
    connection.execute("delete from p.d.t")
    connection.execute(texts["remember_patterns"])
    assert asked() == [True, True, True]  # told of no pattern: `matches` says
    connection.execute("insert into p.d.t values ('^ann@')")
    connection.execute(texts["remember_patterns"])
    assert asked() == [True, False, True]
    connection.execute(texts["forget_patterns"])
    assert asked() == [True, True, True]
