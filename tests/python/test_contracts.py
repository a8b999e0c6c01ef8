"""The contracts, the raw models and the lists that name them agree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from signalhouse.landing.contract import known_vendors, read_contracts

PROJECT = Path(__file__).parents[2]
VARS: dict[str, Any] = yaml.safe_load((PROJECT / "vars.yml").read_text())["vars"]


def test_every_object_of_a_contract_has_its_raw_model_and_is_balanced() -> None:
    contracts = read_contracts(PROJECT, known_vendors(PROJECT))
    by_vendor: dict[str, set[str]] = {}
    for contract in contracts:
        by_vendor.setdefault(contract.vendor, set()).add(contract.object)
    models = {
        vendor: {path.stem.split("__", 1)[1] for path in (PROJECT / "models/raw" / vendor).glob("raw_*.sql")}
        for vendor in by_vendor
    }
    assert models == by_vendor
    assert {vendor: set(objects) for vendor, objects in VARS["raw_objects"].items()} == by_vendor


def test_every_mapping_is_named_in_vars_or_serves_one_that_is() -> None:
    files = {path.stem: path.read_text() for path in (PROJECT / "models/core").rglob("map_*.sql")}
    on = set(VARS["sources"])
    named = {
        f"map_{vendor}__{entity}" for entity, vendors in VARS["mappings"].items() for vendor in vendors if vendor in on
    }
    assert named <= set(files)
    serving = {name for name in files for other, text in files.items() if other != name and f"ref('{name}')" in text}
    assert set(files) - named <= serving


def test_a_bucket_lasts_no_longer_than_its_raw_model_says() -> None:
    """A refresh looks for buckets that speak of a day among those that begin so many days before: an hour more where clocks change."""
    [contract] = [one for one in read_contracts(PROJECT, ["generic"]) if one.object == "service_metrics"]
    [longest] = [column.at_most for column in contract.columns if column.name == "bucket_minutes"]
    said = re.search(
        r"'days_at_most': (\d+)", (PROJECT / "models/raw/generic/raw_generic__service_metrics.sql").read_text()
    )
    # a bucket may begin just before midnight and end just after one
    assert longest and said and int(said[1]) >= -(-(int(longest) + 60) // 1440) + 1


def test_the_generic_contract_is_the_public_one() -> None:
    """Objects and required columns of the public contract; names and meaning change only with a CHANGELOG row."""
    required = {
        c.object: {column.name for column in c.columns if column.required} for c in read_contracts(PROJECT, ["generic"])
    }
    assert required == {
        "events": {"event_id", "occurred_at", "event_name"},
        "users": {"user_id"},
        "accounts": {"account_id"},
        "subscriptions": {"subscription_id", "account_id", "plan", "started_at", "currency", "amount", "interval"},
        "invoices": {"invoice_id", "account_id", "issued_at", "currency", "total"},
        "tickets": {"ticket_id", "created_at", "status"},
        "survey_responses": {"response_id", "survey", "kind", "score", "responded_at"},
        "incidents": {"incident_id", "started_at", "severity"},
        "service_metrics": {"service", "bucket_start", "bucket_minutes"},
        "deployments": {"deployment_id", "service", "environment", "finished_at", "status"},
        "fx_rates": {"day", "from_currency", "to_currency", "rate"},
        "holidays": {"day", "calendar"},
        "acquisition_costs": {"month", "channel", "currency", "cost"},
        "exposures": {"experiment", "variant", "exposed_at"},
        "objectives": {"id", "title"},
        "key_results": {"id", "title"},
        "initiatives": {"id", "title"},
        "ideas": {"id", "title"},
        "feedback": {"id", "title"},
    }
