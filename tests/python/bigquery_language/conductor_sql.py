"""The statements that the command line sends to BigQuery itself: landing's, and publishing's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from signalhouse.bigquery import publishing, records
from signalhouse.landing.contract import read_contracts

STAMP = "20260701T000000Z"
DAY = "2026-06-30"


def landing_statements(project: Path, database: str, vendors: Sequence[str]) -> Iterator[tuple[str, str]]:
    """For each export object: its table, a withdrawn file, a batch taken back."""
    for contract in read_contracts(project, list(vendors)):
        name = f"landing of {contract.vendor}.{contract.object}"
        yield name, records.made(database, contract)
        yield name, records.withdrawn(database, contract, 2, DAY, DAY, ["a/b.json", 'a/it\'s \\ "quoted".json'])
        yield name, records.taken_back(database, contract, 1)


def publishing_statements(database: str, marts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A release of these marts after one that had a mart more."""
    readers = ["user:reader@example.com", "group:readers@example.com"]
    sent = publishing.statements(database, marts, STAMP, before=[*marts, "mart_of_old"], readers=readers)
    yield from (("publishing", sql) for sql in sent)
