"""RavenStack, 500 accounts and 5,000 subscriptions that nobody here wrote, mapped to generic exports.

Its published MRR counts every subscription that touched a month; ours is of the month's end. The first must follow from the
subscription periods to the unit, the second equal a computation of its own. Its use of features was drawn without any driver, so an
incident made up on any day must not be found to have done anything, until something is taken away.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from project_copy import copy_of_the_project, with_vars
from published.ravenstack import LAST_DAY, read, write_exports
from published.world import DATASETS

from signalhouse import ops
from signalhouse.build import build
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.settings import Settings

# The first Monday of each quarter for which there is enough history; each incident lasts until Friday.
MADE_UP = pd.to_datetime(["2023-07-03", "2023-10-02", "2024-01-01", "2024-04-01", "2024-07-01", "2024-10-07"])
MONTHS = pd.period_range("2023-01", "2024-12", freq="M")

pytestmark = pytest.mark.skipif(
    not (DATASETS / "ravenstack").is_dir(), reason="the published data set is not here (../shared/datasets)"
)


def write_use_and_made_up_incidents(landing: Path) -> None:
    """All forty features as one, by the name of one of our own events, so that enough accounts use it. A use has a day and no hour."""
    folder = landing / "generic"
    for name in ("events", "incidents"):
        (folder / name).mkdir()
    accounts = read("subscriptions")[["subscription_id", "account_id"]]
    uses = read("feature_usage").merge(accounts, on="subscription_id")
    pd.DataFrame(
        {
            "event_id": range(len(uses)),
            "occurred_at": uses["usage_date"],
            "event_name": "invoice_downloaded",
            "user_id": uses["account_id"],
            "account_id": uses["account_id"],
        }
    ).to_csv(folder / "events" / "events.csv", index=False)
    pd.DataFrame(
        {
            "incident_id": [f"made up on {day}" for day in MADE_UP],
            "started_at": MADE_UP,
            "resolved_at": MADE_UP + pd.Timedelta(days=5),
            "severity": "sev2",
            "service": "billing",
        }
    ).to_csv(folder / "incidents" / "incidents.csv", index=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """RavenStack landed and built."""
    folder = tmp_path_factory.mktemp("ravenstack")
    write_exports(folder / "landing", ["accounts", "subscriptions"])
    write_use_and_made_up_incidents(folder / "landing")
    settings = Settings.resolve(
        landing=str(folder / "landing"),
        work=folder / "work",
        serve=folder / "serve",
        as_of=LAST_DAY,
        project=copy_of_the_project(folder / "project", ["generic"]),
    )
    report = land(settings, silent)
    assert report.records == {
        "generic/accounts": 500,
        "generic/subscriptions": 5000,
        "generic/events": 25000,
        "generic/incidents": len(MADE_UP),
    }
    ops.set_as_of(settings)
    build(
        settings,
        select=["+mrr_movements", "+churn_by_month", "+incident_adoption"],
        data_tests=False,
        progress=silent,
    )
    return settings


@pytest.fixture(scope="module")
def warehouse(built: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The two databases of the build, read only."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{built.warehouse_db}' as house (read_only)")
        connection.execute(f"attach '{built.marts_db}' as marts (read_only)")
        yield connection


@pytest.fixture(scope="module")
def month_ends() -> pd.DataFrame:
    """MRR of each account (row) at each month's end (column), straight from the file."""
    rows = read("subscriptions")
    start, end = pd.to_datetime(rows["start_date"]), pd.to_datetime(rows["end_date"])
    by_month = {}
    for month in MONTHS:
        last_day = month.end_time.normalize()
        holds = (start <= last_day) & (end.isna() | (end >= last_day))
        by_month[month] = rows[holds].groupby("account_id")["mrr_amount"].sum()
    return pd.DataFrame(by_month).fillna(0)


def test_published_mrr_follows_from_the_periods(warehouse: duckdb.DuckDBPyConnection) -> None:
    lines = (DATASETS / "assertions.jsonl").read_text().splitlines()
    published = next(line for line in map(json.loads, lines) if line["id"] == "rs.mrr_touch")["expected"]
    ours = warehouse.execute(
        """
        select month::date::varchar as month, count(distinct subscription_id) as subscriptions, sum(mrr_minor)::bigint as mrr_minor
        from generate_series(timestamp '2023-01-01', timestamp '2024-12-01', interval 1 month) as months (month)
        inner join house.core.fct_subscription_period
            on valid_from < month + interval 1 month and coalesce(valid_to > month, true)
        group by all order by all
        """
    ).fetchall()
    assert len(published) == 24
    assert [list(row) for row in ours] == [[month, count, mrr * 100] for month, count, mrr in published]


def test_month_end_mrr_equals_an_independent_computation(
    warehouse: duckdb.DuckDBPyConnection, month_ends: pd.DataFrame
) -> None:
    mart = movements(warehouse)
    assert list(mart.index) == list(MONTHS.astype(str))
    assert list(mart["closing_mrr"]) == list(month_ends.sum())
    assert list(mart["paying_accounts_at_end"]) == list((month_ends > 0).sum())


def test_movements_equal_an_independent_computation(
    warehouse: duckdb.DuckDBPyConnection, month_ends: pd.DataFrame
) -> None:
    mart = movements(warehouse)
    before = month_ends.shift(axis=1, fill_value=0)
    ever_before = month_ends.cumsum(axis=1).shift(axis=1, fill_value=0) > 0
    change = month_ends - before
    starts, stops = (before == 0) & (month_ends > 0), (before > 0) & (month_ends == 0)
    stays = (before > 0) & (month_ends > 0)
    expected = {
        "new_mrr": starts & ~ever_before,
        "reactivation_mrr": starts & ever_before,
        "expansion_mrr": stays & (change > 0),
        "contraction_mrr": stays & (change < 0),
        "churned_mrr": stops,
    }
    for column, of_kind in expected.items():
        assert list(mart[column]) == list(change.where(of_kind, 0).sum()), column
    assert mart["reactivation_mrr"].sum() > 0, "the data must hold what is tested"
    assert list(mart["churned_accounts"]) == list(stops.sum())
    assert list(mart["retained_mrr_gross"]) == list(
        month_ends.where(month_ends < before, before).where(before > 0, 0).sum()
    )
    assert list(mart["retained_mrr_net"]) == list(month_ends.where(before > 0, 0).sum())


def test_mrr_rolls_forward(warehouse: duckdb.DuckDBPyConnection) -> None:
    mart = movements(warehouse)
    parts = [
        "new_mrr",
        "reactivation_mrr",
        "expansion_mrr",
        "contraction_mrr",
        "churned_mrr",
        "currency_switch_mrr",
        "fx_effect",
    ]
    assert list(mart["opening_mrr"] + mart[parts].sum(axis=1)) == list(mart["closing_mrr"])
    assert list(mart["opening_mrr"])[1:] == list(mart["closing_mrr"])[:-1]


def test_logo_churn_counts_the_accounts_that_stopped(
    warehouse: duckdb.DuckDBPyConnection, month_ends: pd.DataFrame
) -> None:
    before = month_ends.shift(axis=1, fill_value=0)
    rows = warehouse.execute(
        "select strftime(month, '%Y-%m'), accounts_at_start, churned_accounts from marts.mart.churn_by_month where plan_tier = 'all' order by 1"
    ).fetchall()
    stopped = ((before > 0) & (month_ends == 0)).sum()
    paid = (before > 0).sum()
    expected = [(str(month), paid[month], stopped[month]) for month in MONTHS if paid[month]]
    assert rows == expected


def movements(warehouse: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The mart in US dollars, by month."""
    mart = warehouse.execute(
        "select strftime(month, '%Y-%m') as of_month, * exclude (month) from marts.mart.mrr_movements where basis = 'currency' order by 1"
    ).df()
    assert set(mart["currency"]) == {"USD"}
    return mart.set_index("of_month")


def verdicts(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return connection.execute(
        """select * from marts.mart.incident_adoption where outcome = 'feature_use' and is_verdict_cell order by incident_id"""
    ).df()


def test_an_incident_that_was_made_up_is_not_found(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = verdicts(warehouse)
    assert list(rows["incident_date"]) == list(MADE_UP)
    assert list(rows["verdict"]) == ["no effect shown"] * len(MADE_UP)
    assert rows["matched_exposed"].min() >= 80 and rows["matched_control"].min() >= 80, "and not for want of data"


@pytest.fixture(scope="module")
def over_six_weeks(built: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same incidents, six weeks against six, as RavenStack has it and after the exposed accounts lost 30 % of their uses.

    An account uses RavenStack once in two weeks: in seven days all exposed accounts together lose some 25 of 240 uses, one standard
    error, so nobody could find that. In six weeks it is three.
    """
    folder = tmp_path_factory.mktemp("six_weeks")
    project = copy_of_the_project(folder / "project", ["generic"])
    with_vars(project, impact_baseline_days=42, impact_horizons=[42], impact_verdict_days=42)
    shutil.copytree(built.work, folder / "work")
    settings = Settings.resolve(
        landing=built.landing, work=folder / "work", serve=folder / "serve", as_of=LAST_DAY, project=project
    )
    found = []
    for loss in (0.0, 0.3):
        if loss:
            take_from_the_exposed(settings, loss)
        build(
            settings,
            select=["core.impact", "marts.impact"],
            exclude=["account_session_day"],
            data_tests=False,
            progress=silent,
        )
        with duckdb.connect() as connection:
            connection.execute(f"attach '{settings.marts_db}' as marts (read_only)")
            found.append(verdicts(connection))
    return found[0], found[1]


def take_from_the_exposed(settings: Settings, share: float) -> None:
    """`share` of the uses on days +1 to +42 after each incident, drawn by a hash."""
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute(
            """
            delete from core.fct_account_feature_day as uses
            using core.bridge_intervention_account as picked
            where picked.account_id = uses.account_id and picked.feature = uses.feature and picked.days_shifted = 0 and picked.is_exposed
                and uses.event_date between picked.day_zero + 1 and picked.day_zero + 42
                and ('0x' || substr(md5(uses.account_id || uses.event_date), 1, 8))::bigint / 4294967296.0 < ?""",
            [share],
        )


@pytest.mark.slow
def test_nor_over_six_weeks(over_six_weeks: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    assert list(over_six_weeks[0]["verdict"]) == ["no effect shown"] * len(MADE_UP)


@pytest.mark.slow
def test_a_loss_of_30_percent_is_found(over_six_weeks: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Six losses at three standard errors: each is found with a probability of some 83 %, and its interval holds -30 % with one of 95 %."""
    rows = over_six_weeks[1]
    assert (rows["verdict"] == "loss").sum() >= 4
    assert rows["relative_low"].le(-0.3).mul(rows["relative_high"].ge(-0.3)).sum() >= 5
    weight = 1 / (rows["relative_high"] - rows["relative_low"]) ** 2
    pooled = (rows["relative_effect"] * weight).sum() / weight.sum()
    assert -0.4 < pooled < -0.2
