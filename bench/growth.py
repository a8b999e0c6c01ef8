"""A small company, refreshed day by day: do the databases grow beyond what a fresh build of the same files takes?

python -m bench.growth <root> <note.json>     refreshes once for each day that waits below root
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.company import DATA, LAST_DAY, Scale, landing_of
from bench.measured import measured, python

REFRESHES = 60
COMPANY = Scale(24, 120, 15_000)


def grow(say: Callable[[str], None]) -> dict[str, Any]:
    """Sizes of the work folder's databases, in bytes, after 60 refreshes and after one."""
    from signalhouse.demo import files

    landing = landing_of(COMPANY)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=DATA) as folder:
        root = Path(folder)
        days: dict[str, list[Path]] = {}
        for path in files(landing):
            days.setdefault(_made(path), []).append(path.relative_to(landing))
        first = len(days) - REFRESHES
        for number, paths in enumerate(days.values()):
            for path in paths:
                for to in (root / "whole" / path, root / f"{max(number - first + 1, 0):03d}" / path):
                    to.parent.mkdir(parents=True, exist_ok=True)
                    os.link(landing / path, to)
        say(f"growth: {REFRESHES} refreshes of a small company")
        note = root / "note"
        grown = measured(python("bench.growth", str(root), str(note)), note=note)
        return {**grown.said, "cpu_s": grown.cpu, "growth": grown.said["bytes"] / grown.said["fresh_bytes"]}


def _made(path: Path) -> str:
    stem = path.name.split(".", 1)[0]
    return f"{stem}-31" if len(stem) == 7 else stem


def main() -> None:
    """One process for all refreshes: what dbt costs is not asked here. Without data tests and audit rules, which write nothing."""
    from bench.watched import without_audit

    without_audit()
    from signalhouse.refresh import refresh
    from signalhouse.settings import Settings

    root, note = Path(sys.argv[1]), Path(sys.argv[2])
    settings = Settings.resolve(landing=str(root / "landing"), work=root / "work", serve=root / "serve", as_of=LAST_DAY)
    days = sorted(folder for folder in root.iterdir() if folder.name.isdigit())
    for day in days:
        shutil.copytree(day, root / "landing", dirs_exist_ok=True)
        refresh(settings)
        print(day.name, _bytes(settings.work), flush=True)
    fresh = Settings.resolve(
        landing=str(root / "whole"), work=root / "fresh", serve=root / "fresh-serve", as_of=LAST_DAY
    )
    refresh(fresh)
    note.write_text(
        json.dumps({"refreshes": len(days) - 1, "bytes": _bytes(settings.work), "fresh_bytes": _bytes(fresh.work)})
    )


def _bytes(work: Path) -> int:
    return sum(path.stat().st_size for path in work.glob("*.duckdb*"))


if __name__ == "__main__":
    main()
