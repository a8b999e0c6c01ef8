"""Readers of the served release, as processes: `again` opens it anew each time, `hold` keeps a connection for half a minute.

`python -m soak.readers again|hold <serve folder>` runs until its standard input ends, then prints its counts as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from soak.world import rows

AGAIN, HOLDING = 10, 2
_PAUSE = 0.3
_HELD_SECONDS = 30


class Readers:
    """The processes; `stop` ends them and adds up what they saw."""

    def __init__(self, serve: Path) -> None:
        here = str(Path(__file__).parents[1])
        self._all = [
            subprocess.Popen(
                [sys.executable, "-m", "soak.readers", kind, str(serve)],
                cwd=here,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for kind in ["again"] * AGAIN + ["hold"] * HOLDING
        ]

    def stop(self) -> dict[str, Any]:
        found: Counter[str] = Counter()
        examples: list[str] = []
        for reader in self._all:
            said, _ = reader.communicate("")
            try:
                saw = json.loads(said)
            except ValueError:
                saw = {"counts": {"read_errors": 1}, "examples": [f"a reader ended with {reader.returncode}"]}
            found.update(saw["counts"])
            examples += saw["examples"]
        names = ("reads", "read_errors", "half_states", "back_in_time", "releases_seen")
        return {**{name: found[name] for name in names}, "examples": examples[:10]}


class _Reader:
    def __init__(self, serve: Path) -> None:
        self.link = serve / "current"
        self.counts: Counter[str] = Counter()
        self.examples: list[str] = []
        self.manifests: dict[str, dict[str, Any]] = {}
        self.last = ""

    def stamp(self) -> str:
        """The release the link names now; its manifest is remembered, since the folder goes when it is old."""
        folder = self.link.resolve(strict=True)
        if folder.name not in self.manifests:
            self.manifests[folder.name] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return folder.name

    def open_again(self, ended: threading.Event) -> None:
        """Through the link, as a BI tool would, with the link read before and after: what is inside is one of the two."""
        while not ended.wait(_PAUSE):
            try:
                before = self.stamp()
                with duckdb.connect(str(self.link / "marts.duckdb"), read_only=True) as connection:
                    found = rows(connection)
                digest = sha256((self.link / "marts.duckdb").read_bytes()).hexdigest()
                after = self.stamp()
            except (OSError, duckdb.Error, ValueError) as error:
                self.note("read_errors", f"{type(error).__name__}: {error}")
                continue
            self.counts["reads"] += 1
            possible = [self.manifests[stamp] for stamp in (before, after)]
            if all(found != manifest["marts"] for manifest in possible):
                self.note("half_states", f"rows as in neither {before} nor {after}")
            if all(digest != manifest["files"]["marts.duckdb"]["sha256"] for manifest in possible):
                self.note("half_states", f"bytes as in neither {before} nor {after}")
            if not self.last <= before <= after:
                self.note("back_in_time", f"{self.last}, {before}, {after}")
            self.last = after

    def hold(self, ended: threading.Event) -> None:
        """One connection over several releases: what it sees stays what it was."""
        while not ended.is_set():
            try:
                with duckdb.connect(str(self.link / "marts.duckdb"), read_only=True) as connection:
                    first = rows(connection)
                    until = time.monotonic() + _HELD_SECONDS
                    while time.monotonic() < until and not ended.wait(_PAUSE):
                        now = rows(connection)
                        self.counts["reads"] += 1
                        if now != first:
                            self.note("half_states", "rows changed below an open connection")
            except (OSError, duckdb.Error) as error:
                self.note("read_errors", f"{type(error).__name__}: {error}")
                ended.wait(_PAUSE)

    def note(self, what: str, example: str) -> None:
        self.counts[what] += 1
        if len(self.examples) < 3:
            self.examples.append(f"{what}: {example}")


def _until_input_ends(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def main(kind: str, serve: str) -> None:
    os.nice(10)  # a dozen of them must not starve the refreshes they watch
    ended = threading.Event()
    threading.Thread(target=_until_input_ends, args=[ended], daemon=True).start()
    reader = _Reader(Path(serve))
    (reader.hold if kind == "hold" else reader.open_again)(ended)
    reader.counts["releases_seen"] = len(reader.manifests)
    print(json.dumps({"counts": reader.counts, "examples": reader.examples}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
