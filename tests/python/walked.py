"""Retention and feature adoption of a demo company, walked day by day and person by person over its plan.

The plan knows no dirt and no SQL of the warehouse; here every window is walked through, where the marts look once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any

import duckdb

from signalhouse.demo import DemoParams
from signalhouse.demo.definitions import TRACKING_PLAN
from signalhouse.demo.plan import make_plan

# As in vars.yml: measure, first and last day of the window.
RETENTION_DAYS = (1, 3, 7, 14, 30, 60, 90)
BRACKETS = ((1, 7), (8, 14), (15, 21), (22, 28), (29, 56), (57, 84))
WINDOWS = [
    *(("bounded", day, day) for day in RETENTION_DAYS),
    *(("unbounded", day, day + 90) for day in RETENTION_DAYS),
    *(("bracket", *days) for days in BRACKETS),
]
REPEAT_DAYS = 28
Unit = tuple[str, str]
Row = tuple[Any, ...]


class Walk:
    """Who signed up, was active and used what on which day up to `as_of`; persons and accounts alike, staff and monitors left out."""

    def __init__(self, accounts: int, days: int, seed: int, sources: Sequence[str], as_of: date) -> None:
        self.as_of = as_of
        self.signed_up: dict[Unit, date] = {}
        self.active: dict[Unit, set[date]] = defaultdict(set)
        self.uses: dict[tuple[Unit, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
        told = {(source, event): (is_value, feature) for source, event, _, is_value, feature in TRACKING_PLAN}
        with duckdb.connect() as con:
            make_plan(con, DemoParams(accounts=accounts, days=days, seed=seed, sources=tuple(sources)))
            people = con.execute(
                "select u, account_id, signed_up_at::date from person where not is_internal and signed_up_at::date <= $1",
                [as_of],
            ).fetchall()
            events = con.execute(
                """select source, event_name, coalesce('u' || event.u, event.actor_id), coalesce(event.account_id, person.account_id),
                    occurred_at::date, count(*)
                from event left join person on event.u = person.u
                where not event.is_internal and occurred_at::date <= $1 group by all""",
                [as_of],
            ).fetchall()
            # History begins with the first event of anybody, staff too.
            [(self.first_day_of_events,)] = con.execute("select min(occurred_at)::date from event").fetchall()
        for u, account, day in people:
            for unit in (("person", f"u{u}"), ("account", account)):
                self.signed_up[unit] = min(day, self.signed_up.get(unit, day))
        for source, event, person, account, day, times in events:
            is_value, feature = told.get((source, event), (False, ""))
            for unit in (("person", person), ("account", account)):
                if unit[1] is None:
                    continue
                if is_value:
                    self.active[unit].add(day)
                if feature:
                    self.uses[unit, feature][day] += times
        self.first_active_day = min(min(days) for days in self.active.values())

    def retention(self) -> list[Row]:
        """unit, cohort_of, cohort_grain, cohort_start, measure, from_day, to_day, members, retained, is_mature; sorted."""
        starts = [("sign_up", unit, day) for unit, day in self.signed_up.items()]
        starts += [(f"feature:{feature}", unit, min(days)) for (unit, feature), days in self.uses.items()]
        members: dict[Row, list[tuple[Unit, date]]] = defaultdict(list)
        for cohort_of, unit, day in starts:
            for grain in ("day", "week", "month"):
                members[unit[0], cohort_of, grain, *period(grain, day)].append((unit, day))
        found = []
        for (kind, cohort_of, grain, first, last), started in members.items():
            oldest = min(day for _, day in started)
            for measure, a, b in WINDOWS:
                if self.first_active_day <= after(oldest, a) <= self.as_of:
                    retained = sum(self._is_active(unit, after(day, a), after(day, b)) for unit, day in started)
                    is_mature = after(last, b) <= self.as_of
                    found.append((kind, cohort_of, grain, first, measure, a, b, len(started), retained, is_mature))
        return sorted(found)

    def _is_active(self, unit: Unit, first: date, last: date) -> bool:
        active = self.active.get(unit, set())
        return any(day in active for day in days_of(first, min(last, self.as_of)))

    def adoption(self) -> list[Row]:
        """unit, feature, week_start, active_units, feature_users, active_feature_users, use_count, days_used, new_adopters,
        cumulative_adopters, repeat_adopters, adopters_with_start, median_days_to_first_use, is_mature, is_repeat_mature; sorted."""
        found = []
        for feature in {feature for _, feature in self.uses}:
            used = {unit: days for (unit, name), days in self.uses.items() if name == feature}
            first = {unit: min(days) for unit, days in used.items()}
            for monday in days_of(period("week", min(first.values()))[0], self.as_of)[::7]:
                week = set(days_of(monday, after(monday, 6)))
                for kind in ("person", "account"):
                    active = {unit for unit, days in self.active.items() if unit[0] == kind and days & week}
                    users = {unit for unit, days in used.items() if unit[0] == kind and days.keys() & week}
                    new = {unit for unit in users if first[unit] in week}
                    again = {
                        unit for unit in new if any(0 < (day - first[unit]).days <= REPEAT_DAYS for day in used[unit])
                    }
                    waited = [
                        (first[unit] - self.signed_up[unit]).days
                        for unit in new & self.signed_up.keys()
                        if self.first_day_of_events <= self.signed_up[unit] <= first[unit]
                    ]
                    found.append(
                        (
                            kind, feature, monday, len(active), len(users), len(users & active),
                            sum(used[unit].get(day, 0) for unit in users for day in week),
                            sum(day in used[unit] for unit in users for day in week),
                            len(new), sum(unit[0] == kind and day <= max(week) for unit, day in first.items()), len(again),
                            len(waited), float(median(waited)) if waited else None,
                            max(week) <= self.as_of, after(max(week), REPEAT_DAYS) <= self.as_of,
                        )
                    )  # fmt: skip
        return sorted(found, key=lambda row: row[:3])


def period(grain: str, day: date) -> tuple[date, date]:
    """First and last day of the day, ISO week or month."""
    if grain == "day":
        return day, day
    if grain == "week":
        monday = after(day, -day.weekday())
        return monday, after(monday, 6)
    next_month = after(day.replace(day=1), 32).replace(day=1)
    return day.replace(day=1), after(next_month, -1)


def after(day: date, days: int) -> date:
    """The day so many days later."""
    return day + timedelta(days=days)


def days_of(first: date, last: date) -> list[date]:
    """All days from the first to the last."""
    return [after(first, n) for n in range((last - first).days + 1)]
