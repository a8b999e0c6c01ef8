"""How long work says where it is. A progress is any callable that takes one short line of text."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with one short line, for example `landing mixpanel/export 3 of 120 files`."""

    def __call__(self, text: str) -> None:
        """Says `text`; never raises, never waits."""


def silent(text: str) -> None:
    """A progress that says nothing (tests, --json)."""
