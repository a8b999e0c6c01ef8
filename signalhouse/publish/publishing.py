"""Publishing: copy the audited marts into a new folder, make it durable, and swap the link readers follow."""

from __future__ import annotations

import json
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from signalhouse.audit.results import AuditReport
from signalhouse.duckdb_files import log_of
from signalhouse.errors import BuildFailed
from signalhouse.faults import fault_point
from signalhouse.progress import Progress, silent
from signalhouse.publish import files, marts
from signalhouse.publish.store import (
    CURRENT,
    KEEP,
    MANIFEST,
    MARTS_FILE,
    Release,
    current,
    drop_leftovers,
    drop_old,
    next_stamp,
    releases_folder,
    serving_lock,
)
from signalhouse.settings import Settings

_PACKAGES = ("signalhouse", "duckdb", "dbt-core", "dbt-duckdb", "dbt-bigquery", "great-expectations")


def publish(
    settings: Settings, run_id: str, audit_report: AuditReport, *, keep: int = KEEP, progress: Progress = silent
) -> Release:
    """Publishes `<work>/marts.duckdb` as a new release and returns it; readers see it from the swap on.

    Until the swap nothing changes for a reader, whatever happens: a killed run leaves a hidden folder that the next one
    removes. Raises AuditRefused when the audit refused the build, BuildFailed when the marts are missing or unfinished,
    LockHeld when another publisher is at work.
    """
    if audit_report.refused:
        served = current(settings)
        raise audit_report.refusal(served.stamp if served else None)
    if audit_report.run_id != run_id:
        raise BuildFailed(f"run {run_id} cannot be published with the audit of run {audit_report.run_id}")
    with serving_lock(settings):
        _check_candidate(settings.marts_db)
        drop_leftovers(settings)
        progress("publish: copy")
        stamp = next_stamp(settings)
        building = releases_folder(settings) / f".{stamp}"
        building.mkdir(parents=True)
        try:
            _fill(building, settings, run_id, stamp, audit_report)
            files.sync_tree(building)
        except BaseException:
            # Half a release is no use, and on a full disk it takes the room that the next try needs.
            files.remove(building)
            raise
        release = building.rename(releases_folder(settings) / stamp)
        files.sync(releases_folder(settings))
        fault_point("before-swap")
        progress("publish: swap")
        files.point(settings.serve / CURRENT, f"{releases_folder(settings).name}/{stamp}")
        fault_point("after-swap")
        drop_old(settings, keep)
    return Release(stamp, release, is_current=True)


def _check_candidate(candidate: Path) -> None:
    if not candidate.is_file():
        raise BuildFailed(
            "there are no marts to publish",
            where=str(candidate),
            next_step="run `signalhouse refresh`, which builds them",
        )
    wal = log_of(candidate)
    if wal.exists():
        raise BuildFailed(
            "the marts have changes that are not in their file yet; a copy would lose them",
            where=str(wal),
            next_step="close what still has the marts open and run the refresh again",
        )


def _fill(building: Path, settings: Settings, run_id: str, stamp: str, report: AuditReport) -> None:
    copied = building / MARTS_FILE
    files.copy(settings.marts_db, copied)
    fault_point("mid-copy")
    with marts.opened(copied) as connection:
        names = marts.check(connection, settings.marts_db)
        counted = marts.rows(connection, names)
        marts.write_parquet(connection, names, building / "parquet")
    copied.chmod(0o444)  # a BI tool that opens it for writing would lock out every other reader
    if report.html is not None and report.html.is_file():
        files.copy(report.html, building / "audit.html")
    as_of = marts.as_of(settings.warehouse_db) or settings.as_of
    manifest: dict[str, Any] = {
        "run_id": run_id,
        "stamp": stamp,
        "as_of": as_of.isoformat() if as_of else None,
        "marts": counted,
        "audit": report.summary(),
        "versions": versions(),
        "git_revision": git_revision(settings.project),
        "files": _digests(building),
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (building / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def _digests(folder: Path) -> dict[str, dict[str, Any]]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": files.sha256(path)}
        for path in found
    }


def versions() -> dict[str, str]:
    """What the release was made with."""
    known = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            known[package] = version(package)
        except PackageNotFoundError:
            continue
    return known


def git_revision(project: Path) -> str | None:
    """The commit that the project stands on, None outside a checkout."""
    try:
        found = subprocess.run(
            ["git", "-C", str(project), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None if found.returncode == 0 else None
