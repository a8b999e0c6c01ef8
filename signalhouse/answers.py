"""Questions about a company, answered in plain words from the marts that were built last.

Every number stands in a mart already; here it is only put into a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from signalhouse.ask import Row, ask
from signalhouse.settings import Settings


def _activation(rows: list[Row]) -> str:
    row = rows[0]
    text = (
        f"Of {row['signed_up']:,} people who signed up in {_month(row['cohort_start'])}, {_percent(row['activation_rate'])} "
        f"({row['activated']:,}) were activated (95 % interval {_percent(row['activation_rate_low'])} to "
        f"{_percent(row['activation_rate_high'])})"
    )
    hours = row["median_hours_to_activate"]
    return text + (f"; half of them within {_hours(hours)}." if hours is not None else ".")


def _churn(rows: list[Row]) -> str:
    row = rows[0]
    text = (
        f"Of {row['accounts_at_start']:,} accounts that paid when {_month(row['month'])} began, {_percent(row['logo_churn_rate'])} "
        f"({row['churned_accounts']:,}) left in it: {row['churned_accounts_voluntary']:,} by their own choice, "
        f"{row['churned_accounts_involuntary']:,} because a payment failed."
    )
    if row["churned_mrr_rate"] is not None:
        text += f" With them went {_percent(row['churned_mrr_rate'])} of the monthly recurring revenue."
    return text


def _nps(rows: list[Row]) -> str:
    row = rows[0]
    text = (
        f"In the 90 days up to {_day(row['month_end'])} the NPS is {row['nps_90d']:+.0f} (95 % interval {row['nps_90d_low']:+.0f} to "
        f"{row['nps_90d_high']:+.0f}): {row['promoters_90d']:,} promoters and {row['detractors_90d']:,} detractors among "
        f"{row['responses_90d']:,} answers"
    )
    return text + ("." if row["is_enough_90d"] else ", too few to rely on.")


def _ltv(rows: list[Row]) -> str:
    row = rows[0]
    return (
        f"The {_counted(row['accounts'], 'account')} whose first payment lies {_counted(row['age_months'], 'month')} back or longer had "
        f"by then been worth "
        f"{row['ltv_per_account']:,.2f} {row['currency']} each: what was collected, less refunds, tax and fees, times the gross margin."
    )


def _incidents(rows: list[Row]) -> str:
    use = [row for row in rows if row["outcome"] == "feature_use"]
    counts = {verdict: sum(row["verdict"] == verdict for row in use) for verdict in _VERDICTS}
    sentences = [
        f"{len(use):,} times an incident hit a service that a feature depends on. Use of the feature over the "
        f"{rows[0]['horizon_days']} days after: "
        + ", ".join(f"{count:,} {verdict}" for verdict, count in counts.items() if count)
        + "."
    ]
    found = [row for row in use if row["verdict"] in ("loss", "gain")]
    told = {(row["incident_id"], row["feature"]) for row in found}
    found += [
        row for row in rows if row["verdict"] in ("loss", "gain") and (row["incident_id"], row["feature"]) not in told
    ]
    return " ".join(sentences + [f"After the incident of {row['service']} on {_moved(row)}" for row in found[:3]])


def _releases(rows: list[Row]) -> str:
    return " ".join(f"After the release of {row['service']} {row['version']} on {_moved(row)}" for row in rows[:3])


def _moved(row: Row) -> str:
    """From the date on: how the accounts that were met differ from the others."""
    met = f"{row['matched_exposed']:,} accounts it met by habit, beside {row['matched_control']:,} like them that it did not meet"
    if row["verdict"] == "not enough data":
        return f"{_day(row['day'])} there is not enough data to tell."
    if row["verdict"] == "no effect shown":
        return f"{_day(row['day'])} no effect is shown ({met})."
    more, fewer, what = ("more", "less", "use")
    if row["outcome"] == "conversion":
        more, fewer, what = ("more", "fewer", "uses per session")
    return (
        f"{_day(row['day'])}: {_percent(abs(row['relative_effect']))} {fewer if row['verdict'] == 'loss' else more} {what} of "
        f"{row['feature']} than there would have been (95 % interval {100 * row['relative_low']:+.0f} % to "
        f"{100 * row['relative_high']:+.0f} %; {met})."
    )


_VERDICTS = ("loss", "gain", "no effect shown", "not enough data")

# (question, mart, query, words)
_ASKED: tuple[tuple[str, str, str, Callable[[list[Row]], str]], ...] = (
    (
        "Do those who sign up get going?",
        "activation_by_cohort",
        """
        select cohort_start, signed_up, activated, activation_rate, activation_rate_low, activation_rate_high, median_hours_to_activate
        from mart.activation_by_cohort
        where unit = 'person' and cohort_period = 'month' and is_mature and activation_rate is not null
        order by cohort_start desc limit 1
        """,
        _activation,
    ),
    (
        "Who leaves?",
        "churn_by_month",
        """
        select month, accounts_at_start, churned_accounts, churned_accounts_voluntary, churned_accounts_involuntary, logo_churn_rate,
            churned_mrr_rate
        from mart.churn_by_month
        where plan_tier = 'all' and is_complete and logo_churn_rate is not null
        order by month desc limit 1
        """,
        _churn,
    ),
    (
        "Would they recommend it?",
        "nps_by_month",
        """
        select month_end, nps_90d, nps_90d_low, nps_90d_high, promoters_90d, detractors_90d, responses_90d, is_enough_90d
        from mart.nps_by_month
        where plan_tier = 'all' and responses_90d > 0
        order by month desc, responses_90d desc limit 1
        """,
        _nps,
    ),
    (
        "What is a customer worth?",
        "ltv_by_cohort",
        """
        select age_months, sum(accounts)::bigint as accounts, (sum(ltv) / sum(accounts))::double as ltv_per_account,
            (select min(currency) from mart.mrr_movements where basis = 'reporting') as currency
        from mart.ltv_by_cohort
        where is_mature and ltv is not null and age_months <= 6
        group by age_months
        order by sum(accounts) >= 30 desc, age_months desc limit 1
        """,
        _ltv,
    ),
    (
        "Did incidents cost use?",
        "incident_adoption",
        """
        select incident_date as day, incident_id, service, feature, outcome, horizon_days, verdict, relative_effect, relative_low,
            relative_high, matched_exposed, matched_control
        from mart.incident_adoption
        where is_verdict_cell and verdict is not null
        order by outcome desc, p_value, incident_date, feature
        """,
        _incidents,
    ),
    (
        "Did releases bring use?",
        "release_adoption",
        """
        select released_on as day, service, version, feature, outcome, verdict, relative_effect, relative_low, relative_high,
            matched_exposed, matched_control
        from mart.release_adoption
        where is_verdict_cell and verdict is not null and outcome = 'feature_use'
        order by released_on desc, feature
        """,
        _releases,
    ),
)


def answers(settings: Settings) -> list[dict[str, str]]:
    """[{question, answer, mart}] of those marts that are there and hold enough to answer from."""
    asked = zip(_ASKED, ask(settings, (query for _, _, query, _ in _ASKED)), strict=True)
    return [
        {"question": question, "answer": words(rows), "mart": mart}
        for (question, mart, _, words), rows in asked
        if rows
    ]


def _percent(share: Any) -> str:
    return f"{100 * float(share):.0f} %" if abs(share) >= 0.1 else f"{100 * float(share):.1f} %"


def _month(day: Any) -> str:
    return f"{day:%B %Y}"


def _day(day: Any) -> str:
    return f"{day.day} {day:%B %Y}"


def _hours(hours: Any) -> str:
    hours = float(hours)
    if hours < 1:
        return _counted(round(60 * hours), "minute")
    return _counted(round(hours), "hour") if hours < 48 else _counted(round(hours / 24), "day")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
