"""Files of the work folder that are free in large part are written anew, with all they hold."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from signalhouse import compact as module
from signalhouse.compact import compact
from signalhouse.duckdb_files import literal
from signalhouse.progress import silent
from signalhouse.settings import Settings

MADE = """
create schema core;
create table core.person (person_id varchar not null primary key, score bigint check (score >= 0));
insert into core.person select 'p' || i, i from range(20000) as n (i);
create table core.empty_one (day date not null);
"""
# A table of half a million rows is replaced: its first version is free after the checkpoint at the end.
REPLACED = """
create table core.large as select i, hash(i) as text from range(500000) as n (i);
checkpoint;
create or replace table core.large as select i, hash(i + 1) as text from range(500000) as n (i);
"""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    work = tmp_path / "it's work"
    work.mkdir()
    made = Settings.resolve(landing=str(tmp_path), work=work, serve=tmp_path / "serve")
    for path in (made.landing_db, made.warehouse_db, made.marts_db):
        with duckdb.connect() as connection:
            version = "" if path == made.marts_db else "(storage_version 'v1.5.0')"
            connection.execute(f"attach {literal(path)} as made {version}; use made; {MADE}")
            if path != made.landing_db:
                connection.execute(REPLACED)
    yield made


def free_blocks(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute("select free_blocks from pragma_database_size()").fetchone()
    assert row is not None
    return int(row[0])


def held(path: Path) -> tuple[object, ...]:
    """Definitions, rows in their order, and the version of the file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return (
            connection.execute("select schema_name, table_name, sql from duckdb_tables() order by 1, 2").fetchall(),
            connection.execute("select person_id, score from core.person").fetchall(),
            connection.execute("select count(*) from core.empty_one").fetchall(),
            connection.execute("select tags from duckdb_databases() where not internal").fetchall(),
        )


def test_what_is_free_is_given_back_and_what_is_held_stays(settings: Settings) -> None:
    before = {
        path: (held(path), path.stat()) for path in (settings.landing_db, settings.warehouse_db, settings.marts_db)
    }
    assert free_blocks(settings.warehouse_db) > 10
    given_back = compact(settings, silent)
    assert sorted(given_back) == ["marts.duckdb", "warehouse.duckdb"]
    for path, (content, file) in before.items():
        assert held(path) == content
        assert path.stat().st_size == file.st_size - given_back.get(path.name, 0)
        assert (path.stat().st_ino == file.st_ino) == (path == settings.landing_db), (
            "only what is free in part is written"
        )
    assert given_back["warehouse.duckdb"] > 2**20
    assert free_blocks(settings.warehouse_db) == 0
    assert compact(settings, silent) == {}
    with duckdb.connect(str(settings.warehouse_db)) as connection, pytest.raises(duckdb.ConstraintException):
        connection.execute("insert into core.person values ('p1', 1)")


def test_a_large_file_is_written_anew_for_a_third_of_it_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SMALL_BYTES", 0)
    monkeypatch.setattr(module, "FREE_OF_LARGE", 0.9)
    assert compact(settings, silent) == {}


def test_a_file_whose_log_is_not_in_it_yet_is_left(settings: Settings) -> None:
    """The log would be taken for one of the new file."""
    log = settings.warehouse_db.with_name("warehouse.duckdb.wal")
    log.touch()
    assert list(compact(settings, silent)) == ["marts.duckdb"]
    assert log.exists()


def test_without_room_for_a_second_file_the_first_stays(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_written_anew", full)
    before = held(settings.marts_db)
    assert compact(settings, print) == {}
    assert "marts.duckdb keeps its free room: [Errno 28] No space left on device" in capsys.readouterr().out
    assert held(settings.marts_db) == before


def test_a_disk_that_would_be_nearly_full_is_not_filled(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2**20))
    assert compact(settings, print) == {}
    assert "warehouse.duckdb keeps its free room: to write it anew the disk has too little" in capsys.readouterr().out


def test_a_new_file_that_is_not_whole_takes_no_ones_place(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows are in a log beside it, as when the disk is full while they are packed."""
    before = held(settings.marts_db)
    connect = duckdb.connect

    def without_checkpoint(*words: Any, **config: Any) -> Any:
        connection = connect(*words, **config)
        connection.execute("set debug_skip_checkpoint_on_commit = true")

        class Connection:
            def __enter__(self) -> Connection:
                return self

            def __exit__(self, *_: object) -> None:
                connection.execute("pragma disable_checkpoint_on_shutdown")
                connection.close()

            def execute(self, sql: str) -> Any:
                return connection.execute("select 1" if sql.startswith("checkpoint") else sql)

        return Connection()

    with monkeypatch.context() as patch:
        patch.setattr(duckdb, "connect", without_checkpoint)
        assert compact(settings, silent) == {}
    assert held(settings.marts_db) == before


def test_nothing_is_left_of_a_run_that_was_killed(settings: Settings) -> None:
    for name in ("marts.duckdb.anew", "marts.duckdb.anew.wal"):
        settings.marts_db.with_name(name).write_bytes(b"half a file")
    assert "marts.duckdb" in compact(settings, silent)
    assert sorted(path.name for path in settings.work.iterdir()) == [
        "landing.duckdb",
        "marts.duckdb",
        "warehouse.duckdb",
    ]


def test_a_work_folder_without_databases_is_none_of_its_business(tmp_path: Path) -> None:
    settings = Settings.resolve(landing=str(tmp_path), work=tmp_path / "work", serve=tmp_path / "serve")
    assert compact(settings, silent) == {}
