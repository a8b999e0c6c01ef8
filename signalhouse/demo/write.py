"""Turn the table `delivery` (one row per record to be exported, with its fate) into files."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from signalhouse.demo.params import VENDORS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DELIVERY = """
create table delivery (vendor varchar, object varchar, file varchar, seq bigint, fate varchar, reason varchar, line varchar);
create table header (object varchar, line varchar);
"""
ENVELOPES = {
    "mixpanel/engage": (
        '{"page": 0, "page_size": 1000000, "session_id": "1", "status": "ok", "results": [\n',
        "\n]}\n",
    ),
}
ARRAY = ("[\n", "\n]\n")


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
    """Write every file of `delivery` below `landing`. Files there that are not the demo's are left alone."""
    headers = dict(con.execute("select object, line from header").fetchall())
    rows = _rows(con, "select file, object, line from delivery where file not like '%.parquet' order by file, seq")
    for (file, name), group in groupby(rows, key=lambda row: (row[0], row[1])):
        plain = file.removesuffix(".gz")
        before, between, after = "", "\n", "\n"
        if plain.endswith(".json"):
            before, after = ENVELOPES.get(file.rsplit("/", 1)[0], ARRAY)
            between = ",\n"
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
