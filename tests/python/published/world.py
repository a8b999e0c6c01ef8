"""A small company of somebody else's data: generic exports in, the warehouse's tables out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from project_copy import copy_of_the_project, with_vars

from signalhouse import ops
from signalhouse.build import build
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.settings import Settings

PROJECT = Path(__file__).parents[3]
DATASETS = PROJECT.parent / "shared" / "datasets"


@dataclass(frozen=True)
class Assertion:
    """One published figure and what the warehouse says; `found` has the shape of `expected`."""

    id: str
    expected: Any
    found: Any
    tolerance: float = 0

    @property
    def passed(self) -> bool:
        """Equal, numbers up to the tolerance, absolute or relative."""
        return _equal(self.expected, self.found, self.tolerance)


def _equal(expected: Any, found: Any, tolerance: float) -> bool:
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and expected.keys() == found.keys()
            and all(_equal(value, found[key], tolerance) for key, value in expected.items())
        )
    if isinstance(expected, list | tuple):
        return len(expected) == len(found) and all(
            _equal(*pair, tolerance) for pair in zip(expected, found, strict=True)
        )
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return abs(expected - found) <= tolerance * max(1.0, abs(expected))
    return bool(expected == found)


def published(id: str) -> dict[str, Any]:
    """The line of assertions.jsonl with this id."""
    lines = (DATASETS / "assertions.jsonl").read_text(encoding="utf-8").splitlines()
    return next(line for line in map(json.loads, lines) if line["id"] == id)


@dataclass(frozen=True)
class World:
    """`write` fills the landing folder, `select` are the models it needs, `seeds` its definitions (name: csv), `variables` what it
    sets in vars.yml, `check` asks the tables."""

    write: Callable[[Path], None]
    select: tuple[str, ...]
    check: Callable[[duckdb.DuckDBPyConnection], list[Assertion]]
    last_day: date
    seeds: dict[str, str]
    variables: dict[str, Any]


def answers(world: World, folder: Path) -> list[Assertion]:
    """Land, build and ask."""
    with built(world, folder) as connection:
        return world.check(connection)


@contextmanager
def built(world: World, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the world's tables in `house` and its marts in `marts`, read only."""
    world.write(folder / "landing")
    settings = Settings.resolve(
        landing=str(folder / "landing"),
        work=folder / "work",
        serve=folder / "serve",
        as_of=world.last_day,
        project=_project(folder / "project", world),
    )
    land(settings, silent)
    ops.set_as_of(settings)
    build(settings, select=[f"+{model}" for model in world.select], data_tests=False, progress=silent)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{settings.warehouse_db}' as house (read_only)")
        connection.execute(f"attach '{settings.marts_db}' as marts (read_only)")
        yield connection


def _project(folder: Path, world: World) -> Path:
    """The checkout's models with the world's definitions: only the generic source is on."""
    copy_of_the_project(folder, ["generic"])
    with_vars(folder, as_of_sources=["generic"], definitions="company", **world.variables)
    for name, rows in world.seeds.items():
        (folder / "seeds" / "company" / f"{name}.csv").write_text(rows, encoding="utf-8")
    return folder


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[list[Any]]:
    """The rows as lists, which is how JSON tells them."""
    return [list(row) for row in connection.execute(query).fetchall()]
