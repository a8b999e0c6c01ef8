"""The small published examples, in one world: Snowplow's expected sessions and users, worked MRR arithmetic, NPS and its variance."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from published.world import DATASETS, Assertion, World, published, rows

SNOWPLOW = DATASETS / "snowplow_web"
EXAMPLES = DATASETS / "worked_examples" / "worked_examples.json"
# What Snowplow's package leaves out of sessions: what came three days after the session began, or left the device three days late.
MAX_SESSION_DAYS = MAX_LATE_DAYS = 3
CURRENCIES = ("USD", "EUR", "GBP")
# So many answers that the three which the interval adds stay below the tolerance.
ANSWERS = 30_000


def write_exports(landing: Path) -> None:
    """All examples in the columns of the generic contract."""
    _write(landing, "events", "snowplow", _snowplow_events())
    _write(landing, "subscriptions", "worked", pd.DataFrame(_subscriptions()))
    _write(landing, "survey_responses", "worked", _answers())


def _write(landing: Path, name: str, file: str, frame: pd.DataFrame) -> None:
    folder = landing / "generic" / name
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / f"{file}.csv", index=False)


# Snowplow


def _snowplow_events() -> pd.DataFrame:
    """Every event twice, once for each question, told apart by the ids' first letters.

    As a visit (`v-`) the actor is the tracker's session cookie, since there it is the tracker that says what one session is. As a
    user's (`u-`) the actor is the user cookie, which identity has to join where one session carries several of them.
    """
    events = pd.read_csv(SNOWPLOW / "source" / "snowplow_web_events.csv", dtype=str)
    moments = {
        name: pd.to_datetime(events[f"{name}_tstamp"]) for name in ("derived", "collector", "dvce_created", "dvce_sent")
    }
    began_at = moments["derived"].groupby(events["domain_sessionid"]).transform("min")
    is_taken = (moments["derived"] <= began_at + pd.Timedelta(days=MAX_SESSION_DAYS)) & (
        moments["dvce_sent"] <= moments["dvce_created"] + pd.Timedelta(days=MAX_LATE_DAYS)
    )
    is_view = events["event"].isin(["page_view", "page_ping"]) & (
        events["contexts_com_snowplowanalytics_snowplow_web_page_1_0_0"].str.contains('"id":"').fillna(False)
    )
    frame = pd.DataFrame(
        {
            "event_id": events["event_id"],
            "occurred_at": moments["derived"],
            "received_at": moments["collector"],
            "event_name": (is_taken & is_view).map({True: "page_view", False: "other"}),
            "user_id": events["domain_userid"],
            "anonymous_id": events["domain_sessionid"],
        }
    )
    # One event carries no session cookie; without one it belongs to nobody's visit.
    visits = frame.assign(
        event_id="v-" + frame["event_id"],
        user_id=None,
        anonymous_id="v-" + frame["anonymous_id"].fillna("none"),
    )
    users = frame.assign(event_id="u-" + frame["event_id"], anonymous_id="u-" + frame["anonymous_id"].fillna("none"))
    return pd.concat([visits, users])


def check_snowplow(connection: duckdb.DuckDBPyConnection) -> Assertion:
    """Records, distinct events, sessions with a page view, users; not the count alone: the same sessions, and every user once."""
    expected_sessions = pd.read_csv(SNOWPLOW / "expected" / "default" / "snowplow_web_sessions_expected.csv", dtype=str)
    expected_users = pd.read_csv(SNOWPLOW / "expected" / "snowplow_web_users_expected.csv", dtype=str)
    records = rows(
        connection,
        """select count(*), count(*) filter (where record_status = 'loaded')
        from house.raw.raw_generic__events where event_id like 'v-%'""",
    )[0]
    sessions = rows(
        connection,
        """select actor_id[len('generic:anonymous:v-') + 1:] from house.core.fct_session
        where actor_id like 'generic:anonymous:v-%' and value_event_count > 0 order by 1""",
    )
    users = dict(
        rows(
            connection,
            """select actor_id[len('generic:user:') + 1:], person_id from house.core.bridge_actor_person
            inner join house.core.fct_person_day using (person_id) where is_active and actor_id like 'generic:user:%'""",
        )
    )
    same_sessions = [name for (name,) in sessions] == sorted(expected_sessions["domain_sessionid"])
    each_user_once = len({users.get(name) for name in expected_users["domain_userid"]}) == len(set(users.values()))
    found = [
        *records,
        len(sessions) if same_sessions else sessions,
        len(set(users.values())) if each_user_once else users,
    ]
    # The fifth figure, page views, is of a table that no warehouse of products has.
    return Assertion("snowplow", published("snowplow")["expected"][:4], found)


# MRR


def _mrr_examples() -> list[dict[str, Any]]:
    """As printed: the two of one page share the ten customers that the first of them lists."""
    examples: list[dict[str, Any]] = json.loads(EXAMPLES.read_text(encoding="utf-8"))["mrr"]
    return examples


def _subscriptions() -> list[dict[str, Any]]:
    """One currency per example: who pays in January 2021, who has left in February, and who pays more then."""
    first, second, third = _mrr_examples()
    found = []
    customers = [
        int(price) for count, price in re.findall(r"(\d+)x(\d+)", first["given"]["mix"]) for _ in range(int(count))
    ]
    for currency, example in zip(CURRENCIES, (first, second), strict=False):
        count, price = map(int, re.findall(r"\d+", example["given"]["lost"]))
        for number, amount in enumerate(customers):
            is_lost = amount == price and count > 0
            count -= is_lost
            found.append(
                _subscription(f"{currency}-{number}", currency, amount, ended_at="2021-02-10" if is_lost else None)
            )
    given = third["given"]
    stays, upsold = given["opening_mrr"] - given["churned"], given["after_upsell"] - given["churned"]
    found += [
        _subscription("GBP-lost", "GBP", given["churned"], ended_at="2021-02-10"),
        _subscription("GBP-stays", "GBP", stays),
        _subscription("GBP-stays", "GBP", upsold, updated_at="2021-02-05"),
    ]
    return found


def _subscription(
    id: str, currency: str, amount: int, *, ended_at: str | None = None, updated_at: str = "2021-01-01"
) -> dict[str, Any]:
    return {
        "subscription_id": id, "account_id": id, "plan": "basic", "started_at": "2021-01-01", "currency": currency,
        "amount": amount, "interval": "month", "ended_at": ended_at, "updated_at": updated_at,
    }  # fmt: skip


def check_mrr(connection: duckdb.DuckDBPyConnection) -> Assertion:
    """Gross churn, logo churn and NRR of February, as printed and to its tolerance."""
    february = {
        currency: figures
        for currency, *figures in rows(
            connection,
            """select currency, opening_mrr::double, 100 * (1 - gross_revenue_retention), 100 * churned_accounts / paying_accounts_at_start,
                net_revenue_retention
            from marts.mart.mrr_movements where basis = 'currency' and month = date '2021-02-01'""",
        )
    }
    expected, found = [], []
    for currency, example in zip(CURRENCIES, _mrr_examples(), strict=True):
        opening, gross_churn, logo_churn, net = february[currency]
        answer = example["answer"]
        expected.append([example["given"]["opening_mrr"], *(answer[key] for key in answer if key != "nrr_pct")])
        found.append([opening, net] if "exact" in answer else [opening, gross_churn, logo_churn])
    # The printed 111 is the exact 1.11 as a whole percentage.
    return Assertion("mrr.worked", expected, found, 0.01)


# NPS


def _answers() -> pd.DataFrame:
    """Two surveys: promoters, passives and detractors as 3 : 2 : 1, and as 1 : 1 : 1."""
    surveys = {"whuber": (3, 2, 1), "cybaea": (1, 1, 1)}
    found = []
    for survey, shares in surveys.items():
        counts = [ANSWERS * share // sum(shares) for share in shares]
        scores = [score for score, count in zip((10, 8, 3), counts, strict=True) for _ in range(count)]
        found.append(pd.DataFrame({"survey": survey, "score": scores}))
    answers = pd.concat(found, ignore_index=True)
    return answers.assign(response_id=answers.index.astype(str), kind="nps", responded_at="2021-03-15")


def check_nps(connection: duckdb.DuckDBPyConnection) -> Assertion:
    """Score and variance of the first survey, width of the second's interval times the root of its answers. The mart holds no
    variance: it is read back from the width of the interval."""
    figures = {
        survey: rest
        for survey, *rest in rows(
            connection,
            """select survey, nps, nps_high - nps_low, responses from marts.mart.nps_by_month
            where plan_tier = 'all' and month = date '2021-03-01'""",
        )
    }
    score, width, answers = figures["whuber"]
    variance = (width / 200 / 1.959963984540054) ** 2 * answers
    _, other_width, others = figures["cybaea"]
    line = published("nps.formula")
    return Assertion("nps.formula", line["expected"], [score / 100, variance, other_width * others**0.5], line["tol"])


def check(connection: duckdb.DuckDBPyConnection) -> list[Assertion]:
    """snowplow, mrr.worked and nps.formula."""
    return [check_snowplow(connection), check_mrr(connection), check_nps(connection)]


WORLD = World(
    write=write_exports,
    select=("fct_session", "fct_person_day", "mrr_movements", "nps_by_month"),
    check=check,
    last_day=date(2021, 12, 31),
    seeds={
        "tracking_plan": "source,event_name,action,is_value_event,feature\ngeneric,page_view,page_view,true,\n",
    },
    # The tracker's session lasts as long as its cookie: no gap within Snowplow's longest session ends it.
    variables={"session_timeout_minutes": MAX_SESSION_DAYS * 24 * 60},
)
