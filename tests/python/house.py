"""A house in miniature for tests of the conductor: a project folder, and stand-ins for the slow steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signalhouse.audit import AuditReport
from signalhouse.audit.results import RuleResult
from signalhouse.build import BuildReport
from signalhouse.errors import UsageError
from signalhouse.landing import LandReport
from signalhouse.landing.ledger import prepare
from signalhouse.settings import Settings

PROJECT = {
    "dbt_project.yml": "name: signalhouse\nversion: '1'\nprofile: signalhouse\n",
    "vars.yml": "vars:\n  sources: []\n",
    "vars.schema.json": '{"properties": {"vars": {"required": ["sources"]}}}',
    "profiles.example.yml": "signalhouse:\n  target: duckdb\n  outputs:\n    duckdb: {type: duckdb}\n",
    "models/marts/things.sql": "select 1 as id",
    "models/marts/things.yml": "models:\n  - name: things\n    description: One row per thing.\n",
    "seeds/demo/plans.csv": "plan\nfree\n",
    "macros/money.sql": "{% macro money() %}1{% endmacro %}",
}
CHECKED_AT = datetime(2026, 1, 1)


def write_project(folder: Path) -> Path:
    for name, text in PROJECT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@dataclass
class House:
    """Stand-ins that count what the conductor asks of them. Publishing, the ledger and the lock are the real ones."""

    settings: Settings
    waiting_files: int = 1
    builds: list[dict[str, Any]] = field(default_factory=list)
    build_error: BaseException | None = None
    audits: int = 0
    freshness_audits: int = 0
    audit_refuses: bool = False

    def land(self, settings: Settings, progress: Any, *, run_id: str = "by hand") -> LandReport:
        if not Path(settings.landing).is_dir():
            raise UsageError("the landing folder is not there", where=settings.landing, next_step="create it")
        settings.work.mkdir(parents=True, exist_ok=True)
        report = LandReport(files_new=self.waiting_files, left_alone=["zendesk: no contract for this vendor, 2 files"])
        with duckdb.connect(str(settings.landing_db)) as connection:
            prepare(connection, [])
            row = connection.execute("select coalesce(max(batch_id), 0) from ops.batch").fetchone()
            assert row is not None
            report.batch_id = row[0]
            if self.waiting_files:
                report.batch_id += 1
                connection.execute("insert into ops.batch values (?, ?, ?)", [report.batch_id, run_id, CHECKED_AT])
                for number in range(self.waiting_files):
                    connection.execute(
                        "insert into ops.landing_file (vendor, object, file_path, batch_id) values ('v', 'o', ?, ?)",
                        [f"v/o/{report.batch_id}-{number}", report.batch_id],
                    )
        self.waiting_files = 0
        return report

    def build(
        self, settings: Settings, *, select: Any = None, exclude: Any = None, full_refresh: bool = False, progress: Any
    ) -> BuildReport:
        self.builds.append({"select": select, "exclude": exclude, "full_refresh": full_refresh})
        if self.build_error:
            raise self.build_error
        with duckdb.connect(str(settings.marts_db)) as connection:
            connection.execute("create schema if not exists mart")
            connection.execute(f"create or replace table mart.things as select {len(self.builds)} as build")
        return BuildReport(0.1, {"model success": 1})

    def audit(self, settings: Settings, run_id: str, *, progress: Any = None) -> AuditReport:
        self.audits += 1
        return self._report(run_id)

    def audit_freshness(self, settings: Settings, run_id: str) -> AuditReport:
        self.freshness_audits += 1
        return self._report(run_id)

    def _report(self, run_id: str) -> AuditReport:
        result = RuleResult(
            run_id=run_id,
            checked_at=CHECKED_AT,
            table_name="mart.things",
            rule_id="mart/things#1",
            rule="volume_to_be_normal",
            severity="critical",
            column_name=None,
            success=not self.audit_refuses,
            error=None,
            element_count=10,
            unexpected_count=1,
            observed="raw 10, mart 9",
            sample=({"thing_id": 7},),
            why="a lost thing is missing everywhere",
            owner="things",
            file="expectations/mart/things.yml",
            line=4,
        )
        return AuditReport(run_id, CHECKED_AT, 0.1, (result,))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    for name in ("LANDING", "WORK", "SERVE"):
        monkeypatch.delenv(f"SIGNALHOUSE_{name}", raising=False)
    (tmp_path / "landing").mkdir()
    project = write_project(tmp_path / "project")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("signalhouse.settings.find_project", lambda start=None: project)
    made = House(Settings.resolve(project=project))
    monkeypatch.setattr("signalhouse.landing.land", made.land)
    monkeypatch.setattr("signalhouse.build.build", made.build)
    monkeypatch.setattr("signalhouse.audit.audit", made.audit)
    monkeypatch.setattr("signalhouse.audit.audit_freshness", made.audit_freshness)
    # A run id is a second; nobody should wait for the next one here.
    numbers = count(1)
    monkeypatch.setattr("signalhouse.refresh.new_run_id", lambda settings: f"20260101T{next(numbers):06d}Z")
    return made
