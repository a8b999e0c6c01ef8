"""A full disk: said in words, whatever step meets it, with the release as it was and the next try unhindered."""

from __future__ import annotations

import errno
import gzip
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from house import House

from signalhouse.build import _failure
from signalhouse.errors import BuildFailed
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.publish import current, marts
from signalhouse.refresh import refresh
from signalhouse.runs import RunRecord
from signalhouse.settings import Settings

FULL = OSError(errno.ENOSPC, "No space left on device")
DUCKDB_SAYS = 'TransactionContext Error: Failed to commit: Could not write file "w.duckdb.wal": No space left on device'


def full(*_: Any, **__: Any) -> None:
    raise FULL


def test_a_full_disk_while_publishing_leaves_the_release_and_no_half_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = refresh(house.settings)
    house.waiting_files = 1
    with monkeypatch.context() as patch:
        patch.setattr(marts, "write_parquet", full)
        with pytest.raises(BuildFailed, match="the disk is full") as failed:
            refresh(house.settings)
    assert "df -h" in failed.value.next_step
    served = current(house.settings)
    assert served is not None and served.stamp == first.release.stamp
    assert [path.name for path in served.path.parent.iterdir()] == [first.release.stamp]
    assert refresh(house.settings).outcome == "published"


def test_a_copy_that_fails_says_why(house: House) -> None:
    from signalhouse.publish import files

    with pytest.raises(OSError, match="No such file"):
        files.copy(house.settings.work / "not there", house.settings.work / "copy")


def test_a_record_that_cannot_be_written_does_not_hide_the_failure(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk the run record fails too, a moment after what it should have noted."""
    saved = RunRecord.save

    def save(record: RunRecord) -> None:
        if record.error or any(step["step"] == "build" and "seconds" in step for step in record.steps):
            full()
        saved(record)

    house.build_error = BuildFailed("a model failed")
    monkeypatch.setattr(RunRecord, "save", save)
    with pytest.raises(BuildFailed, match="a model failed"):
        refresh(house.settings)


def test_a_model_that_met_a_full_disk_is_not_blamed(tmp_path: Path) -> None:
    node = SimpleNamespace(name="fct_event", resource_type="model", original_file_path="models/core/fct_event.sql")
    result = SimpleNamespace(node=node, status="error", message=f"Runtime Error in model fct_event\n  {DUCKDB_SAYS}")
    settings = Settings(tmp_path, str(tmp_path), tmp_path, tmp_path)
    failure = _failure(settings, [result], [result])
    assert isinstance(failure, BuildFailed) and failure.what.startswith("the disk is full")
    assert failure.where == DUCKDB_SAYS


def test_a_full_disk_is_no_fault_of_the_file_that_was_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops landing; to note the file as unreadable and go on would publish without it."""
    file = tmp_path / "landing/generic/events/a.ndjson.gz"
    file.parent.mkdir(parents=True)
    file.write_bytes(gzip.compress(json.dumps({"event_id": "a"}).encode()))
    settings = Settings.resolve(landing=str(tmp_path / "landing"), work=tmp_path / "work", serve=tmp_path / "serve")
    for module, step in (("land", "sha256_of"), ("fast", "lines_of")):
        with monkeypatch.context() as patch:
            patch.setattr(sys.modules[f"signalhouse.landing.{module}"], step, full)
            with pytest.raises(OSError, match="No space left"):
                land(settings, silent)
    assert land(settings, silent).files_new == 1
