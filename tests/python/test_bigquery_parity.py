"""The comparison of DuckDB with an emulator of BigQuery: that it bites, that it stops at once without one, and, slowly, that all is equal."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
from bigquery_parity.comparison import Parity, compare
from bigquery_parity.emulator import ENVIRONMENTS, EmulatorMissing, crucible, require_listening
from bigquery_parity.parity import EMPTY, Outcome, run


def test_a_port_where_nothing_listens_is_refused_at_once() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(EmulatorMissing, match="nothing listens at"):
        require_listening(f"http://127.0.0.1:{port}")
    assert time.monotonic() - began < 3


def test_an_emulator_that_is_not_installed_says_how(tmp_path: Path) -> None:
    with pytest.raises(EmulatorMissing, match="make emulators"), crucible(tmp_path, environments=tmp_path):
        raise AssertionError("it was started")


def test_an_emulator_that_stops_is_shown_with_its_words(tmp_path: Path) -> None:
    python = tmp_path / "crucible" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho no room on the disk\nexit 3\n")
    python.chmod(0o755)
    with (
        pytest.raises(EmulatorMissing, match="code 3:\nno room on the disk"),
        crucible(tmp_path, environments=tmp_path),
    ):
        raise AssertionError("it was started")


class OneTable:
    """A client of a BigQuery that holds core.thing, as a query of DuckDB gives it."""

    project = "p"

    def __init__(self, query: str, **kinds: str) -> None:
        self._query = query
        self._kinds = {"id": "INTEGER", "amount": "FLOAT", "word": "STRING"} | kinds

    def list_tables(self, dataset: str) -> list[Any]:
        return [type("Entry", (), {"table_id": "thing"})] if dataset == "core" else []

    def get_table(self, name: str) -> Any:
        assert name == "p.core.thing"
        fields = [type("Field", (), {"name": name, "field_type": kind}) for name, kind in self._kinds.items()]
        return type("Table", (), {"schema": fields})

    def query(self, sql: str) -> OneTable:
        return self

    def result(self) -> OneTable:
        return self

    def to_arrow(self, create_bqstorage_client: bool) -> Any:
        return duckdb.connect().execute(self._query).to_arrow_table()


ROWS = "select * from (values (1, 0.1::double, 'a'), (2, null, 'b'), (2, null, 'b'), (3, 1e12, null)) as t (id, amount, word)"


def compared(folder: Path, client: OneTable) -> Parity:
    for file in ("warehouse", "marts"):
        with duckdb.connect(str(folder / f"{file}.duckdb")) as connection:
            if file == "warehouse":
                connection.execute(f"create schema core; create table core.thing as {ROWS}")
                connection.execute("alter table core.thing alter id type bigint")
    return compare(folder, client)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "same",
    [
        ROWS,
        f"{ROWS} order by id desc",
        ROWS.replace("0.1::double", "0.10000000001::double"),  # within a billionth of itself
        ROWS.replace("1e12", "1e12 + 100"),
    ],
)
def test_equal_tables_are_equal(same: str, tmp_path: Path) -> None:
    found = compared(tmp_path, OneTable(same))
    assert (found.tables, found.cells, found.differences, found.missing) == (["core.thing"], 12, [], [])


@pytest.mark.parametrize(
    ("other", "column"),
    [
        (ROWS.replace("'a'", "'A'"), "word (1)"),
        (ROWS.replace("0.1::double", "0.100001::double"), "amount (1)"),
        (ROWS.replace("1e12", "1e12 + 1e6"), "amount (1)"),
        (ROWS.replace("1e12", "null"), "amount (1)"),
        (ROWS.replace(", (2, null, 'b')", "", 1), "id (1)"),
        (f"{ROWS} union all select 4, 0.0, 'd'", "BigQuery has more"),
    ],
)
def test_one_cell_that_differs_is_found(other: str, column: str, tmp_path: Path) -> None:
    [difference] = compared(tmp_path, OneTable(other)).differences
    assert difference.startswith("core.thing: ")
    assert column in difference


def test_another_type_and_a_missing_table_are_no_comparison(tmp_path: Path) -> None:
    found = compared(tmp_path, OneTable(ROWS, id="NUMERIC"))
    assert found.tables == []
    assert "other columns or types" in found.differences[0]


def test_a_table_that_was_not_built_is_named(tmp_path: Path) -> None:
    client = OneTable(ROWS)
    client.list_tables = lambda dataset: []  # type: ignore[method-assign]
    found = compared(tmp_path, client)
    assert (found.tables, found.missing) == ([], ["core.thing"])


def test_a_table_that_was_compared_empty_is_told_and_needs_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = ROWS + " where false"
    for file in ("warehouse", "marts"):
        with duckdb.connect(str(tmp_path / f"{file}.duckdb")) as connection:
            if file == "warehouse":
                connection.execute(f"create schema core; create table core.thing as {nothing}")
                connection.execute("alter table core.thing alter id type bigint")
    empty = compare(tmp_path, OneTable(nothing))  # type: ignore[arg-type]
    assert (empty.differences, empty.empty) == ([], ["core.thing"])
    outcome = Outcome()
    outcome.add("first build", empty)
    assert outcome.empty_without_reason == ["core.thing was compared empty"]
    monkeypatch.setitem(EMPTY, "core.thing", "nobody makes one")
    assert [line for line in outcome.empty_without_reason if "core.thing" in line] == []
    filled = Parity(tables=["core.thing"])
    outcome.add("refresh 3", filled)
    assert (outcome.empty, "core.thing has a reason to be empty, and is not") == ([], outcome.empty_without_reason[0])


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not (ENVIRONMENTS / "crucible").exists(), reason="the emulator is not installed: make emulators")
def test_the_demo_company_is_the_same_on_both_engines(tmp_path: Path) -> None:
    found = run(tmp_path)
    assert found["differing"] == []
    assert found["not_executed"] == []
    assert found["cells_compared"] > 1_000_000
