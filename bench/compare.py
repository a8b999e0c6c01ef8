"""The floor's marts against the warehouse's, cell by cell: rows as multisets, floats bit by bit."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb


@dataclass
class Comparison:
    """`covered` are the marts that the floor makes, `missing` those it does not; `differences` says how each that differs does."""

    covered: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    rows: int = 0
    cells: int = 0
    differences: list[str] = field(default_factory=list)


def compare(floor: Path, marts: Path) -> Comparison:
    """Every table of schema mart in database `floor` with its namesake in `marts`."""
    found = Comparison()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{floor}' as floor (read_only)")
        connection.execute(f"attach '{marts}' as marts (read_only)")
        theirs, ours = _columns(connection, "floor"), _columns(connection, "marts")
        found.missing = sorted(set(ours) - set(theirs))
        for mart, columns in sorted(ours.items()):
            if mart not in theirs:
                continue
            found.covered.append(mart)
            if set(theirs[mart]) != set(columns):
                found.differences.append(f"{mart} has other columns")
                continue
            listed = ", ".join(f'"{column}"' for column in columns)
            one, other = (f"select {listed} from {side}.mart.{mart}" for side in ("floor", "marts"))
            rows = _count(connection, f"from ({other})")
            lacking = _count(connection, f"from ({other} except all {one})")
            extra = _count(connection, f"from ({one} except all {other})")
            found.rows += rows
            found.cells += rows * len(columns)
            if lacking or extra:
                found.differences.append(
                    f"{mart}: {lacking} of {rows} rows are not the floor's, which has {extra} others"
                )
    return found


def _columns(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, list[str]]:
    rows = connection.execute(
        """
        select table_name, list(column_name order by ordinal_position) from information_schema.columns
        where table_catalog = ? and table_schema = 'mart' group by table_name
        """,
        [catalog],
    ).fetchall()
    return dict(rows)


def _count(connection: duckdb.DuckDBPyConnection, source: str) -> int:
    row = connection.execute(f"select count(*) {source}").fetchone()
    assert row is not None
    return int(row[0])
