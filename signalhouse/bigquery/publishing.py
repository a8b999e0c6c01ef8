"""Publish on BigQuery: the audited marts of dataset `staging` become, by clones, what readers see in dataset `mart`.

A clone copies no bytes and costs nothing until its source changes. Each release is first kept under its stamp in dataset `release`,
for rolling back, and then shown table by table, dimensions first: BigQuery replaces one table at a time, so for the seconds between
the first and the last a reader may meet tables of two releases, and then a row that joins is there before the row that is joined.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from typing import Any

from signalhouse.audit.results import AuditReport
from signalhouse.bigquery.connection import Connection
from signalhouse.errors import BuildFailed, UsageError
from signalhouse.faults import fault_point
from signalhouse.progress import Progress, silent
from signalhouse.publish import files
from signalhouse.publish.publishing import git_revision, versions
from signalhouse.publish.store import (
    CURRENT,
    MANIFEST,
    Release,
    current,
    drop_leftovers,
    drop_old,
    next_stamp,
    releases,
    releases_folder,
    serving_lock,
)
from signalhouse.settings import Settings

STAGING, SHOWN, KEPT = "staging", "mart", "release"
KEPT_DAYS = 30
READERS = "SIGNALHOUSE_BIGQUERY_READERS"


# The statements, each a function of names, so that all of them are checked without a warehouse.


def kept(project: str, mart: str, stamp: str) -> str:
    """Keeps an audited mart under its release's stamp, for a month."""
    return (
        f"create or replace table {_name(project, KEPT, f'{mart}__{stamp}')} clone {_name(project, STAGING, mart)} "
        f"options (expiration_timestamp = timestamp_add(current_timestamp(), interval {KEPT_DAYS} day))"
    )


def shown(project: str, mart: str, stamp: str) -> str:
    """Lets readers see the mart that was just audited."""
    return _shown(project, mart, stamp, _name(project, STAGING, mart))


def shown_again(project: str, mart: str, stamp: str) -> list[str]:
    """Lets readers see the mart of an earlier release. Its copy expires; whether a clone of it would is not written, so it is told."""
    return [
        _shown(project, mart, stamp, _name(project, KEPT, f"{mart}__{stamp}")),
        f"alter table {_name(project, SHOWN, mart)} set options (expiration_timestamp = null)",
    ]


def _shown(project: str, mart: str, stamp: str, source: str) -> str:
    return (
        f"create or replace table {_name(project, SHOWN, mart)} clone {source} "
        f"options (labels = [('app', 'signalhouse'), ('release', '{stamp.lower()}')])"
    )


def gone(project: str, mart: str) -> str:
    """Takes away a mart that the new release does not have."""
    return f"drop table if exists {_name(project, SHOWN, mart)}"


def granted(project: str, readers: Sequence[str]) -> str:
    """Lets readers read what is published, and nothing else. On the dataset: a table's own rights end with the table."""
    named = ", ".join('"' + reader.replace('"', "") + '"' for reader in readers)
    return f"grant `roles/bigquery.dataViewer` on schema `{project}`.`{SHOWN}` to {named}"


def statements(
    project: str, marts: Sequence[str], stamp: str, *, before: Sequence[str], readers: Sequence[str]
) -> list[str]:
    """Everything that publishing sends, in order; `before` are the marts that readers see now."""
    return [
        *(kept(project, mart, stamp) for mart in marts),
        *(shown(project, mart, stamp) for mart in marts),
        *(gone(project, mart) for mart in sorted(set(before) - set(marts))),
        *([granted(project, readers)] if readers else []),
    ]


def publish(
    settings: Settings, connection: Connection, run_id: str, report: AuditReport, *, progress: Progress = silent
) -> Release:
    """Publishes the audited marts and returns the release, whose folder here holds its manifest and the audit's page.

    Killed on the way, a run has let readers see some marts and not noted a release, so the next one publishes again.
    Raises AuditRefused when the audit refused the build, BuildFailed when a mart was not built.
    """
    served = current(settings)
    if report.refused:
        raise report.refusal(served.stamp if served else None)
    if report.run_id != run_id:
        raise BuildFailed(f"run {run_id} cannot be published with the audit of run {report.run_id}")
    marts = marts_in_order(settings, connection)
    with serving_lock(settings):
        drop_leftovers(settings)
        stamp = next_stamp(settings)
        connection.make_dataset(SHOWN, "What readers see: the audited marts of the last release.")
        connection.make_dataset(KEPT, f"The marts of earlier releases, for {KEPT_DAYS} days. Private.")
        before = served.manifest.get("marts", {}) if served else {}
        for number, statement in enumerate(
            statements(connection.project, marts, stamp, before=list(before), readers=readers())
        ):
            progress(f"publish: {statement.split('`')[-2] if number else 'begin'}")
            connection.run(statement)
            if number == len(marts):
                fault_point("mid-publish")
        manifest = {
            "run_id": run_id,
            "stamp": stamp,
            "as_of": _as_of(connection),
            "as_of_override": settings.as_of.isoformat() if settings.as_of else None,
            "marts": {mart: connection.row_count(f"{SHOWN}.{mart}") for mart in marts},
            "project": connection.project,
            "audit": report.summary(),
            "versions": versions(),
            "git_revision": git_revision(settings.project),
        }
        release = note(settings, manifest)
        if report.html is not None and report.html.is_file():
            files.copy(report.html, release.path / "audit.html")
        drop_old(settings)
    return release


def rollback(settings: Settings, connection: Connection, published: Collection[str], to: str | None = None) -> Release:
    """Lets readers see release `to` again, or the one before the current; `published` are the stamps that were whole.

    Raises UsageError when it is no longer kept.
    """
    served = current(settings)
    tables = [name.rpartition("__") for name in connection.tables(KEPT)]
    stamps = sorted({stamp for _, _, stamp in tables} & set(published), reverse=True)
    stamp = to or next((s for s in stamps if served is not None and s < served.stamp), None)
    marts = [mart for mart, _, of in tables if of == stamp and of in stamps]
    if stamp is None or not marts:
        raise UsageError(
            f"there is no release {to}" if to else "there is no earlier release to go back to",
            where=f"dataset {KEPT} holds: {', '.join(stamps) or 'none'}",
            next_step="name one of these with --to, or run `signalhouse refresh --target bigquery` for a new one",
        )
    with serving_lock(settings):
        before = list(served.manifest.get("marts", {})) if served else []
        for statement in (sql for mart in marts for sql in shown_again(connection.project, mart, stamp)):
            connection.run(statement)
        for mart in sorted(set(before) - set(marts)):
            connection.run(gone(connection.project, mart))
        known = next((release for release in releases(settings) if release.stamp == stamp), None)
        counted = {mart: connection.row_count(f"{SHOWN}.{mart}") for mart in marts}
        return note(settings, known.manifest if known else {"stamp": stamp, "run_id": None, "marts": counted})


def note(settings: Settings, manifest: dict[str, Any]) -> Release:
    """The release's folder on this machine, and the link to it: what `status` shows."""
    stamp = str(manifest["stamp"])
    folder = releases_folder(settings) / stamp
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
    files.point(settings.serve / CURRENT, f"{releases_folder(settings).name}/{stamp}")
    return Release(stamp, folder, is_current=True)


def marts_in_order(settings: Settings, connection: Connection) -> list[str]:
    """The marts of the project, those first that others are joined to. Raises BuildFailed when one was not built."""
    marts = ordered(_declared(settings))
    built = connection.tables(STAGING)
    missing = sorted(set(marts) - set(built))
    if missing or not marts:
        raise BuildFailed(
            "not every mart was built; nothing was published",
            where=f"dataset {STAGING} lacks {', '.join(missing) or 'all of them'}",
            next_step="run `signalhouse refresh --target bigquery --force`, which builds them",
        )
    return marts


def ordered(marts: dict[str, bool]) -> list[str]:
    """Names of marts, given whether each is a dimension: dimensions first, then by name."""
    return sorted(marts, key=lambda name: (not marts[name], name))


def _declared(settings: Settings) -> dict[str, bool]:
    """Every mart of the project, and whether its properties call it a dimension (`meta.dimension`)."""
    import yaml

    found = {path.stem: False for path in (settings.project / "models" / "marts").rglob("*.sql")}
    for path in (settings.project / "models" / "marts").rglob("*.yml"):
        for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
            meta = model.get("config", {}).get("meta", {})
            if model["name"] in found:
                found[model["name"]] = bool(meta.get("dimension", False))
    return found


def _as_of(connection: Connection) -> str | None:
    rows = [row.values()[0] for row in connection.rows("core.dim_as_of")]
    return str(rows[0]) if rows and rows[0] is not None else None


def readers() -> list[str]:
    """Who may read: `user:`, `group:`, `serviceAccount:` or `domain:` and a name, in commas."""
    found = [reader.strip() for reader in os.environ.get(READERS, "").split(",") if reader.strip()]
    wrong = [
        reader for reader in found if reader.partition(":")[0] not in ("user", "group", "serviceAccount", "domain")
    ]
    if wrong:
        raise UsageError(
            f"{READERS} names {', '.join(wrong)}, which is nobody to BigQuery",
            next_step="write group:bi@example.com, user:... or serviceAccount:..., in commas",
        )
    return found


def _name(project: str, dataset: str, table: str) -> str:
    return f"`{project}`.`{dataset}`.`{table}`"
