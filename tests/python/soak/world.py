"""A small company whose files arrive in two waves: the state after the first is released and kept, the second comes with faults."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
from equality import compare
from replay.walk import one_key

from signalhouse.demo import write_demo
from signalhouse.demo.params import DEFAULT_SOURCES
from signalhouse.faults import VARIABLE
from signalhouse.landing.ledger import prepare
from signalhouse.publish import Release, current, releases
from signalhouse.settings import Settings

PROJECT = Path(__file__).parents[3]
REFRESH = ("-m", "signalhouse.cli")
# The same command without the tests and rules of the data, where the tables themselves are compared.
QUICK_REFRESH = (str(Path(__file__).with_name("quick.py")),)
_STATE = ("landing.duckdb", "warehouse.duckdb", "marts.duckdb", "definitions.json")
_CUT_AT_A_LINE = (".ndjson", ".csv")


@dataclass(frozen=True)
class Ended:
    """How a command ended. `code` is its exit code, negative for the signal that ended it."""

    code: int
    seconds: float
    said: dict[str, Any]

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class World:
    """Landing, work and serve folders below `root`; `expected` holds the databases of one rebuild from all files."""

    def __init__(
        self,
        root: Path,
        command: tuple[str, ...] = REFRESH,
        project: Path = PROJECT,
        sources: Sequence[str] = DEFAULT_SOURCES,
    ) -> None:
        self.sources = tuple(sources)
        self.root, self.command = root, command
        self.all, self.landing, self.base, self.expected = (root / n for n in ("all", "landing", "base", "expected"))
        self.settings = Settings(project, str(self.landing), root / "work", root / "serve")
        self.full_seconds = 0.0

    def prepare(self, *, accounts: int, days: int, seed: int) -> None:
        """Writes the company, rebuilds from all of its files, then releases the first wave."""
        truth = write_demo(self.all, accounts=accounts, days=days, sources=self.sources)
        self.settings = replace(self.settings, as_of=date.fromisoformat(truth.as_of))
        chance = random.Random(seed)
        files = sorted(path for path in self.all.rglob("*") if path.is_file())
        chance.shuffle(files)
        self.late = files[: len(files) // 5]
        self.cut = [file for file in files[len(self.late) :] if file.suffix in _CUT_AT_A_LINE and chance.random() < 0.1]
        self._empty_work()
        self.reveal()
        self._good(self.refresh())
        self._keep(self.expected)
        self._empty_work()
        self._hide()
        self._good(self.refresh())
        self._keep(self.base)

    def reset(self) -> None:
        """Back to the state after the first wave. Releases stay: for readers time goes on."""
        self._hide()
        for name in _STATE:
            (self.settings.work / f"{name}.wal").unlink(missing_ok=True)
            shutil.copyfile(self.base / name, self.settings.work / name)

    def reveal(self) -> None:
        """The second wave arrives: new files, and whole versions of those that were cut short."""
        shutil.copytree(self.all, self.landing, dirs_exist_ok=True)

    def elsewhere(self, **places: Path) -> World:
        """The same world with another work or serve folder."""
        other = copy(self)
        other.settings = replace(self.settings, **places)
        return other

    def start(self, *arguments: str, fault: str = "") -> subprocess.Popen[str]:
        """`signalhouse refresh` in a process of its own."""
        variables = {key: value for key, value in os.environ.items() if not key.startswith("SIGNALHOUSE_")}
        places = [
            *("--landing", str(self.landing), "--work", str(self.settings.work)),
            *("--serve", str(self.settings.serve), "--as-of", str(self.settings.as_of)),
        ]
        return subprocess.Popen(
            [sys.executable, *self.command, "refresh", "--json", *places, *arguments],
            cwd=self.settings.project,
            env={**variables, VARIABLE: fault},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def refresh(self, *arguments: str, fault: str = "", kill_after: float | None = None) -> Ended:
        """Runs a refresh to its end, or until it is killed at a fault point or `kill_after` seconds."""
        began = time.monotonic()
        with self.start(*arguments, fault=fault) as process:
            try:
                said, _ = process.communicate(timeout=kill_after)
            except subprocess.TimeoutExpired:
                process.kill()
                said, _ = process.communicate()
        ended = Ended(process.returncode, time.monotonic() - began, _object(said))
        if ended.code == 0 and not arguments:
            self.full_seconds = ended.seconds
        return ended

    def served(self) -> Release:
        served = current(self.settings)
        assert served is not None, "no release is served"
        return served

    def broken(self) -> list[str]:
        """What is wrong with the release readers see, and with any other that has a visible name."""
        found = []
        for release in releases(self.settings):
            manifest = release.manifest
            if not manifest:
                found.append(f"{release.stamp} has no manifest")
                continue
            for name, known in manifest["files"].items():
                file = release.path / name
                if not file.is_file() or sha256(file.read_bytes()).hexdigest() != known["sha256"]:
                    found.append(f"{release.stamp}/{name} is not what the manifest says")
            if release.is_current and counts(release.marts) != manifest["marts"]:
                found.append(f"{release.stamp}: other rows than in the manifest")
        return found

    def differences(self) -> list[str]:
        """Where the tables, or the marts readers see, differ from those of the rebuild."""
        found = compare(self.expected, self.settings.work).differences
        if sha256(self.served().marts.read_bytes()).digest() != sha256(self.settings.marts_db.read_bytes()).digest():
            found.append("the release is not the marts that were built")
        return found

    def _hide(self) -> None:
        shutil.copytree(self.all, self.landing, dirs_exist_ok=True)
        for file in self.late:
            (self.landing / file.relative_to(self.all)).unlink()
        for file in self.cut:
            lines = file.read_bytes().splitlines(keepends=True)
            (self.landing / file.relative_to(self.all)).write_bytes(b"".join(lines[: len(lines) // 2 + 1]))

    def _empty_work(self) -> None:
        work = self.settings.work
        work.mkdir(parents=True, exist_ok=True)
        for file in (*work.glob("*.duckdb*"), *work.glob("definitions.json")):
            file.unlink()
        # Hashes can only be compared when both were made with one key.
        with duckdb.connect(str(self.settings.landing_db)) as connection:
            prepare(connection, [])
        one_key(self.settings)

    def _keep(self, folder: Path) -> None:
        folder.mkdir()
        for name in _STATE:
            shutil.copyfile(self.settings.work / name, folder / name)

    @staticmethod
    def _good(ended: Ended) -> None:
        if ended.code != 0:
            raise RuntimeError(f"a refresh without any fault ended with {ended.code}: {json.dumps(ended.said)[:3000]}")


def counts(marts: Path) -> dict[str, int]:
    """Rows per mart of a file."""
    with duckdb.connect(str(marts), read_only=True) as connection:
        return rows(connection)


def rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    names = [
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'mart' order by 1"
        ).fetchall()
    ]
    found = connection.execute(
        f"select {', '.join(f'(select count(*) from mart.{name})' for name in names)}"
    ).fetchone()
    assert found is not None
    return dict(zip(names, found, strict=True))


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
