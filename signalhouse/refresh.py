"""`signalhouse refresh`: land, build, audit, publish.

Nothing a reader sees changes before the last step. Every step can be killed and run again: what landed is known by its file,
what was built counts as new until a release holds it, and a release appears whole or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from signalhouse import definitions, ops, selection, variables
from signalhouse.errors import UsageError
from signalhouse.faults import fault_point
from signalhouse.lock import locked
from signalhouse.places import check_rights
from signalhouse.progress import Progress, silent
from signalhouse.rows import Counts
from signalhouse.runs import RunRecord, new_run_id, recorded
from signalhouse.settings import Settings, check_environment
from signalhouse.warehouse import Warehouse, warehouse_of

if TYPE_CHECKING:
    from signalhouse.audit import AuditReport
    from signalhouse.backfill import Span
    from signalhouse.build import BuildReport
    from signalhouse.landing import LandReport
    from signalhouse.publish import Release

PUBLISHED = "published"
NOTHING_NEW = "nothing_new"
LANDED = "landed"


@dataclass(frozen=True)
class RefreshReport:
    """What a refresh did. `release` is what readers see now; `audit` and `build` are None where the step had nothing to do.

    `newest` is the release that holds all that landed, and whose rows and numbers these are: after a rollback another one. `marked`
    is how many files --from took from landing once more, None without it.
    """

    run_id: str
    outcome: str
    land: LandReport
    release: Release
    newest: Release
    build: BuildReport | None = None
    audit: AuditReport | None = None
    rows: Counts = field(default_factory=dict)
    headline: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, str]] = field(default_factory=list)
    marked: int | None = None

    @property
    def rolled_back(self) -> bool:
        """True when readers see an older release than the one that holds all that landed."""
        return self.newest.stamp != self.release.stamp

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that `--json` prints."""
        return {
            "run_id": self.run_id,
            "outcome": self.outcome,
            "exit_code": 0,
            "land": land_dict(self.land),
            "build": self.build.as_dict() if self.build else None,
            "audit": self.audit.summary() if self.audit else None,
            "rows": self.rows,
            "headline": self.headline,
            "answers": self.answers,
            "release": release_dict(self.release),
            "rolled_back_from": self.newest.stamp if self.rolled_back else None,
            "files_marked": self.marked,
        }


def refresh(
    settings: Settings, *, force: bool = False, again: Span | None = None, progress: Progress = silent
) -> RefreshReport:
    """One refresh under the lock of the work folder. `force` runs every model even when nothing is new; the days of `again` are
    computed from landing once more.

    Raises AuditRefused, UsageError, BuildFailed or LockHeld; the run record says how far it came.
    """
    if again is not None and settings.target != "duckdb":
        raise UsageError(
            "--from and --to are for DuckDB: on BigQuery no day is computed again from landing by itself",
            next_step="put the files right and refresh; `dbt build --full-refresh --target bigquery` builds everything anew",
        )
    check_settings(settings)
    run_id = new_run_id(settings)
    with locked(settings, "refresh", run_id), recorded(settings, "refresh", run_id) as record:
        report = _refresh(settings, record, force, again, progress)
        record.outcome = report.outcome
        record.result = {"release": release_dict(report.release), "rows": report.rows, "headline": report.headline}
        return report


def land_only(settings: Settings, *, progress: Progress = silent) -> tuple[str, LandReport]:
    """`signalhouse land`: prepares the exports, so that `dbt build` can be run by hand. Returns the run's id and the report."""
    check_settings(settings)
    run_id = new_run_id(settings)
    with locked(settings, "land", run_id), recorded(settings, "land", run_id) as record:
        report = _land(settings, warehouse_of(settings), record, progress)
        record.outcome = LANDED
        return run_id, report


def check_settings(settings: Settings) -> None:
    """What people set, looked at before anything is started or locked. Raises UsageError."""
    check_environment(settings.target)
    variables.check(settings.project)


def _refresh(
    settings: Settings, record: RunRecord, force: bool, again: Span | None, progress: Progress
) -> RefreshReport:
    check_rights(settings)
    warehouse = warehouse_of(settings)
    landed = _land(settings, warehouse, record, progress)
    marked = None if again is None else _mark(settings, record, again)
    fault_point("after-land")
    now = definitions.fingerprint(settings.project)
    change = definitions.change_for(settings, now)
    standing = None if force else _still_served(settings, warehouse, change)
    if standing is not None:
        served, newest = standing
        # An export that stopped looks like a night without news; only the audit's freshness rules tell them apart.
        audit = None
        if definitions.promises_changed(settings, now):
            audit = _audit(settings, warehouse, record, progress)
            definitions.note_release(settings, now)
            warehouse.note()
        elif not settings.as_of:
            audit = _audit_freshness(settings, warehouse, record)
        shown = warehouse.shown(newest)
        return RefreshReport(record.run_id, NOTHING_NEW, landed, served, newest, audit=audit, marked=marked, **shown)
    batch = ops.newest_batch(settings)
    definitions.note_build(settings, now)
    warehouse.note()
    built = _build(settings, warehouse, record, change, force, progress)
    fault_point("after-build")
    audit = _audit(settings, warehouse, record, progress)
    fault_point("after-audit")
    release = _publish(warehouse, record, audit, progress)
    fault_point("before-note")
    ops.record_release(settings, record.run_id, release.stamp, batch)
    fault_point("after-note")
    definitions.note_release(settings, now)
    warehouse.note()
    shown = warehouse.shown(release)
    return RefreshReport(record.run_id, PUBLISHED, landed, release, release, built, audit, marked=marked, **shown)


def _land(settings: Settings, warehouse: Warehouse, record: RunRecord, progress: Progress) -> LandReport:
    from signalhouse.landing import land

    with record.step("land") as details:
        warehouse.begin()
        report = land(settings, progress, run_id=record.run_id)
        ops.set_as_of(settings)
        warehouse.landed(progress)
        details.update(land_dict(report))
    return report


def _mark(settings: Settings, record: RunRecord, again: Span) -> int:
    from signalhouse.backfill import mark

    with record.step("mark") as details:
        files = mark(settings, again, record.run_id)
        details.update({"from": again.first, "to": again.last, "files": len(files)})
    return len(files)


def _build(
    settings: Settings,
    warehouse: Warehouse,
    record: RunRecord,
    change: definitions.Change,
    force: bool,
    progress: Progress,
) -> BuildReport:
    from signalhouse.build import build, build_changed

    with record.step("build") as details:
        select = None if force or change.everything else selection.touched(settings, warehouse.state())
        details["changed_definitions"] = list(change.names)
        details["selected"] = "everything" if select is None else select
        selection.forget(settings)
        if change.everything or change.none:
            report = build(settings, select=select or None, full_refresh=change.everything, progress=progress)
        else:
            report = build_changed(settings, changed=list(change.select), select=select, progress=progress)
        details["bytes_given_back"] = warehouse.built(progress)
        # The tables as they are from now on: what is written to them later makes the next build a whole one.
        selection.note_build(settings, warehouse.state())
        details.update(report.as_dict())
    return report


def _audit(settings: Settings, warehouse: Warehouse, record: RunRecord, progress: Progress) -> AuditReport:
    from signalhouse.audit import audit

    with record.step("audit") as details:
        report = audit(settings, record.run_id, progress=progress)
        return _judged(settings, warehouse, report, details)


def _audit_freshness(settings: Settings, warehouse: Warehouse, record: RunRecord) -> AuditReport:
    from signalhouse.audit import audit_freshness

    with record.step("audit") as details:
        return _judged(settings, warehouse, audit_freshness(settings, record.run_id), details)


def _judged(settings: Settings, warehouse: Warehouse, report: AuditReport, details: dict[str, Any]) -> AuditReport:
    from signalhouse.publish import current

    warehouse.note()
    details.update(report.summary())
    if report.refused:
        served = current(settings)
        raise report.refusal(served.stamp if served else None)
    return report


def _publish(warehouse: Warehouse, record: RunRecord, audit: AuditReport, progress: Progress) -> Release:
    with record.step("publish") as details:
        release = warehouse.publish(record.run_id, audit, progress)
        details.update(release_dict(release))
    return release


def _still_served(
    settings: Settings, warehouse: Warehouse, change: definitions.Change
) -> tuple[Release, Release] | None:
    """The release readers see and the one that holds all that landed, by these definitions and this `--as-of`; None without one."""
    from signalhouse.publish import current, releases

    last = ops.last_published(settings)
    if last is None or not change.none or ops.newest_change(settings) > last.batch:
        return None
    if _as_of_of(settings, last.run_id) != (settings.as_of.isoformat() if settings.as_of else None):
        return None
    if selection.lost(settings, warehouse.state()):
        return None
    # After a roll back readers see an older one, and go on seeing it until something is new.
    served, newest = current(settings), next((one for one in releases(settings) if one.stamp == last.stamp), None)
    return (served, newest) if served and newest else None


def _as_of_of(settings: Settings, run_id: str) -> str | None:
    import json

    try:
        record = json.loads((settings.runs_dir / f"{run_id}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "unknown"
    chosen: str | None = record.get("as_of_override")
    return chosen


def land_dict(report: LandReport) -> dict[str, Any]:
    """The JSON form of a landing report. `refusals` are named up to 1,000; all of them are in `ops.quarantine`."""
    return {
        "batch_id": report.batch_id,
        "files": {"new": report.files_new, "changed": report.files_changed, "same": report.files_same},
        "records": dict(sorted(report.records.items())),
        "refused": {name: count for name, count in sorted(report.refused.items()) if count},
        "refusals": [{"file": file, "line": line, "reason": reason} for file, line, reason in report.refusals[:1000]],
        "left_alone": list(report.left_alone),
        "missing_files": list(report.missing_files),
        "moved_while_read": list(report.moved_under_us),
        "sources_without_files": list(report.sources_without_files),
    }


def release_dict(release: Release) -> dict[str, Any]:
    """The JSON form of a release."""
    manifest = release.manifest
    return {
        "stamp": release.stamp,
        "folder": str(release.path),
        "as_of": manifest.get("as_of"),
        "run_id": manifest.get("run_id"),
        "marts": manifest.get("marts", {}),
    }
