"""Days that are to be computed again: `signalhouse refresh --from DATE [--to DATE]`.

The files that speak of these days are marked as new, by a batch of their own. The rules of a refresh do the rest: records of a
marked file are read again from landing, those of a file that landing no longer has are taken out, and every day they touch is
written anew, in raw and in all that follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from signalhouse.duckdb_files import literal
from signalhouse.errors import UsageError
from signalhouse.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Span:
    """First and last day, both included; an open end reaches to the last day there is."""

    first: date
    last: date | None = None

    @classmethod
    def of(cls, first: str | None, last: str | None) -> Span | None:
        """From the two flags; None when there is none. Raises UsageError for what is not a span of days."""
        if first is None:
            if last is not None:
                raise UsageError("--to needs --from", next_step="name the first day as well: --from 2026-09-01")
            return None
        span = cls(_day("--from", first), _day("--to", last) if last else None)
        if span.last and span.last < span.first:
            raise UsageError(
                f"--to {span.last} is before --from {span.first}", next_step="put the earlier day into --from"
            )
        return span


def mark(settings: Settings, span: Span, run_id: str) -> list[str]:
    """Mark the files to be read again; returns their paths, in order. Files whose records raw and landing hold in different
    numbers are always among them: of what raw never had, the day is not known."""
    import duckdb

    if not settings.warehouse_db.exists():
        return []
    with duckdb.connect(str(settings.landing_db)) as connection:
        connection.execute(f"attach {literal(settings.warehouse_db)} as warehouse (read_only)")
        logs = _logs(connection)
        marked = {path: log for log in logs for path in _files_of(connection, log, span)}
        if marked:
            connection.execute("begin")
            _note(connection, marked, run_id)
            connection.execute("commit")
    return sorted(marked)


def _logs(connection: DuckDBPyConnection) -> list[tuple[str, str]]:
    """(vendor, object) of the raw tables that keep days: those that hold the records of landed files by event_date."""
    rows = connection.execute(
        """select table_name from information_schema.columns
        where table_catalog = 'warehouse' and table_schema = 'raw' and column_name in ('event_date', 'file_path', 'record_status')
        group by table_name having count(*) = 3 order by 1"""
    ).fetchall()
    parts = [str(name).removeprefix("raw_").split("__", 1) for (name,) in rows]
    return [(vendor, name) for vendor, name in parts]


def _files_of(connection: DuckDBPyConnection, log: tuple[str, str], span: Span) -> list[str]:
    rows = connection.execute(
        f"""with stored as (
            select file_path, count(*) as records, bool_or(event_date between $first and $last) as speaks_of_it
            from warehouse.raw."raw_{log[0]}__{log[1]}"
            group by file_path
        ),
        ledger as (
            select file_path, records_landed
            from ops.landing_file
            where vendor = $vendor and object = $object and retracted_batch is null
        )
        select coalesce(stored.file_path, ledger.file_path)
        from stored full join ledger on stored.file_path = ledger.file_path
        where coalesce(speaks_of_it, false) or coalesce(records, 0) <> coalesce(records_landed, 0)""",
        {"first": span.first, "last": span.last or date.max, "vendor": log[0], "object": log[1]},
    ).fetchall()
    return [path for (path,) in rows]


def _note(connection: DuckDBPyConnection, marked: dict[str, tuple[str, str]], run_id: str) -> None:
    newest = connection.execute("select coalesce(max(batch_id), 0) + 1 from ops.batch").fetchone()
    assert newest is not None
    batch, now = int(newest[0]), datetime.now(UTC).replace(tzinfo=None)
    connection.execute("insert into ops.batch values (?, ?, ?)", [batch, run_id, now])
    for path, (vendor, name) in marked.items():
        stands = connection.execute(
            "update ops.landing_file set batch_id = ? where file_path = ? and retracted_batch is null returning 1",
            [batch, path],
        ).fetchall()
        if not stands:
            # Landing has lost the file: its records are taken out of raw as those of a withdrawn file are.
            connection.execute(
                """insert into ops.landing_file (vendor, object, file_path, batch_id, landed_at, retracted_batch)
                values (?, ?, ?, ?, ?, ?)""",
                [vendor, name, path, batch, now, batch],
            )


def _day(flag: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{flag} {text} is not a date", next_step=f"write it as year-month-day, for example {flag} 2026-09-30"
        ) from None
