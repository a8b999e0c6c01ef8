"""`python -m soak`: every fault there is, against one rebuild; ends with one JSON object on standard output.

Named kill points, kills at random moments of landing, building and publishing (up to three in a row before a refresh is let
through), readers all the while, two refreshes at once, a full disk while building and while publishing. Progress goes to standard
error.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from signalhouse.faults import POINTS
from signalhouse.lock import holder
from soak.disk import disk_full
from soak.readers import Readers
from soak.world import QUICK_REFRESH, REFRESH, Ended, World

_LATER = {"mid-land": 9, "in-raw": 12, "in-core": 25, "in-marts": 3, "mid-audit": 8}
_AFTER_THE_SWAP = ("after-swap", "before-note", "after-note")


class Soak:
    """The faults, one method each; `found` counts what came of them."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance = world, random.Random(seed)
        self.found: Counter[str] = Counter()
        self.examples: list[str] = []

    def kill_at_points(self, points: tuple[str, ...]) -> None:
        for point in points:
            say(f"kill at {point}")
            before = self._second_wave()
            ended = self.world.refresh(fault=f"{point}:kill:{_LATER.get(point, 1)}")
            if not ended.killed:
                self._wrong("points_not_met", f"{point}: ended with {ended.code} {json.dumps(ended.said)[:300]}")
            self.found["kills"] += ended.killed
            self._look_at_release(point)
            if (self.world.served().stamp > before) != (point in _AFTER_THE_SWAP):
                self._wrong("kills_wrong_release", f"{point}: {before}, then {self.world.served().stamp}")
            self._let_through(point)

    def kill_at_random(self, kills: int) -> None:
        """Without the data tests and the audit: they only read and take two thirds of a refresh, so that two kills of three would
        fall where nothing is written. Kills in and around the audit are among the named points."""
        self.world.command = QUICK_REFRESH
        self._second_wave()
        self._let_through("no kill")
        while self.found["random_kills"] < kills:
            self._second_wave()
            moments = []
            for _ in range(self.chance.choice((1, 2, 3))):
                moment = self.chance.uniform(0.3, self.world.full_seconds)
                say(f"kill {self.found['random_kills'] + 1} of {kills}, after {moment:.1f} s")
                ended = self.world.refresh(kill_after=moment)
                moments.append(f"{moment:.2f} s")
                if ended.killed:
                    self.found["kills"] += 1
                    self.found["random_kills"] += 1
                elif ended.code != 0:
                    self._wrong("failed_refreshes", f"{', '.join(moments)}: {json.dumps(ended.said)[:500]}")
                self._look_at_release(", ".join(moments))
            self._let_through(", ".join(moments))

    def two_at_once(self) -> None:
        """The second has to say who is at work and since when, and the first has to end as if it were alone."""
        say("two refreshes at once")
        self._second_wave()
        with self.world.start() as first:
            until = time.monotonic() + 60
            while (who := holder(self.world.settings)) is None and time.monotonic() < until:
                time.sleep(0.1)
            second = self.world.refresh("--force")
            text = json.dumps(second.said)
            named = who is not None and f"process {who.pid}" in text and f"since {who.since}" in text
            if second.code != 4 or not named:
                self._wrong("second_not_told", f"ended with {second.code}: {text[:500]}")
            first.communicate()
        if first.returncode != 0 or self.world.differences():
            self._wrong("first_disturbed", f"ended with {first.returncode}")

    def refreshes(self, times: int) -> None:
        """Releases of the first wave and of both in turn, each different from the one before, for the readers."""
        for number in range(times):
            say(f"refresh {number + 1} of {times}")
            if number % 2:
                self.world.reveal()
            else:
                self.world.reset()
            ended = self.world.refresh(*([] if number % 2 else ["--force"]))
            self.found["refreshes"] += 1
            if ended.code != 0:
                self._wrong("failed_refreshes", json.dumps(ended.said)[:500])

    def _second_wave(self) -> str:
        self.world.reset()
        self.world.reveal()
        return self.world.served().stamp

    def _look_at_release(self, when: str) -> None:
        broken = self.world.broken()
        if broken:
            self._wrong("releases_broken", f"{when}: {'; '.join(broken)}")

    def _let_through(self, when: str) -> Ended:
        ended = self.world.refresh()
        if ended.code != 0:
            self._wrong(
                "kills_unequal", f"{when}: the next refresh ended with {ended.code}: {json.dumps(ended.said)[:500]}"
            )
            return ended
        self._look_at_release(f"after {when}")
        differences = self.world.differences()
        if differences:
            self._wrong("kills_unequal", f"{when}: {'; '.join(differences)[:500]}")
        return ended

    def _wrong(self, what: str, example: str) -> None:
        say(f"WRONG: {what}: {example}")
        self.found[what] += 1
        self.examples.append(f"{what}: {example}")


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m soak")
    arguments.add_argument("--kills", type=int, default=100, help="kills at random moments")
    arguments.add_argument("--refreshes", type=int, default=50, help="undisturbed refreshes for the readers")
    arguments.add_argument("--points", default=",".join(POINTS), help="named kill points, by commas")
    arguments.add_argument("--accounts", type=int, default=20)
    arguments.add_argument("--days", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--quick", action="store_true", help="without data tests and audit, which halves the time")
    chosen = arguments.parse_args()
    began = time.monotonic()
    root = Path(tempfile.mkdtemp(prefix="soak-"))
    try:
        result = run(root, chosen)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    result["seconds"] = round(time.monotonic() - began)
    print(json.dumps(result, indent=2))
    return 1 if result["examples"] else 0


def run(root: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    world = World(root, QUICK_REFRESH if chosen.quick else REFRESH)
    say("a rebuild, and the first release")
    world.prepare(accounts=chosen.accounts, days=chosen.days, seed=chosen.seed)
    soak = Soak(world, chosen.seed)
    readers = Readers(world.settings.serve)
    try:
        points = tuple(filter(None, chosen.points.split(",")))
        soak.kill_at_points(tuple(p for p in points if not (chosen.quick and p == "mid-audit")))
        soak.two_at_once()
        soak.refreshes(chosen.refreshes)
        soak.kill_at_random(chosen.kills)
    finally:
        read = readers.stop()
    world.command = QUICK_REFRESH if chosen.quick else REFRESH
    full = disk_full(world, say)
    named = ("refreshes", "kills", "random_kills", "kills_unequal", "kills_wrong_release", "releases_broken")
    rare = ("points_not_met", "failed_refreshes", "second_not_told", "first_disturbed")
    examples = [*read.pop("examples"), *soak.examples, *full.pop("wrong")]
    return {
        "quick": chosen.quick,
        **read,
        **{n: soak.found[n] for n in (*named, *rare)},
        "disk_full": full,
        "seed": chosen.seed,
        "examples": examples,
    }


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
