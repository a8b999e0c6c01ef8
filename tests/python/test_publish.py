"""Publishing on small files: what a release holds, and that readers see whole releases whatever happens."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from signalhouse.audit.results import AuditReport, RuleResult
from signalhouse.errors import AuditRefused, BuildFailed, LockHeld, UsageError
from signalhouse.publish import current, publish, releases, rollback
from signalhouse.publish.store import next_stamp
from signalhouse.settings import Settings

CHECKOUT = Path(__file__).resolve().parents[2]
WHEN = datetime(2026, 6, 30, 3, 0)

CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
sys.path.insert(0, sys.argv[2] + "/tests/python")
import test_publish
test_publish.publish(test_publish.settings_at(Path(sys.argv[1])), "R2", test_publish.audit_report("R2"))
"""

READER = """
import sys, time
import duckdb
path, seen, errors, halves, backwards, last = sys.argv[1], set(), 0, 0, 0, 0
print("ready", flush=True)
while not sys.stdin.closed:
    try:
        with duckdb.connect(path, read_only=True) as connection:
            first, second = connection.execute(
                "select (select version from mart.first), (select version from mart.second)").fetchone()
    except Exception as error:
        errors += 1
        continue
    halves += first != second
    backwards += first < last
    last = first
    seen.add(first)
    if first == 12:
        break
print(f"{len(seen)} {errors} {halves} {backwards}", flush=True)
"""


def settings_at(root: Path) -> Settings:
    return Settings(project=root, landing=str(root / "landing"), work=root / "work", serve=root / "serve")


def write_marts(settings: Settings, version: int) -> None:
    settings.work.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.marts_db)) as connection:
        connection.execute("create schema if not exists mart")
        connection.execute(f"create or replace table mart.first as select {version} as version")
        connection.execute(f"create or replace table mart.second as select {version} as version")


def audit_report(run_id: str, *, refused: bool = False) -> AuditReport:
    result = RuleResult(
        run_id=run_id, checked_at=WHEN, table_name="mart.first", rule_id="first#1", rule="column_values_to_be_unique",
        severity="critical", column_name="version", success=not refused, error=None, element_count=2,
        unexpected_count=2 if refused else 0, observed="2 of 2 rows", sample=({"id": 7},) if refused else (),
        why="a version twice is counted twice", owner="finance", file="expectations/mart/first.yml", line=5,
    )  # fmt: skip
    return AuditReport(run_id=run_id, checked_at=WHEN, seconds=0.1, results=(result,))


@pytest.fixture
def house(tmp_path: Path) -> Settings:
    settings = settings_at(tmp_path)
    write_marts(settings, 1)
    return settings


def served_version(settings: Settings) -> int:
    with duckdb.connect(str(settings.serve / "current" / "marts.duckdb"), read_only=True) as connection:
        found = connection.execute("select version from marts.mart.first").fetchone()
    assert found is not None
    return int(found[0])


def publish_versions(settings: Settings, *versions: int) -> list[str]:
    stamps = []
    for version in versions:
        write_marts(settings, version)
        stamps.append(publish(settings, f"R{version}", audit_report(f"R{version}")).stamp)
    return stamps


def test_a_release_holds_marts_parquet_page_and_manifest(house: Settings) -> None:
    with duckdb.connect(str(house.warehouse_db)) as connection:
        connection.execute("create schema core")
        connection.execute("create table core.dim_as_of as select date '2026-06-29' as as_of")
    page = house.work / "audit" / "R1.html"
    page.parent.mkdir()
    page.write_text("<!doctype html>")
    report = AuditReport(run_id="R1", checked_at=WHEN, seconds=0.1, results=audit_report("R1").results, html=page)

    release = publish(house, "R1", report)

    assert (house.serve / "current").readlink() == Path("releases") / release.stamp
    assert release.path == house.serve / "releases" / release.stamp
    assert served_version(house) == 1
    manifest = release.manifest
    assert manifest["run_id"] == "R1"
    assert manifest["stamp"] == release.stamp
    assert manifest["as_of"] == "2026-06-29"
    assert manifest["marts"] == {"first": 1, "second": 1}
    assert manifest["audit"] == {
        "verdict": "passed", "checked": 1, "passed": 1, "warnings": 0, "critical": 0, "skipped": 0, "failed": []
    }  # fmt: skip
    assert manifest["versions"]["duckdb"] == duckdb.__version__
    assert set(manifest["files"]) == {"marts.duckdb", "audit.html", "parquet/first.parquet", "parquet/second.parquet"}
    for name, known in manifest["files"].items():
        content = (release.path / name).read_bytes()
        assert known == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    parquet = str(release.path / "parquet" / "first.parquet")
    assert duckdb.sql(f"select version from '{parquet}'").fetchall() == [(1,)]
    assert duckdb.sql(f"select distinct compression from parquet_metadata('{parquet}')").fetchall() == [("ZSTD",)]


def test_a_release_cannot_be_written_to(house: Settings) -> None:
    release = publish(house, "R1", audit_report("R1"))
    assert release.marts.stat().st_mode & 0o222 == 0


def test_a_refused_build_is_not_published(house: Settings) -> None:
    first = publish(house, "R1", audit_report("R1"))
    write_marts(house, 2)
    with pytest.raises(AuditRefused) as refused:
        publish(house, "R2", audit_report("R2", refused=True))
    assert first.stamp in refused.value.what
    assert "rows: 7" in refused.value.where
    assert "expectations/mart/first.yml:5" in refused.value.where
    assert served_version(house) == 1
    assert len(releases(house)) == 1


def test_an_audit_of_another_run_does_not_count(house: Settings) -> None:
    with pytest.raises(BuildFailed, match="R2"):
        publish(house, "R2", audit_report("R1"))


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("create schema contact; create table contact.person as select 1 as id", "contact.person"),
        ("create view mart.third as select 1 as version", "mart.third"),
        ("drop table mart.first; drop table mart.second", "marts.duckdb"),
    ],
)
def test_what_is_no_mart_is_not_published(house: Settings, statement: str, says: str) -> None:
    with duckdb.connect(str(house.marts_db)) as connection:
        connection.execute(statement)
    with pytest.raises(BuildFailed) as failed:
        publish(house, "R1", audit_report("R1"))
    assert says in failed.value.where
    assert current(house) is None


def test_marts_with_an_unfinished_log_are_not_published(house: Settings) -> None:
    house.marts_db.with_name("marts.duckdb.wal").write_bytes(b"x")
    with pytest.raises(BuildFailed, match="not in their file"):
        publish(house, "R1", audit_report("R1"))


def test_missing_marts_are_named(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="no marts"):
        publish(settings_at(tmp_path), "R1", audit_report("R1"))


def test_three_releases_are_kept(house: Settings) -> None:
    stamps = publish_versions(house, 1, 2, 3, 4, 5)
    assert [release.stamp for release in releases(house)] == list(reversed(stamps[-3:]))
    assert [release.is_current for release in releases(house)] == [True, False, False]
    assert served_version(house) == 5


def test_a_rollback_goes_one_back_and_further_by_name(house: Settings) -> None:
    stamps = publish_versions(house, 1, 2, 3)
    assert rollback(house).stamp == stamps[1]
    assert served_version(house) == 2
    assert rollback(house, to=stamps[2]).stamp == stamps[2]
    assert served_version(house) == 3
    rollback(house, to=stamps[0])
    with pytest.raises(UsageError, match="no earlier release"):
        rollback(house)
    with pytest.raises(UsageError) as unknown:
        rollback(house, to="20200101T000000000000Z")
    assert stamps[0] in unknown.value.where
    assert served_version(house) == 1


def test_a_publish_after_a_rollback_is_the_newest(house: Settings) -> None:
    publish_versions(house, 1, 2, 3)
    rollback(house)
    publish_versions(house, 4)
    assert served_version(house) == 4
    assert releases(house)[0].is_current


def test_a_clock_set_back_does_not_reorder_releases(house: Settings) -> None:
    (house.serve / "releases" / "29990101T000000000000Z").mkdir(parents=True)
    assert next_stamp(house) == "29990101T000000000001Z"


@pytest.mark.parametrize(("point", "version"), [("mid-copy", 1), ("before-swap", 1), ("after-swap", 2)])
def test_a_kill_leaves_a_whole_release_and_the_next_run_cleans_up(house: Settings, point: str, version: int) -> None:
    publish(house, "R1", audit_report("R1"))
    write_marts(house, 2)
    killed = subprocess.run(
        [sys.executable, "-c", CHILD, str(house.project), str(CHECKOUT)],
        env={**os.environ, "SIGNALHOUSE_FAULT": f"{point}:kill"},
        check=False,
    )
    assert killed.returncode == -9
    assert served_version(house) == version
    hidden = list((house.serve / "releases").glob(".*"))
    assert bool(hidden) == (point == "mid-copy")
    (house.serve / ".current-20200101T000000000000Z").symlink_to("releases/nowhere")

    publish_versions(house, 3)

    assert served_version(house) == 3
    assert not list((house.serve / "releases").glob(".*"))
    assert not list(house.serve.glob(".current-*"))


def test_a_reader_meets_no_error_and_no_half_state(house: Settings) -> None:
    publish(house, "R1", audit_report("R1"))
    path = str(house.serve / "current" / "marts.duckdb")
    with subprocess.Popen(
        [sys.executable, "-c", READER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        for version in range(2, 13):
            publish_versions(house, version)
            time.sleep(0.05)
        seen, errors, halves, backwards = map(int, reader.stdout.readline().split())
    assert (errors, halves, backwards) == (0, 0, 0)
    assert seen > 3


def test_two_publishers_do_not_meet(house: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signalhouse.publish.store._LOCK_SECONDS", 0.1)
    house.serve.mkdir()
    with FileLock(house.serve / ".lock"), pytest.raises(LockHeld):
        publish(house, "R1", audit_report("R1"))
    assert releases(house) == []


def test_a_broken_manifest_does_not_break_the_list(house: Settings) -> None:
    release = publish(house, "R1", audit_report("R1"))
    (release.path / "manifest.json").write_text("{")
    assert [one.manifest for one in releases(house)] == [{}]


def test_the_manifest_is_plain_json(house: Settings) -> None:
    release = publish(house, "R1", audit_report("R1"))
    assert json.loads((release.path / "manifest.json").read_text()) == release.manifest
