"""What a refresh may read on BigQuery, as budget.yml says it, and what exceeds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .gate import PartitionedScan
from .model import HISTORIES, Cost

FILE = Path(__file__).with_name("budget.yml")


@dataclass(frozen=True)
class WholeRead:
    """Scans that prune nothing, each a reader and the one table that it reads, and why."""

    reads: frozenset[tuple[str, str]]
    why: str

    @classmethod
    def said(cls, entry: Mapping[str, Any]) -> WholeRead:
        """One entry of the file: readers with their tables, or landing tables, which their own raw models read."""
        reads = [(reader, table) for reader, tables in entry.get("reads", {}).items() for table in tables]
        landed = [(vendor, name) for vendor, names in entry.get("landing", {}).items() for name in names]
        own = [(f"raw_{vendor}__{name}", f"{vendor}.{name}") for vendor, name in landed]
        return cls(frozenset([*reads, *own]), entry["why"])

    def covers(self, scan: PartitionedScan) -> bool:
        """Whether it is one of these."""
        return (scan.reader, scan.table) in self.reads


@dataclass(frozen=True)
class Budget:
    """The file's content."""

    growth_at_most: float
    bytes_at_most: Mapping[int, float]
    node_bytes_at_most: float
    read_whole: tuple[WholeRead, ...]

    @classmethod
    def read(cls, path: Path = FILE) -> Budget:
        """The budget in a file."""
        said: dict[str, Any] = yaml.safe_load(path.read_text())
        return cls(
            growth_at_most=said["growth_at_most"],
            bytes_at_most=said["bytes_at_most"],
            node_bytes_at_most=said["node_bytes_at_most"],
            read_whole=tuple(WholeRead.said(one) for one in said["read_whole"]),
        )

    def unpruned(self, scans: Iterable[PartitionedScan]) -> Iterator[str]:
        """Scans that prune nothing and that the budget does not know, and reasons that no scan needs any more."""
        whole = [scan for scan in scans if not scan.is_pruned]
        yield from sorted({str(scan) for scan in whole if not any(one.covers(scan) for one in self.read_whole)})
        needed = {(scan.reader, scan.table) for scan in whole}
        for reader, table in sorted(pair for one in self.read_whole for pair in one.reads - needed):
            yield f"budget.yml lets {reader} read {table} whole, which it does not"

    def exceeded(self, cost: Cost) -> Iterator[str]:
        """Where the byte model says more than the budget."""
        for days in HISTORIES:
            total, most = cost.total(days), self.bytes_at_most[days]
            if total > most:
                yield f"a refresh after {days} days reads {total:,.0f} bytes, at most {most:,.0f}"
        growth = cost.growth()
        if growth > self.growth_at_most:
            yield f"a day after {HISTORIES[-1]} days reads {growth:.2f} times a day after {HISTORIES[0]}, at most {self.growth_at_most}"
        for node, read in sorted(cost.by_node.items(), key=lambda pair: -pair[1][HISTORIES[-1]]):
            if read[HISTORIES[-1]] > self.node_bytes_at_most:
                yield f"{node} reads {read[HISTORIES[-1]]:,.0f} bytes after {HISTORIES[-1]} days, at most {self.node_bytes_at_most:,.0f}"
