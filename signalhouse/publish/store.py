"""Releases: folders below `<serve>/releases`, and the link `<serve>/current` to the one that readers see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from signalhouse.errors import LockHeld, UsageError
from signalhouse.publish import files
from signalhouse.settings import Settings

CURRENT = "current"
MARTS_FILE = "marts.duckdb"
MANIFEST = "manifest.json"
KEEP = 3

_STAMP = "%Y%m%dT%H%M%S%fZ"
_LOCK_SECONDS = 30


@dataclass(frozen=True)
class Release:
    """One published state of the marts. `stamp` is its UTC time to the microsecond and orders releases by name."""

    stamp: str
    path: Path
    is_current: bool

    @property
    def marts(self) -> Path:
        """The DuckDB file, schema `mart`."""
        return self.path / MARTS_FILE

    @property
    def manifest(self) -> dict[str, Any]:
        """What the release says about itself; empty where the file is missing or broken."""
        try:
            found = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def releases(settings: Settings) -> list[Release]:
    """Every release on disk, newest first. Half-written ones have hidden names and do not count."""
    served = _served(settings)
    folder = releases_folder(settings)
    if not folder.is_dir():
        return []
    names = sorted((p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")), reverse=True)
    return [Release(name, folder / name, name == served) for name in names]


def current(settings: Settings) -> Release | None:
    """The release that readers see, None before the first."""
    return next((release for release in releases(settings) if release.is_current), None)


def rollback(settings: Settings, to: str | None = None) -> Release:
    """Points `current` at release `to`, or at the one before the current one. Returns it.

    Raises UsageError when there is no such release.
    """
    with serving_lock(settings):
        known = releases(settings)
        target = _target(known, to)
        files.point(settings.serve / CURRENT, f"{releases_folder(settings).name}/{target.stamp}")
    return Release(target.stamp, target.path, is_current=True)


def _target(known: list[Release], to: str | None) -> Release:
    have = ", ".join(release.stamp + (" (current)" if release.is_current else "") for release in known) or "none"
    if to is not None:
        named = [release for release in known if release.stamp == to]
        if not named:
            raise UsageError(f"there is no release {to}", where=f"on disk: {have}", next_step="name one of these")
        return named[0]
    served = next((release for release in known if release.is_current), None)
    older = [release for release in known if served is not None and release.stamp < served.stamp]
    if not older:
        raise UsageError(
            "there is no earlier release to go back to",
            where=f"on disk: {have}",
            next_step="name a release with `signalhouse rollback --to`, or run `signalhouse refresh` for a new one",
        )
    return older[0]


def next_stamp(settings: Settings) -> str:
    """A stamp later than every release's, even when the clock was set back."""
    moment = datetime.now(UTC)
    newest = max((release.stamp for release in releases(settings)), default="")
    if newest >= moment.strftime(_STAMP):
        moment = datetime.strptime(newest, _STAMP).replace(tzinfo=UTC) + timedelta(microseconds=1)
    return moment.strftime(_STAMP)


def drop_leftovers(settings: Settings) -> None:
    """Removes what a killed run left: hidden folders and links. Only under the lock."""
    for left in (*releases_folder(settings).glob(".*"), *settings.serve.glob(f".{CURRENT}-*")):
        files.remove(left)


def drop_old(settings: Settings, keep: int = KEEP) -> None:
    """Keeps the newest `keep` releases and the current one. A reader with an old file open is not disturbed."""
    for release in releases(settings)[keep:]:
        if not release.is_current:
            # Hidden first: whoever is killed here leaves no half release by a name that `rollback` would take.
            files.remove(release.path.rename(release.path.with_name(f".{release.stamp}")))


@contextmanager
def serving_lock(settings: Settings) -> Iterator[None]:
    """One publisher at a time: two would remove each other's half-written folder. Raises LockHeld after 30 s."""
    settings.serve.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.serve / ".lock", timeout=_LOCK_SECONDS)
    try:
        with lock:
            yield
    except Timeout as error:
        raise LockHeld(
            "another process is publishing",
            where=str(settings.serve),
            next_step="wait until it is done and run the command again",
        ) from error


def releases_folder(settings: Settings) -> Path:
    """Where releases lie."""
    return settings.serve / "releases"


def _served(settings: Settings) -> str | None:
    link = settings.serve / CURRENT
    return Path(link.readlink()).name if link.is_symlink() else None
