"""`signalhouse demo`: writes the demo company's exports and refreshes from them, on the demo's own calendar."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from signalhouse.errors import UsageError
from signalhouse.progress import Progress, silent
from signalhouse.refresh import RefreshReport, refresh
from signalhouse.settings import Settings


def demo_refresh(settings: Settings, *, force: bool = False, progress: Progress = silent) -> RefreshReport:
    """A refresh from freshly written demo exports, as of the demo's last day. The same exports again are nothing new.

    Raises UsageError when the landing folder holds exports that are not the demo's.
    """
    from signalhouse.demo import TRUTH_FILE, write_demo
    from signalhouse.demo.params import LAST_DAY

    landing = Path(settings.landing)
    if not settings.landing_is_local or (_has_files(landing) and not (landing.parent / TRUTH_FILE).is_file()):
        raise UsageError(
            "the demo was not written: it would mix made-up records with exports that are already there",
            where=settings.landing,
            next_step="name an empty folder with --landing, or leave the option out",
        )
    progress("writing the demo company's exports")
    write_demo(landing)
    return refresh(replace(settings, as_of=LAST_DAY), force=force, progress=progress)


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))
