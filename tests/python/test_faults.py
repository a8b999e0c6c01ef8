"""Refreshes killed at named points, in short: the release stays whole, and the one that is let through equals a rebuild.

`make soak` is the long form: every point, random moments, the audit and the data tests included, readers, a full disk.
"""

from __future__ import annotations

import pytest
from soak.world import QUICK_REFRESH, World, counts

# One after the other on the same files, so each run starts from what the one before it left half done.
BEFORE_THE_SWAP = ("mid-land:kill:9", "in-core:kill:25")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("faults"), QUICK_REFRESH)
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
    assert counts(world.base / "marts.duckdb") != counts(world.expected / "marts.duckdb")
