"""A full disk, said as one: each library words it in its own way, and none says what to do."""

from __future__ import annotations

import errno

from signalhouse.errors import BuildFailed
from signalhouse.redact import redact

_SIGNS = ("No space left on device", "Disk quota exceeded")
_LINES_SHOWN = 5


def is_full(error: BaseException) -> bool:
    """True when an exception says that a disk is full."""
    number = error.errno if isinstance(error, OSError) else None
    return number in (errno.ENOSPC, errno.EDQUOT) or _said(str(error))


def disk_full(*messages: str) -> BuildFailed | None:
    """The failure to raise when any of the messages is about a full disk, else None."""
    lines = [line.strip() for message in messages for line in redact(message).splitlines() if _said(line)]
    if not lines:
        return None
    return BuildFailed(
        "the disk is full; nothing was published, readers keep the release they have",
        where="\n".join(dict.fromkeys(lines[:_LINES_SHOWN])),
        next_step="make room (`df -h` says where), then run the same command again; it goes on from what has landed",
    )


def _said(text: str) -> bool:
    return any(sign in text for sign in _SIGNS)
