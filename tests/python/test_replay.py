"""A refresh gives the numbers of a rebuild, whatever the order in which files came, and nothing new changes nothing."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from equality import compare

from signalhouse import ops
from signalhouse.build import build
from signalhouse.demo import write_demo
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.settings import Settings

PROJECT = Path(__file__).parents[2]
# Tests of the data are tests of their own; here only the tables count.
NO_TESTS = ["resource_type:test", "resource_type:unit_test"]


def settings_for(landing: Path, work: Path) -> Settings:
    return Settings.resolve(landing=str(landing), work=work, serve=work / "serve", project=PROJECT)


def run(settings: Settings) -> None:
    """Land and build, all models."""
    land(settings, silent)
    one_key(settings)
    build(settings, exclude=NO_TESTS, progress=silent)


def one_key(settings: Settings) -> None:
    """The key of the hashes is drawn at random for each work folder; to compare two, they get the same."""
    with duckdb.connect(str(settings.landing_db)) as connection:
        connection.execute("update ops.hash_key set value = 'the same for both'")


def publish(settings: Settings) -> None:
    """What the conductor notes once a release is out: from now on only later batches are new."""
    ops.record_release(settings, "test", "test", ops.newest_batch(settings))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "landing"
    write_demo(folder)
    return folder


@pytest.fixture(scope="module")
def rebuilt(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo landed and built at once."""
    work = tmp_path_factory.mktemp("rebuilt")
    run(settings_for(demo, work))
    return work


@pytest.fixture
def arriving(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "landing"
    folder.mkdir()
    yield folder


def test_nothing_new_forced_through_every_model_changes_no_row(demo: Path, rebuilt: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    shutil.copytree(rebuilt, work)
    settings = settings_for(demo, work)
    publish(settings)
    run(settings)
    assert compare(rebuilt, work).differences == []


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_five_batches_in_any_order_equal_one_full_build(
    seed: int, demo: Path, rebuilt: Path, arriving: Path, tmp_path: Path
) -> None:
    """Files come shuffled in five batches; some come cut short first and whole in the end; not every build is published."""
    chance = random.Random(seed)
    files = sorted(path for path in demo.rglob("*") if path.is_file())
    chance.shuffle(files)
    settings = settings_for(arriving, tmp_path / "work")
    cut_short: list[Path] = []
    for batch in range(5):
        for file in files[batch::5]:
            if batch < 4 and chance.random() < 0.1:
                cut_short.append(file)
                deliver(demo, file, arriving, cut=True)
            else:
                deliver(demo, file, arriving)
        if batch == 4:
            for file in cut_short:
                deliver(demo, file, arriving)
        run(settings)
        if chance.random() < 0.7:
            publish(settings)
    assert cut_short, "no file was cut short: the order of this seed proves less than it says"
    result = compare(rebuilt, settings.work)
    assert result.differences == []
    assert result.cells > 1_000_000


def deliver(demo: Path, file: Path, landing: Path, *, cut: bool = False) -> None:
    target = landing / file.relative_to(demo)
    target.parent.mkdir(parents=True, exist_ok=True)
    content = file.read_bytes()
    target.write_bytes(content[: len(content) // 2] if cut else content)


def test_the_comparison_finds_one_changed_cell(rebuilt: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    shutil.copytree(rebuilt, work)
    with duckdb.connect(str(work / "warehouse.duckdb")) as connection:
        connection.execute(
            "update core.fct_event set country = 'XX' where event_id = (select min(event_id) from core.fct_event)"
        )
    assert compare(rebuilt, work).differences == [
        f"core.fct_event: of {count_of(work)} rows 1 differ, 1 stand in their place"
    ]


def count_of(work: Path) -> int:
    with duckdb.connect(str(work / "warehouse.duckdb"), read_only=True) as connection:
        row = connection.execute("select count(*) from core.fct_event").fetchone()
    assert row is not None
    return int(row[0])
