"""One company on both engines: DuckDB by the steps of a refresh, BigQuery's emulator by the same steps and the real adapter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from replay.walk import CARRIED_OVER, SEEDS

from signalhouse import ops
from signalhouse.build import build
from signalhouse.errors import BuildFailed, SignalhouseError
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.refresh import refresh
from signalhouse.settings import Settings
from signalhouse.warehouse import warehouse_of

from .emulator import NAME, PROJECT, Emulator


@dataclass
class House:
    """`folder` holds the landing folder, and the work folder that the two engines have in it."""

    folder: Path
    emulator: Emulator

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    @property
    def work(self) -> Path:
        """DuckDB's."""
        return self.folder / "work"

    def settings(self, target: str) -> Settings:
        return Settings.resolve(
            landing=str(self.landing),
            work=self.work,
            serve=self.folder / "serve",
            project=PROJECT,
            target=target,
        )

    def rebuild(self) -> Path:
        """The landing folder as it is now, landed and built on DuckDB in a new work folder, which is returned."""
        for database in self.work.glob("*.duckdb*"):
            database.unlink()
        self._step(self.settings("duckdb"), None)
        return self.work

    def refresh(self, *, only_carried_over: bool = False) -> list[str]:
        """Lands what is new, builds on the emulator and counts that as published. Returns what could not be executed, with its words.

        `only_carried_over` leaves out the models that are made whole from what they read: they leave nothing behind for the next build.
        """
        with connected_to(self.emulator):
            return self._step(self.settings("bigquery"), [CARRIED_OVER, SEEDS] if only_carried_over else None)

    def command(self, *, force: bool) -> tuple[int, list[str]]:
        """`signalhouse refresh --target bigquery`, with data tests, audit and publishing. Returns how many models were built, and why
        nothing was published."""
        with connected_to(self.emulator):
            try:
                built = refresh(self.settings("bigquery"), force=force).build
            except SignalhouseError as error:
                return 0, [str(error)]
        return (built.nodes["model success"] if built else 0), []

    def _step(self, settings: Settings, select: list[str] | None) -> list[str]:
        warehouse = warehouse_of(settings)
        warehouse.begin()
        land(settings, silent)
        ops.set_as_of(settings)
        one_key(settings)
        warehouse.landed(silent)
        batch = ops.newest_batch(settings)
        failed = []
        try:
            build(settings, select=select, data_tests=False, progress=silent)
        except BuildFailed as error:
            if settings.target == "duckdb":
                raise
            failed = [str(error)]
        ops.record_release(settings, "test", "test", batch)
        warehouse.note()
        return failed


def one_key(settings: Settings) -> None:
    """The key of the hashes is drawn at random for each warehouse; to compare two, they get the same."""
    with duckdb.connect(str(settings.landing_db)) as connection:
        connection.execute("update ops.hash_key set value = 'the same for both'")


@contextmanager
def connected_to(emulator: Emulator) -> Iterator[None]:
    """Within the block the profile's target bigquery is the emulator."""
    values = {
        "METHOD": "oauth-secrets",
        "TOKEN": "none",
        "PROJECT": NAME,
        "ENDPOINT": emulator.endpoint,
        "LOCATION": "US",
        "THREADS": "2",
    }
    chosen = {f"SIGNALHOUSE_BIGQUERY_{name}": value for name, value in values.items()}
    before = {name: os.environ.get(name) for name in chosen}
    os.environ.update(chosen)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
