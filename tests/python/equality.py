"""Two work folders compared cell by cell: every table of the warehouse and of the marts, but for a closed list of exemptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

# When something was loaded may differ; what was loaded, never.
EXEMPT_COLUMNS = {"loaded_at", "batch_id", "run_id"}
# The frame's own log of what changed in which batch.
EXEMPT_TABLES = {"raw.touched_day"}


@dataclass
class Comparison:
    """`cells` compared in all; `differences` names each table that differs, with how."""

    tables: int = 0
    cells: int = 0
    differences: list[str] = field(default_factory=list)


def compare(one: Path, other: Path) -> Comparison:
    """Compare work folder `one` with `other`. Rows are compared as multisets, values exactly (floats bit by bit)."""
    result = Comparison()
    with duckdb.connect() as connection:
        for file in ("warehouse", "marts"):
            connection.execute(f"attach '{one / file}.duckdb' as one_{file} (read_only)")
            connection.execute(f"attach '{other / file}.duckdb' as other_{file} (read_only)")
            tables, others = _tables(connection, f"one_{file}"), _tables(connection, f"other_{file}")
            result.differences += [f"{name} is in one of them only" for name in sorted(tables ^ others)]
            for name in sorted((tables & others) - EXEMPT_TABLES):
                _compare_table(connection, file, name, result)
    return result


def _tables(connection: duckdb.DuckDBPyConnection, catalog: str) -> set[str]:
    rows = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables where table_catalog = ?", [catalog]
    ).fetchall()
    return {name for (name,) in rows}


def _columns(connection: duckdb.DuckDBPyConnection, catalog: str, name: str) -> list[str]:
    schema, table = name.split(".")
    rows = connection.execute(
        "select column_name from information_schema.columns where table_catalog = ? and table_schema = ? and table_name = ?",
        [catalog, schema, table],
    ).fetchall()
    return [column for (column,) in rows if column not in EXEMPT_COLUMNS]


def _compare_table(connection: duckdb.DuckDBPyConnection, file: str, name: str, result: Comparison) -> None:
    columns = _columns(connection, f"one_{file}", name)
    if set(columns) != set(_columns(connection, f"other_{file}", name)):
        result.differences.append(f"{name} has other columns")
        return
    listed = ", ".join(f'"{column}"' for column in columns)
    one, other = (f"select {listed} from {side}_{file}.{name}" for side in ("one", "other"))
    rows = _count(connection, f"from ({one})")
    lacking, extra = (
        _count(connection, f"from ({one} except all {other})"),
        _count(connection, f"from ({other} except all {one})"),
    )
    result.tables += 1
    result.cells += rows * len(columns)
    if lacking or extra:
        result.differences.append(f"{name}: of {rows} rows {lacking} differ, {extra} stand in their place")


def _count(connection: duckdb.DuckDBPyConnection, source: str) -> int:
    row = connection.execute(f"select count(*) {source}").fetchone()
    assert row is not None
    return int(row[0])
