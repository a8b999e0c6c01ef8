"""A way for tests to kill a run at a named moment. Off unless SIGNALHOUSE_FAULT is set, for example `mid-copy:kill`.

The names, in the order in which a refresh passes them: mid-land (a file read, not yet committed), after-land, in-raw, in-core
and in-marts (a model of that layer starts), mid-compact (a database is written anew, not yet in place), after-build, mid-audit (a
table's rules start), after-audit, mid-copy, before-swap, after-swap, before-note and after-note (around the row that says what the
release holds).
"""

from __future__ import annotations

import os
import signal
from itertools import count

VARIABLE = "SIGNALHOUSE_FAULT"
POINTS = (
    *("mid-land", "after-land", "in-raw", "in-core", "in-marts", "mid-compact", "after-build", "mid-audit"),
    *("after-audit", "mid-copy", "before-swap", "after-swap", "before-note", "after-note"),
)

_passed = count(1)


def fault_point(name: str) -> None:
    """Ends the process as a power cut would (SIGKILL: no cleanup runs) when the variable says `<name>:kill`.

    A point that is passed often can be met later: `in-core:kill:20` lets 19 models of core start.
    """
    wanted, _, action = os.environ.get(VARIABLE, "").partition(":")
    if wanted != name:
        return
    kind, _, turn = action.partition(":")
    if kind == "kill" and next(_passed) == int(turn or 1):
        os.kill(os.getpid(), signal.SIGKILL)
