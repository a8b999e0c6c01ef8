"""The demo company on both engines. BigQuery's emulator builds what comes first and then refreshes three times; then one object
changes, and only what stands after it is built. After the first build, the last refresh and that, every table is compared with what
DuckDB makes of the same folder in one build."""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from signalhouse.demo import write_demo
from signalhouse.demo.params import VENDORS

from .comparison import Parity, compare
from .emulator import crucible, require_listening
from .house import House

ACCOUNTS, DAYS = 24, 75
REFRESHES = 3
# Of the files, how many come with the first build, and how many come first cut short, to be put right by the last refresh.
AT_ONCE, CUT_SHORT = 0.7, 0.1
TICKETS = "zendesk/tickets/*"

# Tables in which this company has no row on either engine, and why: what equals nothing was not compared.
NOT_EXPORTED = "the demo company exports no such object: that its statements are valid is known, their values are not"
EMPTY = {
    "core.fct_full_page": "no page of this company's size is full",
    "core.fct_stale_partition": "empty when all is well",
    **dict.fromkeys(
        (
            *("raw.raw_datadog__incidents_search", "raw.raw_datadog__slo", "raw.raw_datadog__slo_reports"),
            *("raw.raw_delighted__bounces", "raw.raw_delighted__unsubscribes", "raw.raw_zendesk__ticket_comments"),
            *("raw.raw_stripe__coupons", "raw.raw_stripe__disputes", "raw.raw_stripe__plans"),
            *(
                "raw.raw_stripe__invoice_line_items",
                "raw.raw_stripe__invoice_payments",
                "raw.raw_stripe__subscription_items",
            ),
        ),
        NOT_EXPORTED,
    ),
}

Say = Callable[[str], None]


@dataclass
class Outcome:
    """What was compared, what differs, and what could not be executed; `filled` are the tables that held a row in some comparison."""

    tables: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)
    cells: int = 0
    differing: list[str] = field(default_factory=list)
    not_executed: list[str] = field(default_factory=list)

    @property
    def empty(self) -> list[str]:
        """Tables that were equal because there was nothing in them."""
        return sorted(self.tables - self.filled)

    @property
    def empty_without_reason(self) -> list[str]:
        """What is wrong about empty tables: one that should hold rows, or a reason that none needs."""
        unexpected = [f"{name} was compared empty" for name in self.empty if name not in EMPTY]
        return unexpected + [
            f"{name} has a reason to be empty, and is not" for name in sorted(EMPTY.keys() & self.filled)
        ]

    def add(self, when: str, found: Parity) -> None:
        """Another comparison of all tables."""
        self.tables |= set(found.tables)
        self.filled |= set(found.tables) - set(found.empty)
        self.cells += found.cells
        self.differing += [f"{when}: {line}" for line in found.differences]
        self.not_executed += [f"{when}: {name} was not built" for name in found.missing]


def run(folder: Path | None = None, *, seed: int = 1, say: Say | None = None) -> dict[str, Any]:
    """`differences` is the number of tables that differ, over all comparisons; `differing` and `not_executed` say which, and how.

    Raises EmulatorMissing when there is no emulator to run on.
    """
    say = say or (lambda text: print(text, file=sys.stderr, flush=True))
    with tempfile.TemporaryDirectory() as made:
        outcome = _run(folder or Path(made), random.Random(seed), say)
    return {
        "tables_compared": len(outcome.tables),
        "tables_empty": len(outcome.empty),
        "cells_compared": outcome.cells,
        "differences": len(outcome.differing),
        "differing": outcome.differing,
        "not_executed": [*outcome.not_executed, *outcome.empty_without_reason],
        "empty": outcome.empty,
    }


def _run(folder: Path, chance: random.Random, say: Say) -> Outcome:
    outcome = Outcome()
    company = folder / "company" / "landing"
    say("the demo company is written")
    write_demo(company, accounts=ACCOUNTS, days=DAYS, sources=VENDORS)
    deliveries = _deliveries(company, chance)
    with crucible(folder) as emulator:
        house = House(folder / "house", emulator)
        for number, delivered in enumerate(deliveries):
            when = "first build" if number == 0 else f"refresh {number}"
            say(f"{when}: {len(delivered)} files")
            for path, content in delivered.items():
                target = house.landing / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            between = 0 < number < REFRESHES
            outcome.not_executed += [f"{when}: {line}" for line in house.refresh(only_carried_over=between)]
            if between:
                continue
            _compared(when, house, outcome, say)
        say("the same once more as a command: data tests, audit, publishing")
        everything, said = house.command(force=True)
        outcome.not_executed += [f"as a command: {line}" for line in said]
        say(f"a ticket is withdrawn: what stands after tickets is built, the rest of {everything} models stays")
        tickets = min(house.landing.glob(TICKETS))
        tickets.write_bytes(b"".join(tickets.read_bytes().splitlines(keepends=True)[:-1]))
        built, said = house.command(force=False)
        outcome.not_executed += [f"by selection: {line}" for line in said]
        if built >= everything:
            outcome.not_executed.append(f"by selection: {built} of {everything} models were built, none was left alone")
        _compared("by selection", house, outcome, say)
    return outcome


def _compared(when: str, house: House, outcome: Outcome, say: Say) -> None:
    say(f"{when}: DuckDB builds the same")
    work = house.rebuild()
    say(f"{when}: comparing")
    require_listening(house.emulator.endpoint)
    found = compare(work, house.emulator.client())
    for line in found.differences:
        say(f"  {line}")
    outcome.add(when, found)


def _deliveries(company: Path, chance: random.Random) -> list[dict[str, bytes]]:
    """What each landing brings: path below the landing folder -> content. Files come in no order of time, so that later ones bring
    late events, merges and corrections of what was built; some come cut short first."""
    found: list[dict[str, bytes]] = [{} for _ in range(REFRESHES + 1)]
    for file in sorted(path for path in company.rglob("*") if path.is_file()):
        path, content = file.relative_to(company).as_posix(), file.read_bytes()
        at = 0 if chance.random() < AT_ONCE else chance.randrange(1, REFRESHES + 1)
        if at < REFRESHES and chance.random() < CUT_SHORT:
            found[at][path] = content[: len(content) // 2]
            at = REFRESHES
        found[at][path] = content
    return found
