"""Refreshes killed at named points, in short: the release stays whole, and the one that is let through equals a rebuild.

`make soak` is the long form: every point, random moments, the audit and the data tests included, readers, a full disk.
"""

from __future__ import annotations

import shutil

import pytest
from equality import compare
from house import House
from project_copy import FEW_OR_ALL_SOURCES, copy_of_the_project
from soak.world import QUICK_REFRESH, World

from signalhouse.publish import files, releases
from signalhouse.refresh import refresh
from signalhouse.status import status

# One after the other on the same files, so each run starts from what the one before it left half done.
BEFORE_THE_SWAP = ("mid-land:kill:9", "in-core:kill:25", "mid-compact:kill")


@pytest.fixture(scope="module", params=FEW_OR_ALL_SOURCES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("faults")
    project = copy_of_the_project(folder / "project", request.param)
    made = World(folder, QUICK_REFRESH, project, request.param)
    made.prepare(accounts=20, days=60, seed=1)
    return made


def test_killed_again_and_again_then_let_through_equals_a_rebuild(world: World) -> None:
    world.reset()
    world.reveal()
    first = world.served().stamp
    for fault in BEFORE_THE_SWAP:
        assert world.refresh(fault=fault).killed, fault
        assert (world.served().stamp, world.broken()) == (first, []), fault
    assert world.refresh(fault="after-swap:kill").killed
    assert world.served().stamp > first
    assert (world.broken(), world.differences()) == ([], [])


def test_what_was_compared_was_not_the_first_wave(world: World) -> None:
    """Otherwise a refresh that lost the second wave would pass."""
    assert world.late and world.cut
    assert compare(world.base, world.expected).differences != []


def stopped(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_release_that_was_being_removed_is_no_release_any_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else `rollback` would offer a folder that has lost half of its files."""
    for _ in range(3):
        house.waiting_files = 1
        refresh(house.settings)
    house.waiting_files = 1
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", stopped)
        with pytest.raises(KeyboardInterrupt):
            refresh(house.settings)
    folder = house.settings.serve / "releases"
    assert len(releases(house.settings)) == 3 and len(list(folder.iterdir())) == 4
    house.waiting_files = 1
    refresh(house.settings)
    assert len(list(folder.iterdir())) == 3


def test_a_release_killed_before_its_swap_is_not_one_that_was_rolled_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = refresh(house.settings)
    house.waiting_files = 1
    with monkeypatch.context() as patch:
        patch.setattr(files, "point", stopped)
        with pytest.raises(KeyboardInterrupt):
            refresh(house.settings)
    found = status(house.settings)
    assert found["current"]["stamp"] == first.release.stamp and len(found["releases"]) == 2
    assert found["rolled_back_from"] is None
