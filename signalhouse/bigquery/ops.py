"""Schema `ops` on BigQuery, and its copy in the local landing database.

The truth is there: each run begins with a fresh copy, so a refresh may run on any machine, one at a time. All of signalhouse reads
and writes the copy; `push` sends what changed by load jobs. Table `batch` goes last of the ledger: a batch that it does not
name never landed, whatever other tables say of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signalhouse.bigquery.connection import Column, Connection, made_empty
from signalhouse.duckdb_files import literal
from signalhouse.landing.ledger import OPS_TABLES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DATASET = "ops"
_KINDS = {"varchar": "STRING", "bigint": "INT64", "timestamp": "TIMESTAMP", "boolean": "BOOL", "json": "JSON"}
# The last two make a batch count, and take back the note that one is on its way.
_ORDER = [*(name for name in OPS_TABLES if name not in ("batch", "setting")), "batch", "setting"]
# Said once, after the last push of a run.
_SAID_LATE = ("run", "expectation_result")


def columns_of(table: str) -> list[Column]:
    """The columns of a table of `ops`, by their types on BigQuery."""
    return [Column(name, _KINDS[kind]) for name, kind in _declared(table)]


def make_tables(connection: Connection) -> None:
    """What is missing there of dataset `ops`."""
    connection.make_dataset(
        DATASET, "What signalhouse itself notes down: files, refused records, releases, audits. Private."
    )
    there = connection.tables(DATASET)
    for name in OPS_TABLES:
        if name not in there:
            connection.run(made_empty(connection.project, f"{DATASET}.{name}", columns_of(name)))


def pull(connection: Connection, local: DuckDBPyConnection) -> None:
    """Fills `ops` of a new landing database, and keeps what stands there in schema `there`, to know later what changed."""
    local.execute("create schema ops; create schema there")
    for name, columns in OPS_TABLES.items():
        local.execute(f"create table ops.{name} ({columns})")
        _insert(local, name, connection.rows(f"{DATASET}.{name}"))
        local.execute(f"create table there.{name} as from ops.{name}")
    _forget_unfinished(local)


def unsaid(local_file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Rows that the run before noted down after its last push."""
    import duckdb

    if not local_file.exists():
        return {}
    try:
        with duckdb.connect(str(local_file), read_only=True) as local:
            return {
                name: local.execute(f"from ops.{name} except all from there.{name}").fetchall() for name in _SAID_LATE
            }
    except duckdb.Error:  # a run that was killed while it pulled has said nothing
        return {}


def say(local: DuckDBPyConnection, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """Puts such rows into the copy, unless another machine's run has said them."""
    for name, late in rows.items():
        known = set(local.execute(f"select run_id from ops.{name}").fetchall())
        marks = ", ".join("?" for _ in _declared(name))
        for row in late:
            if row[:1] not in known:
                local.execute(f"insert into ops.{name} values ({marks})", list(row))


def push(connection: Connection, local: DuckDBPyConnection, folder: Path) -> None:
    """Sends what changed in the copy: new rows are appended, a table that lost or changed rows is replaced."""
    for name in _ORDER:
        push_table(connection, local, name, f"from ops.{name}", folder)


def push_table(connection: Connection, local: DuckDBPyConnection, name: str, wanted: str, folder: Path) -> None:
    """Makes a table there hold the rows of query `wanted`, in one load job."""
    lost = local.execute(f"select count(*) from (from there.{name} except all ({wanted}))").fetchone() != (0,)
    rows = wanted if lost else f"({wanted}) except all from there.{name}"
    if not lost and local.execute(f"select count(*) from ({rows})").fetchone() == (0,):
        return
    file = folder / f"ops_{name}.ndjson"
    file.parent.mkdir(parents=True, exist_ok=True)
    local.execute(f"copy ({rows}) to {literal(file)} (format json)")
    connection.load(file, f"{DATASET}.{name}", columns_of(name), replace=lost)
    file.unlink()
    local.execute(f"create or replace table there.{name} as {wanted}")


def _declared(table: str) -> list[tuple[str, str]]:
    return [(name, kind) for name, kind in (column.split() for column in OPS_TABLES[table].split(", "))]


def _insert(local: DuckDBPyConnection, table: str, rows: Iterable[Any]) -> None:
    import pyarrow as pa

    kinds = {"bigint": pa.int64(), "timestamp": pa.timestamp("us"), "boolean": pa.bool_()}
    declared = _declared(table)
    values = list(_plain(rows))
    if not values:
        return
    by_column = zip(*values, strict=True)
    arrays = [
        pa.array(column, kinds.get(kind, pa.string())) for (_, kind), column in zip(declared, by_column, strict=True)
    ]
    local.register("pulled", pa.table(arrays, names=[name for name, _ in declared]))
    local.execute(f"insert into ops.{table} from pulled")
    local.unregister("pulled")


def _plain(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """Times without their zone, which is UTC, and JSON as text."""
    for row in rows:
        yield [
            value.astimezone(UTC).replace(tzinfo=None)
            if isinstance(value, datetime) and value.tzinfo
            else json.dumps(value, ensure_ascii=False)
            if isinstance(value, dict | list)
            else value
            for value in row.values()
        ]


def _forget_unfinished(local: DuckDBPyConnection) -> None:
    newest = "(select coalesce(max(batch_id), 0) from ops.batch)"
    for table in ("landing_file", "quarantine", "schema_drift"):
        local.execute(f"delete from ops.{table} where batch_id > {newest}")
    for table in ("landing_file", "quarantine"):
        local.execute(f"update ops.{table} set retracted_batch = null where retracted_batch > {newest}")
