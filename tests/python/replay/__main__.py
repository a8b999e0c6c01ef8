"""`make replay SCENARIOS=25 SEED=1`: scenario after scenario in one process, then one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import duckdb

from replay.walk import Walker
from signalhouse.errors import SignalhouseError


def main() -> int:
    asked = argparse.ArgumentParser(prog="replay", description=__doc__)
    asked.add_argument("--scenarios", type=int, default=25)
    asked.add_argument("--seed", type=int, default=1, help="seed of the first scenario; the next ones count up")
    asked.add_argument("--stops", type=int, default=4, help="refreshes per scenario")
    asked.add_argument("--events-only", action="store_true", help="only the models that are built by day")
    chosen = asked.parse_args()
    differences: list[dict[str, object]] = []
    cells = builds = 0
    with tempfile.TemporaryDirectory() as folder:
        walker = Walker(Path(folder), events_only=chosen.events_only, stops=chosen.stops)
        for number, seed in enumerate(range(chosen.seed, chosen.seed + chosen.scenarios), start=1):
            try:
                result = walker.scenario(seed)
            except (SignalhouseError, AssertionError, duckdb.Error) as error:
                found = [f"stopped: {error}"]
            else:
                found = result.differences
                cells, builds = cells + result.cells, builds + result.builds
            said = f"scenario {number} of {chosen.scenarios}, seed {seed}: " + ("equal" if not found else "DIFFERS")
            print(said, file=sys.stderr, flush=True)
            if found:
                again = f"make replay SCENARIOS=1 SEED={seed}"
                print(f"  again: {again}", *(f"  {line}" for line in found), sep="\n", file=sys.stderr, flush=True)
                differences.append({"seed": seed, "again": again, "found": found})
    print(
        json.dumps(
            {"scenarios": chosen.scenarios, "cells_compared": cells, "builds": builds, "differences": differences}
        )
    )
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
