"""One file into its landing table: the fast way, all in one strict statement, or the slow way, record by record."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from signalhouse.landing.contract import Contract
from signalhouse.landing.files import Found, Kind
from signalhouse.landing.slow import Refusal, Taken, take
from signalhouse.landing.typed import group_check, literal, quoted, reasons, transform_spec, typed_columns

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# One record of a stream in which fields nobody declared are looked for: every record of small objects, one in fifty of events.
DRIFT_EVERY = {"append": 50}


@dataclass(frozen=True)
class Landed:
    """What became of one file's records."""

    read: int
    landed: int
    refusals: list[Refusal]


def read_fast(
    connection: DuckDBPyConnection, contract: Contract, found: Found, kind: Kind, batch_id: int
) -> Landed | None:
    """Insert the whole file with strict types, inside the caller's transaction.

    None when it cannot be done this way: the transaction is then broken and the caller rolls it back and goes the slow way.
    """
    import duckdb

    if kind.format == "json" or found.size == 0 or any(ch in str(found.local) for ch in "*?[]{}"):
        return None  # a document is taken apart in Python; an odd name would be a pattern to DuckDB
    try:
        count = connection.execute(_insert(contract, _reader(kind, found.local), found.relative, batch_id)).fetchone()
        assert count is not None
        _note_drift(connection, contract, found.relative, batch_id)
    except (duckdb.OutOfMemoryException, duckdb.InternalException):
        raise
    except duckdb.Error:
        return None
    return Landed(read=count[0], landed=count[0], refusals=[])


def _reader(kind: Kind, path: Path) -> str:
    """SQL giving (json, line) of each record, in order."""
    name = literal(str(path))
    if kind.format == "ndjson":
        return f"select json, row_number() over () as line from read_ndjson_objects({name}, maximum_object_size = 16777216)"
    if kind.format == "csv":
        table = f"read_csv({name}, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', strict_mode = true, auto_detect = true)"
    else:
        table = f"read_parquet({name})"
    return f"select to_json(record) as json, row_number() over () + {int(kind.format == 'csv')} as line from {table} as record"


def _insert(contract: Contract, records: str, file_path: str, batch_id: int) -> str:
    names = ", ".join(quoted(c.name) for c in contract.columns)
    check = group_check(contract)
    # An open column holds all there is: keeping the record beside it would store it twice.
    payload = "null" if contract.open_column else "json"
    guard = f"where ({check}) is null" if check else ""
    return f"""
        insert into {contract.table} ({names}, payload, file_path, line, batch_id, loaded_at)
        select {typed_columns(contract)}, {payload}, {literal(file_path)}, line, {batch_id}, cast(now() at time zone 'UTC' as timestamp)
        from (
            select json, line, json_transform(
                case when json_type(json) = 'OBJECT' then json else error('not an object') end, {literal(transform_spec(contract))}
            ) as t
            from ({records})
        )
        {guard}
    """


def read_slow(
    connection: DuckDBPyConnection, contract: Contract, found: Found, kind: Kind, batch_id: int, work: Path
) -> Landed:
    """Insert the good records and name the others, inside the caller's transaction. `work` holds a temporary file."""
    taken = take(found.local, kind, contract)
    if kind.format == "parquet" and kind.compression is None:
        taken = Taken(
            refusals=[Refusal(0, "the file cannot be read as Parquet, or one of its columns does not fit the contract")]
        )
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson", dir=work, encoding="utf-8") as handle:
        for line, text in taken.records:
            handle.write(f'{{"line": {line}, "json": {text}}}\n')
        handle.flush()
        source = (
            f"select json, line from read_json({literal(handle.name)}, format = 'newline_delimited', "
            "columns = {'line': 'bigint', 'json': 'json'}, maximum_object_size = 33554432)"
        )
        connection.execute(
            f"""create or replace temp table taken as
            select json, line, {reasons(contract)} as reasons
            from (
                select json, line,
                    case when json_type(json) = 'OBJECT' then json_transform(json, {literal(transform_spec(contract))}) end as t
                from ({source})
            )"""
        )
        misfits = connection.execute(
            "select line, array_to_string(reasons, '; ') from taken where len(reasons) > 0 order by line"
        ).fetchall()
        good = "select json, line from taken where len(reasons) = 0 order by line"
        count = connection.execute(_insert(contract, good, found.relative, batch_id)).fetchone()
        assert count is not None
        connection.execute("drop table taken")
    _note_drift(connection, contract, found.relative, batch_id)
    refusals = sorted([*taken.refusals, *(Refusal(line, reason) for line, reason in misfits)], key=lambda r: r.line)
    # The word about a file that ends early is not a record.
    records_refused = sum(1 for r in refusals if r.line > 0)
    whole_file = not taken.records and not records_refused and bool(refusals)
    read = count[0] + records_refused + int(whole_file)
    return Landed(read=read, landed=count[0], refusals=refusals)


def _note_drift(connection: DuckDBPyConnection, contract: Contract, file_path: str, batch_id: int) -> None:
    """Fields that the file holds and the contract does not name."""
    holder = quoted(contract.open_column) if contract.open_column else "payload"
    depth = 1 if contract.open_column else 0
    named = {c.path[depth] for c in contract.columns if len(c.path) > depth}
    named |= {c.or_path[depth] for c in contract.columns if c.or_path and len(c.or_path) > depth}
    connection.execute(
        f"""insert into ops.schema_drift
        select ?, ?, field, ?, ?
        from (
            select distinct unnest(json_keys({holder})) as field
            from {contract.table}
            where batch_id = ? and file_path = ? and line % {DRIFT_EVERY.get(contract.klass, 1)} = {0 if contract.klass != "append" else 1}
        )
        where field not in (select unnest(?::varchar[]))
            and field not in (select field from ops.schema_drift where vendor = ? and object = ?)""",
        [
            contract.vendor,
            contract.object,
            file_path,
            batch_id,
            batch_id,
            file_path,
            sorted(named),
            contract.vendor,
            contract.object,
        ],
    )
