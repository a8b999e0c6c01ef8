"""The dbt profile the conductor uses: the project's example, copied next to the state it describes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signalhouse.errors import UsageError
from signalhouse.settings import Settings

EXAMPLE = "profiles.example.yml"


def profiles_folder(settings: Settings) -> Path:
    """`work/profiles`, holding a fresh copy of profiles.example.yml. Raises UsageError when the example is missing."""
    example = settings.project / EXAMPLE
    if not example.is_file():
        raise UsageError(
            f"{EXAMPLE} is missing",
            where=str(settings.project),
            next_step=f"restore it: git checkout -- {EXAMPLE}",
        )
    folder = settings.work / "profiles"
    folder.mkdir(parents=True, exist_ok=True)
    text = example.read_text(encoding="utf-8")
    copy = folder / "profiles.yml"
    # dbt parses everything again when the profile's file changed, so it is only written when it differs.
    if not copy.is_file() or copy.read_text(encoding="utf-8") != text:
        copy.write_text(text, encoding="utf-8")
    return folder


@contextmanager
def work_folder_in_environment(settings: Settings) -> Iterator[None]:
    """The profile finds the databases by SIGNALHOUSE_WORK; set for the block, put back after it."""
    before = os.environ.get("SIGNALHOUSE_WORK")
    os.environ["SIGNALHOUSE_WORK"] = str(settings.work)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("SIGNALHOUSE_WORK", None)
        else:
            os.environ["SIGNALHOUSE_WORK"] = before
