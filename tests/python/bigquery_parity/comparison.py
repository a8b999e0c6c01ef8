"""DuckDB's tables against the emulator's, value by value: floats to 1e-9 relative, the rest exact, rows as multisets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
from bigquery_language.column_types import API_NAMES
from equality import EXEMPT_COLUMNS, EXEMPT_TABLES
from google.cloud import bigquery

SCHEMAS = ("raw", "core", "contact", "mart")
# Marts are built in a dataset of their own, and copied when they are published.
DATASETS = {"mart": "staging"}
# The key of a record that has none is a hash of its text, and BigQuery sorts the keys of a JSON document: as good a key, another value.
HASHES_OF_JSON = {"row_key"}
RELATIVE = 1e-9
# What DuckDB stores where BigQuery's table has the other.
BIGQUERY_TYPES = {
    "BIGINT": "INT64",
    "VARCHAR": "STRING",
    "BOOLEAN": "BOOL",
    "DOUBLE": "FLOAT64",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP",
    "DECIMAL(28,6)": "NUMERIC",
    "DECIMAL(28,9)": "NUMERIC",
    "JSON": "JSON",
}


SQL_NAMES = {printed: name for name, printed in API_NAMES.items()}


@dataclass
class Parity:
    """`cells` compared in all; `differences` names each table that differs, with how; `missing` are those that BigQuery lacks, `empty`
    those that hold no row on either side."""

    tables: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    cells: int = 0
    differences: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def compare(work: Path, client: bigquery.Client) -> Parity:
    """Every table of a work folder's databases with the table of that name in BigQuery."""
    result = Parity()
    there = {
        f"{schema}.{table.table_id}" for schema in SCHEMAS for table in client.list_tables(DATASETS.get(schema, schema))
    }
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.create_function("canonical", _canonical, ["varchar"], "varchar")
        for file in ("warehouse", "marts"):
            connection.execute(f"attach '{work / file}.duckdb' as {file} (read_only)")
        for catalog, name, columns in _tables(connection):
            if name in EXEMPT_TABLES:
                continue
            if name not in there:
                result.missing.append(name)
                continue
            _compare(connection, client, f"{catalog}.{name}", columns, result)
    return result


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, dict[str, str]]]:
    rows = connection.execute(
        "select table_catalog, table_schema || '.' || table_name, list(column_name order by ordinal_position), "
        "list(data_type order by ordinal_position) from information_schema.columns "
        f"where table_catalog in ('warehouse', 'marts') and table_schema in {SCHEMAS} group by 1, 2 order by 1, 2"
    ).fetchall()
    return [(catalog, name, dict(zip(names, types, strict=True))) for catalog, name, names, types in rows]


def _compare(
    connection: duckdb.DuckDBPyConnection,
    client: bigquery.Client,
    source: str,
    columns: dict[str, str],
    result: Parity,
) -> None:
    name = source.partition(".")[2]
    schema, _, table_name = name.partition(".")
    there = f"{client.project}.{DATASETS.get(schema, schema)}.{table_name}"
    table = client.get_table(there)
    described = {column.name: SQL_NAMES.get(column.field_type, column.field_type) for column in table.schema}
    expected = {column: BIGQUERY_TYPES[kind] for column, kind in columns.items()}
    if described != expected:
        wrong = sorted(set(described.items()) ^ set(expected.items()))
        result.differences.append(f"{name}: other columns or types: {wrong}")
        return
    compared = [column for column in columns if column not in EXEMPT_COLUMNS | HASHES_OF_JSON]
    connection.execute(f"create or replace temp table one as select {_listed(compared, columns)} from {source}")
    connection.register("fetched", _fetched(client, there, compared))
    connection.execute(f"create or replace temp table other as select {_listed(compared, columns)} from fetched")
    connection.unregister("fetched")
    rows = _count(connection, "from one")
    others = _count(connection, "from other")
    unmatched = rows - _matched(connection, compared, columns)
    result.tables.append(name)
    if not rows and not others:
        result.empty.append(name)
    result.cells += rows * len(compared)
    if unmatched or others != rows:
        where = ", ".join(f"{column} ({count})" for column, count in _differing(connection, compared, columns))
        result.differences.append(
            f"{name}: {unmatched} of {rows} rows of DuckDB are not among the {others} of BigQuery; "
            + (
                f"columns: {where}"
                if where
                else "BigQuery has more"
                if others > rows
                else "each column by itself is equal"
            )
        )


def _listed(names: list[str], columns: dict[str, str]) -> str:
    """The columns in one form for both sides: a time in UTC without its zone, a decimal as wide as BigQuery's, JSON with sorted keys."""
    forms = {
        "TIMESTAMP": 'cast("{0}" as timestamp) as "{0}"',
        **dict.fromkeys(("DECIMAL(28,6)", "DECIMAL(28,9)"), 'cast("{0}" as decimal(38, 9)) as "{0}"'),
        "JSON": 'canonical(cast("{0}" as varchar)) as "{0}"',
    }
    return ", ".join(forms.get(columns[name], '"{0}"').format(name) for name in names)


def _canonical(text: str) -> str:
    """A JSON document in one spelling; its numbers as they were written, but for the 0 after the point that BigQuery writes."""
    return json.dumps(json.loads(text), sort_keys=True)


def _fetched(client: bigquery.Client, table: str, columns: list[str]) -> pa.Table:
    rows = client.query(f"select {', '.join(f'`{column}`' for column in columns)} from `{table}`").result()
    return rows.to_arrow(create_bqstorage_client=False)


def _matched(connection: duckdb.DuckDBPyConnection, names: list[str], columns: dict[str, str]) -> int:
    """Rows of one side that have a partner: equal in all but floats, and close in those."""
    exact = [name for name in names if columns[name] != "DOUBLE"]
    floats = [name for name in names if columns[name] == "DOUBLE"]
    key = ", ".join(f'"{name}"' for name in exact) or "1"
    order = ", ".join(f'"{name}"' for name in floats) or "1"
    numbered = "select *, row_number() over (partition by {key} order by {order}) as nth from {side}"
    same = " and ".join(
        ["one.nth = other.nth", *(f'one."{name}" is not distinct from other."{name}"' for name in exact)]
    )
    close = " and ".join(["true", *(_close(name) for name in floats)])
    row = connection.execute(
        f"select count(*) from ({numbered.format(key=key, order=order, side='one')}) as one "
        f"inner join ({numbered.format(key=key, order=order, side='other')}) as other on {same} where {close}"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _close(name: str) -> str:
    one, other = f'one."{name}"', f'other."{name}"'
    return (
        f"({one} is not distinct from {other} or "
        f"abs({one} - {other}) <= {RELATIVE} * greatest(abs({one}), abs({other})))"
    )


def _differing(
    connection: duckdb.DuckDBPyConnection, names: list[str], columns: dict[str, str]
) -> list[tuple[str, int]]:
    """Columns whose values, taken by themselves, differ: where to look first."""
    found = []
    for name in names:
        value = f'round("{name}", 6)' if columns[name] == "DOUBLE" else f'"{name}"'
        extra = _count(connection, f"from (select {value} from one except all select {value} from other)")
        if extra:
            found.append((name, extra))
    return found


def _count(connection: duckdb.DuckDBPyConnection, source: str) -> int:
    row = connection.execute(f"select count(*) {source}").fetchone()
    assert row is not None
    return int(row[0])
