"""No refresh reads a partitioned table whole: each scan names its days by constants, or stands in the budget with the reason why not.

And no statement at all reads a table that requires a filter on its partitions without one, or BigQuery would refuse it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bigquery_language.scans import Scan, TableName
from bigquery_language.stand_in import Sent

from .sizes import LOAD_TIME

TEMPORARY = "__dbt_tmp"  # holds the slice of one refresh and nothing else


@dataclass(frozen=True)
class PartitionedScan:
    """One reference to a partitioned table in a refresh."""

    reader: str  # the model that reads, or `tests` and `audit`
    sender: str  # dbt's name of the node, or the audit's of the rule
    table: str  # dataset and name
    columns: tuple[str, ...]
    is_pruned: bool

    def __str__(self) -> str:
        return f"{self.sender} reads {self.table} whole ({', '.join(self.columns) or 'no column'})"


def partition_columns(manifest: Any) -> dict[TableName, str]:
    """The column by which each table is partitioned: the models say it themselves, landing tables are by the moment of loading."""
    found: dict[TableName, str] = {
        (source.database, source.schema, source.identifier): LOAD_TIME
        for source in manifest.sources.values()
        if "class" in source.config.meta
    }
    for node in manifest.nodes.values():
        by = node.config.get("partition_by")
        if by:
            found[node.database, node.schema, node.alias] = by["field"]
    return found


def required_filters(manifest: Any) -> dict[TableName, str]:
    """The partition column of each table that no query may leave out: of landing tables, and of models whose config says so."""
    models = {
        (node.database, node.schema, node.alias)
        for node in manifest.nodes.values()
        if node.config.get("require_partition_filter")
    }
    landed = {(one.database, one.schema, one.identifier) for one in manifest.sources.values()}
    return {table: column for table, column in partition_columns(manifest).items() if table in models | landed}


def without_filter(sent: Iterable[Sent], required: Mapping[TableName, str]) -> Iterator[str]:
    """Scans that BigQuery would refuse, each once."""
    found = {
        f"{one.node or 'a statement'} reads {'.'.join(scan.table[1:])} without a condition on {required[scan.table]}"
        for one in sent
        for scan in one.statement.scans
        if scan.table in required and not scan.speaks_of(required[scan.table])
    }
    yield from sorted(found)


def partitioned_scans(sent: Iterable[Sent], partitions: Mapping[TableName, str]) -> Iterator[PartitionedScan]:
    """Every reference to a partitioned table, in the order of the statements."""
    for one in sent:
        for scan in one.statement.scans:
            if scan.table in partitions and not scan.table[-1].endswith(TEMPORARY):
                yield _judged(one, scan, partitions[scan.table])


def _judged(sent: Sent, scan: Scan, column: str) -> PartitionedScan:
    kind, *rest = sent.node.split(".")
    reader = {"test": "tests", "audit": "audit"}.get(kind, rest[-1] if rest else kind)
    return PartitionedScan(reader, sent.node, ".".join(scan.table[1:]), scan.columns, scan.days(column) is not None)
