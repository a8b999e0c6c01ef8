"""What happens to the demo company that changes what its people do: three incidents and a release, and their true effects.

An account is exposed by habit: it used the feature in the hours of the intervention, on the same weekday, in at least two of the
four weeks that end 29 days before, ahead of all days that are compared. Accounts work office hours in one of three time zones (UTC 00-08, 08-16, 15-23), so an incident at 01:00 UTC
meets the accounts of the first and hardly any of the others. Who is not exposed is not touched.

    loss        30 % of the uses of the feature are missing on days +1 to +10
    none        nothing follows
    conversion  on days +1 to +10 people come back more often and do not get further: sessions rise by 3/7, uses stay as they were,
                so that uses per session, and the share of sessions with a use, fall by 30 % while no daily count of uses moves
    release     40 % more uses of the feature on days +1 to +30

Day 0 is the day of the intervention and is left alone. Days are counted back from the last complete day, which is fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True)
class Planted:
    """One intervention: `minutes` from `hour` (UTC) on the day `days_back` before the last one; `effect` lasts for `days`."""

    incident: str
    service: str
    feature: str
    days_back: int
    hour: int
    minutes: int
    kind: str
    effect: float
    days: int

    def started_at(self, last_day: date) -> datetime:
        """When it began (UTC, no zone)."""
        return datetime.combine(last_day - timedelta(days=self.days_back), time(self.hour))

    def ended_at(self, last_day: date) -> datetime:
        """When it was over (UTC, no zone)."""
        return self.started_at(last_day) + timedelta(minutes=self.minutes)


# With the last day on Tuesday 2026-06-30: 12 May, 19 May, 27 May, 20 May.
PLANTED = (
    Planted("planted-loss", "reports", "reports", 49, 1, 300, "loss", -0.30, 10),
    Planted("planted-none", "alerts", "alerts", 42, 9, 240, "none", 0.0, 10),
    Planted("planted-conversion", "billing", "billing", 34, 16, 300, "conversion", -0.30, 10),
    Planted("planted-release", "api", "api", 41, 9, 240, "release", 0.40, 30),
)
