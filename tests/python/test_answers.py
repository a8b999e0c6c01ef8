"""The answers say what the marts say, and nothing where a mart is silent."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from signalhouse.answers import _hours, _ltv, answers
from signalhouse.headline import headline
from signalhouse.settings import Settings

MARTS = """
create schema mart;
create table mart.activation_by_cohort as
select unit, 'month' as cohort_period, cohort_start::date as cohort_start, signed_up, activated, activated / signed_up as activation_rate,
    0.54 as activation_rate_low, 0.67 as activation_rate_high, 5.2 as median_hours_to_activate, is_mature
from (values ('person', '2026-03-01', 100, 50, true), ('person', '2026-04-01', 212, 129, true), ('person', '2026-05-01', 90, 9, false),
    ('account', '2026-04-01', 20, 19, true)) as cohorts(unit, cohort_start, signed_up, activated, is_mature);

create table mart.churn_by_month as
select month::date as month, plan_tier, is_complete, 180 as accounts_at_start, 4 as churned_accounts, 3 as churned_accounts_voluntary,
    1 as churned_accounts_involuntary, 4 / 180 as logo_churn_rate, 0.0125 as churned_mrr_rate
from (values ('2026-05-01', 'all', true), ('2026-05-01', 'team', true), ('2026-06-01', 'all', false)) as months(month, plan_tier, is_complete);

create table mart.nps_by_month as
select date '2026-06-01' as month, date '2026-06-30' as month_end, plan_tier, 32.4 as nps_90d, 25.1 as nps_90d_low, 39.0 as nps_90d_high,
    120 as promoters_90d, 40 as detractors_90d, responses_90d, responses_90d >= 30 as is_enough_90d
from (values ('all', 240), ('team', 100)) as tiers(plan_tier, responses_90d);

create table mart.incident_adoption as
select incident_date::date as incident_date, incident_id, service, feature, outcome, 7 as horizon_days, verdict, relative_effect, relative_effect - 0.1 as
    relative_low, relative_effect + 0.1 as relative_high, 57 as matched_exposed, 160 as matched_control, p_value, is_verdict_cell
from (values ('2026-05-12', 'i1', 'reports', 'reports', 'feature_use', 'loss', -0.28, 0.001, true),
    ('2026-05-12', 'i1', 'reports', 'reports', 'feature_use', 'loss', -0.5, 0.001, false),
    ('2026-05-12', 'i1', 'reports', 'reports', 'conversion', 'loss', -0.27, 0.001, true),
    ('2026-05-19', 'i2', 'alerts', 'alerts', 'feature_use', 'no effect shown', 0.02, 0.7, true),
    ('2026-05-27', 'i3', 'billing', 'billing', 'feature_use', 'no effect shown', 0.03, 0.6, true),
    ('2026-05-27', 'i3', 'billing', 'billing', 'conversion', 'loss', -0.23, 0.01, true),
    ('2026-06-28', 'i4', 'web', 'projects', 'feature_use', null, null, null, true))
    as cells(incident_date, incident_id, service, feature, outcome, verdict, relative_effect, p_value, is_verdict_cell);

create table mart.release_adoption as
select date '2026-05-20' as released_on, 'api' as service, 'v2.0.0' as version, 'api' as feature, outcome, 'gain' as verdict, 0.4 as
    relative_effect, 0.25 as relative_low, 0.55 as relative_high, 47 as matched_exposed, 139 as matched_control, true as is_verdict_cell
from (values ('feature_use'), ('conversion')) as outcomes(outcome);
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(Path(), "landing", tmp_path, tmp_path)
    with duckdb.connect(str(found.marts_db)) as con:
        con.execute(MARTS)
    return found


def test_each_answer_in_words(settings: Settings) -> None:
    said = {row["mart"]: row["answer"] for row in answers(settings)}
    assert said == {
        "activation_by_cohort": "Of 212 people who signed up in April 2026, 61 % (129) were activated (95 % interval 54 % to 67 %); half of "
        "them within 5 hours.",
        "churn_by_month": "Of 180 accounts that paid when May 2026 began, 2.2 % (4) left in it: 3 by their own choice, 1 because a payment "
        "failed. With them went 1.2 % of the monthly recurring revenue.",
        "nps_by_month": "In the 90 days up to 30 June 2026 the NPS is +32 (95 % interval +25 to +39): 120 promoters and 40 detractors among "
        "240 answers.",
        "incident_adoption": "3 times an incident hit a service that a feature depends on. Use of the feature over the 7 days after: 1 "
        "loss, 2 no effect shown. After the incident of reports on 12 May 2026: 28 % less use of reports than there would have been (95 % "
        "interval -38 % to -18 %; 57 accounts it met by habit, beside 160 like them that it did not meet). After the incident of billing on "
        "27 May 2026: 23 % fewer uses per session of billing than there would have been (95 % interval -33 % to -13 %; 57 accounts it met "
        "by habit, beside 160 like them that it did not meet).",
        "release_adoption": "After the release of api v2.0.0 on 20 May 2026: 40 % more use of api than there would have been (95 % interval "
        "+25 % to +55 %; 47 accounts it met by habit, beside 139 like them that it did not meet).",
    }


def test_a_mart_that_is_missing_or_other_than_expected_is_left_out(settings: Settings) -> None:
    with duckdb.connect(str(settings.marts_db)) as con:
        con.execute("drop table mart.churn_by_month")
        con.execute("alter table mart.nps_by_month rename column nps_90d to score")
        con.execute("delete from mart.incident_adoption")
        con.execute("drop table mart.release_adoption")
    assert [row["mart"] for row in answers(settings)] == ["activation_by_cohort"]


def test_marts_without_rows_are_silent(settings: Settings) -> None:
    """A company that sends events alone has no churn: DuckDB made a row of nulls of it, and the refresh stopped while it printed."""
    marts = ["activation_by_cohort", "churn_by_month", "nps_by_month", "incident_adoption", "release_adoption"]
    with duckdb.connect(str(settings.marts_db)) as con:
        for mart in marts:
            con.execute(f"delete from mart.{mart}")
        con.execute("create table mart.active_users_daily (unit text, day date, segment_type text, active_28d bigint)")
        con.execute(
            "create table mart.mrr_movements (basis text, currency text, month date, month_end date, closing_mrr decimal(28, 6))"
        )
    assert answers(settings) == []
    assert headline(settings) == []


def test_one_of_a_thing_is_not_many() -> None:
    row = {"accounts": 18, "age_months": 1, "ltv_per_account": 424.45, "currency": "USD"}
    assert _ltv([row]).startswith("The 18 accounts whose first payment lies 1 month back or longer")
    assert [_hours(hours) for hours in (0.02, 1.2, 47, 48)] == ["1 minute", "1 hour", "47 hours", "2 days"]
