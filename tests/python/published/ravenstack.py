"""RavenStack: 500 accounts with subscriptions, use, tickets and churn on one key, by a third party who counted them in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from published.world import DATASETS, Assertion, World, published, rows

FOLDER = DATASETS / "ravenstack"
LAST_DAY = date(2024, 12, 31)
ALL_OBJECTS = ("accounts", "subscriptions", "usage", "tickets", "churn")


def read(name: str) -> pd.DataFrame:
    """One file of the data set."""
    return pd.read_csv(FOLDER / "data" / f"ravenstack_{name}.csv")


def write_exports(landing: Path, objects: Sequence[str] = ALL_OBJECTS) -> None:
    """RavenStack in the columns of the generic contract. Its end dates are last days of service, so service ends a day later; a
    row of use or churn is an event; 21 ids of use stand for two different rows each, so the row's number is part of the event's."""
    writers = {
        "accounts": ("accounts", _accounts),
        "subscriptions": ("subscriptions", _subscriptions),
        "usage": ("events", _usage),
        "tickets": ("tickets", _tickets),
        "churn": ("events", _churn),
    }
    for name in objects:
        folder, make = writers[name]
        (landing / "generic" / folder).mkdir(parents=True, exist_ok=True)
        make().to_csv(landing / "generic" / folder / f"{name}.csv", index=False)


def _accounts() -> pd.DataFrame:
    accounts = read("accounts")
    return pd.DataFrame(
        {
            "account_id": accounts["account_id"],
            "name": accounts["account_name"],
            "created_at": accounts["signup_date"],
            "industry": accounts["industry"],
            "country": accounts["country"],
            "channel": accounts["referral_source"],
        }
    )


def _subscriptions() -> pd.DataFrame:
    subscriptions = read("subscriptions")
    is_annual = subscriptions["billing_frequency"] == "annual"
    return pd.DataFrame(
        {
            "subscription_id": subscriptions["subscription_id"],
            "account_id": subscriptions["account_id"],
            "plan": subscriptions["plan_tier"],
            "started_at": subscriptions["start_date"],
            "currency": "usd",
            "amount": subscriptions["arr_amount"].where(is_annual, subscriptions["mrr_amount"]),
            "interval": is_annual.map({True: "year", False: "month"}),
            "status": subscriptions["is_trial"].map({True: "trialing", False: "active"}),
            "ended_at": (pd.to_datetime(subscriptions["end_date"]) + pd.Timedelta(days=1)).dt.date,
        }
    )


def _usage() -> pd.DataFrame:
    usage = read("feature_usage").merge(read("subscriptions")[["subscription_id", "account_id"]], on="subscription_id")
    return pd.DataFrame(
        {
            "event_id": usage["usage_id"] + "/" + usage.index.astype(str),
            "occurred_at": usage["usage_date"],
            "event_name": usage["feature_name"],
            "user_id": usage["subscription_id"],
            "account_id": usage["account_id"],
        }
    )


def _tickets() -> pd.DataFrame:
    tickets = read("support_tickets")
    created_at = pd.to_datetime(tickets["submitted_at"])
    return pd.DataFrame(
        {
            "ticket_id": tickets["ticket_id"],
            "created_at": created_at,
            "status": "closed",
            "account_id": tickets["account_id"],
            "priority": tickets["priority"],
            "first_replied_at": created_at + pd.to_timedelta(tickets["first_response_time_minutes"], unit="min"),
            "closed_at": tickets["closed_at"],
            "csat_score": tickets["satisfaction_score"],
        }
    )


def _churn() -> pd.DataFrame:
    churn = read("churn_events")
    return pd.DataFrame(
        {
            "event_id": churn["churn_event_id"],
            "occurred_at": churn["churn_date"],
            "event_name": "churn",
            "user_id": churn["account_id"],
            "account_id": churn["account_id"],
        }
    )


COUNTS = """
select
    (select count(*) from house.core.dim_account where is_account_record),
    (select count(distinct subscription_id) from house.core.fct_subscription_period),
    (select count(*) from house.core.fct_event where event_name like 'feature_%'),
    (select count(*) from house.core.fct_ticket),
    (select count(*) from house.core.fct_event where event_name = 'churn')
"""

# Every subscription that touched the month: the published definition. (Ours is of the month's end, and 5 % less.)
MRR_TOUCH = """
select month::date::varchar as month, count(distinct subscription_id) as subscriptions, (sum(mrr_minor) // 100)::bigint as mrr
from generate_series(timestamp '2023-01-01', timestamp '2024-12-01', interval 1 month) as months (month)
inner join house.core.fct_subscription_period on valid_from < month + interval 1 month and coalesce(valid_to > month, true)
group by all
order by all
"""

CONVERSION = """
with trial as (

    select subscription_id, account_id, min(valid_from) as began_at
    from house.core.fct_subscription_period where state = 'trialing' group by all

),

paid as (

    select account_id, max(valid_from) as last_began_at from house.core.fct_subscription_period where state = 'active' group by all

)

select count(*), count(*) filter (where last_began_at >= began_at), count(distinct trial.account_id), count(distinct paid.account_id)
from trial left join paid using (account_id)
"""


def check(connection: duckdb.DuckDBPyConnection) -> list[Assertion]:
    """rs.counts, rs.mrr_touch and rs.conv."""
    return [
        Assertion("rs.counts", published("rs.counts")["expected"], rows(connection, COUNTS)[0]),
        Assertion("rs.mrr_touch", published("rs.mrr_touch")["expected"], rows(connection, MRR_TOUCH)),
        Assertion("rs.conv", published("rs.conv")["expected"], rows(connection, CONVERSION)[0]),
    ]


WORLD = World(
    write=write_exports,
    select=("fct_event", "fct_subscription_period", "fct_ticket", "dim_account"),
    check=check,
    last_day=LAST_DAY,
    seeds={},
    variables={},
)
