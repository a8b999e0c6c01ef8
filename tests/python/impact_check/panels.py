"""Small companies with one incident each, drawn so that the true effect is known, as the tables that the impact models read.

An account has a rate of its own (a wide spread), weeks that are better or worse (so that neighbouring days are alike), days on which
nobody comes, and weekends; all accounts of a panel share a trend. Half of them work in the incident's hours and do part of their use
then, the others hardly ever. Who is exposed follows from the use that was drawn, by the definition. From day +1 on, exposed accounts
use the feature (1 + effect) times as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

DAY_ZERO = date(2026, 3, 2)
DAYS = np.arange(-56, 8)
HABIT_DAYS = (-56, -49, -42, -35)
EFFECTS = (0.0, -0.3, 0.0, -0.3, 0.0, -0.3, 0.0, -0.3, -0.15, 0.2)
TIERS = ("starter", "team", "business")


@dataclass(frozen=True)
class Panel:
    """`uses` is accounts x DAYS; `true_after` is what each account would use a day in days +1 to +7, on average, without the incident."""

    effect: float
    tiers: np.ndarray
    uses: np.ndarray
    habit_hours: np.ndarray
    exposed: np.ndarray
    true_after: np.ndarray


def draw(number: int, seed: int) -> Panel:
    random = np.random.default_rng([seed, number])
    effect = EFFECTS[number % len(EFFECTS)]
    accounts = int(random.integers(160, 241))
    tiers = random.integers(0, len(TIERS), accounts)
    rate = np.exp(random.uniform(np.log(3), np.log(8))) * random.gamma(2.5, 1 / 2.5, accounts) * (0.7 + 0.3 * tiers)
    week_of_day = (DAYS + 56) // 7
    weeks = random.gamma(25, 1 / 25, (accounts, week_of_day.max() + 1))[:, week_of_day]
    comes = random.random((accounts, len(DAYS))) < random.uniform(0.7, 0.97, accounts)[:, None]
    weekday = np.where((DAY_ZERO.weekday() + DAYS) % 7 >= 5, 0.4, 1.0)
    trend = np.exp(random.uniform(-0.004, 0.004) * DAYS)
    level = rate[:, None] * weekday * trend
    expected = level * weeks * comes
    share = np.where(random.random(accounts) < 0.5, random.uniform(0.2, 0.6, accounts), 0.01)
    before = random.poisson(expected)
    habit_columns = [int(day) + 56 for day in HABIT_DAYS]
    habit_hours = random.binomial(before[:, habit_columns], share[:, None])
    is_eligible = before[:, DAYS < -28].sum(axis=1) > 0
    exposed = is_eligible & ((habit_hours > 0).sum(axis=1) >= 2)
    after = DAYS > 0
    changed = np.where(after & exposed[:, None], 1 + effect, 1.0)
    uses = np.where(after, random.poisson(expected * changed), before)
    return Panel(effect, tiers, uses, habit_hours, exposed, expected[:, after].mean(axis=1))


def write(path: Path, panels: list[Panel]) -> None:
    """The tables of core that the impact models read, in a warehouse file of their own; panel n is incident and feature `n`."""
    day_rows, hour_rows, plan_rows = [], [], []
    for number, panel in enumerate(panels):
        account, column = np.nonzero(panel.uses)
        day_rows.append(
            pd.DataFrame(
                {"panel": number, "account": account, "nth_day": DAYS[column], "uses": panel.uses[account, column]}
            )
        )
        account, column = np.nonzero(panel.habit_hours)
        hour_rows.append(pd.DataFrame({"panel": number, "account": account, "nth_day": np.array(HABIT_DAYS)[column]}))
        plan_rows.append(
            pd.DataFrame({"panel": number, "account": range(len(panel.tiers)), "tier": np.array(TIERS)[panel.tiers]})
        )
    with duckdb.connect(str(path)) as connection:
        for name, rows in (("day_row", day_rows), ("hour_row", hour_rows), ("plan_row", plan_rows)):
            connection.register(name, pd.concat(rows, ignore_index=True))
        names = {"day_zero": f"date '{DAY_ZERO}'", "account_id": "printf('%d-%d', panel, account)"}
        connection.execute("create schema core")
        connection.execute(
            f"create table core.dim_as_of as select date '{DAY_ZERO + timedelta(days=7)}' as as_of, false as is_set_by_hand"
        )
        connection.execute(f"""
            create table core.fct_incident as
            select 'check' as source, panel::varchar as incident_id, 2::bigint as severity_level,
                {names["day_zero"]}::timestamp + interval 10 hour as started_at,
                {names["day_zero"]}::timestamp + interval 11 hour as harm_ended_at
            from range(0, {len(panels)}) as panels(panel)""")
        connection.execute(
            "create table core.bridge_incident_service as select source, incident_id, incident_id as service from core.fct_incident"
        )
        connection.execute(
            "create table core.service_features as select incident_id as service, incident_id as feature from core.fct_incident"
        )
        connection.execute(
            "create table core.feature_releases as select service, feature as version, feature from core.service_features where false"
        )
        connection.execute(
            "create table core.fct_deployment as select source, incident_id as deployment_id, incident_id as service, incident_id as version, "
            "started_at as finished_at, true as is_production, true as is_success, false as is_rollback from core.fct_incident where false"
        )
        connection.execute(f"""
            create table core.fct_account_feature_day as
            select {names["account_id"]} as account_id, panel::varchar as feature, ({names["day_zero"]} + nth_day::int)::date as event_date,
                uses::bigint as use_count, 1::bigint as active_persons
            from day_row""")
        connection.execute(f"""
            create table core.fct_account_feature_hour as
            select {names["account_id"]} as account_id, panel::varchar as feature, ({names["day_zero"]} + nth_day::int)::date as event_date,
                ({names["day_zero"]} + nth_day::int)::timestamp + interval 10 hour as hour_start, 1::bigint as use_count, 1::bigint as active_persons
            from hour_row""")
        connection.execute(f"""
            create table core.fct_subscription_period as
            select {names["account_id"]} as account_id, timestamp '2025-01-01' as valid_from, null::timestamp as valid_to,
                tier as plan_tier, 1::bigint as plan_tier_rank, 'active' as state
            from plan_row""")
        connection.execute(
            "create table core.account_session_day as "
            "select account_id, event_date as session_date, 1::bigint as session_count from core.fct_account_feature_day where false"
        )
