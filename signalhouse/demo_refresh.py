"""`signalhouse demo`: writes the demo company's exports and refreshes from them, on the demo's own calendar."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from signalhouse.errors import UsageError
from signalhouse.progress import Progress, silent
from signalhouse.refresh import RefreshReport, check_settings, refresh
from signalhouse.settings import Settings

if TYPE_CHECKING:
    from signalhouse.demo import DemoTruth


def write_company(settings: Settings, *, accounts: int, days: int, seed: int, progress: Progress = silent) -> DemoTruth:
    """Writes the demo's exports into the landing folder and their truth beside it.

    Raises UsageError when the folder holds exports that are not the demo's, or for numbers that make no company.
    """
    from signalhouse.demo import TRUTH_FILE, write_demo

    landing = Path(settings.landing)
    if not settings.landing_is_local or (_has_files(landing) and not (landing.parent / TRUTH_FILE).is_file()):
        raise UsageError(
            "the demo was not written: it would mix made-up records with exports that are already there",
            where=settings.landing,
            next_step="name an empty folder with --landing, or leave the option out",
        )
    progress("writing the demo company's exports")
    try:
        return write_demo(landing, accounts=accounts, days=days, seed=seed)
    except ValueError as error:
        raise UsageError(str(error), next_step="choose other --accounts and --days") from error


def demo_refresh(
    settings: Settings,
    *,
    accounts: int = 300,
    days: int = 240,
    seed: int = 7,
    force: bool = False,
    progress: Progress = silent,
) -> RefreshReport:
    """A refresh from freshly written demo exports, as of the demo's last day. The same exports again are nothing new.

    Raises as `write_company`, and as `refresh`.
    """
    from signalhouse.demo.params import LAST_DAY

    check_settings(settings)
    write_company(settings, accounts=accounts, days=days, seed=seed, progress=progress)
    return refresh(replace(settings, as_of=LAST_DAY), force=force, progress=progress)


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))
