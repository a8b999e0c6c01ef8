"""The demo companies that are measured: written once, kept below bench/.data."""

from __future__ import annotations

import gzip
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

from signalhouse.demo.params import LAST_DAY as LAST_DAY

# The day whose coming is measured. Of what happened on the demo's last days nothing comes late any more, since nothing comes after them.
NEW_DAY = LAST_DAY - timedelta(days=5)

DATA = Path(__file__).parent / ".data"
SEED = 7


@dataclass(frozen=True)
class Scale:
    """A company by its customers and days, and the events it should give at least."""

    accounts: int
    days: int
    events: int


# One account makes about 1,760 delivered events in 240 days; at 50m a history of two years is measured.
SCALES = {
    "tiny": Scale(24, 90, 15_000),
    "1m": Scale(580, 240, 1_000_000),
    "10m": Scale(5_800, 240, 10_000_000),
    "50m": Scale(9_500, 730, 50_000_000),
}


def landing_of(scale: Scale) -> Path:
    """The company's landing folder; written when it is not there."""
    home = DATA / f"{scale.accounts}x{scale.days}"
    done = home / "written"
    if not done.is_file():
        from signalhouse.demo import write_demo

        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        write_demo(home / "landing", accounts=scale.accounts, days=scale.days, seed=SEED)
        done.touch()
    return home / "landing"


def size_of(landing: Path) -> int:
    """Bytes of all files."""
    return sum(path.stat().st_size for path in landing.rglob("*") if path.is_file())


# Where each log's record tells when it arrived: a date, or milliseconds. Found without reading the record, of which there are 50 million.
_ARRIVED = {
    "mixpanel/export": re.compile(rb'"mp_processing_time_ms":\s*(\d{13})'),
    "amplitude/export": re.compile(rb'"server_upload_time":\s*"(\d{4}-\d\d-\d\d)'),
    "segment/raw_logs": re.compile(rb'"receivedAt":\s*"(\d{4}-\d\d-\d\d)'),
}


def held_back(landing: Path, target: Path, *, first_day: date, new_day: date = NEW_DAY) -> dict[str, list[Path]]:
    """A landing folder as of the evening before `new_day`, made of links, and what comes on that day.

    Returns `kept` and `new` as paths below `target`; the files of `new` are made but not yet in place, see `deliver`. The logs begin at
    `first_day`, a shorter history of the same company, and end with the new day. With it come its part of the three logs, late and
    repeated records among them, the newest merges of persons and the newest snapshot of people.
    """
    shutil.rmtree(target, ignore_errors=True)
    waiting = target / "waiting"
    folder = target / "landing"
    kept: list[Path] = []
    new: list[Path] = []
    for path in sorted(p for p in landing.rglob("*") if p.is_file()):
        place = path.relative_to(landing)
        log = "/".join(place.parts[:2])
        parts = _cut(path, _ARRIVED[log], first_day, new_day) if log in _ARRIVED else None
        if parts is not None:
            for name, lines in parts.items():
                is_new = name == "new"
                to = (waiting if is_new else folder) / place.parent / f"{place.stem.partition('.')[0]}-{name}.ndjson.gz"
                to.parent.mkdir(parents=True, exist_ok=True)
                with gzip.open(to, "wb", compresslevel=1) as file:
                    file.writelines(lines)
                (new if is_new else kept).append(to)
        elif log in ("amplitude/merged_users", "mixpanel/engage") and place.stem[:7] > new_day.isoformat()[:7]:
            to = waiting / place
            to.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, to)
            new.append(to)
        else:
            to = folder / place
            to.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, to)
            kept.append(to)
    return {"kept": kept, "new": new}


def deliver(target: Path) -> int:
    """The day comes: its files are put into the landing folder. Returns how many."""
    files = [path for path in (target / "waiting").rglob("*") if path.is_file()]
    for path in files:
        to = target / "landing" / path.relative_to(target / "waiting")
        to.parent.mkdir(parents=True, exist_ok=True)
        path.rename(to)
    return len(files)


def _cut(path: Path, clock: re.Pattern[bytes], first_day: date, new_day: date) -> dict[str, list[bytes]] | None:
    """The lines of a log's file from `first_day` on, in the part before `new_day` and that of the day; None where the first is the file."""
    old: list[bytes] = []
    new: list[bytes] = []
    is_whole = True
    day: date | None = None
    for line in _lines(path):
        # what cannot be read stays with what came before it
        day = _day(line, clock) or day
        if day is not None and day == new_day:
            new.append(line)
        elif day is None or first_day <= day < new_day:
            old.append(line)
        else:
            is_whole = False
    if is_whole and not new:
        return None
    return {name: lines for name, lines in (("old", old), ("new", new)) if lines}


def _lines(path: Path) -> Iterator[bytes]:
    if path.suffix == ".zip":
        with ZipFile(path) as archive:
            for member in sorted(archive.namelist()):
                with archive.open(member) as packed, gzip.open(packed) as lines:
                    yield from lines
    else:
        with gzip.open(path) as lines:
            yield from lines


def _day(line: bytes, clock: re.Pattern[bytes]) -> date | None:
    found = clock.search(line)
    if found is None:
        return None
    moment = found[1].decode()
    try:
        return (
            datetime.fromtimestamp(int(moment) / 1000, UTC).date() if moment.isdigit() else date.fromisoformat(moment)
        )
    except ValueError:
        return None


def unpacked(landing: Path, target: Path) -> None:
    """The members of the zip files, unpacked: DuckDB and gzip read no zip."""
    for path in sorted(landing.rglob("*.zip")):
        with ZipFile(path) as archive:
            archive.extractall(target)
