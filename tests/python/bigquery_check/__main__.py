"""`make bigquery-check`: the whole warehouse's SQL, what a refresh reads, its bytes and its values; one JSON object."""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from pathlib import Path

from bigquery_cost.model import HISTORIES

from bigquery_check.check import Report, check

BYTES = Path("target") / "bigquery_bytes.csv"


def main() -> int:
    asked = argparse.ArgumentParser(prog="bigquery-check", description=__doc__)
    asked.add_argument("--each-source", action="store_true", help="builds with each source alone too")
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = check(
            Path(folder), lambda line: print(line, file=sys.stderr, flush=True), each_source=chosen.each_source
        )
    _write_bytes(report)
    print(json.dumps(report.as_dict()))
    return 0 if report.is_clean else 1


def _write_bytes(report: Report) -> None:
    """Bytes per model and per test, the dearest first."""
    assert report.cost is not None
    BYTES.parent.mkdir(exist_ok=True)
    with BYTES.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["node", *(f"bytes_{days}d" for days in HISTORIES)])
        for node, read in sorted(report.cost.by_node.items(), key=lambda pair: -pair[1][HISTORIES[-1]]):
            rows.writerow([node, *(round(read[days]) for days in HISTORIES)])
    print(f"bytes per model and per test: {BYTES}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
