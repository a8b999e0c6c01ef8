"""One writer at a time: an flock on `work/lock`, with a note of who holds it for the one who has to wait.

The kernel lets go of the lock when its process ends, however it ends, so a killed refresh never blocks the next.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from signalhouse.errors import LockHeld
from signalhouse.settings import Settings


@dataclass(frozen=True)
class Holder:
    """Who holds the lock. `since` is UTC, ISO-8601."""

    pid: int
    host: str
    since: str
    command: str
    run_id: str | None = None

    def __str__(self) -> str:
        run = f", run {self.run_id}" if self.run_id else ""
        return f"signalhouse {self.command}{run}, process {self.pid} on {self.host}, since {self.since}"


def lock_path(settings: Settings) -> Path:
    """The file that is locked; it stays in place between runs."""
    return settings.work / "lock"


@contextmanager
def locked(settings: Settings, command: str, run_id: str | None = None) -> Iterator[None]:
    """Holds the work folder for the length of the block. Raises LockHeld at once when another process has it."""
    settings.work.mkdir(parents=True, exist_ok=True)
    with lock_path(settings).open("a+", encoding="utf-8") as file:
        if not _taken(file):
            raise _held(settings, _read(file.name))
        holder = Holder(os.getpid(), socket.gethostname(), _now(), command, run_id)
        file.truncate(0)
        file.write(json.dumps(asdict(holder)))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def holder(settings: Settings) -> Holder | None:
    """Who holds the lock now, or None. Does not disturb the holder."""
    path = lock_path(settings)
    if not path.exists():
        return None
    with path.open("r", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(path) or Holder(0, "unknown", "unknown", "unknown")
    return None


def _taken(file: IO[str]) -> bool:
    # `holder` touches the lock for an instant, so one refusal is not yet a holder.
    for _ in range(3):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.05)
    return False


def _held(settings: Settings, who: Holder | None) -> LockHeld:
    return LockHeld(
        f"another run holds {settings.work}, nothing was started",
        where=str(who) if who else "the holder has not written its name yet",
        next_step="wait for it, or end that process; the lock goes with it",
    )


def _read(path: str | Path) -> Holder | None:
    try:
        return Holder(**json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
