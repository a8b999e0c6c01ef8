"""What a program costs: CPU seconds of it and all it starts, wall, and its greatest memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Cost:
    """`cpu` is user and system time of the whole tree of processes; `peak_gb` the largest of them. `said` is what it told in JSON."""

    cpu: float
    wall: float
    peak_gb: float
    said: dict[str, Any] = field(default_factory=dict)


class ProgramFailedError(RuntimeError):
    """A measured program ended with an error; the text is the end of what it said."""


def measured(command: list[str], *, note: Path | None = None, **environment: str) -> Cost:
    """Runs a program to its end. `note` is a file where it leaves JSON. Raises ProgramFailedError."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        used = Path(folder) / "used.json"
        subprocess.run(
            python("bench.started", str(used), *command),
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            check=True,
        )
        cost = json.loads(used.read_text())
        if cost["returncode"] != 0:
            output.seek(0)
            said = output.read().decode(errors="replace")[-3000:]
            raise ProgramFailedError(f"{' '.join(command)} ended with {cost['returncode']}:\n{said}")
    told = json.loads(note.read_text()) if note else {}
    return Cost(cost["cpu"], cost["wall"], cost["peak_gb"], told)


def python(*arguments: str) -> list[str]:
    """The command that runs a module with this Python."""
    return [sys.executable, "-m", *arguments]


def spread(values: list[float]) -> str:
    """Median, least and greatest, for the table."""
    if len(values) == 1:
        return f"{values[0]:.2f}"
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
