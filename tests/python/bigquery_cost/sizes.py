"""How many bytes BigQuery would count for each column of a built warehouse, and how they grow with the history.

Two builds of one small company over a short and a long history give what a day adds to each table; a longer history is that day,
repeated. Sizes are those that BigQuery documents for its types; a null is nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

# BigQuery's documented sizes, by the DuckDB type that stands for the same. A text or JSON has 2 bytes beside its own.
FIXED = {
    "BIGINT": 8,
    "INTEGER": 8,
    "DOUBLE": 8,
    "BOOLEAN": 1,
    "DATE": 8,
    "TIMESTAMP": 8,
    "DECIMAL": 16,
    "HUGEINT": 32,
    "UBIGINT": 8,
}
TEXT = ("VARCHAR", "JSON")
SETTLED_DAYS = 28  # the days of the longer history whose mean is a usual day
LOAD_TIME = "loaded_at"  # by which landing tables are partitioned
DATABASES = ("landing", "warehouse", "marts")

Columns = dict[str, float]  # bytes by column
Table = tuple[str, str]  # dataset and name


@dataclass(frozen=True)
class Size:
    """A table's bytes by column: `base` at any history, and `per_day` for each day of it. A partitioned table is its days."""

    base: Columns
    per_day: Columns

    def bytes(self, columns: tuple[str, ...], days: int) -> float:
        """What these columns hold after a history of `days`; `*` is all of them."""
        return sum(self.base.get(name, 0) + self.per_day.get(name, 0) * days for name in self._named(columns))

    def bytes_per_day(self, columns: tuple[str, ...]) -> float:
        """What these columns hold of one day."""
        return sum(self.per_day.get(name, 0) for name in self._named(columns))

    def _named(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        every = tuple(self.per_day)
        if "*" in columns or ("payload" in columns and "payload" not in every):
            return every  # a record as it was delivered is about as large as its fields
        return columns


def measured(work: Path) -> dict[Table, Columns]:
    """Bytes of every column of every table in the databases of a work folder."""
    return {table: _bytes(connection, name, {}) for table, name, connection in _tables(work)}


def usual_day(work: Path, partitions: Mapping[Table, str], days: int) -> dict[Table, Columns]:
    """Bytes that a day of the settled end adds to each partitioned table. Landing was loaded at once: there it is the mean day."""
    found = {}
    for table, name, connection in _tables(work):
        if partitions.get(table) == LOAD_TIME:
            found[table] = {key: value / days for key, value in _bytes(connection, name, {}).items()}
        elif table in partitions:
            column = partitions[table]
            newest = f"(select max(cast({column} as date)) from {name})"
            settled = f"cast({column} as date) between {newest} - {SETTLED_DAYS} and {newest} - 1"
            found[table] = {
                key: value / SETTLED_DAYS for key, value in _bytes(connection, name, {"where": settled}).items()
            }
    return found


def sizes(
    short: Path, short_days: int, long: Path, long_days: int, partitions: Mapping[Table, str]
) -> dict[Table, Size]:
    """The growth of each table, from two work folders of one company."""
    few, many, days = measured(short), measured(long), usual_day(long, partitions, long_days)
    found = {}
    for table, columns in many.items():
        if table in days:
            found[table] = Size({}, days[table])
            continue
        before = few.get(table, {})
        per_day = {c: max(0.0, (size - before.get(c, size)) / (long_days - short_days)) for c, size in columns.items()}
        base = {c: max(0.0, size - per_day[c] * long_days) for c, size in columns.items()}
        found[table] = Size(base, per_day)
    return found


def _tables(work: Path):  # type: ignore[no-untyped-def]
    for database in DATABASES:
        with duckdb.connect(str(work / f"{database}.duckdb"), read_only=True) as connection:
            listed = connection.execute(
                "select schema_name, table_name from duckdb_tables() where not temporary"
            ).fetchall()
            for schema, name in listed:
                yield (schema, name), f'"{schema}"."{name}"', connection


def _bytes(connection: duckdb.DuckDBPyConnection, table: str, options: Mapping[str, str]) -> Columns:
    described = connection.execute(f"describe {table}").fetchall()
    sums = ", ".join(f'coalesce(sum({_size(row[0], row[1])}), 0) as "{row[0]}"' for row in described)
    where = f" where {options['where']}" if "where" in options else ""
    values = connection.execute(f"select {sums} from {table}{where}").fetchone()
    assert values is not None
    return {row[0]: float(value) for row, value in zip(described, values, strict=True)}


def _size(column: str, kind: str) -> str:
    """The bytes of one value, as DuckDB's SQL."""
    name = kind.split("(")[0]
    if kind.endswith("[]"):
        inner = kind.removesuffix("[]")
        each = "2 + strlen(cast(x as varchar))" if inner in TEXT else str(FIXED.get(inner.split("(")[0], 8))
        return f'list_sum(list_transform("{column}", x -> {each}))'
    if name in TEXT:
        return f'2 + strlen(cast("{column}" as varchar))'
    if name not in FIXED:
        raise ValueError(f"no size is known for {kind} of {column}")
    return f'case when "{column}" is not null then {FIXED[name]} end'
