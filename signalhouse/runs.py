"""The record of a run: `work/runs/<run_id>.json`, and a row in `ops.run`.

The file is written when the run starts and after every step, so a run that was killed has left its name and how far it came.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from signalhouse import __version__, small_files
from signalhouse.errors import BuildFailed, LockHeld, SignalhouseError
from signalhouse.places import fault_of
from signalhouse.redact import redact
from signalhouse.settings import Settings, target_flag
from signalhouse.space import disk_full

RUNNING = "running"
_UNFINISHED = {"refused", "failed", "interrupted"}


@dataclass
class RunRecord:
    """What one run did. Times are UTC, ISO-8601; `steps` hold their seconds and what each step wants kept."""

    run_id: str
    command: str
    path: Path
    started_at: str
    ended_at: str | None = None
    outcome: str = RUNNING
    exit_code: int | None = None
    as_of_override: str | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, str] | None = None
    result: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "run_id": self.run_id,
            "command": self.command,
            "signalhouse": __version__,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "outcome": self.outcome,
            "exit_code": self.exit_code,
            "as_of_override": self.as_of_override,
            "freshness_checked": self.as_of_override is None,
            "steps": self.steps,
            "error": self.error,
            **self.result,
        }

    def save(self) -> None:
        """Writes the file whole or not at all."""
        small_files.write(self.path, json.dumps(self.as_dict(), indent=2, default=str) + "\n")

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, Any]]:
        """Times one step; what the block puts into the yielded dict is kept with it, also when it fails."""
        details: dict[str, Any] = {"step": name, "started_at": _now()}
        self.steps.append(details)
        self.save()
        start = time.monotonic()
        try:
            yield details
        except BaseException:
            details["seconds"] = round(time.monotonic() - start, 3)
            # On a full disk this fails as well; what the step died of must not be lost over it.
            with suppress(OSError):
                self.save()
            raise
        details["seconds"] = round(time.monotonic() - start, 3)
        self.save()


@contextmanager
def recorded(settings: Settings, command: str, run_id: str) -> Iterator[RunRecord]:
    """A run record around a block: started, ended, and with the failure in it when the block raises.

    The block sets `outcome`. An exception that nobody foresaw leaves the block as BuildFailed with its text cleaned.
    """
    as_of = settings.as_of.isoformat() if settings.as_of else None
    record = RunRecord(run_id, command, settings.runs_dir / f"{run_id}.json", _now(), as_of_override=as_of)
    record.save()
    try:
        yield record
        record.exit_code = 0
    except SignalhouseError as error:
        _note(record, error, "refused" if error.exit_code == 1 else "failed")
        raise
    except Exception as error:
        foreseen = unforeseen(error, settings)
        _note(record, foreseen, "failed")
        raise foreseen from error
    except BaseException:
        record.outcome = "interrupted"
        raise
    finally:
        record.ended_at = _now()
        with suppress(OSError) if record.outcome in _UNFINISHED else nullcontext():
            record.save()
        _into_ops(settings, record)


def new_run_id(settings: Settings) -> str:
    """A UTC stamp such as 20261122T031502Z that no earlier run in this work folder has. Call it with the lock held."""
    while True:
        run_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        if not (settings.runs_dir / f"{run_id}.json").exists():
            return run_id
        time.sleep(0.05)


def recent(settings: Settings, count: int = 5) -> list[dict[str, Any]]:
    """The latest run records, newest first. A file that cannot be read is passed over."""
    records = []
    for path in sorted(settings.runs_dir.glob("*.json"), reverse=True)[:count]:
        try:
            records.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
    return records


def unforeseen(error: Exception, settings: Settings | None) -> SignalhouseError:
    """Our form of an exception nobody foresaw: its type, its cleaned text and the place in our code. What is a fault of the disk or of
    a folder is said as that."""
    frame = error.__traceback__
    place = ""
    while frame is not None:
        file = Path(frame.tb_frame.f_code.co_filename)
        if "signalhouse" in file.parts and "site-packages" not in file.parts:
            place = f"{'/'.join(file.parts[-2:])}:{frame.tb_lineno}"
        frame = frame.tb_next
    told = disk_full(str(error)) or fault_of(settings, error)
    if told is not None:
        return told
    text = redact(str(error)).strip() or "no message"
    if "Could not set lock on file" in text:
        return LockHeld(
            "a database of the work folder is open in another program",
            where=text,
            next_step="close that program, or read the published copy (serve/current/marts.duckdb) with it: that one is never locked",
        )
    if type(error).__module__.startswith("google.auth"):
        from signalhouse.bigquery.connection import no_access

        return no_access(error)
    return BuildFailed(
        f"stopped by {type(error).__name__}: {text}",
        where=place,
        next_step=f"run `signalhouse doctor{target_flag(settings)}`; if it finds nothing, this is a defect of ours: report it with the "
        "run record",
    )


def _note(record: RunRecord, error: SignalhouseError, outcome: str) -> None:
    error.run_id = record.run_id
    record.outcome = outcome
    record.exit_code = error.exit_code
    record.error = {"what": redact(error.what), "where": redact(error.where), "next_step": error.next_step}


def _into_ops(settings: Settings, record: RunRecord) -> None:
    """A row of `ops.run`. The file is the record; without a landing database there is nothing to add it to."""
    from signalhouse import ops

    ops.record_run(settings, record.run_id, record.started_at, record.ended_at, record.outcome, record.as_dict())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
