"""Where the tables are: the one seam between the steps of a refresh and an engine.

Every step but building (which is dbt's) reads and writes the landing database of the work folder. On DuckDB that is the warehouse's
own; for another engine it is a copy, which `begin` fetches and `note` and `landed` send back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from signalhouse.duckdb_files import log_of
from signalhouse.progress import Progress
from signalhouse.selection import State
from signalhouse.settings import Settings

if TYPE_CHECKING:
    from signalhouse.audit import AuditReport
    from signalhouse.publish import Release


class Warehouse(Protocol):
    """What an engine does at each step of a refresh."""

    def begin(self) -> None:
        """Before anything lands: the landing database is as the last run left it."""

    def landed(self, progress: Progress) -> None:
        """After landing: the records that are new are where dbt reads them."""

    def built(self, progress: Progress) -> dict[str, int]:
        """After a build: room that it left free is given back; bytes by file."""

    def state(self) -> State | None:
        """How the tables that builds make stand: equal to an earlier answer if nobody has written to them since. None if that cannot be
        told."""

    def note(self) -> None:
        """After a step that wrote to `ops`: it is safe there."""

    def publish(self, run_id: str, report: AuditReport, progress: Progress) -> Release:
        """Lets readers see the audited build."""

    def rollback(self, to: str | None) -> Release:
        """Lets readers see an earlier release."""

    def shown(self, release: Release) -> dict[str, Any]:
        """`rows`, `headline` and `answers` of a report on a refresh."""


class OnThisMachine:
    """DuckDB files in the work folder: nothing is to be fetched or sent."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def begin(self) -> None:
        """Nothing: the files are where they were."""

    def landed(self, progress: Progress) -> None:
        """Nothing: dbt reads the landing database itself."""

    def built(self, progress: Progress) -> dict[str, int]:
        """Files that are free in large part are written anew."""
        from signalhouse.compact import compact

        return compact(self._settings, progress)

    def state(self) -> State:
        """Size and time of writing of the files. An unfinished log beside one is a writer that was killed."""
        files = [path for path in (self._settings.warehouse_db, self._settings.marts_db) if path.exists()]
        return {path.name: [path.stat().st_size, path.stat().st_mtime_ns, log_of(path).exists()] for path in files}

    def note(self) -> None:
        """Nothing: what is written is written."""

    def publish(self, run_id: str, report: AuditReport, progress: Progress) -> Release:
        """A folder with a copy of the marts, and the link that readers follow."""
        from signalhouse.publish import publish

        return publish(self._settings, run_id, report, progress=progress)

    def rollback(self, to: str | None) -> Release:
        """The link, pointed back."""
        from signalhouse.publish import rollback

        return rollback(self._settings, to)

    def shown(self, release: Release) -> dict[str, Any]:
        """Read from the files that were built last."""
        from signalhouse.answers import answers
        from signalhouse.headline import headline
        from signalhouse.rows import rows_by_layer

        settings = self._settings
        return {"rows": rows_by_layer(settings), "headline": headline(settings), "answers": answers(settings)}


def warehouse_of(settings: Settings) -> Warehouse:
    """The warehouse that the target names."""
    if settings.target == "bigquery":
        from signalhouse.bigquery.warehouse import OnBigQuery

        return OnBigQuery(settings)
    return OnThisMachine(settings)
