"""Which part of the warehouse a refresh has to build: what stands downstream of something new.

New are the export objects of which a file came, changed or went since the last *published* release, so that a refused build counts
for nothing, and the day chosen by --as-of. That the rest is as it should be is read off the database files: they are as the last
build that went through has left them. After a build that was killed or failed, after `dbt build` by hand, with a file restored or
gone, everything is built; and always on BigQuery, where no file tells who wrote last.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from signalhouse import ops
from signalhouse.duckdb_files import log_of
from signalhouse.settings import Settings

_DAY_CHOSEN = "source:ops.setting+"
# Models that read the ledger of files themselves; raw models read it too, each for its own object.
_LEDGER = "tag:ledger+"


def touched(settings: Settings) -> list[str] | None:
    """dbt selectors of all that a build has to make, none where nothing is new; None is everything."""
    last, known = ops.last_published(settings), _remembered(settings)
    if settings.target != "duckdb" or last is None or known.get("files") != _files(settings):
        return None
    select = [f"source:{vendor}.{name}+" for vendor, name in ops.changed_objects(settings, last.batch)]
    if select:
        select.append(_LEDGER)
    if known.get("as_of") != _day(settings):
        select.append(_DAY_CHOSEN)
    return select


def lost(settings: Settings) -> bool:
    """Whether a database that the last build made is gone; then it is made anew although nothing else is new."""
    made = [name for name in _remembered(settings).get("files", {}) if not name.endswith(".wal")]
    return any(not (settings.work / name).exists() for name in made)


def forget(settings: Settings) -> None:
    """Called before a build begins: until it is through, nothing is as it should be."""
    _memory(settings).unlink(missing_ok=True)


def note_build(settings: Settings) -> None:
    """Called when a build has made all that it was to make, before anything else writes to the databases."""
    path = _memory(settings)
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"files": _files(settings), "as_of": _day(settings)}), encoding="utf-8")
    part.replace(path)


def _remembered(settings: Settings) -> dict[str, Any]:
    try:
        found = json.loads(_memory(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _memory(settings: Settings) -> Path:
    return settings.work / "built.json"


def _files(settings: Settings) -> dict[str, list[int]]:
    """Size and time of writing of what builds write; an unfinished log beside a file is a writer that was killed."""
    written = [settings.warehouse_db, settings.marts_db]
    written += [log_of(path) for path in written]
    return {
        path.name: [status.st_size, status.st_mtime_ns] for path in written if path.exists() for status in [path.stat()]
    }


def _day(settings: Settings) -> str | None:
    return settings.as_of.isoformat() if settings.as_of else None
