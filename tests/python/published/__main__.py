"""`make published`: the published figures, one line each, then one JSON object; 1 if one of them is not met."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from published import ravenstack, uci, worked
from published.world import DATASETS, answers

WORLDS = {"worked": worked.WORLD, "ravenstack": ravenstack.WORLD, "uci": uci.WORLD}


def main() -> int:
    asked = argparse.ArgumentParser(prog="published", description=__doc__)
    asked.add_argument("worlds", nargs="*", metavar="world", help=f"some of {', '.join(WORLDS)}; all without one")
    chosen = asked.parse_args().worlds or list(WORLDS)
    if not (DATASETS / "assertions.jsonl").is_file():
        reason = "the published data sets are not here (../shared/datasets)"
        print(json.dumps({"assertions": 0, "passed": 0, "skipped": reason}))
        return 0
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            for assertion in answers(WORLDS[name], Path(folder) / name):
                print(f"{assertion.id}: " + ("equal" if assertion.passed else "DIFFERS"), file=sys.stderr, flush=True)
                if not assertion.passed:
                    print(f"  expected {assertion.expected}\n  found    {assertion.found}", file=sys.stderr, flush=True)
                found.append(assertion)
    failed = [assertion.id for assertion in found if not assertion.passed]
    print(json.dumps({"assertions": len(found), "passed": len(found) - len(failed), "failed": failed}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
