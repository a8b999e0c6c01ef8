"""The demo company, through `signalhouse refresh`: every count and every sum equals what was planted, exactly.

The truth follows from the parameters the company was drawn with, never from the warehouse's SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from walked import Walk

from signalhouse.demo import DemoTruth, write_demo
from signalhouse.demo.params import VENDORS
from signalhouse.publish import current
from signalhouse.refresh import RefreshReport, refresh
from signalhouse.settings import Settings

PROJECT = Path(__file__).parents[2]


class Company:
    """The published demo company beside its truth."""

    def __init__(self, settings: Settings, truth: DemoTruth, report: RefreshReport, again: RefreshReport) -> None:
        self.settings, self.truth, self.report, self.again = settings, truth, report, again
        self.connection = duckdb.connect()
        served = current(settings)
        assert served is not None
        self.connection.execute(f"attach '{served.path / 'marts.duckdb'}' as marts (read_only)")
        self.connection.execute(f"attach '{settings.warehouse_db}' as warehouse (read_only)")
        self.connection.execute(f"attach '{settings.landing_db}' as landing (read_only)")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("company")
    truth = write_demo(folder / "landing", accounts=60, days=120, sources=VENDORS)
    settings = Settings.resolve(
        landing=str(folder / "landing"),
        work=folder / "work",
        serve=folder / "serve",
        as_of=truth.as_of,
        project=PROJECT,
    )
    first, second = refresh(settings), refresh(settings)
    made = Company(settings, truth, first, second)
    yield made
    made.connection.close()


def test_a_release_is_out(company: Company) -> None:
    assert company.report.outcome == "published"
    assert company.report.audit is not None and not company.report.audit.refused
    assert {path.stem for path in (company.report.release.path / "parquet").iterdir()} == {
        name
        for (name,) in company.rows("select table_name from information_schema.tables where table_catalog = 'marts'")
    }


def test_every_record_of_every_file_is_accounted_for(company: Company) -> None:
    found = company.rows(
        """select file_path, records_read, records_loaded, records_duplicate, records_quarantined, records_out_of_range, records_late_repeat
        from warehouse.core.fct_landed_file where not (file_path like '%.zip' and records_read = 0) order by 1"""
    )  # a zip has a row too; its records are its members'
    planted = [
        (f["file"], f["read"], f["loaded"], f["duplicate"], f["quarantined"], f["out_of_range"], f["late_repeat"])
        for f in company.truth.files
    ]
    assert found == sorted(planted)


def test_events_by_name_and_canonical_action(company: Company) -> None:
    found = company.rows(
        "select source, event_name, action, count(*) from warehouse.core.fct_event group by all order by all"
    )
    assert found == sorted((e["source"], e["event_name"], e["action"], e["events"]) for e in company.truth.events)


def test_what_another_tool_speaks_for_is_set_aside_and_counted(company: Company) -> None:
    found = company.rows(
        "select source, event_name, sum(event_count)::bigint from warehouse.core.fct_set_aside_day group by all order by all"
    )
    assert found == sorted((e["source"], e["event_name"], e["events"]) for e in company.truth.set_aside)
    assert {source for source, _, _ in found} == {"mixpanel", "amplitude"}


def test_no_day_is_strewn_over_a_table_that_is_replaced_by_day(company: Company) -> None:
    """Of twenty equal pieces of a table, as its rows lie in the file, at most half have rows around a day (macros/dialect/statements/table.sql says why).
    Where it is put in order, two, or a day's own part of them and one more."""
    schemas = dict(
        company.rows("select table_name, schema_name from duckdb_tables() where database_name = 'warehouse'")
    )
    looked_at = 0
    for model in (PROJECT / "models").rglob("*.sql"):
        meta = re.search(r"meta=\{'day': '(\w+)'.*", model.read_text(encoding="utf-8"))
        if meta is None or model.stem not in schemas:
            continue
        day, table = meta[1], f"warehouse.{schemas[model.stem]}.{model.stem}"
        ((pieces_of_a_day, days, rows),) = company.rows(f"""
            with piece as (
                select min({day}) as first_day, max({day}) as last_day, count(*) as rows_in_it
                from (select {day}, ntile(20) over (order by rowid) as number from {table})
                group by number
            ), of_day as (
                select (select count(*) from piece where day between first_day and last_day) as pieces
                from (select distinct {day} as day from {table})
            )
            select avg(pieces), count(*), (select sum(rows_in_it) from piece) from of_day""")
        if rows is not None and rows >= 5_000:  # a smaller one lies in a few blocks however it is sorted
            looked_at += 1
            in_order = max(2, 1 + 20 / days)
            assert pieces_of_a_day <= (in_order if "'sorted': true" in meta[0] else 10), table
    assert looked_at >= 10


def test_who_is_who(company: Company) -> None:
    """Every planted person is one person, and no two of them are one."""
    bridge = dict(company.rows("select actor_id, person_id from warehouse.core.bridge_actor_person"))
    resolved = [{bridge.get(i) for i in person["ids"]} for person in company.truth.persons]
    assert [len(ids) for ids in resolved] == [1] * len(resolved)
    assert len({next(iter(ids)) for ids in resolved}) == len(resolved)
    # A billing contact is a person too, linked by e-mail where it can be; the plan names those who use the product.
    users = {actor for actor in bridge if not actor.startswith("stripe:customer:")}
    assert users == {i for person in company.truth.persons for i in person["ids"]}


def test_what_the_page_on_identity_asks_is_answered(company: Company) -> None:
    page = (PROJECT / "docs" / "identity.md").read_text(encoding="utf-8")
    answers = {}
    for part in page.split("\n## ")[1:]:
        question, _, rest = part.partition("\n")
        if found := re.search(r"```sql\n(.*?)```", rest, re.DOTALL):
            answers[question] = company.rows(found[1].replace("core.", "warehouse.core."))
    assert len(answers) == 3
    merged = answers["Why are these two one person?"]
    assert {evidence for _, _, evidence, *_ in merged} >= {"identify", "user id", "e-mail"}
    cut = answers["Which ids connect nobody, and why?"]
    assert cut and {(reason, partners) for _, reason, partners in cut} == {("role address", 1)}


def test_excluded_persons(company: Company) -> None:
    bridge = dict(company.rows("select actor_id, person_id from warehouse.core.bridge_actor_person"))
    excluded = {bridge[p["ids"][0]] for p in company.truth.persons if p["is_excluded"]}
    assert excluded == {i for (i,) in company.rows("select person_id from warehouse.core.dim_person where is_excluded")}


def test_active_users_on_every_day(company: Company) -> None:
    found = {
        (unit, day.isoformat()): (one, seven, twenty_eight)
        for unit, day, one, seven, twenty_eight in company.rows(
            "select unit, day, active_1d, active_7d, active_28d from marts.mart.active_users_daily where segment_type = 'all'"
        )
    }
    days = [d["day"] for d in company.truth.dau]
    assert {d["day"]: found["person", d["day"]][0] for d in company.truth.dau} == {
        d["day"]: d["persons"] for d in company.truth.dau
    }
    assert {d["day"]: found["account", d["day"]][0] for d in company.truth.dau} == {
        d["day"]: d["accounts"] for d in company.truth.dau
    }
    # Before there are 7 and 28 days of history the mart says nothing.
    for position, truth in enumerate(company.truth.dau):
        _, seven, twenty_eight = found["person", truth["day"]]
        assert seven == (truth["persons_7_days"] if position >= 6 else None)
        assert twenty_eight == (truth["persons_28_days"] if position >= 27 else None)
    assert len(found) == 2 * len(days)


def test_activation_by_cohort(company: Company) -> None:
    found = company.rows(
        """select unit, cohort_start::varchar, signed_up, activated
        from marts.mart.activation_by_cohort where cohort_period = 'week' order by all"""
    )
    assert found == sorted(
        (a["unit"], a["cohort_week"], a["signups"], a["activated"]) for a in company.truth.activation
    )


def test_mrr_of_every_account_and_month_to_the_minor_unit(company: Company) -> None:
    found = company.rows(
        """select account_id, currency, month_end::varchar, mrr_minor
        from warehouse.core.fct_account_mrr_month where mrr_minor <> 0 order by all"""
    )
    assert found == sorted(
        (m["account_id"], m["currency"], m["month_end"], m["mrr_minor"]) for m in company.truth.mrr if m["mrr_minor"]
    )


def test_movements_by_month_and_currency(company: Company) -> None:
    found = company.rows(
        """select month::varchar, currency, kind, sum(amount_minor)::bigint, count(distinct account_id)
        from warehouse.core.fct_mrr_movement where kind <> 'fx_effect' group by all order by all"""
    )
    assert found == sorted(
        (m["month"], m["currency"], m["movement"], m["change_minor"], m["accounts"]) for m in company.truth.movements
    )


def test_churned_accounts(company: Company) -> None:
    """By account: an account that leaves in two currencies leaves once."""
    found = {
        month.isoformat(): (accounts, voluntary, involuntary)
        for month, accounts, voluntary, involuntary in company.rows(
            """select month, churned_accounts, churned_accounts_voluntary, churned_accounts_involuntary
            from marts.mart.churn_by_month where plan_tier = 'all'"""
        )
    }
    planted: dict[str, dict[str, str]] = {}
    for churn in company.truth.churn:
        planted.setdefault(churn["month"], {})[churn["account_id"]] = churn["kind"]
    expected = {
        month: (len(kinds), list(kinds.values()).count("voluntary"), list(kinds.values()).count("involuntary"))
        for month, kinds in planted.items()
    }
    assert {month: value for month, value in found.items() if value[0]} == expected


def test_invoices(company: Company) -> None:
    found = company.rows(
        """select source, currency, count(*), sum(total_minor)::bigint
        from warehouse.core.fct_invoice where status not in ('draft', 'void') group by all order by all"""
    )
    expected = [
        (source, line["currency"], line["invoices"], line["billed_minor"])
        for source, lines in company.truth.invoices.items()
        for line in lines
    ]
    assert found == sorted(expected)


def test_the_times_of_every_ticket_to_the_second(company: Company) -> None:
    columns = """first_reply_seconds, first_reply_business_seconds, next_reply_count, next_reply_seconds_total,
        next_reply_business_seconds_total, resolution_seconds, resolution_business_seconds, requester_wait_seconds,
        requester_wait_business_seconds, reopen_count"""
    found = company.rows(
        f"select source, ticket_id, replace(status, 'new', 'open'), {columns} from warehouse.core.fct_ticket where source <> 'generic'"
    )
    told = [tuple(ticket.values()) for ticket in company.truth.domains["ticket_times"]]
    assert sorted(found) == sorted(
        (tool, ticket, status.replace("new", "open"), *times) for tool, ticket, status, *times in told
    )


def test_tickets_by_month(company: Company) -> None:
    found = company.rows(
        """select source, month::varchar, created_tickets, deleted_tickets, replied_tickets, sla_targets, sla_targets_met, solved_tickets,
            reopened_tickets, one_touch_tickets, csat_answers, satisfied_answers
        from marts.mart.tickets_by_month where source not in ('all', 'generic') order by all"""
    )
    assert found == [tuple(month.values()) for month in company.truth.domains["tickets_by_month"]]


def test_a_second_refresh_has_nothing_to_do(company: Company) -> None:
    assert company.again.outcome == "nothing_new"
    assert company.again.release.stamp == company.report.release.stamp


def test_the_release_says_the_day_it_was_made_for(company: Company) -> None:
    assert company.rows("select max(day) from marts.mart.active_users_daily") == [
        (date.fromisoformat(company.truth.as_of),)
    ]


def test_no_personal_data_outside_raw_and_contact(company: Company) -> None:
    """Every text column of core and mart is searched for a planted address."""
    columns = company.rows(
        """select table_catalog, table_schema, table_name, column_name from information_schema.columns
        where table_schema in ('core', 'mart') and (data_type like 'VARCHAR%' or data_type = 'JSON') and table_name not in ('excluded_actors')"""
    )
    addressed = [
        f"{schema}.{table}.{column}"
        for catalog, schema, table, column in columns
        if company.rows(f"""select 1 from {catalog}.{schema}.{table} where "{column}"::varchar like '%@%' limit 1""")
    ]
    assert addressed == []


def test_nps_of_every_month_and_tier(company: Company) -> None:
    """Edited, late, double, anonymous and test answers, letters that came back: what is left is what was planted."""
    figures = "promoters, passives, detractors, excluded_responses, invitations, answered_invitations"
    found = company.rows(
        f"""select month::varchar, plan_tier, {figures} from marts.mart.nps_by_month
        where source = 'delighted' and responses + excluded_responses + invitations > 0 order by all"""
    )
    planted = company.truth.domains["nps_by_month"]
    assert found == sorted(tuple(row[name] for name in ("month", "plan_tier", *figures.split(", "))) for row in planted)
    # Every kind of dirt is there, or the equality above says little.
    assert company.rows(
        """select count(distinct response_id) filter (where not is_current) > 0, bool_or(is_test), bool_or(updated_at is null)
        from warehouse.raw.raw_delighted__survey_responses where record_status = 'loaded'"""
    ) == [(True, True, True)]
    assert company.rows(
        """select bool_or(is_bounced), bool_or(answered_at is not null and not is_answered and counts), bool_or(person_id is null)
        from warehouse.core.fct_survey_invitation"""
    ) == [(True, True, False)]


@pytest.fixture(scope="module")
def walk(company: Company) -> Walk:
    """The same company, day by day."""
    drawn = company.truth.parameters
    as_of = date.fromisoformat(company.truth.as_of)
    return Walk(drawn["accounts"], drawn["days"], drawn["seed"], drawn["sources"], as_of)


def test_retention_of_every_cohort_and_window(company: Company, walk: Walk) -> None:
    found = company.rows(
        """select unit, cohort_of, cohort_grain, cohort_start, measure, from_day, to_day, members, retained, is_mature
        from marts.mart.retention_by_cohort order by all"""
    )
    assert found == walk.retention()
    mature = [row for row in found if row[-1]]
    assert {row[4] for row in mature} == {"bounded", "unbounded", "bracket"}, "the data must hold what is tested"
    assert len({row[1] for row in mature}) == 8, "sign-up and seven features"
    assert company.rows(
        "select count(*) from marts.mart.retention_by_cohort where retention_rate is distinct from retained / members"
    ) == [(0,)]


def test_adoption_of_every_feature_and_week(company: Company, walk: Walk) -> None:
    found = company.rows(
        """select unit, feature, week_start, active_units, feature_users, active_feature_users, use_count, days_used, new_adopters,
            cumulative_adopters, repeat_adopters, adopters_with_start, median_days_to_first_use, is_mature, is_repeat_mature
        from marts.mart.feature_adoption_weekly order by unit, feature, week_start"""
    )
    assert found == walk.adoption()
    assert any(0 < row[10] < row[8] for row in found), "the data must hold what is tested"
    assert company.rows(
        """select count(*) from marts.mart.feature_adoption_weekly
        where adoption_rate is distinct from active_feature_users / nullif(active_units, 0)
            or uses_per_user is distinct from use_count / nullif(feature_users, 0)
            or days_used_per_user is distinct from days_used / nullif(feature_users, 0)
            or repeat_rate is distinct from repeat_adopters / nullif(new_adopters, 0)"""
    ) == [(0,)]


def test_lifetime_value_of_every_cohort_to_the_millionth(company: Company) -> None:
    """Payments in three currencies at the rate of their day, fees in that of settlement, refunds and tax: all as planted."""
    figures = "collected, collected_to_date, refunded_to_date, tax_to_date, fees_to_date, ltv"
    found = company.rows(
        f"select cohort_month::varchar, month::varchar, accounts, {figures} from marts.mart.ltv_by_cohort order by 1, 2"
    )
    planted = company.truth.domains["ltv_by_cohort"]
    assert [(*row[:3], *(int(amount * 1_000_000) for amount in row[3:])) for row in found] == [
        tuple(row[name] or 0 for name in ("cohort_month", "month", "accounts", *figures.split(", "))) for row in planted
    ]
    assert {row["refunded_to_date"] > 0 for row in planted} == {True, False}


def test_every_account_at_a_glance(company: Company) -> None:
    """The view of an account agrees with the marts and facts that show the same of all."""
    at_a_glance = "select * from marts.mart.account_360"
    accounts = len(company.rows("select account_id from warehouse.core.dim_account"))
    assert company.rows(f"select count(*), count(distinct account_id), min(as_of)::varchar from ({at_a_glance})") == [
        (accounts, accounts, company.truth.as_of)
    ]
    planted = {m["account_id"] for m in company.truth.mrr if m["mrr_minor"] and m["month_end"] == company.truth.as_of}
    assert {a for (a,) in company.rows(f"select account_id from ({at_a_glance}) where is_paying")} == planted
    # An account's worth and a cohort's are each rounded once, to a millionth.
    worth = company.rows(f"select sum(ltv) from ({at_a_glance})")[0][0]
    last = f"select sum(ltv) from marts.mart.ltv_by_cohort where month_end = date '{company.truth.as_of}'"
    assert abs(worth - company.rows(last)[0][0]) * 1_000_000 <= accounts
