"""Which part of the warehouse a refresh has to build: what stands downstream of something new.

New are the export objects of which a file came, changed or went since the last *published* release, so that a refused build counts
for nothing, and the day chosen by --as-of. That the rest is as it should be is read off how the tables stand (`Warehouse.state`): as the
last build that went through has left them. After a build that was killed or failed, after `dbt build` by hand, with a table or a file
of them restored or gone, everything is built.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from signalhouse import ops, small_files
from signalhouse.settings import Settings

_DAY_CHOSEN = "source:ops.setting+"
# Models that read the ledger of files themselves; raw models read it too, each for its own object.
_LEDGER = "tag:ledger+"

# How the tables of a warehouse stand: by the name of what a build makes, a mark that is another one once somebody has written to it.
State = dict[str, Any]


def touched(settings: Settings, state: State | None) -> list[str] | None:
    """dbt selectors of all that a build has to make, none where nothing is new; None is everything, as where `state` is not known."""
    last, known = ops.last_published(settings), _remembered(settings)
    if last is None or state is None or known.get("tables") != state:
        return None
    select = [f"source:{vendor}.{name}+" for vendor, name in ops.changed_objects(settings, last.batch)]
    if select:
        select.append(_LEDGER)
    if known.get("as_of") != _day(settings):
        select.append(_DAY_CHOSEN)
    return select


def lost(settings: Settings, state: State | None) -> bool:
    """Whether something that the last build made is gone; then it is made anew although nothing else is new."""
    made: State = _remembered(settings).get("tables", {})
    return bool(made.keys() - (state or {}).keys())


def forget(settings: Settings) -> None:
    """Called before a build begins: until it is through, nothing is as it should be."""
    memory(settings).unlink(missing_ok=True)


def note_build(settings: Settings, state: State | None) -> None:
    """Called when a build has made all that it was to make, before anything else writes to its tables."""
    if state is not None:
        small_files.write(memory(settings), json.dumps({"tables": state, "as_of": _day(settings)}))


def memory(settings: Settings) -> Path:
    """The file of what a build left, for a warehouse that is not in the work folder to keep."""
    return settings.work / "built.json"


def _remembered(settings: Settings) -> dict[str, Any]:
    try:
        found = json.loads(small_files.read(memory(settings)) or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _day(settings: Settings) -> str | None:
    return settings.as_of.isoformat() if settings.as_of else None
