"""RavenStack, 500 accounts and 5,000 subscriptions that nobody here wrote, mapped to generic exports.

Its published MRR counts every subscription that touched a month; ours is of the month's end. The first must follow from the
subscription periods to the unit, the second equal a computation of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from published.ravenstack import LAST_DAY, read, write_exports
from published.world import DATASETS

from signalhouse import ops
from signalhouse.build import build
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.settings import Settings

PROJECT = Path(__file__).parents[2]
MONTHS = pd.period_range("2023-01", "2024-12", freq="M")

pytestmark = pytest.mark.skipif(
    not (DATASETS / "ravenstack").is_dir(), reason="the published data set is not here (../shared/datasets)"
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The two databases of a build of RavenStack, read only."""
    folder = tmp_path_factory.mktemp("ravenstack")
    write_exports(folder / "landing", ["accounts", "subscriptions"])
    settings = Settings.resolve(
        landing=str(folder / "landing"), work=folder / "work", serve=folder / "serve", as_of=LAST_DAY, project=PROJECT
    )
    report = land(settings, silent)
    assert report.records == {"generic/accounts": 500, "generic/subscriptions": 5000}
    ops.set_as_of(settings)
    build(settings, select=["+mrr_movements", "+churn_by_month"], data_tests=False, progress=silent)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{settings.warehouse_db}' as house (read_only)")
        connection.execute(f"attach '{settings.marts_db}' as marts (read_only)")
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
