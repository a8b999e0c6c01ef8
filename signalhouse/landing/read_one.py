"""One file into its landing table: the fast way, all in one strict statement, or the slow way, record by record."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from signalhouse.landing.compressed import beginning, fault
from signalhouse.landing.contract import Contract
from signalhouse.landing.files import Found, Kind
from signalhouse.landing.slow import Refusal, Taken, take
from signalhouse.landing.typed import (
    group_check,
    literal,
    looks_deep,
    quoted,
    reasons,
    too_long,
    transform_spec,
    typed_columns,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

_HEADER_BYTES = 1 << 16


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
    if found.size == 0:
        return None
    if kind.format == "json":
        if not _holds_lines(kind, found.local):
            return _read_document(connection, contract, found, kind, batch_id)
        kind = Kind("ndjson", kind.compression)
    if any(ch in str(found.local) for ch in "*?[]{}"):
        return None  # such a name would be a pattern to DuckDB
    if kind.compression is not None and (kind.format == "parquet" or fault(found.local, kind.compression)):
        return None
    header = _csv_header(kind, found.local) if kind.format == "csv" else []
    if header is None:
        return None
    records = _reader(kind, found.local, header)
    return _inserted(connection, _insert(contract, records, found.relative, batch_id, unless=looks_deep()))


def _read_document(
    connection: DuckDBPyConnection, contract: Contract, found: Found, kind: Kind, batch_id: int
) -> Landed | None:
    """A document is taken apart in Python; where nothing is wrong with it, what is in it is typed without a second look."""
    taken = take(found.local, kind, contract)
    if taken.refusals:
        return None
    connection.register("records_taken", _table(taken))
    try:
        records = "select cast(text as json) as json, line from records_taken"
        return _inserted(connection, _insert(contract, records, found.relative, batch_id))
    finally:
        connection.unregister("records_taken")


def _inserted(connection: DuckDBPyConnection, statement: str) -> Landed | None:
    import duckdb

    try:
        count = connection.execute(statement).fetchone()
    except (duckdb.OutOfMemoryException, duckdb.InternalException):
        raise
    except duckdb.Error:
        return None
    assert count is not None
    return Landed(read=count[0], landed=count[0], refusals=[])


def _holds_lines(kind: Kind, path: Path) -> bool:
    """Whether a .json holds a record on each line, as Amplitude's do, and no document: its first line is one, and more follow."""
    try:
        first, newline, more = beginning(path, kind.compression, _HEADER_BYTES).partition(b"\n")
    except OSError:  # it ends early, which the next way says better
        return False
    if not (newline and more.strip() and first.startswith(b"{")):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except ValueError:
        return False


def _table(taken: Taken) -> pa.Table:
    import pyarrow as pa

    return pa.table(
        {
            "line": pa.array([line for line, _ in taken.records], pa.int64()),
            "text": pa.array([text for _, text in taken.records], pa.large_string()),
        }
    )


def _csv_header(kind: Kind, path: Path) -> list[str] | None:
    """Names of the columns; None when they are better looked at slowly. DuckDB is not asked to find them: its sniffer takes odd
    rows for headers and comments, and then they are gone."""
    first = beginning(path, kind.compression, _HEADER_BYTES).decode("utf-8-sig", errors="ignore")
    try:
        header = next(csv.reader(io.StringIO(first, newline=""), strict=True), None)
    except csv.Error:
        return None
    return header if header and len(set(map(str.lower, header))) == len(header) and "" not in header else None


def _reader(kind: Kind, path: Path, header: list[str]) -> str:
    """SQL giving (json, line) of each record, in order."""
    name = literal(str(path))
    if kind.format == "ndjson":
        return (
            "select json, row_number() over () as line "
            f"from read_ndjson_objects({name}, maximum_object_size = 16777216, hive_partitioning = false)"
        )
    if kind.format == "csv":
        columns = ", ".join(f"{literal(column)}: 'varchar'" for column in header)
        table = (
            f"read_csv({name}, columns = {{{columns}}}, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
            "nullstr = '', strict_mode = true, max_line_size = 16777216, hive_partitioning = false)"
        )
    else:
        table = f"read_parquet({name}, hive_partitioning = false)"
    return f"select to_json(record) as json, row_number() over () + {int(kind.format == 'csv')} as line from {table} as record"


def _insert(contract: Contract, records: str, file_path: str, batch_id: int, unless: str = "false") -> str:
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
                case when json_type(json) = 'OBJECT' and not ({too_long()} or {unless}) then json else error('unfit') end,
                {literal(transform_spec(contract))}
            ) as t
            from ({records})
        )
        {guard}
    """


def read_slow(connection: DuckDBPyConnection, contract: Contract, found: Found, kind: Kind, batch_id: int) -> Landed:
    """Insert the good records and name the others, inside the caller's transaction. Raises OSError when the file is gone."""
    taken = take(found.local, kind, contract)
    connection.register("records_taken", _table(taken))
    # Python takes some texts for JSON that DuckDB does not (half a surrogate pair, 1e999): the engine that stores them decides.
    connection.execute(
        f"""create or replace temp table taken as
        select
            json,
            line,
            case
                when json is null then ['the record holds text or a number that cannot be stored']
                else {reasons(contract)}
            end as reasons
        from (
            select
                json,
                line,
                case when json_type(json) = 'OBJECT' then json_transform(json, {literal(transform_spec(contract))}) end as t
            from (select line, case when json_valid(text) then cast(text as json) end as json from records_taken)
        )"""
    )
    misfits = connection.execute(
        "select line, array_to_string(reasons, '; ') from taken where len(reasons) > 0 order by line"
    ).fetchall()
    good = "select json, line from taken where len(reasons) = 0 order by line"
    count = connection.execute(_insert(contract, good, found.relative, batch_id)).fetchone()
    assert count is not None
    connection.execute("drop table taken")
    connection.unregister("records_taken")
    refusals = sorted([*taken.refusals, *(Refusal(line, reason) for line, reason in misfits)], key=lambda r: r.line)
    # The word about a file that ends early is not a record.
    records_refused = sum(1 for r in refusals if r.line > 0)
    whole_file = not taken.records and not records_refused and bool(refusals)
    read = count[0] + records_refused + int(whole_file)
    return Landed(read=read, landed=count[0], refusals=refusals)
