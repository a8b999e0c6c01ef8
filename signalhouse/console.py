"""What the commands print: short lines for people on a terminal, plain lines in a log, one JSON object with --json."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from signalhouse.errors import SignalhouseError
from signalhouse.progress import Progress, silent

if TYPE_CHECKING:
    from rich.console import Console

_LOG_EVERY_SECONDS = 5.0


def out() -> Console:
    """Results, on stdout. Nothing is cut to the width of a log."""
    return _console(stderr=False)


def err() -> Console:
    """Progress and failures, on stderr."""
    return _console(stderr=True)


def print_json(value: dict[str, Any]) -> None:
    """The one object of --json."""
    sys.stdout.write(json.dumps(value, indent=2, default=str, ensure_ascii=False) + "\n")


@contextmanager
def progress(json_output: bool) -> Iterator[Progress]:
    """A spinner on a terminal, a line now and then in a log, nothing with --json."""
    if json_output:
        yield silent
        return
    console = err()
    if not console.is_terminal:
        yield _Logged(console)
        return
    start = time.monotonic()
    with console.status("starting") as status:
        yield lambda text: status.update(f"{text} [dim]{time.monotonic() - start:.0f} s[/dim]")


def print_failure(error: SignalhouseError, command: str) -> None:
    """What happened, where, and what to do next."""
    console = err()
    subject = f"{command} {error.run_id}" if error.run_id else command
    console.print(f"[bold red]{subject} stopped:[/bold red]", end=" ")
    console.print(error.what, markup=False)
    if error.where:
        console.print()
        for line in error.where.splitlines():
            console.print(f"  {line}", markup=False)
        console.print()
    for number, line in enumerate(error.next_step.splitlines()):
        console.print(f"  {'next' if number == 0 else '    '}  {line}", markup=False)


def failure_dict(error: SignalhouseError) -> dict[str, Any]:
    """The JSON form of a failure."""
    return {
        "run_id": error.run_id,
        "outcome": "refused" if error.exit_code == 1 else "failed",
        "exit_code": error.exit_code,
        "error": {"what": error.what, "where": error.where, "next_step": error.next_step},
    }


class _Logged:
    """Says the first line and then one every few seconds: a log is read later, and by people."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._start = time.monotonic()
        self._last = -_LOG_EVERY_SECONDS

    def __call__(self, text: str) -> None:
        passed = time.monotonic() - self._start
        if passed - self._last >= _LOG_EVERY_SECONDS:
            self._last = passed
            self._console.print(f"{passed:4.0f} s  {text}", markup=False)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    # Made anew each time: a test or a caller may have put another stream in place.
    return Console(stderr=stderr, highlight=False, soft_wrap=True)
