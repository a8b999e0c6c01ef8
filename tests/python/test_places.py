"""What is wrong with the folders, and no defect of ours: a damaged database, a missing right. Said as one, whatever step meets it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result
from house import House
from typer.testing import CliRunner

from signalhouse import places
from signalhouse.build import _failure, _not_started
from signalhouse.cli import app
from signalhouse.errors import LockHeld, UsageError
from signalhouse.landing import files as landing_files
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.refresh import refresh
from signalhouse.runs import unforeseen
from signalhouse.settings import Settings

NOT_VALID = 'IO Error: The file "/w/warehouse.duckdb" exists, but it is not a valid DuckDB database file!'
DENIED = 'IO Error: Cannot open file "/w/warehouse.duckdb": Permission denied'


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def spoil(file: Path, how: str) -> None:
    size = file.stat().st_size
    with file.open("r+b") as handle:
        if how == "cut":
            handle.truncate(size // 2)
        else:
            handle.seek({"header": 0, "block": 4096}[how])
            handle.write(os.urandom(8192))


@pytest.mark.parametrize(("name", "how"), [("landing", "header"), ("landing", "cut"), ("marts", "block")])
def test_a_damaged_database_is_named_by_refresh_and_doctor(house: House, name: str, how: str) -> None:
    """Of a block that does not add up DuckDB does not say in which file, and it is no lock."""
    refresh(house.settings)
    file = house.settings.work / f"{name}.duckdb"
    spoil(file, how)
    failed = run("refresh")
    assert failed.exit_code == 2, failed.output
    for part in (f"{file.name} is damaged", f"move {file} away and refresh", str(file)):
        assert part in failed.stderr
    assert ("key of the hashes" in failed.stderr) == (name == "landing")
    looked = run("doctor")
    assert looked.exit_code == 2 and f"{file.name} is damaged" in looked.stdout
    file.unlink()
    house.waiting_files = int(name == "landing")  # landing finds its files again
    assert refresh(house.settings).outcome == "published"


@pytest.mark.parametrize(
    ("said", "part"),
    [(NOT_VALID, "warehouse.duckdb is damaged"), (DENIED, "no right to write, or to read, /w/warehouse")],
)
def test_what_dbt_meets_is_said_alike(house: House, said: str, part: str) -> None:
    node = SimpleNamespace(name="fct_event", resource_type="model", original_file_path="models/core/fct_event.sql")
    result = SimpleNamespace(node=node, status="error", message=f"Runtime Error in model fct_event\n  {said}")
    for failure in (
        _failure(house.settings, [result], [result]),
        _not_started(house.settings, RuntimeError(said)),
        unforeseen(OSError(said), house.settings),
    ):
        assert isinstance(failure, UsageError) and part in failure.what


def test_a_database_that_was_built_and_is_gone_is_built_again(house: House) -> None:
    refresh(house.settings)
    house.settings.marts_db.unlink()
    assert refresh(house.settings).outcome == "published"
    assert house.settings.marts_db.exists()


def test_a_lock_is_no_damage(house: House) -> None:
    held = OSError(
        'IO Error: Could not set lock on file "/w/landing.duckdb": Conflicting lock is held in /bin/block (PID 7)'
    )
    assert isinstance(unforeseen(held, house.settings), LockHeld)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_missing_right_is_wrong_configuration(house: House, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "/w/lock")

    for step in ("signalhouse.lock.lock_path", "signalhouse.runs.RunRecord.save", "signalhouse.landing.land"):
        with monkeypatch.context() as patch:
            patch.setattr(step, refused)
            result = run("refresh")
        assert result.exit_code == 2, result.output
        assert "/w/lock" in result.stderr and "give this user the right to write" in result.stderr


def test_a_folder_of_releases_that_cannot_be_written_is_found_before_the_build(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh(house.settings)
    house.waiting_files = 1
    monkeypatch.setattr(places, "is_writable", lambda path: path.name != "releases")
    with pytest.raises(UsageError, match="serve/releases"):
        refresh(house.settings)
    assert len(house.builds) == 1


@pytest.mark.parametrize("closed", ["", "generic", "generic/events", "generic/events/2026"])
def test_a_folder_of_exports_that_cannot_be_read_is_not_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    folder = tmp_path / "landing"
    (folder / "generic/events/2026").mkdir(parents=True)
    monkeypatch.setattr(landing_files, "is_open", lambda path: path != folder / closed)
    settings = Settings.resolve(landing=str(folder), work=tmp_path / "work", serve=tmp_path / "serve")
    with pytest.raises((UsageError, PermissionError)) as failed:
        land(settings, silent)
    assert str(folder / closed) in str(unforeseen(failed.value, settings) if not closed else failed.value)


def test_a_file_beside_the_sources_is_named(tmp_path: Path) -> None:
    (tmp_path / "landing/stripe").mkdir(parents=True)
    for name in ("users.csv", ".hidden", "stripe/loose.json"):
        (tmp_path / "landing" / name).write_text("{}")
    settings = Settings.resolve(landing=str(tmp_path / "landing"), work=tmp_path / "work", serve=tmp_path / "serve")
    assert land(settings, silent).left_alone == [
        "stripe/loose.json: a file beside the folders of the objects; it belongs into one of them",
        "users.csv: a file beside the folders of the sources; it belongs into <source>/<object>/",
    ]
