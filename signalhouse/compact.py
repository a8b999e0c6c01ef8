"""Room that a build leaves free in the databases of the work folder is given back.

What is replaced stands twice until the checkpoint that ends a build, and a DuckDB file keeps the room of what is gone. It is used
again, so a file does not grow by it without end, but that of a small company stays half empty, and so does each release copied from it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from signalhouse.duckdb_files import literal, log_of, remove
from signalhouse.faults import fault_point
from signalhouse.progress import Progress
from signalhouse.redact import redact
from signalhouse.settings import Settings, memory_limit

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# A file is written anew for a tenth of it while that takes seconds at most (20 ms a megabyte). A larger one is where more than a third
# is free, as after a rebuild: less would make a day's refresh cost what history costs.
SMALL_BYTES = 128 * 2**20
FREE_OF_SMALL = 1 / 10
FREE_OF_LARGE = 1 / 3


def compact(settings: Settings, progress: Progress) -> dict[str, int]:
    """Writes anew each database of the work folder of which too much is free. Returns the bytes given back, by file name.

    The new file takes the place of the old one in one step, whole. Where that cannot be done (no room for both, another program holds
    the file) the old one stays: what it holds is the same.
    """
    import duckdb

    given_back: dict[str, int] = {}
    for path in (settings.landing_db, settings.warehouse_db, settings.marts_db):
        anew = path.with_name(f"{path.name}.anew")
        before = path.stat().st_size if path.is_file() else 0
        try:
            if before and not log_of(path).exists() and _written_anew(path, anew, progress):
                fault_point("mid-compact")
                anew.replace(path)
                given_back[path.name] = before - path.stat().st_size
        except (duckdb.Error, OSError) as error:
            progress(f"{path.name} keeps its free room: {redact(str(error))}")
        finally:
            remove(anew)
    return given_back


def _written_anew(path: Path, anew: Path, progress: Progress) -> bool:
    """False when little of the file is free, and when the new file is not whole."""
    import duckdb

    remove(anew)  # of a run that was killed
    with duckdb.connect(
        config={"threads": 1, "memory_limit": memory_limit(), "temp_directory": str(path.parent)}
    ) as connection:
        connection.execute(f"attach {literal(path)} as held (read_only)")
        used_bytes, free = _use_of(connection)
        if free <= (FREE_OF_SMALL if used_bytes <= SMALL_BYTES else FREE_OF_LARGE):
            return False
        if shutil.disk_usage(path.parent).free < 2 * used_bytes:
            progress(f"{path.name} keeps its free room: to write it anew the disk has too little")
            return False
        progress(f"{path.name} is written anew: {free:.0%} of it is free")
        connection.execute(f"attach {literal(anew)} as anew {_storage_version(connection)}")
        connection.execute("copy from database held to anew")
        # Closing would do it too, but would not say when it cannot: what is still in a log then is not in the file.
        connection.execute("checkpoint anew")
    return not log_of(anew).exists()


def _use_of(connection: DuckDBPyConnection) -> tuple[int, float]:
    """Bytes that hold something, and the free share of the file."""
    row = connection.execute(
        "select block_size * used_blocks, free_blocks / total_blocks from pragma_database_size() where database_name = 'held'"
    ).fetchone()
    assert row is not None
    return int(row[0]), float(row[1])


def _storage_version(connection: DuckDBPyConnection) -> str:
    """As the file has it: readers of marts may have an older DuckDB (profiles.example.yml)."""
    row = connection.execute(
        "select tags['storage_version'] from duckdb_databases() where database_name = 'held'"
    ).fetchone()
    assert row is not None
    # v0.10.2, which is DuckDB's default, calls itself so
    return "" if row[0] == "v1.0.0+" else f"(storage_version '{str(row[0]).rstrip('+')}')"
