"""A product that takes the e-mail address for its user id: every tool names Ada by hers, each in another spelling.

Outside raw and the contact schema no address may stand, and all that the tools tell has to meet on one person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from addresses import columns_with_addresses

from signalhouse.refresh import RefreshReport, refresh
from signalhouse.settings import Settings

PROJECT = Path(__file__).parents[2]
Record = dict[str, Any]


def at(moment: str) -> int:
    """Epoch seconds."""
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())


def tracked(distinct_id: str, moment: str, **more: Any) -> Record:
    properties = {
        "time": at(moment),
        "distinct_id": distinct_id,
        "$insert_id": moment,
        "mp_processing_time_ms": at(moment) * 1000,
    }
    return {"event": "Report Run", "properties": properties | more}


def call(number: int, kind: str, **more: Any) -> Record:
    moment = f"2026-09-12T10:00:0{number}Z"
    return {"messageId": f"s{number}", "type": kind, "timestamp": moment, "receivedAt": moment} | more


def seen(number: int, user_id: str | None, device_id: str) -> Record:
    return {
        "uuid": f"a{number}",
        "event_type": "Report Opened",
        "event_time": "2026-09-11 10:00:00.000000",
        "server_upload_time": "2026-09-11 10:00:01.000000",
        "user_id": user_id,
        "device_id": device_id,
        "app": 1,
    }


def acted(number: int, **who: Any) -> Record:
    moment = f"2026-09-{number:02}T10:00:00Z"
    return {"event_id": f"e{number}", "occurred_at": moment, "received_at": moment, "event_name": "seat_added"} | who


SEPTEMBER = "2026-09-06T10:00:00Z"
# Eve is staff of the demo company (seed excluded_actors): nothing but the id she acts under says so.
EXPORTS: dict[str, list[Record]] = {
    "mixpanel/export": [
        tracked(
            "ada@acme.example",
            "2026-09-10T10:00:00",
            **{"$email": "ada@acme.example", "note": "to\nbob@acme.example, please"},
        ),
        tracked("$device:kiosk@acme.example", "2026-09-10T11:00:00"),
        tracked("eve@lumen.example", "2026-09-10T12:00:00"),
    ],
    "mixpanel/engage": [{"$distinct_id": "Ada@acme.example", "$properties": {"$name": "Ada"}}],
    "amplitude/events": [seen(1, "ADA@acme.example", "tablet"), seen(2, None, "kiosk@acme.example")],
    "segment/raw_logs": [
        call(1, "identify", userId="ada@Acme.example", anonymousId="visitor@acme.example"),
        call(2, "track", event="API Called", anonymousId="visitor@acme.example"),
        call(3, "alias", userId="ada@acme.example", previousId="old@acme.example"),
    ],
    "generic/events": [
        # A column that the contract does not name joins the properties, which stand in core.
        *(
            acted(day, user_id=" ada@acme.example", account_id="ACME", asked_by="Ada@acme.example")
            for day in range(1, 31)
        ),
        acted(31, anonymous_id="visitor@acme.example") | {"occurred_at": SEPTEMBER, "received_at": SEPTEMBER},
        acted(32, user_id="eve@lumen.example", account_id="ACME")
        | {"occurred_at": SEPTEMBER, "received_at": SEPTEMBER},
    ],
    "generic/accounts": [{"account_id": "ACME", "created_at": "2026-01-01"}],
    "generic/users": [{"user_id": "ada@acme.example", "account_id": "ACME"}],
    "generic/tickets": [
        {
            "ticket_id": "k1",
            "created_at": SEPTEMBER,
            "status": "open",
            "user_id": "Ada@Acme.example",
            "tags": ["cc:bob@acme.example"],
        },
        {"ticket_id": "k2", "created_at": SEPTEMBER, "status": "open", "email": "ADA@acme.example "},
        {
            "ticket_id": "k3",
            "created_at": SEPTEMBER,
            "status": "open",
            "user_id": "eve@lumen.example",
            "account_id": "ACME",
        },
    ],
    "generic/survey_responses": [
        {
            "response_id": "r1",
            "survey": "s",
            "kind": "nps",
            "score": 9,
            "responded_at": SEPTEMBER,
            "user_id": "ada@ACME.example",
        },
        {
            "response_id": "r2",
            "survey": "t",
            "kind": "nps",
            "score": 9,
            "responded_at": SEPTEMBER,
            "email": "ada@acme.example",
        },
    ],
    "zendesk/users": [
        {
            "id": 9,
            "name": "Ada",
            "role": "end-user",
            "external_id": "ada@acme.example",
            "updated_at": SEPTEMBER,
            "active": True,
        }
    ],
    "zendesk/tickets": [
        {"id": 5, "status": "open", "created_at": SEPTEMBER, "updated_at": SEPTEMBER, "requester_id": 9}
    ],
    "intercom/contacts": [
        {"id": "c1", "role": "user", "external_id": "Ada@acme.example", "updated_at": at("2026-09-06")}
    ],
    "intercom/conversations": [
        {
            "id": "7",
            "created_at": at("2026-09-06"),
            "updated_at": at("2026-09-06"),
            "state": "open",
            "source": {"type": "conversation", "delivered_as": "customer_initiated", "author": {"type": "user"}},
            "contacts": {"contacts": [{"id": "c1"}]},
        }
    ],
    "delighted/people": [
        {"id": "p1", "email": "Ada@acme.example", "created_at": at("2026-09-01"), "last_sent_at": at("2026-09-05")}
    ],
    "delighted/survey_responses": [
        {"id": "d1", "person": "p1", "survey_type": "nps", "score": 9, "created_at": at("2026-09-06")}
    ],
    "stripe/customers": [
        {
            "id": "cus_1",
            "object": "customer",
            "email": "ada@acme.example",
            "created": at("2026-09-01"),
            "livemode": True,
        }
    ],
}
ADA = {
    "mixpanel:user", "amplitude:user", "segment:user", "segment:anonymous", "generic:user", "zendesk:user", "intercom:contact",
    "delighted:person", "stripe:customer",
}  # fmt: skip


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RefreshReport, duckdb.DuckDBPyConnection]]:
    folder = tmp_path_factory.mktemp("addresses")
    for name, records in EXPORTS.items():
        (folder / "landing" / name).mkdir(parents=True)
        (folder / "landing" / name / "all.ndjson").write_text("".join(json.dumps(record) + "\n" for record in records))
    settings = Settings.resolve(
        landing=str(folder / "landing"),
        work=folder / "work",
        serve=folder / "serve",
        as_of=date(2026, 9, 30),
        project=PROJECT,
    )
    report = refresh(settings)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{settings.warehouse_db}' as warehouse (read_only)")
        connection.execute(f"attach '{settings.serve / 'current' / 'marts.duckdb'}' as marts (read_only)")
        yield report, connection


def test_every_record_is_in(refreshed: tuple[RefreshReport, duckdb.DuckDBPyConnection]) -> None:
    report, connection = refreshed
    assert report.outcome == "published"
    loaded = connection.execute(
        "select vendor || '/' || object, sum(records_loaded) from warehouse.core.fct_landed_file group by all"
    ).fetchall()
    assert {name: int(count) for name, count in loaded} == {name: len(records) for name, records in EXPORTS.items()}


def test_no_address_stands_outside_raw_and_contact(refreshed: tuple[RefreshReport, duckdb.DuckDBPyConnection]) -> None:
    _, connection = refreshed
    assert columns_with_addresses(connection) == []
    # Only the addresses are gone from what an event carries.
    [(properties,)] = connection.execute(
        "select properties from warehouse.core.fct_event where source = 'mixpanel' and properties::varchar like '%note%'"
    ).fetchall()
    said = json.loads(properties)
    assert (said["distinct_id"], said["$email"], said["note"]) == ("<e-mail>", "<e-mail>", "to\n<e-mail>, please")


def test_all_that_is_said_of_ada_meets_on_one_person(
    refreshed: tuple[RefreshReport, duckdb.DuckDBPyConnection],
) -> None:
    _, connection = refreshed
    [(ada,)] = connection.execute(
        "select person_id from warehouse.core.bridge_actor_person where actor_id = 'stripe:customer:cus_1'"
    ).fetchall()
    kinds = connection.execute(
        """select distinct split_part(actor_id, ':', 1) || ':' || split_part(actor_id, ':', 2)
        from warehouse.core.bridge_actor_person where person_id = $1""",
        [ada],
    ).fetchall()
    assert {kind for (kind,) in kinds} == ADA
    tickets = connection.execute(
        "select ticket_id, person_id = $1, account_id from warehouse.core.fct_ticket", [ada]
    ).fetchall()
    assert {(ticket, is_hers) for ticket, is_hers, _ in tickets} == {
        ("k1", True),
        ("k2", True),
        ("k3", False),
        ("5", True),
        ("7", True),
    }
    assert {account for _, _, account in tickets} == {"ACME"}
    answers = connection.execute(
        "select response_id, person_id = $1 from warehouse.core.fct_survey_answer", [ada]
    ).fetchall()
    assert set(answers) == {("r1", True), ("r2", True), ("d1", True)}


def test_staff_known_by_an_address_alone_counts_nowhere(
    refreshed: tuple[RefreshReport, duckdb.DuckDBPyConnection],
) -> None:
    _, connection = refreshed
    eves = connection.execute(
        """select split_part(actor_id, ':', 1), event_count from warehouse.core.fct_excluded_actor
        where excluded_reason = 'staff' order by 1"""
    ).fetchall()
    assert eves == [("generic", 1), ("mixpanel", 1)]
    assert connection.execute(
        "select created_tickets, excluded_tickets from marts.mart.tickets_by_month where source = 'generic'"
    ).fetchall() == [(2, 1)]
    assert connection.execute(
        "select tickets_90d, open_tickets, active_persons_28d from marts.mart.account_360 where account_id = 'ACME'"
    ).fetchall() == [(4, 4, 1)]
