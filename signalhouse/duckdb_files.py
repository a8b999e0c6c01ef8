"""A DuckDB file and what goes with it: the log beside it, and its name in a statement that takes no parameter."""

from __future__ import annotations

from pathlib import Path


def log_of(database: Path) -> Path:
    """What was written and is not in the file yet; it is there while somebody writes, and after a writer was killed."""
    return database.with_name(f"{database.name}.wal")


def remove(database: Path) -> None:
    """The file, if it is there, with its log: left behind, a log would be taken for one of the next file of that name."""
    database.unlink(missing_ok=True)
    log_of(database).unlink(missing_ok=True)


def literal(text: str | Path) -> str:
    """A SQL string literal, as DuckDB reads it."""
    return "'" + str(text).replace("'", "''") + "'"
