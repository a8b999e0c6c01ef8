"""Starts a program and leaves what it used: `python -m bench.started <used.json> <command>`.

A small process of its own, because Linux takes the greatest memory of whoever starts a program for the program's own: a bench that has
just written a company of two gigabytes would find two gigabytes in everything it measures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    note, *command = sys.argv[1:]
    start = time.monotonic()
    program = subprocess.Popen(command)
    # wait4 tells of this child, and of the children it waited for, alone
    _, status, used = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    cost = {
        "returncode": program.returncode,
        "cpu": used.ru_utime + used.ru_stime,
        "wall": time.monotonic() - start,
        "peak_gb": used.ru_maxrss / 2**20,
    }
    Path(note).write_text(json.dumps(cost))


if __name__ == "__main__":
    main()
