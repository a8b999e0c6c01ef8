"""The tables that landing keeps in landing.duckdb: schema `ops`, and one table of landed records per contract."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signalhouse.errors import UsageError
from signalhouse.landing.contract import Contract
from signalhouse.landing.files import file_of
from signalhouse.landing.typed import STORAGE, quoted
from signalhouse.settings import memory_limit

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OPS_TABLES = {
    "batch": "batch_id bigint, run_id varchar, started_at timestamp",
    "landing_file": (
        "vendor varchar, object varchar, file_path varchar, file_version varchar, file_bytes bigint, modified_ns bigint, "
        "records_read bigint, records_landed bigint, records_quarantined bigint, batch_id bigint, landed_at timestamp, "
        "retracted_batch bigint"
    ),
    "quarantine": (
        "vendor varchar, object varchar, file_path varchar, line bigint, reason varchar, batch_id bigint, found_at timestamp, "
        "retracted_batch bigint"
    ),
    "schema_drift": "vendor varchar, object varchar, field varchar, first_file_path varchar, batch_id bigint",
    "release": "run_id varchar, stamp varchar, published_batch bigint, published_at timestamp",
    "setting": "name varchar, value varchar",
    "hash_key": "value varchar",
    "contract": "vendor varchar, object varchar, fingerprint varchar",
    "run": "run_id varchar, started_at timestamp, ended_at timestamp, outcome varchar, record json",
    "expectation_result": (
        "run_id varchar, checked_at timestamp, table_name varchar, rule_id varchar, rule varchar, severity varchar, column_name varchar, "
        "success boolean, error varchar, element_count bigint, unexpected_count bigint, observed varchar, sample json, "
        "why varchar, owner varchar"
    ),
}

_FILES_NAMED = 20

# DuckDB would take FSST, which packs JSON to twice the size in a third more time; to read the records whole takes 0.1 microseconds
# more each. A file of an older storage version cannot hold it, and keeps such columns as they are.
_JSON = "json using compression zstd"
_STORAGE_VERSION = "v1.5.0"

RECORD_COLUMNS = (
    f"payload {_JSON}, file_path varchar, line bigint, batch_id bigint, loaded_at timestamp, retracted_batch bigint"
)


def opened(file: Path) -> DuckDBPyConnection:
    """landing.duckdb, for those who make tables of records in it."""
    import duckdb

    config: dict[str, Any] = {"storage_compatibility_version": _STORAGE_VERSION, "memory_limit": memory_limit()}
    return duckdb.connect(str(file), config=config)


def prepare(
    connection: DuckDBPyConnection, contracts: list[Contract], present: set[str] | None = None
) -> list[Contract]:
    """Create what is missing. Returns the contracts whose shape changed since their records were landed: their tables are new
    and empty, and their files must be landed again.

    `present` holds the paths that the landing folder has now. Raises UsageError, with nothing changed, when a changed contract
    would need a file that is gone: its records would be lost.
    """
    connection.execute("create schema if not exists ops")
    for name, columns in OPS_TABLES.items():
        connection.execute(f"create table if not exists ops.{name} ({columns})")
    if connection.execute("select count(*) from ops.hash_key").fetchone() == (0,):
        connection.execute("insert into ops.hash_key values (?)", [secrets.token_hex(32)])
    known = {
        (vendor, name): fingerprint
        for vendor, name, fingerprint in connection.execute(
            "select vendor, object, fingerprint from ops.contract"
        ).fetchall()
    }
    changed = [c for c in contracts if known.get((c.vendor, c.object)) != c.fingerprint]
    if present is not None:
        _refuse_to_lose(connection, changed, present)
    if changed:
        connection.execute("begin")
        for contract in changed:
            make_empty(connection, contract)
        names = [f"{contract.vendor}/{contract.object}" for contract in changed]
        for table in ("contract", "landing_file", "quarantine"):
            connection.execute(f"delete from ops.{table} where vendor || '/' || object in (select unnest(?))", [names])
        rows = [(contract.vendor, contract.object, contract.fingerprint) for contract in changed]
        connection.execute(
            f"insert into ops.contract values {', '.join(['(?, ?, ?)'] * len(rows))}",
            [value for row in rows for value in row],
        )
        connection.execute("commit")
    return changed


def make_empty(connection: DuckDBPyConnection, contract: Contract) -> None:
    """A table for the records of one object, in place of the one that is there."""
    kinds = STORAGE | {"json": _JSON}
    columns = ", ".join(f"{quoted(c.name)} {kinds[c.data_type]}" for c in contract.columns)
    connection.execute(f"create schema if not exists {quoted(contract.vendor)}")
    connection.execute(f"create or replace table {contract.table} ({columns}, {RECORD_COLUMNS})")


def _refuse_to_lose(connection: DuckDBPyConnection, changed: list[Contract], present: set[str]) -> None:
    for contract in changed:
        files = connection.execute(
            "select file_path from ops.landing_file where vendor = ? and object = ? and retracted_batch is null order by 1",
            [contract.vendor, contract.object],
        ).fetchall()
        gone = [path for (path,) in files if file_of(path) not in present]
        if gone:
            more = f"\nand {len(gone) - _FILES_NAMED:,} more" if len(gone) > _FILES_NAMED else ""
            raise UsageError(
                f"the contract of {contract.vendor}/{contract.object} changed, and {len(gone):,} of its landed files "
                "cannot be read again by it: they are gone from the landing folder",
                where="\n".join([contract.source_file, *gone[:_FILES_NAMED]]) + more,
                next_step="put the files back, or take the change of the contract back; to do without their records for good, "
                "remove landing.duckdb from the work folder, and everything is landed anew from what is there",
            )


def drop_tombstones(connection: DuckDBPyConnection, contracts: list[Contract]) -> None:
    """Forget withdrawn records that the last published release no longer holds: nothing will ask for their days again."""
    published = connection.execute("select coalesce(max(published_batch), 0) from ops.release").fetchone()
    assert published is not None
    for contract in contracts:
        connection.execute(f"delete from {contract.table} where retracted_batch <= ?", [published[0]])
