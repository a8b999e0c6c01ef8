"""Recorded records of real accounts, through `signalhouse refresh`. Skips where the recordings are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signalhouse.refresh import RefreshReport, refresh
from signalhouse.settings import Settings
from signalhouse.variables import sources_on

PROJECT = Path(__file__).parents[2]
EXPORTS = PROJECT.parent / "shared" / "exports"

pytestmark = pytest.mark.skipif(
    not EXPORTS.is_dir(), reason="the recorded exports (../shared/exports) are not on this machine"
)

# (vendor, object): read, loaded, duplicate, out of range, quarantined
COUNTS = {
    ("amplitude", "events"): (139, 93, 46, 0, 0),
    ("amplitude", "merged_users"): (2, 2, 0, 0, 0),
    ("intercom", "admins"): (27, 27, 0, 0, 0),
    ("intercom", "companies"): (22, 22, 0, 0, 0),
    ("intercom", "contacts"): (34, 34, 0, 0, 0),
    ("intercom", "conversation_parts"): (24, 24, 0, 0, 0),
    ("intercom", "conversations"): (30, 30, 0, 0, 0),
    ("intercom", "tags"): (16, 16, 0, 0, 0),
    ("intercom", "teams"): (20, 20, 0, 0, 0),
    ("delighted", "bounces"): (5, 5, 0, 0, 0),
    ("delighted", "people"): (5, 5, 0, 0, 0),
    ("delighted", "survey_responses"): (10, 10, 0, 0, 0),
    ("delighted", "unsubscribes"): (10, 10, 0, 0, 0),
    ("datadog", "dora_deployments"): (1, 1, 0, 0, 0),
    ("datadog", "incidents"): (26, 26, 0, 0, 0),
    ("datadog", "incidents_search"): (8, 8, 0, 0, 0),
    ("datadog", "metric_series"): (5, 5, 0, 0, 0),
    ("datadog", "slo_reports"): (2, 2, 0, 0, 0),
    ("github", "deployments"): (2, 2, 0, 0, 0),
    ("github", "pull_requests"): (5, 5, 0, 0, 0),
    ("github", "releases"): (3, 3, 0, 0, 0),
    ("newrelic", "deployment"): (2, 2, 0, 0, 0),
    ("newrelic", "nrai_incident"): (2, 2, 0, 0, 0),
    ("newrelic", "transaction"): (2, 2, 0, 0, 0),
    ("newrelic", "transaction_error"): (1, 1, 0, 0, 0),
    ("mixpanel", "engage"): (5, 5, 0, 0, 0),
    ("mixpanel", "export"): (8, 6, 1, 1, 0),
    ("segment", "raw_logs"): (42, 6, 7, 0, 29),
    ("stripe", "balance_transactions"): (8, 8, 0, 0, 0),
    ("stripe", "charges"): (13, 13, 0, 0, 0),
    ("stripe", "coupons"): (3, 3, 0, 0, 0),
    ("stripe", "credit_notes"): (1, 1, 0, 0, 0),
    ("stripe", "customers"): (15, 15, 0, 0, 0),
    ("stripe", "disputes"): (2, 2, 0, 0, 0),
    ("stripe", "events"): (36, 36, 0, 0, 0),
    ("stripe", "invoice_line_items"): (8, 8, 0, 0, 0),
    ("stripe", "invoices"): (12, 12, 0, 0, 0),
    ("stripe", "plans"): (1, 1, 0, 0, 0),
    ("stripe", "products"): (3, 3, 0, 0, 0),
    ("stripe", "refunds"): (2, 2, 0, 0, 0),
    ("stripe", "subscription_items"): (3, 3, 0, 0, 0),
    ("stripe", "subscriptions"): (42, 42, 0, 0, 0),
    ("zendesk", "organizations"): (3, 3, 0, 0, 0),
    ("zendesk", "satisfaction_ratings"): (25, 25, 0, 0, 0),
    ("zendesk", "schedules"): (1, 1, 0, 0, 0),
    ("zendesk", "sla_policies"): (2, 2, 0, 0, 0),
    ("zendesk", "ticket_audits"): (25, 25, 0, 0, 0),
    ("zendesk", "ticket_comments"): (24, 24, 0, 0, 0),
    ("zendesk", "ticket_metric_events"): (27, 27, 0, 0, 0),
    ("zendesk", "ticket_metrics"): (16, 16, 0, 0, 0),
    ("zendesk", "tickets"): (30, 30, 0, 0, 0),
    ("zendesk", "users"): (20, 20, 0, 0, 0),
}

# (file, reason): records
REFUSED = {
    # calls as the documentation shows them, without what Segment adds on receiving
    (
        "segment/spec_calls/spec_calls.jsonl",
        "message_id is missing; occurred_at is missing; received_at is missing",
    ): 25,
    (
        "segment/spec_calls/spec_calls.jsonl",
        "message_id is missing; occurred_at is missing; received_at is missing; none of user_id, anonymous_id is there",
    ): 4,
}


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RefreshReport, duckdb.DuckDBPyConnection]]:
    folder = tmp_path_factory.mktemp("real")
    settings = Settings.resolve(
        landing=str(EXPORTS), work=folder / "work", serve=folder / "serve", as_of=date(2026, 9, 30), project=PROJECT
    )
    report = refresh(settings)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{settings.warehouse_db}' as warehouse (read_only)")
        connection.execute(f"attach '{settings.landing_db}' as landing (read_only)")
        connection.execute(f"attach '{settings.serve / 'current' / 'marts.duckdb'}' as marts (read_only)")
        yield report, connection


def test_a_release_is_published(refreshed: tuple[RefreshReport, Any]) -> None:
    report, connection = refreshed
    assert report.outcome == "published"
    assert connection.execute("select max(day) from marts.mart.active_users_daily").fetchone() == (date(2026, 9, 30),)


def test_every_object_loads_what_is_in_it(refreshed: tuple[Any, duckdb.DuckDBPyConnection]) -> None:
    _, connection = refreshed
    found = connection.execute(
        """select vendor, object, sum(records_read), sum(records_loaded), sum(records_duplicate + records_late_repeat),
            sum(records_out_of_range), sum(records_quarantined)
        from warehouse.core.fct_landed_file group by all"""
    ).fetchall()
    assert {(vendor, name): tuple(int(n) for n in counts) for vendor, name, *counts in found} == COUNTS


def test_nothing_is_refused_without_a_reason(refreshed: tuple[Any, duckdb.DuckDBPyConnection]) -> None:
    _, connection = refreshed
    found = connection.execute("select file_path, reason, count(*) from landing.ops.quarantine group by all").fetchall()
    assert {(path, reason): count for path, reason, count in found} == REFUSED


def test_what_no_contract_knows_is_named_and_left_alone(refreshed: tuple[RefreshReport, Any]) -> None:
    report, _ = refreshed
    named = {line.split(":")[0] for line in report.land.left_alone}
    others = {path.name for path in EXPORTS.iterdir() if path.is_dir()} - set(sources_on(PROJECT))
    assert others <= named
    assert {"stripe/payouts", "datadog/spans", "newrelic/nrql_response", "github/workflow_runs"} <= named
    assert report.land.sources_without_files == ["generic"]
