"""Turn what is to be delivered (one row per record to be exported, with its fate) into files."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from signalhouse.demo.params import VENDORS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DELIVERY = """
create table delivery (vendor varchar, object varchar, file varchar, seq bigint, fate varchar, reason varchar, line varchar);
create table header (object varchar, line varchar);
"""
# Before, between and after the records of a file of JSON.
ARRAY = ("[\n", ",\n", "\n]\n")
NERDGRAPH = ('{"data": {"actor": {"account": {"nrql": {"results": [\n', ",\n", "\n]}}}}}\n")
ENVELOPES = {
    "mixpanel/engage": (
        '{"page": 0, "page_size": 1000000, "session_id": "1", "status": "ok", "results": [\n',
        ",\n",
        "\n]}\n",
    ),
    "datadog/incidents": ('{"data": [\n', ",\n", "\n]}\n"),
    "datadog/dora_deployments": ('{"data": [\n', ",\n", "\n]}\n"),
    "newrelic/nrai_incident": NERDGRAPH,
    "newrelic/deployment": NERDGRAPH,
    # no list at all: a record a line, as in .ndjson
    "amplitude/merged_users": ("", "\n", "\n"),
}
MEMBER = "!/"  # between a zip file and the name of a member
_RECORDS_AT_ONCE = 100_000


def gather(con: DuckDBPyConnection) -> None:
    """The view `delivered`: the table `delivery` and the logs that are views of their own."""
    parts = [f"select vendor, object, file, seq, fate, reason, line from {name}" for name in ("delivery", *_logs(con))]
    con.execute(f"create temp view delivered as {' union all '.join(parts)}")


def _logs(con: DuckDBPyConnection) -> list[str]:
    """The views that deliver a log each."""
    rows = con.execute(
        "select view_name from duckdb_views() where view_name like '%\\_delivery' escape '\\' order by view_name"
    ).fetchall()
    return [name for (name,) in rows]


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """A binary file to write to; gz without a time or a name inside, so that the same rows are the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw:
        if path.suffix != ".gz":
            yield raw
            return
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed:
            yield cast("IO[bytes]", packed)


def _rows(con: DuckDBPyConnection, query: str) -> Iterator[tuple[str, str, str]]:
    cursor = con.execute(query)
    while rows := cursor.fetchmany(50_000):
        yield from rows


def write_files(con: DuckDBPyConnection, landing: Path) -> None:
    """Write every file of `delivered` below `landing`. Files there that are not the demo's are left alone."""
    headers = dict(con.execute("select object, line from header").fetchall())
    rows = _rows(con, "select file, object, line from delivery where file not like '%.parquet' order by file, seq")
    for (file, name), group in groupby(rows, key=lambda row: (row[0], row[1])):
        plain = file.removesuffix(".gz")
        before, between, after = "", "\n", "\n"
        if plain.endswith(".json"):
            before, between, after = ENVELOPES.get(file.rsplit("/", 1)[0], ARRAY)
        elif plain.endswith(".csv"):
            before = headers[name] + "\n"
        with _opened(landing / file) as out:
            out.write(before.encode())
            for n, (_, _, line) in enumerate(group):
                out.write((between + line if n else line).encode())
            out.write(after.encode())
    tables = con.execute(
        "select distinct object, file from delivery where file like '%.parquet' order by file"
    ).fetchall()
    for name, file in tables:
        path = landing / file
        path.parent.mkdir(parents=True, exist_ok=True)
        con.execute(
            f"copy (select * exclude (file) from parquet_{name} where file = '{file}' order by all) to '{path}' (format parquet)"
        )
    for log in _logs(con):
        _write_log(con, log, landing)


def _write_log(con: DuckDBPyConnection, log: str, landing: Path) -> None:
    """The .ndjson.gz files and zip members of one log, some at a time: DuckDB makes the text, two threads pack it."""
    counts = con.execute(
        f"select file, min(arrived_on), max(arrived_on), count(*) from {log} group by file order by file"
    ).fetchall()
    batches: list[tuple[date, date]] = []
    room = 0
    for _, first, last, records in counts:
        if room < records:
            batches.append((first, last))
            room = _RECORDS_AT_ONCE
        batches[-1] = (batches[-1][0], last)
        room -= records

    archive: ZipFile | None = None
    with ThreadPoolExecutor(2) as pool:
        for days in batches:
            texts = con.execute(
                f"select file, string_agg(line, chr(10) order by seq) || chr(10) from {log} where arrived_on between $1 and $2 "
                "group by file order by file",
                days,
            ).fetchall()
            for (file, _), packed in zip(texts, pool.map(_gz, (text for _, text in texts)), strict=True):
                outer, _, member = file.partition(MEMBER)
                path = landing / outer
                path.parent.mkdir(parents=True, exist_ok=True)
                if not member:
                    path.write_bytes(packed)
                    continue
                if archive is None or archive.filename != str(path):
                    if archive is not None:
                        archive.close()
                    archive = ZipFile(path, "w", ZIP_STORED)
                archive.writestr(ZipInfo(member), packed)
    if archive is not None:
        archive.close()


def _gz(text: str) -> bytes:
    """A gz file without a time or a name inside."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(text.encode()) + packer.flush()


def files(landing: Path) -> list[Path]:
    """The demo's export files below `landing`, in the order in which the vendors made them.

    A file is made when its day or month is over; the date in its name says which, and a name without a day
    (a month's file) comes at the month's end.
    """
    found = [path for vendor in VENDORS for path in (landing / vendor).rglob("*") if path.is_file()]

    def made(path: Path) -> tuple[str, str]:
        stem = path.name.split(".", 1)[0]
        return (f"{stem}-31" if len(stem) == 7 else stem, str(path))

    return sorted(found, key=made)
