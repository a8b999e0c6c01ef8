"""What a run meets in its folders and is no defect of ours: a database that is damaged, a right that this user does not have. Each
library words it in its own way, and none says what to do."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from signalhouse.duckdb_files import literal
from signalhouse.errors import SignalhouseError, UsageError
from signalhouse.redact import redact
from signalhouse.settings import Settings
from signalhouse.space import disk_full

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DAMAGED = ("not a valid DuckDB database file", "Corrupt database file", "Could not read enough bytes from file")
_FORBIDDEN = ("Permission denied", "Operation not permitted", "Read-only file system")
_ERRNOS = (errno.EACCES, errno.EPERM, errno.EROFS)
_PATH = re.compile(r"""["'](/[^"']+)["']""")
_LOST = (
    "every file is landed again; the history of runs and audits and the key of the hashes begin anew, and of a file that is no longer in "
    "the landing folder only raw keeps the records (DECISIONS.md, 19)"
)


def fault_of(settings: Settings | None, error: BaseException) -> UsageError | None:
    """The failure to raise for an exception that is about the folders, else None."""
    import duckdb

    if isinstance(error, OSError) and error.errno in _ERRNOS:
        return forbidden(str(error.filename or error))
    return fault_in(settings, str(error)) if isinstance(error, OSError | duckdb.Error) else None


def foreseen(settings: Settings | None, *messages: str) -> SignalhouseError | None:
    """The failure to raise when any of the messages is about a full disk, or about such a fault, else None."""
    return disk_full(*messages) or fault_in(settings, *messages)


def fault_in(settings: Settings | None, *messages: str) -> UsageError | None:
    """The failure to raise when any of the messages is DuckDB's, or the system's, about such a fault, else None."""
    for message in messages:
        lines = message.splitlines()
        damage = next((line for line in lines if any(sign in line for sign in _DAMAGED)), None)
        if damage is not None:
            return damaged(_file_of(settings, damage), damage)
        denied = next((line for line in lines if any(sign in line for sign in _FORBIDDEN)), None)
        if denied is not None:
            named = _PATH.search(denied)
            return forbidden(named[1] if named else redact(denied).strip())
    return None


def damaged(file: Path | None, said: str) -> UsageError:
    """A database that cannot be read any more; without a file it is not known which."""
    return UsageError(
        f"{file.name if file else 'a database of the work folder'} is damaged, nothing was published",
        where="\n".join([*([str(file)] if file else []), redact(said).strip()]),
        next_step=way_out(file) if file else "run `signalhouse doctor`, which opens each of them",
    )


def way_out(file: Path) -> str:
    """What to do about a damaged database, and what is lost with it."""
    lost = "" if file.name != "landing.duckdb" else f"; {_LOST}"
    return f"move {file} away and refresh: it is made anew{lost}"


def forbidden(path: str) -> UsageError:
    """A file or a folder that this user may not read or write."""
    return UsageError(
        f"this user has no right to write, or to read, {path}",
        next_step="give this user the right to write there (landing: to read), then run the same command again",
    )


def check_rights(settings: Settings) -> None:
    """Raises UsageError when readers could not be shown what is about to be built."""
    for folder in (settings.serve, settings.serve / "releases"):
        if not is_writable(nearest(folder)):
            raise forbidden(str(nearest(folder)))


def nearest(folder: Path) -> Path:
    """The folder, or as much of its path as is there."""
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def is_writable(folder: Path) -> bool:
    """Whether files can be made in it."""
    return os.access(folder, os.W_OK | os.X_OK)


def databases(settings: Settings) -> Iterator[Path]:
    """Those of the work folder that are there."""
    return (file for file in (settings.landing_db, settings.warehouse_db, settings.marts_db) if file.exists())


def trouble_with(file: Path, *, whole: bool = False) -> str | None:
    """What DuckDB says when it opens the file, or reads all of it; None when nothing."""
    import duckdb

    try:
        # Attached to another, it is opened anew even where this process has it open.
        with duckdb.connect() as connection:
            connection.execute(f"attach {literal(file)} as held (read_only)")
            for table in _tables(connection):
                connection.execute(f"select max(hash(t)) from {table} as t" if whole else f"describe {table}")
    except duckdb.Error as error:
        return str(error)
    return None


def _tables(connection: DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'held' order by all"
    ).fetchall()
    return [f'held."{schema}"."{table}"' for schema, table in found]


def _file_of(settings: Settings | None, said: str) -> Path | None:
    """The database that is meant. Of a block that does not add up DuckDB does not say in which file."""
    named = _PATH.search(said)
    if named:
        return Path(named[1])
    there = list(databases(settings)) if settings else []
    for whole in (False, True):
        for file in there:
            if any(sign in (trouble_with(file, whole=whole) or "") for sign in _DAMAGED):
                return file
    return None
