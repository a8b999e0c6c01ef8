"""Retention and feature adoption of a small demo company equal a count by hand over the plan, day by day and person by person.

The plan knows no dirt and no SQL of the warehouse; here every window is walked day by day, where the marts look once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import pytest

from signalhouse import ops
from signalhouse.build import build
from signalhouse.demo import DemoParams, write_demo
from signalhouse.demo.definitions import TRACKING_PLAN
from signalhouse.demo.plan import make_plan
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.settings import Settings

PROJECT = Path(__file__).parents[2]
ACCOUNTS, DAYS, SEED = 24, 150, 7
SOURCES = ("generic", "mixpanel")
# Ten days before the company's last: what came later has landed and must not be seen.
AS_OF = date(2026, 6, 20)
# As in vars.yml: measure, first and last day of the window.
RETENTION_DAYS = (1, 3, 7, 14, 30, 60, 90)
WINDOWS = [
    *(("bounded", day, day) for day in RETENTION_DAYS),
    *(("unbounded", day, day + 90) for day in RETENTION_DAYS),
    *(("bracket", *days) for days in ((1, 7), (8, 14), (15, 21), (22, 28), (29, 56), (57, 84))),
]
Unit = tuple[str, Any]


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("adoption")
    write_demo(folder / "landing", accounts=ACCOUNTS, days=DAYS, seed=SEED, sources=SOURCES)
    settings = Settings.resolve(
        landing=str(folder / "landing"), work=folder / "work", serve=folder / "serve", as_of=AS_OF, project=PROJECT
    )
    land(settings, silent)
    ops.set_as_of(settings)
    build(settings, select=["+retention_by_cohort", "+feature_adoption_weekly"], data_tests=False, progress=silent)
    with duckdb.connect(str(settings.marts_db), read_only=True) as connection:
        yield connection


class Plan:
    """Who was active, and who used what, on which day up to AS_OF; persons and accounts alike, staff and monitors left out."""

    def __init__(self) -> None:
        self.signed_up: dict[Unit, date] = {}
        self.active: dict[Unit, set[date]] = defaultdict(set)
        self.uses: dict[tuple[Unit, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
        told = {(source, event): (is_value, feature) for source, event, _, is_value, feature in TRACKING_PLAN}
        with duckdb.connect() as con:
            make_plan(con, DemoParams(accounts=ACCOUNTS, days=DAYS, seed=SEED, sources=SOURCES))
            people = con.execute(
                "select u, account_id, signed_up_at::date from person where not is_internal and signed_up_at::date <= $1",
                [AS_OF],
            ).fetchall()
            events = con.execute(
                """select source, event_name, coalesce(u::varchar, actor_id), account_id, occurred_at::date, count(*) from event
                where not is_internal and occurred_at::date <= $1 and list_contains($2, source) group by all""",
                [AS_OF, list(SOURCES)],
            ).fetchall()
            # History begins with the first event of anybody, staff too.
            self.first_day_of_events = min(
                day for (day,) in con.execute("select min(occurred_at)::date from event").fetchall()
            )
        for u, account, day in people:
            for unit in (("person", str(u)), ("account", account)):
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
        self.first_day = min(min(days) for days in self.active.values())
        self.features = {feature for _, feature in self.uses}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan()


def cohort(grain: str, day: date) -> tuple[date, date]:
    """First and last day of the day, week or month."""
    if grain == "day":
        return day, day
    if grain == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    next_month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day.replace(day=1), next_month - timedelta(days=1)


def days_of(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_retention_equals_a_walk_over_every_day(marts: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    starts = [("sign_up", unit, day) for unit, day in plan.signed_up.items()]
    starts += [(f"feature:{feature}", unit, min(days)) for (unit, feature), days in plan.uses.items()]
    members: dict[tuple[Any, ...], list[tuple[Unit, date]]] = defaultdict(list)
    for cohort_of, unit, day in starts:
        for grain in ("day", "week", "month"):
            members[unit[0], cohort_of, grain, *cohort(grain, day)].append((unit, day))
    expected = []
    for (kind, cohort_of, grain, first, last), started in members.items():
        oldest = min(day for _, day in started)
        for measure, a, b in WINDOWS:
            if not plan.first_day <= oldest + timedelta(days=a) <= AS_OF:
                continue
            retained = sum(
                any(day in plan.active[unit] for day in days_of(start + timedelta(days=a), start + timedelta(days=b)))
                for unit, start in started
            )
            is_mature = last + timedelta(days=b) <= AS_OF
            expected.append((kind, cohort_of, grain, first, measure, a, b, len(started), retained, is_mature))
    found = marts.execute(
        """select unit, cohort_of, cohort_grain, cohort_start, measure, from_day, to_day, members, retained, is_mature
        from mart.retention_by_cohort order by all"""
    ).fetchall()
    assert found == sorted(expected)
    assert len(plan.features) == 7
    assert {row[4] for row in found if row[9]} == {"bounded", "unbounded", "bracket"}, (
        "the data must hold what is tested"
    )
    assert any(0 < row[8] < row[7] for row in found if row[4] == "unbounded")


def test_adoption_equals_a_count_over_every_week(marts: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    expected = []
    for feature in plan.features:
        used = {unit: days for (unit, name), days in plan.uses.items() if name == feature}
        firsts = {unit: min(days) for unit, days in used.items()}
        for kind in ("person", "account"):
            for monday in days_of(cohort("week", min(firsts.values()))[0], AS_OF)[::7]:
                week = days_of(monday, monday + timedelta(days=6))
                active = {unit for unit, days in plan.active.items() if unit[0] == kind and not days.isdisjoint(week)}
                users = {unit for unit, days in used.items() if unit[0] == kind and not days.keys().isdisjoint(week)}
                new = [unit for unit in users if firsts[unit] in week]
                again = [unit for unit in new if any(0 < (day - firsts[unit]).days <= 28 for day in used[unit])]
                waited = [
                    (firsts[unit] - plan.signed_up[unit]).days
                    for unit in new
                    if unit in plan.signed_up and plan.first_day_of_events <= plan.signed_up[unit] <= firsts[unit]
                ]
                expected.append(
                    (
                        kind, feature, monday, len(active), len(users), len(users & active),
                        sum(used[unit].get(day, 0) for unit in users for day in week),
                        sum(day in used[unit] for unit in users for day in week),
                        len(new), sum(unit[0] == kind and day <= week[-1] for unit, day in firsts.items()), len(again),
                        len(waited), float(median(waited)) if waited else None,
                        week[-1] <= AS_OF, week[-1] + timedelta(days=28) <= AS_OF,
                    )
                )  # fmt: skip
    found = marts.execute(
        """select unit, feature, week_start, active_units, feature_users, active_feature_users, use_count, days_used, new_adopters,
            cumulative_adopters, repeat_adopters, adopters_with_start, median_days_to_first_use, is_mature, is_repeat_mature
        from mart.feature_adoption_weekly order by unit, feature, week_start"""
    ).fetchall()
    assert found == sorted(expected, key=lambda row: row[:3])
    assert any(0 < row[10] < row[8] for row in found), "the data must hold what is tested"


def test_rates_are_their_parts(marts: duckdb.DuckDBPyConnection) -> None:
    assert marts.execute(
        """select count(*) filter (where adoption_rate is distinct from active_feature_users / nullif(active_units, 0)
                or uses_per_user is distinct from use_count / nullif(feature_users, 0)
                or days_used_per_user is distinct from days_used / nullif(feature_users, 0)
                or repeat_rate is distinct from repeat_adopters / nullif(new_adopters, 0))
        from mart.feature_adoption_weekly"""
    ).fetchone() == (0,)
    assert marts.execute(
        "select count(*) filter (where retention_rate is distinct from retained / members) from mart.retention_by_cohort"
    ).fetchone() == (0,)
