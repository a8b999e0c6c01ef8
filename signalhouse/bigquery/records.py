"""Landed records on their way to BigQuery: what `signalhouse land` typed and judged on this machine, by load jobs.

A batch counts once `ops.batch` names it. Until then a note in `ops.setting` says that it is on its way, and whoever finds the note
takes back what it left.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from signalhouse.bigquery import ops
from signalhouse.bigquery.connection import Column, Connection, made_empty, text
from signalhouse.bigquery.types import COLUMN_TYPES
from signalhouse.duckdb_files import literal
from signalhouse.faults import fault_point
from signalhouse.landing.contract import Contract
from signalhouse.landing.typed import quoted
from signalhouse.progress import Progress

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ON_ITS_WAY = "batch_on_its_way"
# Google takes up to 4 GB of gzipped JSON in one file; a million records of a kilobyte are a tenth of one.
RECORDS_PER_LOAD = 1_000_000
# A statement may have a megabyte of text.
FILES_PER_STATEMENT = 1_000

_LANDED = [
    Column("payload", "JSON"),
    Column("file_path", "STRING"),
    Column("line", "INT64"),
    Column("batch_id", "INT64"),
    Column("loaded_at", "TIMESTAMP"),
    Column("retracted_batch", "INT64"),
]


def table_of(contract: Contract) -> str:
    """`dataset.table` of an export object's records."""
    return f"{contract.vendor}.{contract.object}"


def columns_of(contract: Contract) -> list[Column]:
    """The columns of its table: the contract's, then what landing adds."""
    return [*(Column(c.name, COLUMN_TYPES[c.data_type]) for c in contract.columns), *_LANDED]


def send(
    connection: Connection,
    local: DuckDBPyConnection,
    contracts: Sequence[Contract],
    folder: Path,
    progress: Progress,
) -> None:
    """Brings the landing tables there up to date with the copy of `ops` here, and then `ops` itself."""
    changed = _changed(local, contracts)
    batch = _new_batch(local)
    if changed or batch:
        local.execute("insert into ops.setting values (?, ?)", [ON_ITS_WAY, str(batch)])
        ops.push_table(connection, local, "setting", "from ops.setting", folder)
        # A table that is made anew while its old contract stands there would be taken for complete.
        unsure = [f"{contract.vendor}/{contract.object}" for contract in changed]
        kept = f"from there.contract where vendor || '/' || object not in ({_texts(unsure)})" if unsure else None
        if kept:
            ops.push_table(connection, local, "contract", kept, folder)
        for contract in changed:
            progress(f"making table {table_of(contract)}")
            _make(connection, contract)
        fault_point("mid-send")
        for contract in contracts:
            _send_object(connection, local, contract, batch, contract in changed, folder, progress)
        local.execute("delete from ops.setting where name = ?", [ON_ITS_WAY])
    ops.push(connection, local, folder)


def take_back(connection: Connection, local: DuckDBPyConnection, contracts: Sequence[Contract]) -> None:
    """Removes what a run left there whose batch never counted."""
    if local.execute("select count(*) from ops.setting where name = ?", [ON_ITS_WAY]).fetchone() == (0,):
        return
    row = local.execute("select coalesce(max(batch_id), 0) from ops.batch").fetchone()
    newest = int(row[0]) if row else 0
    for contract in contracts:
        if contract.object in connection.tables(contract.vendor):
            connection.run(taken_back(connection.project, contract, newest))
    local.execute("delete from ops.setting where name = ?", [ON_ITS_WAY])


def made(project: str, contract: Contract) -> str:
    """An export object's table, partitioned by the day of loading."""
    return made_empty(project, table_of(contract), columns_of(contract), by_day="loaded_at", cluster="file_path")


def withdrawn(project: str, contract: Contract, batch: int, first: str, last: str, paths: Sequence[str]) -> str:
    """Marks the records of files that were loaded on days `first` to `last`."""
    return (
        f"merge into `{project}`.`{contract.vendor}`.`{contract.object}` as record using (select 1 as nothing) as nothing on false "
        f"when not matched by source and record.loaded_at >= timestamp '{first} 00:00:00' "
        f"and record.loaded_at <= timestamp '{last} 23:59:59.999999' and record.retracted_batch is null "
        f"and record.file_path in ({', '.join(map(text, paths))}) then update set retracted_batch = {batch}"
    )


def taken_back(project: str, contract: Contract, newest: int) -> str:
    """Undoes every batch after `newest`."""
    return (
        f"merge into `{project}`.`{contract.vendor}`.`{contract.object}` using (select 1 as nothing) as nothing on false "
        f"when not matched by source and loaded_at is not null and batch_id > {newest} then delete "
        f"when not matched by source and loaded_at is not null and retracted_batch > {newest} "
        "then update set retracted_batch = null"
    )


def _changed(local: DuckDBPyConnection, contracts: Sequence[Contract]) -> list[Contract]:
    there = set(local.execute("select vendor, object, fingerprint from there.contract").fetchall())
    return [c for c in contracts if (c.vendor, c.object, c.fingerprint) not in there]


def _new_batch(local: DuckDBPyConnection) -> int | None:
    row = local.execute(
        "select max(batch_id) from ops.batch where batch_id > (select coalesce(max(batch_id), 0) from there.batch)"
    ).fetchone()
    return row[0] if row else None


def _make(connection: Connection, contract: Contract) -> None:
    connection.make_dataset(
        contract.vendor, f"Landed records of {contract.vendor}, as its contracts type them. Private."
    )
    connection.drop_table(table_of(contract))
    connection.run(made(connection.project, contract))


def _send_object(
    connection: Connection,
    local: DuckDBPyConnection,
    contract: Contract,
    batch: int | None,
    is_new: bool,
    folder: Path,
    progress: Progress,
) -> None:
    if batch is None:
        return
    named: dict[str, str | int] = {"vendor": contract.vendor, "object": contract.object, "batch": batch}
    if not is_new:
        _withdraw(connection, local, contract, named)
    row = local.execute(f"select count(*) from {contract.table} where batch_id = ?", [batch]).fetchone()
    records = int(row[0]) if row else 0
    for first in range(0, records, RECORDS_PER_LOAD):
        progress(f"loading {table_of(contract)}, {records:,} records")
        file = folder / f"{contract.vendor}_{contract.object}.ndjson.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        local.execute(f"copy ({_records(contract, batch, first)}) to {literal(file)} (format json, compression gzip)")
        connection.load(file, table_of(contract), columns_of(contract), replace=False)
        file.unlink()


def _withdraw(
    connection: Connection, local: DuckDBPyConnection, contract: Contract, named: dict[str, str | int]
) -> None:
    files = local.execute(
        "select file_path, landed_at::date::varchar from ops.landing_file "
        "where vendor = $vendor and object = $object and retracted_batch = $batch order by landed_at, file_path",
        named,
    ).fetchall()
    for first in range(0, len(files), FILES_PER_STATEMENT):
        some = files[first : first + FILES_PER_STATEMENT]
        days, paths = [day for _, day in some], [path for path, _ in some]
        connection.run(withdrawn(connection.project, contract, int(named["batch"]), min(days), max(days), paths))


def _records(contract: Contract, batch: int, first: int) -> str:
    """The load time of a record is its file's in the ledger: both name one partition, also of a file that lands at midnight."""
    fields = ", ".join(
        # Text, because a number in JSON would be read as a double on its way.
        f"cast({quoted(c.name)} as varchar) as {quoted(c.name)}"
        if COLUMN_TYPES[c.data_type] == "NUMERIC"
        else quoted(c.name)
        for c in contract.columns
    )
    return (
        f"select {fields}, payload, record.file_path, line, record.batch_id, file.landed_at as loaded_at, record.retracted_batch "
        f"from (select * from {contract.table} where batch_id = {batch} order by rowid limit {RECORDS_PER_LOAD} offset {first}) "
        f"as record inner join ops.landing_file as file on file.file_path = record.file_path and file.batch_id = {batch}"
    )


def _texts(values: list[str]) -> str:
    return ", ".join(literal(value) for value in values)
