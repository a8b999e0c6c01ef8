"""`make impact-check PANELS=2000 SEED=1`: one dataset of many small companies, one run of the impact models, one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from impact_check.check import WHAT_MUST_HOLD, check


def main() -> int:
    asked = argparse.ArgumentParser(prog="impact-check", description=__doc__)
    asked.add_argument("--panels", type=int, default=2000)
    asked.add_argument("--seed", type=int, default=1)
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = check(Path(folder), chosen.panels, chosen.seed).figures()
    missed = [name for name, (low, high) in WHAT_MUST_HOLD.items() if not low <= figures[name] <= high]
    print(json.dumps(figures | {"missed": missed}))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
