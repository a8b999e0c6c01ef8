"""Figures that others published, through the warehouse's own models (`make published` runs all of them)."""

from __future__ import annotations

from pathlib import Path

import pytest
from published import ravenstack, uci, worked
from published.world import DATASETS, Assertion, World, answers

pytestmark = pytest.mark.skipif(
    not (DATASETS / "assertions.jsonl").is_file(), reason="the published data sets are not here (../shared/datasets)"
)


def ids_of_met(world: World, folder: Path) -> list[str]:
    found = answers(world, folder)
    assert [(one.id, one.expected, one.found) for one in found if not one.passed] == []
    return [one.id for one in found]


def test_worked_examples(tmp_path: Path) -> None:
    assert ids_of_met(worked.WORLD, tmp_path) == ["snowplow", "mrr.worked", "nps.formula"]


@pytest.mark.slow
def test_ravenstack(tmp_path: Path) -> None:
    assert ids_of_met(ravenstack.WORLD, tmp_path) == ["rs.counts", "rs.mrr_touch", "rs.conv"]


@pytest.mark.slow
def test_incident_log(tmp_path: Path) -> None:
    assert ids_of_met(uci.WORLD, tmp_path) == ["uci.state"]


@pytest.mark.parametrize(
    ("expected", "found", "passed"),
    [
        ([1, {"a": 2.0}], [1, {"a": 2.0005}], True),
        ([1, {"a": 2.0}], [1, {"a": 2.002}], False),
        ([1, 2], [1], False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        (320.06, 320.09, True),
        (320.06, 320.4, False),
        (18, None, False),
    ],
)
def test_an_assertion_is_met_up_to_its_tolerance(expected: object, found: object, passed: bool) -> None:
    assert Assertion("any", expected, found, 0.0005).passed is passed
