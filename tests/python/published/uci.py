"""141,712 audit rows of 24,918 real ServiceNow incidents: each row is a version of a ticket, and the last one is how it ended."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from published.world import DATASETS, Assertion, World, published, rows

ARCHIVE = DATASETS / "uci_incident_log" / "data" / "incident_event_log.zip"


def write_exports(landing: Path) -> None:
    """The log in the columns of the generic contract; a question mark is a missing value, and what the contract does not know stays
    with the record."""
    with zipfile.ZipFile(ARCHIVE) as archive, archive.open("incident_event_log/incident_event_log.csv") as file:
        log = pd.read_csv(file, dtype=str, na_values="?")

    def moment(column: str) -> pd.Series:
        return pd.to_datetime(log[column], format="%d/%m/%Y %H:%M")

    folder = landing / "generic" / "tickets"
    folder.mkdir(parents=True)
    pd.DataFrame(
        {
            "ticket_id": log["number"],
            "created_at": moment("opened_at"),
            "status": log["ident_state"].str.lower(),
            "priority": log["priority"],
            "solved_at": moment("resolved_at"),
            "closed_at": moment("closed_at"),
            "reopens": log["reopen_count"],
            "updated_at": moment("sys_updated_at"),
            "made_sla": log["made_sla"].str.lower(),
            "reassignments": log["reassignment_count"],
        }
    ).to_csv(folder / "incidents.csv", index=False)


STATE = """
select
    count(*) filter (where payload ->> 'made_sla' = 'true'),
    count(*) filter (where is_reopened),
    count(*) filter (where (payload ->> 'reassignments')::int > 0)
from house.core.fct_ticket inner join house.raw.raw_generic__tickets using (ticket_id)
where is_current
"""
PRIORITIES = "select priority, count(*) from house.core.fct_ticket group by all"
HOURS_TO_CLOSE = """
select count(hours), avg(hours), quantile_cont(hours, 0.5), quantile_cont(hours, 0.9), count(*) filter (where hours < 0)
from (select epoch_us(closed_at - created_at) / 3.6e9 as hours from house.core.fct_ticket)
"""


def check(connection: duckdb.DuckDBPyConnection) -> list[Assertion]:
    """uci.state: what the last version of each incident says."""
    line = published("uci.state")
    sla, reopened, reassigned = rows(connection, STATE)[0]
    found = {
        "sla": sla,
        "reopened": reopened,
        "reassigned": reassigned,
        "prio": dict(rows(connection, PRIORITIES)),
        "ttc": dict(zip(("n", "mean", "median", "p90", "neg"), rows(connection, HOURS_TO_CLOSE)[0], strict=True)),
    }
    return [Assertion("uci.state", line["expected"], found, line["tol"])]


WORLD = World(
    write=write_exports, select=("fct_ticket",), check=check, last_day=date(2017, 2, 28), seeds={}, variables={}
)
