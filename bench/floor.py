"""The floor: the SQL files of bench/floor, in order, on one DuckDB connection, from the landing folder to the marts.

    python -m bench.floor <landing> <database> <note.json> [--as-of DATE]

A file that begins with `-- repeat while <table>` is run until that table is empty: SQL has no loop.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import tempfile
from pathlib import Path

import duckdb

from bench.company import LAST_DAY, unpacked

SCRIPT = Path(__file__).parent / "floor"
_REPEATED = re.compile(r"-- repeat while (\w+)")


def run(landing: Path, database: Path, *, as_of: str) -> dict[str, float]:
    """Makes the marts. Returns the CPU seconds of each file of the script. The current folder must be the project's: seeds are read."""
    costs: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="floor-") as folder, duckdb.connect(str(database)) as connection:
        # two threads on two cores that share their units take 9.0 CPU s where one takes 7.0 (1m)
        connection.execute("set threads = 1")
        start = _cpu()
        unpacked(landing, Path(folder))
        costs["unpack"] = _cpu() - start
        # as text: the first parameter of a process makes duckdb import pandas and pyarrow, 0.45 CPU s
        connection.execute(f"set variable landing = '{_quoted(landing)}'")
        connection.execute(f"set variable unpacked = '{_quoted(folder)}'")
        connection.execute(f"set variable as_of = date '{as_of}'")
        for file in sorted(SCRIPT.glob("*.sql")):
            start = _cpu()
            _run(connection, file.read_text())
            costs[file.stem] = _cpu() - start
    return costs


def _quoted(value: Path | str) -> str:
    return str(value).replace("'", "''")


def _run(connection: duckdb.DuckDBPyConnection, script: str) -> None:
    repeated = _REPEATED.match(script)
    while True:
        connection.execute(script)
        if repeated is None or connection.execute(f"select not exists (from {repeated[1]})").fetchone() == (True,):
            return


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m bench.floor")
    arguments.add_argument("landing", type=Path)
    arguments.add_argument("database", type=Path)
    arguments.add_argument("note", type=Path)
    arguments.add_argument("--as-of", default=LAST_DAY.isoformat())
    chosen = arguments.parse_args()
    chosen.note.write_text(json.dumps(run(chosen.landing, chosen.database, as_of=chosen.as_of)))


if __name__ == "__main__":
    main()
