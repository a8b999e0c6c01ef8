"""`make bigquery-parity`: what was compared and what differs, line by line, then one JSON object; 1 unless all is equal."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .emulator import EmulatorMissing
from .parity import run


def main() -> int:
    asked = argparse.ArgumentParser(prog="bigquery_parity", description=__doc__)
    asked.add_argument("--seed", type=int, default=1, help="which files come when")
    asked.add_argument("--folder", type=Path, help="keeps what was made, in this empty folder")
    chosen = asked.parse_args()
    try:
        found = run(chosen.folder, seed=chosen.seed)
    except EmulatorMissing as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(found))
    return 1 if found["differences"] or found["not_executed"] else 0


if __name__ == "__main__":
    sys.exit(main())
