"""A way for tests to kill a run at a named moment. Off unless SIGNALHOUSE_FAULT is set, for example `mid-copy:kill`."""

from __future__ import annotations

import os
import signal

VARIABLE = "SIGNALHOUSE_FAULT"


def fault_point(name: str) -> None:
    """Ends the process as a power cut would (SIGKILL: no cleanup runs) when the variable says `<name>:kill`."""
    if os.environ.get(VARIABLE) == f"{name}:kill":
        os.kill(os.getpid(), signal.SIGKILL)
