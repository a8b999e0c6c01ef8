"""What Stripe's records, in the shapes before and since API 2025-03-31, say of who paid what from when to when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signalhouse import ops
from signalhouse.build import build
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.settings import Settings

PROJECT = Path(__file__).parents[2]
Record = dict[str, Any]


def at(day: str) -> int:
    """Epoch seconds of a day's first moment."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def price(amount: int, currency: str = "usd", interval: str = "month") -> Record:
    return {
        "id": f"price_{amount}_{currency}",
        "product": "prod_x",
        "currency": currency,
        "unit_amount": amount,
        "recurring": {"interval": interval, "interval_count": 1, "usage_type": "licensed"},
    }


def item(amount: int, quantity: int = 1, name: str = "si_1", **more: Any) -> Record:
    return {"id": name, "price": price(amount, **more), "quantity": quantity}


def subscription(name: str, items: list[Record], **more: Any) -> Record:
    """In the new shape: the period stands on the items."""
    for one in items:
        one.setdefault("current_period_start", at("2026-01-01"))
    record = {
        "id": name,
        "object": "subscription",
        "customer": "cus_plain",
        "status": "active",
        "currency": "usd",
        "start_date": at("2026-01-01"),
        "created": at("2026-01-01"),
        "livemode": True,
        "items": {"data": items},
    }
    return record | more


def event(name: str, day: str, what: str, obj: Record, previous: Record | None = None) -> Record:
    data: Record = {"object": obj}
    if previous is not None:
        data["previous_attributes"] = previous
    return {"id": name, "type": f"customer.subscription.{what}", "created": at(day), "livemode": True, "data": data}


def amount_off(coupon: str) -> list[Record]:
    return [{"id": "di_1", "start": at("2026-01-01"), "end": None, "source": {"type": "coupon", "coupon": coupon}}]


UPGRADED = subscription("sub_upgraded", [item(9900)])
PAUSED = subscription("sub_paused", [item(5000)], pause_collection={"behavior": "void", "resumes_at": None})
LATE = {"status": "past_due", "latest_invoice": "in_late"}

EXPORTS: dict[str, list[Record]] = {
    "customers": [
        {"id": "cus_plain", "created": at("2026-01-01"), "metadata": {"account_id": "acct-1"}},
        {
            "id": "cus_discounted",
            "created": at("2026-01-01"),
            "metadata": {},
            "discount": {
                "id": "di_customer",
                "start": at("2026-01-01"),
                "end": at("2026-03-01"),
                "coupon": {"id": "HALF", "percent_off": 50.0, "duration": "repeating"},
            },
        },
        {"id": "cus_plain", "deleted": True},
        {"id": "cus_tried", "created": at("2026-01-01"), "livemode": False, "email": "try@vendor.example"},
        {"id": "cus_tried_and_gone", "created": at("2026-01-01"), "livemode": False},
        {"id": "cus_tried_and_gone", "deleted": True},
    ],
    "coupons": [{"id": "TEN_OFF", "amount_off": 1000, "currency": "usd", "duration": "forever"}],
    "subscriptions": [
        # Older than the event that upgraded it, so it says nothing new.
        subscription("sub_upgraded", [item(2900)]),
        subscription("sub_shared", [item(1000, name="si_a"), item(2000, name="si_b")], discounts=amount_off("TEN_OFF")),
        subscription("sub_of_discounted", [item(3000)], customer="cus_discounted"),
        subscription(
            "sub_once",
            [item(3000)],
            discount={"id": "di_o", "start": at("2026-01-01"), "coupon": {"id": "O", "percent_off": 10, "duration": "once"}},
        ),
        subscription("sub_yen", [item(15000, currency="jpy")], currency="jpy"),
        subscription(
            "sub_gone", [item(2900)], status="canceled", ended_at=at("2026-04-01"), cancellation_details={"reason": "payment_failed"}
        ),
        # In the old shape, listed twice: the second proves a later period.
        subscription("sub_old", [{"id": "si_1", "plan": {"id": "p", "amount": 1200, "currency": "usd", "interval": "year"}}])
        | {"current_period_start": at("2026-01-01")},
        subscription("sub_old", [{"id": "si_1", "plan": {"id": "q", "amount": 2400, "currency": "usd", "interval": "year"}}])
        | {"current_period_start": at("2026-05-01")},
        subscription("sub_tried", [item(7700)], livemode=False),
    ],
    "events": [
        # Out of order, and one of them twice.
        event("evt_3", "2026-03-20", "updated", PAUSED | {"pause_collection": None}, {"pause_collection": {"behavior": "void"}}),
        event("evt_2", "2026-02-10", "updated", PAUSED, {"pause_collection": None}),
        event("evt_2", "2026-02-10", "updated", PAUSED, {"pause_collection": None}),
        event("evt_1", "2026-01-01", "created", PAUSED | {"pause_collection": None}),
        event("evt_4", "2026-02-15", "updated", UPGRADED, {"items": {"data": [item(2900)]}}),
        event("evt_5", "2026-01-01", "created", subscription("sub_late", [item(4000)])),
        event("evt_6", "2026-03-04", "updated", subscription("sub_late", [item(4000)]) | LATE, {"status": "active"}),
        event("evt_7", "2026-03-30", "updated", subscription("sub_late", [item(4000)]), {"status": "past_due"}),
        event("evt_8", "2026-01-01", "created", subscription("sub_tried_too", [item(7700)], livemode=False)) | {"livemode": False},
    ],
    "invoices": [
        {"id": "in_tried", "currency": "usd", "total": 1, "status": "paid", "created": at("2026-03-01"), "customer": "cus_unlisted", "livemode": False},
        {"id": "in_late", "currency": "usd", "total": 4000, "status": "paid", "created": at("2026-03-01"), "customer": "cus_plain"},
        {
            "id": "in_returned",
            "currency": "usd",
            "total": 10000,
            "amount_paid": 10000,
            "status": "paid",
            "created": at("2026-03-01"),
            "customer": "cus_plain",
            "total_taxes": [{"amount": 700}, {"amount": 300}],
            "parent": {"subscription_details": {"subscription": "sub_shared"}},
        },
    ],
    "invoice_payments": [{"id": "inpay_1", "invoice": "in_returned", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}}],
    "charges": [{"id": "ch_1", "amount": 10000, "currency": "usd", "payment_intent": "pi_1", "created": at("2026-03-01"), "balance_transaction": "txn_1"}],
    "balance_transactions": [{"id": "txn_1", "amount": 10000, "fee": 320, "currency": "usd", "created": at("2026-03-01")}],
    "refunds": [
        {"id": "re_1", "charge": "ch_1", "amount": 2500, "currency": "usd", "status": "succeeded"},
        {"id": "re_2", "charge": "ch_1", "amount": 1000, "currency": "usd", "status": "succeeded"},
        {"id": "re_3", "charge": "ch_1", "amount": 9000, "currency": "usd", "status": "failed"},
    ],
    "credit_notes": [
        {"id": "cn_1", "invoice": "in_returned", "total": 2500, "currency": "usd", "status": "issued", "refunds": [{"refund": "re_1"}]},
        {"id": "cn_2", "invoice": "in_returned", "total": 9999, "currency": "usd", "status": "void"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse built from EXPORTS, read only. Customers come as a page of the API, all else as one record a line."""
    folder = tmp_path_factory.mktemp("stripe")
    for name, records in EXPORTS.items():
        (folder / "landing" / "stripe" / name).mkdir(parents=True)
        if name == "customers":
            text = json.dumps({"object": "list", "has_more": False, "data": records})
        else:
            text = "".join(json.dumps(record) + "\n" for record in records)
        suffix = "json" if name == "customers" else "ndjson"
        (folder / "landing" / "stripe" / name / f"all.{suffix}").write_text(text)
    settings = Settings.resolve(
        landing=str(folder / "landing"),
        work=folder / "work",
        serve=folder / "serve",
        as_of=date(2026, 6, 30),
        project=PROJECT,
    )
    report = land(settings, silent)
    assert dict(report.records) == {f"stripe/{name}": len(records) for name, records in EXPORTS.items()}
    ops.set_as_of(settings)
    build(
        settings,
        select=["+fct_subscription_period", "+fct_invoice", "+person_contact"],
        data_tests=False,
        progress=silent,
    )
    with duckdb.connect(str(settings.warehouse_db), read_only=True) as connection:
        yield connection


def periods(core: duckdb.DuckDBPyConnection, subscription_id: str, columns: str) -> list[tuple[Any, ...]]:
    return core.execute(
        f"select valid_from::date::varchar, {columns} from core.fct_subscription_period where subscription_id = $1 order by item_id, valid_from",
        [subscription_id],
    ).fetchall()


def test_what_an_event_changed_tells_what_was_before(core: duckdb.DuckDBPyConnection) -> None:
    assert periods(core, "sub_upgraded", "mrr_minor, is_history_inferred") == [
        ("2026-01-01", 2900, True),
        ("2026-02-15", 9900, False),
    ]


def test_what_was_tried_in_test_mode_is_kept_and_is_no_subscription(core: duckdb.DuckDBPyConnection) -> None:
    kept = "select subscription_id from raw.raw_stripe__subscriptions where not is_live union all select event_id from raw.raw_stripe__events where not is_live"
    assert core.execute(kept).fetchall() == [("sub_tried",), ("evt_8",)]
    assert periods(core, "sub_tried", "mrr_minor") == periods(core, "sub_tried_too", "mrr_minor") == []


def test_who_was_billed_in_test_mode_alone_is_no_account_and_no_person(core: duckdb.DuckDBPyConnection) -> None:
    assert core.execute(
        "select count(*) from raw.raw_stripe__customers where customer_id like 'cus_tried%'"
    ).fetchone() == (3,)
    customers = (
        "select customer_id from core.bridge_customer_account union all select actor_id from contact.person_contact"
    )
    assert [who for (who,) in core.execute(customers).fetchall() if "tried" in who or "unlisted" in who] == []
    assert core.execute(
        "select count(*) from contact.person_contact where actor_id = 'stripe:customer:cus_discounted'"
    ).fetchone() == (1,)
    assert core.execute(
        "select account_id, is_live from core.fct_invoice where invoice_id = 'in_tried'"
    ).fetchall() == [(None, False)]


def test_events_in_any_order_and_twice(core: duckdb.DuckDBPyConnection) -> None:
    assert periods(core, "sub_paused", "state, mrr_minor, is_history_inferred") == [
        ("2026-01-01", "active", 5000, False),
        ("2026-02-10", "paused", 0, False),
        ("2026-03-20", "active", 5000, False),
    ]


def test_past_due_counts_from_when_the_invoice_fell_due(core: duckdb.DuckDBPyConnection) -> None:
    assert periods(core, "sub_late", "state, mrr_minor, end_kind") == [
        ("2026-01-01", "active", 4000, None),
        ("2026-03-01", "past_due", 4000, "involuntary"),
        ("2026-03-15", "lapsed", 0, None),
        ("2026-03-30", "active", 4000, None),
    ]


def test_an_amount_off_is_shared_by_the_items_to_the_minor_unit(core: duckdb.DuckDBPyConnection) -> None:
    assert periods(core, "sub_shared", "item_id, mrr_minor") == [
        ("2026-01-01", "si_a", 667),
        ("2026-01-01", "si_b", 1333),
    ]


def test_a_customers_discount_holds_while_it_lasts_and_once_is_not_recurring(core: duckdb.DuckDBPyConnection) -> None:
    assert periods(core, "sub_of_discounted", "mrr_minor") == [("2026-01-01", 1500), ("2026-03-01", 3000)]
    assert periods(core, "sub_once", "mrr_minor") == [("2026-01-01", 3000)]


def test_yen_have_no_decimals(core: duckdb.DuckDBPyConnection) -> None:
    assert periods(core, "sub_yen", "currency, currency_exponent, mrr_minor") == [("2026-01-01", "JPY", 0, 15000)]


def test_a_failed_payment_ends_a_subscription_against_its_will(core: duckdb.DuckDBPyConnection) -> None:
    assert periods(core, "sub_gone", "valid_to::date::varchar, mrr_minor, end_kind") == [
        ("2026-01-01", "2026-04-01", 2900, "involuntary")
    ]


def test_listings_without_events_are_placed_at_the_time_they_prove(core: duckdb.DuckDBPyConnection) -> None:
    # The first was taken in the year that it tells of, before the second: since when it held is not known.
    assert periods(core, "sub_old", "mrr_minor, is_history_inferred") == [
        ("2026-01-01", 100, True),
        ("2026-05-01", 200, False),
    ]


def test_accounts_are_named_by_metadata_even_when_the_customer_is_gone(core: duckdb.DuckDBPyConnection) -> None:
    rows = core.execute("select customer_id, account_id from core.bridge_customer_account order by 1").fetchall()
    assert rows == [("cus_discounted", "stripe:cus_discounted"), ("cus_plain", "acct-1")]


def test_what_came_back_of_an_invoice_counts_once(core: duckdb.DuckDBPyConnection) -> None:
    row = core.execute(
        """select subscription_id, total_minor, tax_minor, paid_minor, refunded_minor, refunded_by_credit_note_minor, credited_minor, fees_minor,
            net_minor from core.fct_invoice where invoice_id = 'in_returned'"""
    ).fetchone()
    assert row == ("sub_shared", 10000, 1000, 10000, 3500, 2500, 2500, 320, 6500)
