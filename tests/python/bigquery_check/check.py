"""What `make bigquery-check` proves, part by part: the language, what a refresh reads, what it costs, and the values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from bigquery_cost.budget import FILE, Budget
from bigquery_cost.gate import partition_columns, partitioned_scans, required_filters, without_filter
from bigquery_cost.model import HISTORIES, Cost, Refresh, billed_at_least, cost
from bigquery_cost.sizes import Size, Table, sizes
from bigquery_language.first_days import NEWEST_DAY, PROJECT, TOUCHED_DAYS, Walk, a_refresh_with

ACCOUNTS, SHORT, LONG = 24, 60, 120  # the small company, and the two histories by which its growth is known
COUNTED = (
    *(
        "statements",
        "analysed_ok",
        "tables_compared",
        "tables_empty",
        "cells_compared",
        "differences",
        "scans",
        "scans_pruned",
    ),
    *(f"bytes_{days}d" for days in HISTORIES),
)

Say = Callable[[str], None]


@dataclass
class Report:
    """The figures, what is not clean, and why a figure is missing."""

    figures: dict[str, float | None] = field(default_factory=lambda: dict.fromkeys(COUNTED))
    missed: list[str] = field(default_factory=list)
    not_run: dict[str, str] = field(default_factory=dict)
    cost: Cost | None = None

    @property
    def is_clean(self) -> bool:
        """Everything was run, and nothing missed."""
        return not self.missed and not self.not_run

    def as_dict(self) -> dict[str, Any]:
        """The JSON object."""
        return {**self.figures, "not_run": self.not_run, "missed": self.missed}


def language(folder: Path, report: Report, project: Path, combinations: Sequence[Sequence[str]], say: Say) -> Walk:
    """Every statement of the warehouse's first days with all sources, of its conductor, and of builds with other sets of sources."""
    say("language: all sources")
    walk = Walk(folder / "all", project=project)
    say("language: landing, audit, publishing")
    walk.conduct(_conducted(project, walk))
    refused = [*walk.findings, *(f"not computed: {query}" for query in walk.warehouse.client.not_evaluated)]
    sent = walk.statements
    for sources in combinations:
        say(f"language: {', '.join(sources)} alone")
        other = Walk(folder / "-".join(sources), {"sources": list(sources)}, a_refresh_with(sources), project=project)
        sent += other.statements
        refused += [f"with {', '.join(sources)} alone: {line}" for line in other.findings]
    report.figures["statements"] = sent
    report.figures["analysed_ok"] = sent - len(refused)
    report.missed += refused
    return walk


def _conducted(project: Path, walk: Walk) -> Iterator[tuple[str, str]]:
    """What the command line sends itself; a project of models alone has nothing of it."""
    if not (project / "expectations").is_dir():
        return
    from bigquery_language.audit_sql import audit_statements
    from bigquery_language.conductor_sql import landing_statements, publishing_statements

    from signalhouse.landing.contract import known_vendors

    database = next(iter(walk.warehouse.client.tables))[0]
    marts = [node.alias for node in walk.warehouse.manifest.nodes.values() if node.path.startswith("marts/")]
    yield from audit_statements(project / "expectations", database)
    yield from publishing_statements(database, marts)
    yield from landing_statements(project, database, known_vendors(project))


def scans(walk: Walk, report: Report, budget: Budget) -> None:
    """The gate: a refresh names the days of what it reads, and nothing reads a table that requires a filter without one."""
    found = list(partitioned_scans(walk.refresh, partition_columns(walk.warehouse.manifest)))
    report.figures["scans"] = len(found)
    report.figures["scans_pruned"] = sum(scan.is_pruned for scan in found)
    whole = sum(not scan.is_pruned for scan in found)
    report.missed += budget.unpruned(found)
    report.missed += without_filter(walk.warehouse.client.sent, required_filters(walk.warehouse.manifest))
    if whole:
        report.missed.append(
            f"{whole} of {len(found)} scans of partitioned tables prune nothing: {FILE.name} says which and why"
        )


def bytes_read(walk: Walk, grown: dict[Table, Size], report: Report, budget: Budget) -> None:
    """The byte model: what a refresh of one day reads, at three lengths of history."""
    partitions = partition_columns(walk.warehouse.manifest)
    report.cost = cost(walk.refresh, grown, partitions, Refresh(NEWEST_DAY, TOUCHED_DAYS))
    for days in HISTORIES:
        report.figures[f"bytes_{days}d"] = round(report.cost.total(days))
    report.missed += [f"no size is known of {table}" for table in sorted(report.cost.unknown)]
    report.missed += budget.exceeded(report.cost)


def company(folder: Path, partitions: dict[Table, str], say: Say) -> dict[Table, Size]:
    """The growth of every table, from the demo company built over a short and a long history."""
    from signalhouse.build import build
    from signalhouse.demo import write_demo
    from signalhouse.demo.params import VENDORS
    from signalhouse.landing import land
    from signalhouse.progress import silent
    from signalhouse.settings import Settings

    for days in (SHORT, LONG):
        say(f"bytes: the company over {days} days")
        home = folder / str(days)
        truth = write_demo(home / "landing", accounts=ACCOUNTS, days=days, sources=VENDORS)
        settings = Settings.resolve(
            landing=str(home / "landing"), work=home / "work", serve=home / "serve", as_of=truth.as_of, project=PROJECT
        )
        land(settings, silent)
        build(settings, data_tests=False, progress=silent)
    return sizes(folder / str(SHORT) / "work", SHORT, folder / str(LONG) / "work", LONG, partitions)


def parity(report: Report, say: Say) -> None:
    """DuckDB against the emulator, value by value, over a full build and three refreshes."""
    from bigquery_parity.emulator import EmulatorMissing
    from bigquery_parity.parity import run

    say("parity")
    try:
        compared = run(say=say)
    except EmulatorMissing as error:
        report.not_run["parity"] = str(error)
        return
    for name in ("tables_compared", "tables_empty", "cells_compared", "differences"):
        report.figures[name] = compared[name]
    report.missed += [f"parity: {line}" for line in (*compared["differing"], *compared["not_executed"])]


def sources_alone(project: Path = PROJECT) -> list[list[str]]:
    """Each source by itself."""
    return [[source] for source in _variables(project)["sources"]]


def sets_of_sources(project: Path = PROJECT) -> list[list[str]]:
    """The fewest sources alone with which every entity is delivered by nobody at least once.

    Which sources are on changes a statement by its lists alone: mappings of an entity, logs of events and of services, raw objects, each
    source one part that is cast and tested by itself, so that all parts joined is one build and no pair of sources says what neither of
    the two says alone or all together. What is left is each part by itself, which `sources_alone` has (a slow test, or EACH=1), and a list
    without any part, which these have.
    """
    said = _variables(project)
    seen_without: set[str] = set()
    chosen = []
    while len(seen_without) < len(said["mappings"]):
        without = {
            source: {entity for entity, vendors in said["mappings"].items() if source not in vendors} - seen_without
            for source in said["sources"]
        }
        best = max(said["sources"], key=lambda source: len(without[source]))
        chosen.append([best])
        seen_without |= without[best]
    return chosen


def _variables(project: Path) -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load((project / "vars.yml").read_text())["vars"]
    return said


def check(folder: Path, say: Say, *, each_source: bool = False) -> Report:
    """All of it; `each_source` builds with each source alone, which takes half an hour more."""
    report, budget = Report(), Budget.read()
    walk = language(folder / "language", report, PROJECT, sources_alone() if each_source else sets_of_sources(), say)
    scans(walk, report, budget)
    partitions = {name[1:]: column for name, column in partition_columns(walk.warehouse.manifest).items()}
    bytes_read(walk, company(folder / "company", partitions, say), report, budget)
    say(f"bytes: {billed_at_least(walk.refresh)}")
    parity(report, say)
    return report
