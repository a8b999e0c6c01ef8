"""A refresh gives the numbers of a rebuild, whatever the order in which files came, and nothing new changes nothing."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import duckdb
import pytest
from equality import compare
from project_copy import FEW_SOURCES, copy_of_the_project
from replay.walk import CARRIED_OVER, SEEDS, one_key

from signalhouse import ops
from signalhouse.build import build
from signalhouse.demo import write_demo
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.settings import Settings


def settings_for(landing: Path, work: Path) -> Settings:
    return Settings.resolve(landing=str(landing), work=work, serve=work / "serve", project=work / "project")


def run(settings: Settings, *, select: list[str] | None = None) -> None:
    """Land and build, all models or those selected; the tests of the data have their own turn, here the tables count."""
    land(settings, silent)
    one_key(settings)
    build(settings, select=select, data_tests=False, progress=silent)


def publish(settings: Settings) -> None:
    """What the conductor notes once a release is out: from now on only later batches are new."""
    ops.record_release(settings, "test", "test", ops.newest_batch(settings))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company, smaller: each of the 17 builds pays for its models, not for their rows."""
    folder = tmp_path_factory.mktemp("demo") / "landing"
    write_demo(folder, accounts=24, days=75, sources=FEW_SOURCES)
    return folder


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One work folder for all builds: dbt parses the project anew wherever the paths of its profile change, 6 CPU s."""
    folder = tmp_path_factory.mktemp("work")
    copy_of_the_project(folder / "project", FEW_SOURCES)
    return folder


@pytest.fixture
def work(workshop: Path) -> Path:
    """The work folder without its databases."""
    for database in workshop.glob("*.duckdb*"):
        database.unlink()
    return workshop


@pytest.fixture(scope="module")
def rebuilt(demo: Path, workshop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo landed and built at once."""
    run(settings_for(demo, workshop))
    return copied(workshop, tmp_path_factory.mktemp("rebuilt"))


def copied(work: Path, folder: Path) -> Path:
    for database in work.glob("*.duckdb"):
        shutil.copy(database, folder)
    return folder


def test_nothing_new_forced_through_every_model_changes_no_row(demo: Path, rebuilt: Path, work: Path) -> None:
    copied(rebuilt, work)
    settings = settings_for(demo, work)
    publish(settings)
    run(settings)
    assert compare(rebuilt, work).differences == []


# A minute each: one order is looked at with every change, more before an issue is called resolved.
@pytest.mark.parametrize("seed", [11, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (12, 13))])
def test_five_batches_in_any_order_equal_one_full_build(
    seed: int, demo: Path, rebuilt: Path, work: Path, tmp_path: Path
) -> None:
    """Files come shuffled in five batches; some come cut short first and whole in the end; not every build is published.

    One order builds every model each time. What is made whole from what it reads leaves nothing behind for the next build, so the
    other two build, until the last batch, only what carries over.
    """
    chance = random.Random(seed)
    files = sorted(path for path in demo.rglob("*") if path.is_file())
    chance.shuffle(files)
    arriving = tmp_path / "landing"
    arriving.mkdir()
    settings = settings_for(arriving, work)
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
        run(settings, select=[CARRIED_OVER, SEEDS] if batch < 4 and seed != 11 else None)
        if chance.random() < 0.7:
            publish(settings)
    assert cut_short, "no file was cut short: the order of this seed proves less than it says"
    result = compare(rebuilt, settings.work)
    assert result.differences == []
    assert result.cells > 500_000


def deliver(demo: Path, file: Path, landing: Path, *, cut: bool = False) -> None:
    target = landing / file.relative_to(demo)
    target.parent.mkdir(parents=True, exist_ok=True)
    content = file.read_bytes()
    target.write_bytes(content[: len(content) // 2] if cut else content)


def test_the_comparison_finds_one_changed_cell(rebuilt: Path, tmp_path: Path) -> None:
    work = copied(rebuilt, tmp_path)
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
