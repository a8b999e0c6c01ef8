"""A demo company: exports in the vendors' own shapes with planted dirt, and the truth that was planted.

    truth = write_demo(Path("landing"))

writes `landing/<vendor>/<object>/...` and, beside the landing folder, `truth.json`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from signalhouse.demo.params import DEFAULT_SOURCES, DemoParams
from signalhouse.demo.truth import DemoTruth
from signalhouse.demo.write import files

__all__ = ["TRUTH_FILE", "DemoParams", "DemoTruth", "files", "write_demo"]

TRUTH_FILE = "truth.json"


def write_demo(
    landing: Path, *, accounts: int = 300, days: int = 240, seed: int = 7, sources: Sequence[str] = DEFAULT_SOURCES
) -> DemoTruth:
    """Write the exports of a demo company below `landing` and its truth beside that folder.

    The same arguments give the same bytes. Files of an earlier demo there, and only those, are taken away. Raises ValueError
    for parameters that make no company (fewer than 20 accounts or 60 days, an unknown source).
    """
    import duckdb

    from signalhouse.demo.plan import make_plan
    from signalhouse.demo.registry import domains, writers
    from signalhouse.demo.truth import find_truth
    from signalhouse.demo.write import DELIVERY, gather, write_files

    params = DemoParams(accounts=accounts, days=days, seed=seed, sources=tuple(sources))
    with duckdb.connect(":memory:") as con:
        make_plan(con, params)
        con.execute(DELIVERY)
        for domain in domains():
            domain.make(con)
        for name, deliver in writers().items():
            if name in params.sources:
                deliver(con)
        gather(con)
        truth = find_truth(con, params)
        truth_file = landing.resolve().parent / TRUTH_FILE
        _forget(landing, truth_file, truth)
        landing.mkdir(parents=True, exist_ok=True)
        # first the truth, which lists the files: what a killed run leaves behind is known to the next
        truth.write(truth_file)
        write_files(con, landing)
    return truth


def _forget(landing: Path, truth_file: Path, truth: DemoTruth) -> None:
    """Remove the files of the demo that `truth_file` tells of, where the new demo does not have them."""
    if not truth_file.exists():
        return
    kept = {_path(row["file"]) for row in truth.files}
    for path in {_path(row["file"]) for row in DemoTruth.read(truth_file).files} - kept:
        (landing / path).unlink(missing_ok=True)


def _path(file: str) -> str:
    """The file that holds a record's file: of a member of a zip the zip."""
    return file.partition("!/")[0]
