"""The commands of a BigQuery warehouse's first days, each run once against the stand-in."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from google.api_core.exceptions import BadRequest
from google.cloud.bigquery import QueryJobConfig

from .dbt_run import OfflineBigQuery, Outcome
from .stand_in import Sent

PROJECT = Path(__file__).parents[3]
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")

# A refresh of one day: records of the day before come with it as they always do, and some are later.
NEWEST_DAY = datetime.date(2026, 6, 30)
TOUCHED_DAYS = tuple(NEWEST_DAY - datetime.timedelta(days=late) for late in (0, 1, 2, 5))

FOUR_WEEKS = datetime.date(2026, 6, 22)  # the Monday with which those of all of them begin

# What macros ask while a model is built: which days are touched and which models the log says were rebuilt, whether a file went.
A_DAYS_REFRESH: dict[str, Sequence[Any]] = {
    "load_day": (NEWEST_DAY,),
    "last_day": (NEWEST_DAY,),
    "DATE": TOUCHED_DAYS,
    "touched_day": tuple((day, None) for day in TOUCHED_DAYS),
    "period_start": (FOUR_WEEKS,),
    "withdrawn_file": (),
}
NO_DAY_IS_TOUCHED: dict[str, Sequence[Any]] = {
    "load_day": (),
    "last_day": (),
    "DATE": (),
    "touched_day": (),
    "period_start": (),
    "withdrawn_file": (),
}
A_RAW_MODEL_WAS_REBUILT: dict[str, Sequence[Any]] = {
    "touched_day": ((None, "raw_generic__events"),),
    "period_start": (datetime.date(2025, 12, 8),),  # of the day that is made up
    "withdrawn_file": ("a",),
}


# Days are touched, and no slice holds a row of one: a source of events alone has no hours of services for a touched day, and the reverse.
A_DAY_WITHOUT_ROWS: dict[str, Sequence[Any]] = A_DAYS_REFRESH | {"DATE": (), "period_start": ()}


def a_refresh_with(sources: Iterable[str], project: Path = PROJECT) -> Mapping[str, Sequence[Any]]:
    """What macros are answered in a refresh with these sources alone: without a log of events or measurements no day is touched."""
    said = yaml.safe_load((project / "vars.yml").read_text())["vars"]
    has_log = bool({*said["event_logs"], *said["measurement_logs"]} & {*sources})
    return A_DAY_WITHOUT_ROWS if has_log else NO_DAY_IS_TOUCHED


class Walk:
    """A whole build, its data tests, and a refresh, with some sources on."""

    def __init__(
        self,
        folder: Path,
        variables: Mapping[str, Any] | None = None,
        answers: Mapping[str, Sequence[Any]] | None = None,
        project: Path = PROJECT,
        *,
        with_tests: bool = True,
    ) -> None:
        self.warehouse = OfflineBigQuery(project, folder, dict(variables or {}), answers or A_DAYS_REFRESH)
        self.has_every_source = not variables
        self.conducted, self.refused = 0, list[str]()  # statements of the command line, and what was refused of them
        client = self.warehouse.client
        self.built_whole = self.warehouse.run(
            "build", "--full-refresh", *WITHOUT_UNIT_TESTS, "--exclude-resource-type", "test"
        )
        # Unit tests give their inputs, so which sources are on makes no other statement of them.
        asked = ("test", *(WITHOUT_UNIT_TESTS if variables else ()))
        self.tested = self.warehouse.run(*asked) if with_tests else Outcome()
        self.before = client.statements.copy()
        refresh_begins = len(client.sent)
        self.built_again = self.warehouse.run(
            "build", *WITHOUT_UNIT_TESTS, *(() if with_tests else ("--exclude-resource-type", "test"))
        )
        self.after = client.statements.copy()
        self._refreshed = client.sent[refresh_begins:]

    def conduct(self, statements: Iterable[tuple[str, str]]) -> None:
        """Sends statements of the command line's own, each as if a node of the name beside it had sent it."""
        for node, sql in statements:
            self.conducted += 1
            try:
                self.warehouse.client.query(f'/* {{"node_id": "{node}"}} */ {sql}', QueryJobConfig())
            except BadRequest as error:
                self.refused.append(f"{node}: {error.message}")

    @property
    def refresh(self) -> list[Sent]:
        """What a refresh sends: models, data tests, and the audit, if that was sent."""
        audited = [one for one in self.warehouse.client.sent if one.node.startswith("audit.")]
        return [*self._refreshed, *audited]

    @property
    def incremental(self) -> list[str]:
        """The models that a refresh does not build whole."""
        nodes = self.warehouse.manifest.nodes.values()
        return [
            node.name for node in nodes if node.resource_type == "model" and node.config.materialized == "incremental"
        ]

    @property
    def statements(self) -> int:
        """All that were sent, the refused ones too."""
        client = self.warehouse.client
        return client.statements.total() + client.refused

    @property
    def findings(self) -> list[str]:
        """Everything refused: statements, failed tests, and types that are not the declared ones."""
        refused = [line for outcome in (self.built_whole, self.tested, self.built_again) for line in outcome.findings]
        return [*refused, *self.refused, *self.warehouse.differing_types()]
