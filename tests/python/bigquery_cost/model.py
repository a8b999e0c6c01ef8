"""Bytes that a refresh of one day reads on BigQuery, node by node, after 30, 120 and 730 days of history."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bigquery_language.scans import TableName, merged
from bigquery_language.stand_in import Sent

from .gate import TEMPORARY
from .sizes import Size, Table

HISTORIES = (30, 120, 730)

# What BigQuery bills at least for each table that a statement reads, on demand.
LEAST_BILLED = 10 * 1024**2

# The unpublished marts lie in a dataset of their own on BigQuery.
SAME_DATASET = {"staging": "mart"}


@dataclass(frozen=True)
class Refresh:
    """The one refresh that is modelled: its newest day, and all the days it touches, late records included."""

    day: datetime.date
    touched: tuple[datetime.date, ...]


@dataclass
class Cost:
    """Bytes by node and by length of history."""

    by_node: dict[str, dict[int, float]] = field(
        default_factory=lambda: defaultdict(lambda: dict.fromkeys(HISTORIES, 0.0))
    )
    unknown: set[str] = field(default_factory=set)  # tables without a size

    def total(self, days: int) -> float:
        """All nodes together."""
        return sum(node[days] for node in self.by_node.values())

    def growth(self, longest: int = HISTORIES[-1], shortest: int = HISTORIES[0]) -> float:
        """A refresh after the longest history, against one after the shortest."""
        return self.total(longest) / self.total(shortest)


def cost(
    sent: Iterable[Sent], sizes: Mapping[Table, Size], partitions: Mapping[TableName, str], refresh: Refresh
) -> Cost:
    """What the statements of a refresh read. A table that is changed is read in all columns, as BigQuery counts DML."""
    found = Cost()
    for one in sent:
        for scan in merged(one.statement.scans, dict(partitions)):
            _, dataset, name = scan.table
            is_slice = name.endswith(TEMPORARY)
            size = sizes.get((SAME_DATASET.get(dataset, dataset), name.removesuffix(TEMPORARY)))
            if size is None:
                found.unknown.add(f"{dataset}.{name}")
                continue
            days = scan.days(partitions.get(scan.table, ""))
            for history in HISTORIES:
                if is_slice:
                    read = size.bytes_per_day(scan.columns) * len(refresh.touched)
                elif days is not None:
                    kept = (refresh.day - datetime.timedelta(days=back) for back in range(history))
                    read = size.bytes_per_day(scan.columns) * sum(days.has(day) for day in kept)
                else:
                    read = size.bytes(scan.columns, history)
                found.by_node[one.node][history] += read
    return found


def billed_at_least(sent: Iterable[Sent]) -> str:
    """What the statements of a refresh are billed however small the tables are, in words: a table is billed once a statement."""
    tables = [read for one in sent if (read := len({scan.table for scan in one.statement.scans}))]
    gib = sum(tables) * LEAST_BILLED / 1024**3
    return f"{len(tables):,} statements read {sum(tables):,} tables: at least {gib:.1f} GiB are billed"
