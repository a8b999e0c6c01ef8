"""Copies of the project for tests: to put a fault into one, or to build few sources where all would prove no more and cost more."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
# Each class of object (append, mutable, snapshot, aggregate) and each kind of repeat, with a third of the models.
FEW_SOURCES = ("generic", "mixpanel", "stripe")

ALL_SOURCES = tuple(yaml.safe_load((PROJECT / "vars.yml").read_text(encoding="utf-8"))["vars"]["sources"])
# For a module's fixture: what holds with few sources in `make test` holds with all of them in `make test-all`.
FEW_OR_ALL_SOURCES = (
    pytest.param(FEW_SOURCES, id="few sources"),
    pytest.param(ALL_SOURCES, id="all sources", marks=pytest.mark.slow),
)


def copy_of_the_project(folder: Path, sources: Sequence[str] | None = None) -> Path:
    """What dbt and the command line read of the project, in `folder`; with `sources`, only these are on."""
    for name in ("macros", "models", "seeds", "expectations", "tests/dbt"):
        shutil.copytree(PROJECT / name, folder / name)
    for name in ("dbt_project.yml", "vars.yml", "vars.schema.json", "profiles.example.yml"):
        shutil.copy(PROJECT / name, folder)
    if sources is not None:
        with_vars(folder, sources=list(sources))
    return folder


def with_vars(folder: Path, **changed: object) -> None:
    """Sets vars of a copied project."""
    file = folder / "vars.yml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["vars"] |= changed
    file.write_text(yaml.safe_dump(document), encoding="utf-8")


def with_fault(folder: Path, file: str, what: str, instead: str) -> None:
    """Says one rule of the frame's macros otherwise in a copied project."""
    path = folder / "macros/landing" / file
    text = path.read_text(encoding="utf-8")
    assert what in text, "the rule is written in another way now: say the fault anew"
    path.write_text(text.replace(what, instead), encoding="utf-8")
