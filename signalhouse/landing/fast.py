"""The fast way: DuckDB reads the files and lands every record that fits. What it leaves of NDJSON and documents is judged by itself;
a table with a row that does not fit goes the slow way as a whole.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from signalhouse.duckdb_files import literal
from signalhouse.landing.compressed import beginning, fault, lines_of
from signalhouse.landing.contract import Contract
from signalhouse.landing.files import Found, Kind, kind_of
from signalhouse.landing.judge import TAKEN, Landed, insert_fitting, judge, table_of
from signalhouse.landing.slow import Taken, is_utf16, numbered_lines, take, take_line

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_HEADER_BYTES = 1 << 16


@dataclass(frozen=True)
class _Opened:
    """A file of which nothing speaks against the fast way. `records` is how many it should have, blank lines counted as such.
    `taken` are the records of a document, `plain` is the file that has the lines of one that is none, unpacked."""

    found: Found
    records: int
    plain: Path
    taken: Taken | None = None


def is_table(contract: Contract, found: Found) -> bool:
    """Whether the file goes the fast way alone."""
    kind = kind_of(found.relative, contract.format)
    return kind is not None and kind.format in ("csv", "parquet")


def read_together(
    connection: DuckDBPyConnection, contract: Contract, files: Sequence[Found], batch_id: int, folder: Path
) -> dict[str, Landed] | None:
    """Insert the records of several files of NDJSON or JSON in one statement, inside the caller's transaction: to plan one takes 10 ms.

    A file that is not in the answer is better read by itself; nothing of it was inserted. None when the statement failed: the
    transaction is then broken. `folder` is where compressed files are unpacked for as long as this takes. Raises OSError when a file
    is gone or the disk is full.
    """
    plain = folder / "plain"
    plain.mkdir(parents=True, exist_ok=True)
    try:
        opened = [_opened(contract, file, plain / f"{number}.json") for number, file in enumerate(files)]
        return _read_opened(connection, contract, [one for one in opened if one is not None], batch_id)
    finally:
        shutil.rmtree(plain, ignore_errors=True)


def _read_opened(
    connection: DuckDBPyConnection, contract: Contract, opened: list[_Opened], batch_id: int
) -> dict[str, Landed] | None:
    if not opened:
        return {}
    connection.register(TAKEN, table_of({one.found.relative: one.taken for one in opened if one.taken}))
    readers = [_lines(one) for one in opened if one.taken is None]
    if len(readers) < len(opened):
        readers.append(f"select try_cast(text as json) as json, line, file_path from {TAKEN}")
    try:
        landed = _landed(connection, insert_fitting(contract, " union all ".join(readers), batch_id))
    finally:
        connection.unregister(TAKEN)
    if landed is None:
        return None
    counts = _counts(connection, contract, opened, batch_id)
    answer = {one.found.relative: _with_the_rest(connection, contract, one, counts, batch_id) for one in opened}
    return {path: landed for path, landed in answer.items() if landed is not None}


def read_table(
    connection: DuckDBPyConnection, contract: Contract, found: Found, kind: Kind, batch_id: int
) -> Landed | None:
    """Insert a whole CSV or Parquet file, inside the caller's transaction.

    None when it cannot be done this way: the transaction is then broken and the caller rolls it back and goes the slow way.
    """
    if found.size == 0 or _is_pattern(found.local):
        return None
    if kind.compression is not None and (kind.format == "parquet" or fault(found.local, kind.compression)):
        return None
    header = _csv_header(kind, found.local) if kind.format == "csv" else []
    if header is None:
        return None
    name = literal(str(found.local))
    if kind.format == "csv":
        columns = ", ".join(f"{literal(column)}: 'varchar'" for column in header)
        table = (
            f"read_csv({name}, columns = {{{columns}}}, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
            "nullstr = '', strict_mode = true, max_line_size = 16777216, hive_partitioning = false)"
        )
    else:
        table = f"read_parquet({name}, hive_partitioning = false)"
    number = f"row_number() over () + {int(kind.format == 'csv')}"
    records = f"select to_json(record) as json, {number} as line, {literal(found.relative)} as file_path from {table} as record"
    landed = _landed(connection, insert_fitting(contract, records, batch_id, or_fail=True))
    return None if landed is None else Landed(landed, landed)


def _opened(contract: Contract, found: Found, plain: Path) -> _Opened | None:
    kind = kind_of(found.relative, contract.format)
    if kind is None or is_table(contract, found) or found.size == 0:
        return None
    if kind.format == "json" and not _holds_lines(kind, found.local):
        taken = take(found.local, kind, contract)
        return None if taken.refusals else _Opened(found, len(taken.records), found.local, taken)
    readable = found.local if kind.compression is None else plain
    lines = None if _is_pattern(readable) else lines_of(found.local, kind.compression, plain)
    return None if lines is None else _Opened(found, lines, readable)


def _is_pattern(path: Path) -> bool:
    """Whether DuckDB would look for files of many names."""
    return any(ch in str(path) for ch in "*?[]{}")


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


def _lines(one: _Opened) -> str:
    """SQL of (json, line, file_path) of each line that is not blank, in order; null where DuckDB cannot read it."""
    return f"select json, row_number() over () as line, {literal(one.found.relative)} as file_path from {_reader(one)}"


def _reader(one: _Opened) -> str:
    return (
        f"read_ndjson_objects({literal(str(one.plain))}, maximum_object_size = 16777216, ignore_errors = true, "
        "hive_partitioning = false)"
    )


def _landed(connection: DuckDBPyConnection, statement: str) -> int | None:
    """How many records it inserted; None when it failed."""
    import duckdb

    try:
        count = connection.execute(statement).fetchone()
    except (duckdb.OutOfMemoryException, duckdb.InternalException):
        raise
    except duckdb.Error:
        return None
    assert count is not None
    return int(count[0])


def _counts(connection: DuckDBPyConnection, contract: Contract, opened: list[_Opened], batch_id: int) -> dict[str, int]:
    """How many records of each file landed."""
    paths = [one.found.relative for one in opened]
    found = connection.execute(
        f"""select file_path, count(*) from {contract.table}
        where batch_id = ? and file_path between ? and ? and retracted_batch is null group by 1""",
        [batch_id, min(paths), max(paths)],
    )
    return dict(found.fetchall())


def _with_the_rest(
    connection: DuckDBPyConnection, contract: Contract, one: _Opened, counts: dict[str, int], batch_id: int
) -> Landed | None:
    """The outcome of a file once those of its records are judged that did not land; None when it cannot be told which they are."""
    path, landed = one.found.relative, counts.get(one.found.relative, 0)
    if landed == one.records:
        return Landed(landed, landed)
    rest = Taken()
    if one.taken is not None:
        there = _lines_landed(connection, contract, path, batch_id)
        rest.records.extend(record for record in one.taken.records if record[0] not in there)
    else:
        content = one.plain.read_bytes()
        if landed == 0 and is_utf16(content):  # refused once, not line by line
            return None
        lines = list(numbered_lines(content))
        if landed == len(lines):
            return Landed(landed, landed)
        # DuckDB numbers the lines that are not blank: only where there is no blank one are its numbers the file's.
        if len(lines) != one.records or connection.execute(f"select count(*) from {_reader(one)}").fetchone() != (
            len(lines),
        ):
            connection.execute(f"delete from {contract.table} where batch_id = ? and file_path = ?", [batch_id, path])
            return None
        there = _lines_landed(connection, contract, path, batch_id)
        for number, line in lines:
            if number not in there:
                take_line(number, line, rest)
    judged = judge(connection, contract, path, rest, batch_id)
    return Landed(landed + judged.read, landed + judged.landed, judged.refusals)


def _lines_landed(connection: DuckDBPyConnection, contract: Contract, path: str, batch_id: int) -> set[int]:
    found = connection.execute(
        f"select line from {contract.table} where batch_id = ? and file_path = ? and retracted_batch is null",
        [batch_id, path],
    )
    return {line for (line,) in found.fetchall()}


def _csv_header(kind: Kind, path: Path) -> list[str] | None:
    """Names of the columns; None when they are better looked at slowly. DuckDB is not asked to find them: its sniffer takes odd
    rows for headers and comments, and then they are gone."""
    first = beginning(path, kind.compression, _HEADER_BYTES).decode("utf-8-sig", errors="ignore")
    try:
        header = next(csv.reader(io.StringIO(first, newline=""), strict=True), None)
    except csv.Error:
        return None
    return header if header and len(set(map(str.lower, header))) == len(header) and "" not in header else None
