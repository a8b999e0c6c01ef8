"""What incidents did is counted anew near the days that changed alone, and ends where one full build ends."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from equality import compare
from project_copy import copy_of_the_project, with_fault
from replay.walk import one_key

from signalhouse import ops
from signalhouse.build import build
from signalhouse.demo import write_demo
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.settings import Settings

pytestmark = pytest.mark.slow
SOURCES = ("mixpanel", "stripe", "datadog")
DAYS_TO_COME = 15


@dataclass(frozen=True)
class Company:
    """All of its files, its last complete day, and what one build makes of them."""

    files: Path
    last_day: date
    rebuilt: Path

    def build(self, landing: Path, project: Path, as_of: date) -> Settings:
        """Lands and publishes; the work folder is the project's own."""
        settings = Settings.resolve(
            landing=str(landing), work=project.parent, serve=project.parent / "serve", as_of=as_of, project=project
        )
        land(settings, silent)
        ops.set_as_of(settings)
        one_key(settings)
        build(settings, select=["+fct_impact_estimate"], data_tests=False, progress=silent)
        ops.record_release(settings, "test", "test", ops.newest_batch(settings))
        return settings

    def first_incident(self) -> date:
        with duckdb.connect(str(self.rebuilt / "warehouse.duckdb"), read_only=True) as connection:
            (found,) = connection.execute("select min(intervention_date) from core.fct_intervention").fetchone() or ()
        assert isinstance(found, date)
        return found


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    folder = tmp_path_factory.mktemp("impact")
    truth = write_demo(folder / "landing", accounts=24, days=150, sources=SOURCES)
    made = Company(folder / "landing", date.fromisoformat(truth.as_of), folder / "work")
    made.build(made.files, copy_of_the_project(folder / "work" / "project", SOURCES), made.last_day)
    return made


def differences(company: Company, folder: Path, what: str = "", instead: str = "") -> list[str]:
    """A week of events comes late, six weeks before the first incident; then the last month's incidents; then as_of moves on and no
    file comes. `what` in the rule of which days are compared anew is replaced by `instead`."""
    project = copy_of_the_project(folder / "work" / "project", SOURCES)
    if what:
        with_fault(project, "days_within_reach.sql", what, instead)
    landing = folder / "landing"
    shutil.copytree(company.files, landing)
    week = (company.first_incident() - timedelta(days=42)).isoformat()
    late = [
        max(file for file in (landing / "mixpanel/export").iterdir() if file.name[:10] <= week),
        max((landing / "datadog/incidents").iterdir()),
    ]
    for file in late:
        file.unlink()
    company.build(landing, project, company.last_day - timedelta(days=DAYS_TO_COME))
    for file in late:
        shutil.copy(company.files / file.relative_to(landing), file)
        company.build(landing, project, company.last_day - timedelta(days=DAYS_TO_COME))
    settings = company.build(landing, project, company.last_day)
    return compare(company.rebuilt, settings.work).differences


def test_what_is_compared_anew_ends_where_one_build_ends(company: Company, tmp_path: Path) -> None:
    assert differences(company, tmp_path) == []


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        pytest.param(
            "days_around(used, impact_days_after(), before),\n"
            "        days_around(picked, impact_days_after(), before + impact_days_of_harm())",
            "used, picked",
            id="days within reach",
        ),
        pytest.param("touched_days(['bridge_intervention_account'])", "[]", id="who is compared"),
        pytest.param("touched_days(['fct_intervention_account_change'])", "[]", id="what is estimated"),
        pytest.param("both(near, days_from(otherwise))", "near", id="as_of moves on"),
    ],
)
def test_a_fault_in_which_days_are_compared_anew_is_found(
    what: str, instead: str, company: Company, tmp_path: Path
) -> None:
    assert differences(company, tmp_path, what, instead)
