"""`make bench`: measures, prints a table, writes plots, ends with one JSON object.

    python -m bench --scale 1m --runs 3 --parts full,refresh,queries

What each part found is kept in bench/.data/found.json, so that parts can be measured one at a time; what was not measured is null in the
JSON, with the reason. Progress goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from bench.company import DATA, SCALES, landing_of, size_of
from bench.parts import OF_NO_SCALE, PARTS
from bench.report import plots, summary, table

FOUND = DATA / "found.json"


def kept() -> dict[str, dict[str, Any]]:
    """What was found so far, by scale and part."""
    found: dict[str, dict[str, Any]] = json.loads(FOUND.read_text()) if FOUND.is_file() else {}
    return found


def keep(scale: str, part: str, figures: Any) -> None:
    """Adds to it; parts may be measured by several processes."""
    found = kept()
    found.setdefault(scale, {})[part] = figures
    FOUND.write_text(json.dumps(found, indent=1))


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m bench")
    arguments.add_argument("--scale", default="1m,10m", help=f"of {', '.join(SCALES)}, by commas")
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}, by commas")
    chosen = arguments.parse_args()
    DATA.mkdir(exist_ok=True)
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {text}", file=sys.stderr, flush=True)

    scales = chosen.scale.split(",")
    for name in scales:
        scale = SCALES[name]
        say(f"{name}: {scale.accounts} accounts, {scale.days} days")
        keep(name, "bytes", size_of(landing_of(scale)))
        for part in chosen.parts.split(","):
            if name == scales[0] or part not in OF_NO_SCALE:
                keep(name, part, PARTS[part](scale, chosen.runs, say))
    found = kept()
    print(table(found))
    for file in plots(found, DATA):
        print(f"plot  {file.relative_to(DATA.parent)}")
    result = summary(found)
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
