"""A refresh on BigQuery: records are typed and judged on this machine as ever, and everything else happens there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from signalhouse import definitions, selection, small_files
from signalhouse.bigquery import ops, records
from signalhouse.bigquery.connection import Connection
from signalhouse.duckdb_files import remove
from signalhouse.landing.contract import Contract, read_contracts
from signalhouse.landing.ledger import make_empty, opened
from signalhouse.progress import Progress
from signalhouse.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from signalhouse.audit import AuditReport
    from signalhouse.publish import Release
    from signalhouse.selection import State

# Rows of `ops.setting`: what a work folder on DuckDB keeps in files.
_RELEASE = "release"
_FILES = {"definitions": definitions.memory, "built": selection.memory}
# What builds make, and in the first of them the table in which each build says that it was the last to write
# (macros/dialect/statements/last_writer.sql).
_MADE_IN = ("raw", "core", "contact", "staging")
_LAST_WRITER = "raw.last_writer"
# What dbt leaves to expire.
_ON_THE_WAY = "__dbt_tmp"


class OnBigQuery:
    """The warehouse of target bigquery."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection = Connection(settings)
        self._folder = settings.work / "outgoing"

    def begin(self) -> None:
        """A new landing database with the `ops` that stands there, and what a run that was killed left there taken back."""
        settings = self._settings
        late = ops.unsaid(settings.landing_db)
        remove(settings.landing_db)
        ops.make_tables(self._connection)
        with opened(settings.landing_db) as local:
            ops.pull(self._connection, local)
            ops.say(local, late)
            contracts = self._contracts()
            for contract in contracts:
                make_empty(local, contract)
            records.take_back(self._connection, local, contracts)
            self._remember(local)

    def landed(self, progress: Progress) -> None:
        """The records of the new batch, by load jobs, and then the ledger."""
        with self._opened() as local:
            self._keep_memory(local)
            records.send(self._connection, local, self._contracts(), self._folder, progress)

    def built(self, progress: Progress) -> dict[str, int]:
        """Nothing: what is replaced there takes no room of ours."""
        return {}

    def state(self) -> State | None:
        """The tables that are there, and which run of dbt was the last to write to any of them: their own times of writing would be a
        query of each dataset. None where no run has said so."""
        there = [f"{dataset}.{name}" for dataset in _MADE_IN for name in self._connection.tables(dataset)]
        made: State = {name: None for name in there if not name.endswith(_ON_THE_WAY)}
        if _LAST_WRITER not in made:
            return None
        return made | {_LAST_WRITER: [str(row[0]) for row in self._connection.rows(_LAST_WRITER)]}

    def note(self) -> None:
        """What changed in `ops` since."""
        with self._opened() as local:
            self._keep_memory(local)
            ops.push(self._connection, local, self._folder)

    def publish(self, run_id: str, report: AuditReport, progress: Progress) -> Release:
        """Clones of the audited marts."""
        from signalhouse.bigquery.publishing import publish

        release = publish(self._settings, self._connection, run_id, report, progress=progress)
        self._keep_release(release)
        return release

    def rollback(self, to: str | None) -> Release:
        """Clones of the marts that an earlier release kept."""
        from signalhouse.bigquery.publishing import rollback

        self.begin()
        with self._opened() as local:
            published = [stamp for (stamp,) in local.execute("select stamp from ops.release").fetchall()]
        release = rollback(self._settings, self._connection, published, to)
        self._keep_release(release)
        self.note()
        return release

    def shown(self, release: Release) -> dict[str, Any]:
        """Rows of the marts alone: to count the others, or to ask them, would be a query that somebody pays."""
        return {"rows": {"mart": release.manifest.get("marts", {})}, "headline": [], "answers": []}

    def _contracts(self) -> list[Contract]:
        from signalhouse.variables import sources_on

        return read_contracts(self._settings.project, sources_on(self._settings.project))

    def _opened(self) -> DuckDBPyConnection:
        import duckdb

        return duckdb.connect(str(self._settings.landing_db))

    def _remember(self, local: DuckDBPyConnection) -> None:
        """Puts down in the work folder what the last run on any machine knew."""
        from signalhouse.bigquery.publishing import note

        kept = dict(local.execute("select name, value from ops.setting").fetchall())
        for name, file in _FILES.items():
            small_files.restore(file(self._settings), kept.get(name))
        if _RELEASE in kept:
            manifest = json.loads(kept[_RELEASE])
            note(self._settings, manifest)
            record = self._settings.runs_dir / f"{manifest['run_id']}.json"
            if not record.exists():
                record.parent.mkdir(parents=True, exist_ok=True)
                told = {name: manifest.get(name) for name in ("run_id", "as_of_override")}
                record.write_text(json.dumps({**told, "outcome": "published"}) + "\n", encoding="utf-8")

    def _keep_memory(self, local: DuckDBPyConnection) -> None:
        for name, file in _FILES.items():
            _set(local, name, small_files.read(file(self._settings)))

    def _keep_release(self, release: Release) -> None:
        with self._opened() as local:
            _set(local, _RELEASE, json.dumps(release.manifest, ensure_ascii=False))


def _set(local: DuckDBPyConnection, name: str, value: str | None) -> None:
    local.execute("delete from ops.setting where name = ?", [name])
    if value is not None:
        local.execute("insert into ops.setting values (?, ?)", [name, value])
