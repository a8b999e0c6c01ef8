"""What a demo company is drawn from: four numbers and a list of vendors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

LAST_DAY = date(2026, 6, 30)
VENDORS = (
    "generic",
    "fx",  # of the generic contract the rates of exchange alone, which no vendor exports
    "segment",
    "mixpanel",
    "amplitude",
    "stripe",
    "delighted",
    "datadog",
    "newrelic",
    "github",
    "zendesk",
    "intercom",
)
# The generic contract is for a company without a tool; this one has a tool for everything.
DEFAULT_SOURCES = tuple(vendor for vendor in VENDORS if vendor != "generic")
FIRST_OF_EACH_STORY = 20
PAST_DUE_GRACE_DAYS = 14


@dataclass(frozen=True)
class DemoParams:
    """The parameters everything else follows from.

    `days` is the number of complete days up to and including `last_day`; a few hours of the day after are
    exported too, because only a clock that has moved on proves that the last day is complete.
    """

    accounts: int = 300
    days: int = 240
    seed: int = 7
    sources: tuple[str, ...] = DEFAULT_SOURCES
    last_day: date = LAST_DAY

    def __post_init__(self) -> None:
        unknown = sorted(set(self.sources) - set(VENDORS))
        if unknown:
            raise ValueError(f"the demo knows {', '.join(VENDORS)}; not {', '.join(unknown)}")
        if self.accounts < FIRST_OF_EACH_STORY or self.days < 60:
            raise ValueError("a demo company needs at least 20 accounts (one of each story) and 60 days")

    @property
    def first_day(self) -> date:
        """The first complete day."""
        return self.last_day - timedelta(days=self.days - 1)

    @property
    def end(self) -> datetime:
        """The first moment after the last complete day (UTC, no zone)."""
        return datetime.combine(self.last_day + timedelta(days=1), time())

    @property
    def days_in_a_file(self) -> int:
        """How many days of a log a file holds: each file costs its time to land."""
        return 1 if self.days <= 120 else 7

    @property
    def month_ends(self) -> list[date]:
        """The last day of each month in the window; the last day itself closes the last month."""
        days = (self.first_day + timedelta(days=n) for n in range(self.days))
        ends = [day for day in days if (day + timedelta(days=1)).day == 1]
        return ends if ends and ends[-1] == self.last_day else [*ends, self.last_day]
