"""The collector of garbage, in a process that does one thing and ends."""

from __future__ import annotations

import atexit
import gc

_OBJECTS, _YOUNG, _OLD = 50_000, 20, 50  # Python's own: 700, 10, 10


def collect_seldom() -> None:
    """Looks for garbage seldom, and not at all at the end.

    What dbt and Great Expectations make (a million objects) lives until the process ends, and Python goes through it again and again
    while it grows, and three times more to throw it away. A day of a small company: 19.2 CPU s, so 16.8, with 10 MB more of memory.
    """
    gc.set_threshold(_OBJECTS, _YOUNG, _OLD)
    atexit.register(gc.freeze)
