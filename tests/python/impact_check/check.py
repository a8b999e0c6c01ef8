"""Panels through the impact models: how often the interval holds the planted effect, how often nothing is called something."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from project_copy import copy_of_the_project

from impact_check.panels import Panel, draw, write
from signalhouse.build import build
from signalhouse.progress import silent
from signalhouse.settings import Settings

WHAT_MUST_HOLD = {"coverage": (0.935, 0.965), "false_alarms": (0.0, 0.065), "power": (0.90, 1.0)}


@dataclass(frozen=True)
class Checked:
    """What came of the panels. `rows` has a row per panel: its planted effect and what the mart says of it."""

    panels: list[Panel]
    rows: pd.DataFrame
    settings: Settings

    def figures(self) -> dict[str, float | int]:
        """Shares over all panels (coverage), those without an effect (false alarms) and those that lost 30 % (power).

        A panel with too few accounts to say anything covers nothing and finds nothing.
        """
        rows = self.rows
        none, lost = rows[rows.planted == 0], rows[rows.planted == -0.3]
        return {
            "panels": len(rows),
            "coverage": share(rows.relative_low.le(rows.planted) & rows.relative_high.ge(rows.planted)),
            "coverage_absolute": share(rows.effect_low.le(rows.true_effect) & rows.effect_high.ge(rows.true_effect)),
            "false_alarms": share(none.verdict.isin(["loss", "gain"])),
            "pre_trends_failed": share(rows.is_pre_trend_failed.fillna(False)),
            "power": share(lost.verdict == "loss"),
            "not_enough_data": share(rows.verdict == "not enough data"),
        }


def share(found: pd.Series) -> float:
    return round(float(found.mean()), 4)


def check(folder: Path, panels: int, seed: int) -> Checked:
    # no export is read, so no source but one is on: dbt then reads half of the models
    project = copy_of_the_project(folder / "project", ["generic"])
    settings = Settings.resolve(work=folder / "work", serve=folder / "serve", landing=str(folder), project=project)
    settings.work.mkdir(parents=True)
    with duckdb.connect(str(settings.landing_db)) as connection:
        connection.execute("create schema ops")
        # The log of what was built says with which batch, and forgets what a release holds.
        connection.execute("create table ops.batch as select 1 as batch_id")
        connection.execute("create table ops.release as select 0 as published_batch")
    drawn = [draw(number, seed) for number in range(panels)]
    write(settings.warehouse_db, drawn)
    build(
        settings,
        select=["core.impact", "marts.impact"],
        exclude=["account_session_day"],
        data_tests=False,
        progress=silent,
    )
    with duckdb.connect() as connection:
        connection.execute(f"attach '{settings.warehouse_db}' as house (read_only)")
        connection.execute(f"attach '{settings.marts_db}' as marts (read_only)")
        rows = connection.execute("""
            select * from marts.mart.incident_adoption
            where outcome = 'feature_use' and is_verdict_cell order by incident_id::int""").df()
        picked = connection.execute("""
            select feature::int as panel, split_part(account_id, '-', 2)::int as account, plan_tier, use_quartile, is_exposed
            from house.core.bridge_intervention_account where days_shifted = 0 order by panel, account""").df()
    rows["planted"] = [panel.effect for panel in drawn]
    rows["true_effect"] = true_effects(drawn, picked)
    return Checked(drawn, rows, settings)


def true_effects(drawn: list[Panel], picked: pd.DataFrame) -> list[float]:
    """What the matched exposed accounts of each panel lost in uses a day. Who is exposed must be who was treated."""
    found = []
    for number, rows in picked.groupby("panel"):
        panel = drawn[int(number)]
        assert list(rows.account[rows.is_exposed]) == list(np.nonzero(panel.exposed)[0]), f"exposed in panel {number}"
        sides = rows.groupby(["plan_tier", "use_quartile"]).is_exposed.agg(["sum", "size"])
        matched = sides[(sides["sum"] >= 2) & (sides["size"] - sides["sum"] >= 2)].index
        is_matched = rows.set_index(["plan_tier", "use_quartile"]).index.isin(matched)
        compared = rows.account[is_matched & rows.is_exposed.to_numpy()]
        found.append(panel.effect * float(panel.true_after[compared].mean()))
    assert len(found) == len(drawn), "a panel without anybody to compare"
    return found
