"""What the conductor reads from and writes to schema `ops` of the landing database (landing creates its tables)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signalhouse.errors import LockHeld
from signalhouse.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Published:
    """The last release this work folder has published, and the last batch of landed files it holds."""

    run_id: str
    stamp: str
    batch: int


@contextmanager
def opened(path: Path, *, read_only: bool = True) -> Iterator[DuckDBPyConnection]:
    """A DuckDB file for the length of the block. Raises LockHeld when another process has it open."""
    import duckdb

    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        if "lock on file" not in str(error):  # a damaged `block` is none
            raise
        raise LockHeld(
            f"{path} is open in another program",
            where=_lock_owner(str(error)),
            next_step="close that program, or read the published copy (serve/current/marts.duckdb) with it: that one is never locked",
        ) from None
    try:
        yield connection
    finally:
        connection.close()


def last_published(settings: Settings) -> Published | None:
    """The newest row of `ops.release`; None before the first release."""
    row = _first(
        settings,
        "select run_id, stamp, published_batch from ops.release order by published_batch desc, published_at desc limit 1",
    )
    return Published(*row) if row else None


def newest_change(settings: Settings) -> int:
    """The last batch that brought or withdrew a file; 0 when nothing has landed."""
    row = _first(settings, "select max(greatest(batch_id, coalesce(retracted_batch, 0))) from ops.landing_file")
    return int(row[0] or 0) if row else 0


def changed_objects(settings: Settings, since: int) -> list[tuple[str, str]]:
    """(vendor, object) of every export of which a file came, changed or was withdrawn after batch `since`, in order."""
    with opened(settings.landing_db) as connection:
        return connection.execute(
            "select distinct vendor, object from ops.landing_file where batch_id > $1 or retracted_batch > $1 order by all",
            [since],
        ).fetchall()


def newest_batch(settings: Settings) -> int:
    """The last batch; a build that starts now holds everything up to it."""
    row = _first(settings, "select max(batch_id) from ops.batch")
    return int(row[0] or 0) if row else 0


def set_as_of(settings: Settings) -> None:
    """Notes the chosen day (--as-of) for the models, or takes an earlier choice back."""
    with opened(settings.landing_db, read_only=False) as connection:
        connection.execute("begin")
        connection.execute("delete from ops.setting where name = 'as_of'")
        if settings.as_of:
            connection.execute(
                "insert into ops.setting (name, value) values ('as_of', ?)", [settings.as_of.isoformat()]
            )
        connection.execute("commit")


def record_release(settings: Settings, run_id: str, stamp: str, batch: int) -> None:
    """Notes that a release holds everything up to `batch`. From now on only later batches count as new."""
    with opened(settings.landing_db, read_only=False) as connection:
        connection.execute(
            "insert into ops.release (run_id, stamp, published_batch, published_at) values (?, ?, ?, ?)",
            [run_id, stamp, batch, datetime.now(UTC).replace(tzinfo=None)],
        )


def record_run(
    settings: Settings, run_id: str, started_at: str, ended_at: str | None, outcome: str, record: dict[str, Any]
) -> None:
    """A row of `ops.run`. Silent when there is no landing database yet or it cannot be opened: the file is the record."""
    import duckdb

    if not settings.landing_db.exists():
        return
    try:
        with opened(settings.landing_db, read_only=False) as connection:
            connection.execute(
                "insert into ops.run (run_id, started_at, ended_at, outcome, record) values (?, ?, ?, ?, ?)",
                [run_id, _naive(started_at), _naive(ended_at), outcome, json.dumps(record, default=str)],
            )
    except (duckdb.Error, LockHeld):
        return


def as_of_in_force(settings: Settings) -> date | None:
    """The day an earlier command chose by --as-of, if it still holds."""
    row = _first(settings, "select value from ops.setting where name = 'as_of'")
    return date.fromisoformat(row[0]) if row else None


def _first(settings: Settings, query: str) -> tuple[Any, ...] | None:
    import duckdb

    if not settings.landing_db.exists():
        return None
    with opened(settings.landing_db) as connection:
        try:
            return connection.execute(query).fetchone()
        except duckdb.CatalogException:
            return None


def _naive(moment: str | None) -> datetime | None:
    return datetime.fromisoformat(moment).astimezone(UTC).replace(tzinfo=None) if moment else None


def _lock_owner(message: str) -> str:
    """DuckDB names the program and its process between `held in` and the next full stop."""
    _, found, rest = message.partition("is held in ")
    return rest.split(". ")[0].strip() if found else ""
