"""What the demo company's incidents and its release did to what people do: in the plan, counted by hand, and as the warehouse finds it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signalhouse import ops
from signalhouse.build import build
from signalhouse.demo import DemoParams, DemoTruth, write_demo
from signalhouse.demo.definitions import TRACKING_PLAN
from signalhouse.demo.plan import make_plan
from signalhouse.demo.plan_impact import PLANTED, Planted
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.settings import Settings

PROJECT = Path(__file__).parents[2]
FEATURES = {(source, event): feature for source, event, _, _, feature in TRACKING_PLAN if feature}
HALF_AN_HOUR = timedelta(minutes=30)
Act = tuple[str, str, str, datetime]  # actor, account, feature or "", time


@pytest.fixture(scope="module")
def plan() -> tuple[DemoParams, list[Act], dict[str, set[str]]]:
    """Acts of customers in the order of time, and who is exposed to what."""
    params = DemoParams(accounts=60, days=150)
    with duckdb.connect() as con:
        make_plan(con, params)
        rows = con.execute(
            """select source, event_name, actor_id, account_id, occurred_at from event
            where not is_internal and account_id is not null order by occurred_at, event_key"""
        ).fetchall()
        exposed: dict[str, set[str]] = defaultdict(set)
        for incident, account in con.execute("select incident, account_id from exposed").fetchall():
            exposed[incident].add(account)
    acts = [
        (f"{source}:{actor}", account, FEATURES.get((source, name), ""), at)
        for source, name, actor, account, at in rows
    ]
    return params, acts, exposed


def uses(acts: list[Act], feature: str, accounts: set[str], day_zero: date, first: int, last: int) -> int:
    return sum(f == feature and a in accounts and first <= (at.date() - day_zero).days <= last for _, a, f, at in acts)


def sessions(acts: list[Act], accounts: set[str], day_zero: date, first: int, last: int) -> int:
    """Of one actor, with gaps of at most half an hour, on the day they began."""
    before: dict[str, datetime] = {}
    found = 0
    for actor, account, _, at in acts:
        begins = actor not in before or at - before[actor] > HALF_AN_HOUR
        before[actor] = at
        found += begins and account in accounts and first <= (at.date() - day_zero).days <= last
    return found


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: one.incident)
def test_who_is_exposed_used_the_feature_in_those_hours(planted: Planted, plan: Any) -> None:
    params, acts, exposed = plan
    day = planted.started_at(params.last_day).date()
    hours = (time(planted.hour), time(planted.hour + planted.minutes // 60))
    weeks: dict[str, set[int]] = defaultdict(set)
    eligible: Counter[str] = Counter()
    for _, account, feature, at in acts:
        back = (day - at.date()).days
        if feature == planted.feature and 29 <= back <= 56:
            eligible[account] += 1
            if back % 7 == 0 and hours[0] <= at.time() < hours[1]:
                weeks[account].add(back)
    assert exposed[planted.incident] == {account for account, seen in weeks.items() if len(seen) >= 2}
    assert 5 <= len(exposed[planted.incident]) <= len(eligible) - 20


def test_each_effect_is_as_large_as_it_should_be(plan: Any) -> None:
    """Against the three weeks before, which do not know of it; by chance alone these sums move by some 15 %."""
    params, acts, exposed = plan
    for planted in PLANTED:
        day, accounts = planted.started_at(params.last_day).date(), exposed[planted.incident]
        if planted.kind == "conversion":
            before = uses(acts, planted.feature, accounts, day, -21, -1) / sessions(acts, accounts, day, -21, -1)
            after = uses(acts, planted.feature, accounts, day, 1, 10) / sessions(acts, accounts, day, 1, 10)
            assert after / before == pytest.approx(0.70, abs=0.15)
        days = planted.days if planted.days == 10 else 28
        before = uses(acts, planted.feature, accounts, day, -21, -1) / 21
        after = uses(acts, planted.feature, accounts, day, 1, days) / days
        expected = {"loss": 0.70, "none": 1.0, "conversion": 1.0, "release": 1.40}[planted.kind]
        assert after / before == pytest.approx(expected, abs=0.25), planted.incident


# --- through the warehouse ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DemoTruth, duckdb.DuckDBPyConnection]]:
    """The company of `make demo`, landed and built as far as the effects need it."""
    folder = tmp_path_factory.mktemp("effects")
    truth = write_demo(folder / "landing")
    settings = Settings.resolve(
        landing=str(folder / "landing"),
        work=folder / "work",
        serve=folder / "serve",
        as_of=date.fromisoformat(truth.as_of),
        project=PROJECT,
    )
    land(settings, silent)
    ops.set_as_of(settings)
    build(settings, select=["+incident_adoption", "+release_adoption"], data_tests=False, progress=silent)
    with duckdb.connect(str(settings.warehouse_db), read_only=True) as con:
        con.execute(f"attach '{settings.marts_db}' as marts (read_only)")
        yield truth, con


def cells(con: duckdb.DuckDBPyConnection, planted: Planted, last_day: date, outcome: str) -> dict[int, dict[str, Any]]:
    """Rows of the mart by horizon."""
    mart, day = (
        ("release_adoption", "released_on") if planted.kind == "release" else ("incident_adoption", "incident_date")
    )
    result = con.execute(
        f"select * from marts.mart.{mart} where feature = $1 and outcome = $2 and {day} = $3",
        [planted.feature, outcome, planted.started_at(last_day).date()],
    )
    names = [column[0] for column in result.description or []]
    return {row["horizon_days"]: row for row in (dict(zip(names, one, strict=True)) for one in result.fetchall())}


BY_KIND = {planted.kind: planted for planted in PLANTED}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "outcome", "verdict"),
    [
        ("loss", "feature_use", "loss"),
        ("none", "feature_use", "no effect shown"),
        ("none", "conversion", "no effect shown"),
        ("conversion", "conversion", "loss"),
        ("conversion", "feature_use", "no effect shown"),
        ("release", "feature_use", "gain"),
    ],
)
def test_the_planted_effect_is_found_within_its_interval(house: Any, kind: str, outcome: str, verdict: str) -> None:
    truth, con = house
    planted = BY_KIND[kind]
    rows = cells(con, planted, date.fromisoformat(truth.as_of), outcome)
    assert set(rows) == {1, 7, 14, 30}
    assert rows[7]["verdict"] == verdict
    for true in (row for row in truth.effects if row["incident"] == planted.incident):
        row = rows[true["horizon"]]
        assert row["exposed_accounts"] == true["exposed_accounts"]
        if outcome == "feature_use":
            effect = (true["uses"] - true["uses_without"]) / (true["exposed_accounts"] * true["horizon"])
        else:
            effect = float(true["uses_per_session"]) - float(true["uses_per_session_without"])
        if true["horizon"] == 7:
            assert row["effect_low"] <= effect <= row["effect_high"], (true, row)
            assert min(row["matched_exposed"], row["matched_control"]) >= 30


@pytest.mark.slow
def test_the_warehouse_exposes_whom_the_plan_exposes(house: Any) -> None:
    truth, con = house
    for planted in PLANTED:
        found = con.execute(
            """select account_id from core.bridge_intervention_account
            where is_exposed and days_shifted = 0 and feature = $1 and day_zero = $2 order by account_id""",
            [planted.feature, planted.started_at(date.fromisoformat(truth.as_of)).date()],
        ).fetchall()
        assert [account for (account,) in found] == [
            row["account_id"] for row in truth.exposed if row["incident"] == planted.incident
        ]
