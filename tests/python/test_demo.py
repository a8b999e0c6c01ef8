"""The demo company: the same bytes for the same parameters, and a truth that its files bear out.

What the truth says is read here a second time, out of the written files and in plain Python: records by file, who was active
on each day, and what every account was worth at each month's end.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from signalhouse.demo import TRUTH_FILE, DemoTruth, files, write_demo
from signalhouse.demo.definitions import ACTIVATION_CRITERIA, EVENT_AUTHORITY, TRACKING_PLAN
from signalhouse.demo.params import VENDORS

SEEDS = Path(__file__).parents[2] / "seeds"
GRACE = timedelta(days=14)
# A small company with every tool there is, the generic contract too.
SMALL: dict[str, Any] = {"accounts": 60, "days": 120, "sources": VENDORS}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoTruth]:
    landing = tmp_path_factory.mktemp("demo") / "landing"
    return landing, write_demo(landing, **SMALL)


def text_of(path: Path) -> str:
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()


def records_of(path: Path) -> list[Any]:
    """The records of a file, a broken line as None."""
    name = path.name.removesuffix(".gz")
    # what Amplitude merges is a line each, whatever the file is called
    return records_in(text_of(path), name if path.parent.name != "merged_users" else "lines.ndjson")


def records_in(text: str, name: str) -> list[Any]:
    if name.endswith(".csv"):
        return list(csv.DictReader(io.StringIO(text)))
    if name.endswith(".json"):
        page = json.loads(text)
        while isinstance(page, dict) and "results" not in page:  # a page of NerdGraph lies some levels deep
            (page,) = page.values()
        return page if isinstance(page, list) else page["results"]
    records: list[Any] = []
    for line in text.split("\n")[:-1]:
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            records.append(None)
    return records


def log_of(landing: Path, vendor: str) -> Iterator[dict[str, Any]]:
    """The readable records of a tool's log."""
    folder = {"mixpanel": "export", "segment": "raw_logs", "amplitude": "export", "generic": "events"}[vendor]
    for path in sorted((landing / vendor / folder).iterdir()):
        if path.suffix == ".zip":
            with ZipFile(path) as archive:
                for name in archive.namelist():
                    yield from filter(None, records_in(gzip.decompress(archive.read(name)).decode(), "lines.ndjson"))
        else:
            yield from filter(None, records_of(path))


def digests(landing: Path) -> dict[str, str]:
    return {str(path.relative_to(landing)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files(landing)}


def minor(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def seed_rows(name: str) -> list[tuple[str, ...]]:
    with (SEEDS / name).open(newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def as_text(rows: tuple[tuple[Any, ...], ...]) -> list[tuple[str, ...]]:
    return [tuple(str(cell).lower() if isinstance(cell, bool) else str(cell) for cell in row) for row in rows]


def test_the_same_parameters_give_the_same_bytes(demo: tuple[Path, DemoTruth], tmp_path: Path) -> None:
    landing, truth = demo
    again = write_demo(tmp_path / "landing", **SMALL)
    assert digests(tmp_path / "landing") == digests(landing)
    assert again == truth
    assert DemoTruth.read(tmp_path / TRUTH_FILE) == truth


def test_one_thread_gives_the_same_bytes(
    demo: tuple[Path, DemoTruth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda path: connect(path, config={"threads": 1}))
    write_demo(tmp_path / "landing", **SMALL)
    assert digests(tmp_path / "landing") == digests(demo[0])


def test_another_seed_is_another_company(demo: tuple[Path, DemoTruth], tmp_path: Path) -> None:
    other = write_demo(tmp_path / "landing", **{**SMALL, "accounts": 24}, seed=8)
    assert other.dau != demo[1].dau
    assert other.mrr != demo[1].mrr


def test_nothing_but_exports_lies_in_the_landing_folder(demo: tuple[Path, DemoTruth]) -> None:
    landing, truth = demo
    written = {str(path.relative_to(landing)) for path in landing.rglob("*") if path.is_file()}
    assert written == {row["file"].partition("!/")[0] for row in truth.files}
    assert len(files(landing)) == len(written)
    assert (landing.parent / TRUTH_FILE).exists()


def test_files_come_in_the_order_of_their_days(demo: tuple[Path, DemoTruth]) -> None:
    days = [path.name.split(".")[0] for path in files(demo[0]) if path.parent.parts[-2:] == ("mixpanel", "export")]
    assert days == sorted(days)
    assert days[0] == "2026-03-03"
    assert days[-1] == "2026-07-01"  # the last day is complete only because something came after it


def test_every_file_holds_the_records_the_truth_counts(demo: tuple[Path, DemoTruth]) -> None:
    import duckdb

    landing, truth = demo
    for row in truth.files:
        name, _, member = row["file"].partition("!/")
        path = landing / name
        if member:
            with ZipFile(path) as archive:
                count = len(records_in(gzip.decompress(archive.read(member)).decode(), "lines.ndjson"))
        elif path.suffix == ".parquet":
            count = duckdb.sql(f"select * from '{path}'").count("*").fetchall()[0][0]
        else:
            count = len(records_of(path))
        fates = row["loaded"] + row["duplicate"] + row["quarantined"] + row["out_of_range"] + row["late_repeat"]
        assert row["read"] == count == fates, row["file"]


def test_a_smaller_demo_takes_away_only_its_own_files(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    write_demo(landing, accounts=20, days=90)
    mine = landing / "generic" / "fx_rates" / "mine.csv"
    mine.write_text("event_id\n")
    truth = write_demo(landing, accounts=20, days=60, sources=("generic",))
    left = {str(path.relative_to(landing)) for path in landing.rglob("*") if path.is_file()}
    assert left == {row["file"] for row in truth.files} | {"generic/fx_rates/mine.csv"}
    assert {row["vendor"] for row in truth.files} == {"generic"}


@pytest.mark.parametrize("wrong", [{"accounts": 19}, {"days": 30}, {"sources": ("heap",)}])
def test_parameters_that_make_no_company_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="demo"):
        write_demo(tmp_path / "landing", **wrong)


def test_the_seeds_are_the_definitions_the_truth_uses() -> None:
    assert seed_rows("demo/tracking_plan.csv") == as_text(TRACKING_PLAN)
    assert seed_rows("demo/event_authority.csv") == as_text(EVENT_AUTHORITY)
    assert seed_rows("demo/activation_criteria.csv") == as_text(ACTIVATION_CRITERIA)


def test_every_kind_of_trouble_is_planted(demo: tuple[Path, DemoTruth]) -> None:
    truth = demo[1]
    planted = {(row["vendor"], row["object"], row["fate"], row["reason"]) for row in truth.dirt}
    assert {
        ("mixpanel", "export", "duplicate", "repeated"),
        ("mixpanel", "export", "out_of_range", "clock ahead"),
        ("mixpanel", "export", "quarantined", "broken line"),
        ("mixpanel", "export", "quarantined", "wrong type"),
        ("mixpanel", "export", "quarantined", "missing field"),
        ("mixpanel", "export", "quarantined", "clock in 2100"),
        ("mixpanel", "export", "quarantined", "milliseconds for seconds"),
        ("segment", "raw_logs", "duplicate", "repeated"),
        ("segment", "raw_logs", "late_repeat", "repeated after months"),
        ("segment", "raw_logs", "out_of_range", "clock ahead"),
        ("segment", "raw_logs", "quarantined", "nobody"),
        ("amplitude", "events", "duplicate", "exported twice"),
        ("amplitude", "events", "duplicate", "retried"),
        ("amplitude", "events", "late_repeat", "retried after months"),
        ("amplitude", "events", "quarantined", "clock in 2100"),
        ("generic", "events", "duplicate", "repeated"),
        ("generic", "events", "late_repeat", "late_repeat"),
        ("generic", "events", "out_of_range", "clock ahead"),
        ("generic", "events", "quarantined", "neither user nor anonymous id"),
        ("stripe", "events", "duplicate", "replayed"),
        ("stripe", "subscriptions", "duplicate", "unchanged"),
    } <= planted
    assert set(truth.kinds["mixpanel"]) == {
        "imported", "late_by_days", "late_by_weeks", "repeated", "repeated_after_months", "shared_insert_id", "without_insert_id",
    }  # fmt: skip
    assert {row["movement"] for row in truth.movements} == {"new", "expansion", "contraction", "churn", "reactivation"}
    assert {row["cause"] for row in truth.churn} == {"payment", "paused", "cancelled"}
    assert {row["currency"] for row in truth.mrr} == {"USD", "JPY", "EUR"}


# --- a second reading of the product's files -----------------------------------------------------------------------------------


Event = tuple[str, str, str, str | None, datetime]


def moment(text: Any) -> datetime | None:
    """A readable time of these years in UTC."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.year < 2100 else None


def mixpanel_read(landing: Path) -> Iterator[tuple[tuple[Any, ...], int, Event]]:
    """(key, rank: the highest is kept, event)"""
    for record in log_of(landing, "mixpanel"):
        if "event" not in record or not isinstance(record["properties"]["time"], int):
            continue
        p = record["properties"]
        if p["time"] > 4_102_444_800 or p["time"] * 1000 > p["mp_processing_time_ms"] + 86_400_000:
            continue
        distinct = p["distinct_id"]
        who = f"mixpanel:device:{distinct[8:]}" if distinct.startswith("$device:") else f"mixpanel:user:{distinct}"
        key = (record["event"], distinct, p["time"], p.get("$insert_id") or json.dumps(p, sort_keys=True))
        at = datetime.fromtimestamp(p["time"], UTC)
        yield key, p["mp_processing_time_ms"], ("mixpanel", record["event"], who, p.get("account_id"), at)


def earliest(
    key: Any, occurred: datetime | None, received: datetime | None, *event: str | None
) -> Iterator[tuple[tuple[Any, ...], float, Event]]:
    """Of several records of one key the first received counts, unless it happened after it came."""
    if occurred and received and occurred <= received + timedelta(days=1):
        source, name, who, account = event
        assert source and name and who
        yield (source, *key), -received.timestamp(), (source, name, who, account, occurred)


def segment_read(landing: Path) -> Iterator[tuple[tuple[Any, ...], float, Event]]:
    for record in log_of(landing, "segment"):
        user, anonymous = record.get("userId"), record.get("anonymousId")
        if "messageId" in record and (user or anonymous):
            who = f"segment:user:{user}" if user else f"segment:anonymous:{anonymous}"
            times = (moment(record["timestamp"]), moment(record["receivedAt"]))
            account = record.get("groupId") or record.get("context", {}).get("groupId")
            yield from earliest(
                (record["messageId"],), *times, "segment", record.get("event", record["type"]), who, account
            )


def amplitude_read(landing: Path) -> Iterator[tuple[tuple[Any, ...], float, Event]]:
    for record in log_of(landing, "amplitude"):
        if "uuid" in record:
            user = record.get("user_id")
            who = f"amplitude:user:{user}" if user else f"amplitude:id:{record['amplitude_id']}"
            times = (moment(record["event_time"]), moment(record["server_upload_time"]))
            key = (record["device_id"], record["$insert_id"]) if record.get("$insert_id") else (record["uuid"],)
            account = record.get("event_properties", {}).get("account_id")
            yield from earliest(key, *times, "amplitude", record["event_type"], who, account)


def generic_read(landing: Path) -> Iterator[tuple[tuple[Any, ...], float, Event]]:
    for record in log_of(landing, "generic"):
        user, anonymous = record["user_id"], record["anonymous_id"]
        if record["event_id"] and (user or anonymous):
            who = f"generic:user:{user}" if user else f"generic:anonymous:{anonymous}"
            times = (moment(record["occurred_at"]), moment(record["received_at"]))
            yield from earliest(
                (record["event_id"],), *times, "generic", record["event_name"], who, record["account_id"] or None
            )


def events_read(landing: Path) -> list[Event]:
    """Every event once, readable, with a believable clock; also those for which another tool speaks."""
    kept: dict[tuple[Any, ...], tuple[float, Event]] = {}
    for read in (mixpanel_read, segment_read, amplitude_read, generic_read):
        for key, rank, event in read(landing):
            if key not in kept or kept[key][0] < rank:
                kept[key] = (rank, event)
    return [event for _, event in kept.values()]


def test_events_and_daily_active_people_follow_from_the_files(demo: tuple[Path, DemoTruth]) -> None:
    landing, truth = demo
    person = {one: row["person"] for row in truth.persons for one in row["ids"]}
    excluded = {row["person"] for row in truth.persons if row["is_excluded"]}
    value = {(source, name) for source, name, _, is_value, _ in TRACKING_PLAN if is_value}
    counts: dict[tuple[str, str], int] = defaultdict(int)
    active: dict[str, set[str]] = defaultdict(set)
    accounts: dict[str, set[str | None]] = defaultdict(set)
    set_aside: dict[tuple[str, str], int] = defaultdict(int)
    speaker = dict(EVENT_AUTHORITY)
    for source, name, who, account, at in events_read(landing):
        if speaker.get(name, source) != source:
            set_aside[(source, name)] += 1
            continue
        counts[(source, name)] += 1
        if (source, name) in value and person[who] not in excluded:
            active[str(at.date())].add(person[who])
            accounts[str(at.date())].add(account)
    assert counts == {(row["source"], row["event_name"]): row["events"] for row in truth.events}
    assert set_aside == {(row["source"], row["event_name"]): row["events"] for row in truth.set_aside}
    for row in truth.dau:
        assert (len(active[row["day"]]), len(accounts[row["day"]])) == (row["persons"], row["accounts"]), row["day"]


def test_people_are_linked_by_the_exports_alone(demo: tuple[Path, DemoTruth]) -> None:
    """Devices to users by what one event says of both, users of two tools by the same e-mail."""
    landing, truth = demo
    same: dict[str, str] = {}

    def root(one: str) -> str:
        while same.setdefault(one, one) != one:
            one = same[one]
        return one

    def is_one(one: str, other: str) -> None:
        same[root(one)] = root(other)

    for record in log_of(landing, "mixpanel"):
        p = record.get("properties", {})
        if "event" in record and isinstance(p["time"], int) and "$user_id" in p and "$device_id" in p:
            is_one(f"mixpanel:device:{p['$device_id']}", f"mixpanel:user:{p['$user_id']}")
    for record in log_of(landing, "segment"):
        if record.get("userId") and record.get("anonymousId"):
            is_one(f"segment:anonymous:{record['anonymousId']}", f"segment:user:{record['userId']}")
        if record["type"] == "identify":
            is_one(f"segment:user:{record['userId']}", f"email:{record['traits']['email']}")
    for record in log_of(landing, "amplitude"):
        if record.get("user_id") and "device_id" in record:
            is_one(f"amplitude:id:{record['amplitude_id']}", f"amplitude:user:{record['user_id']}")
            if email := record["user_properties"].get("email"):
                is_one(f"amplitude:user:{record['user_id']}", f"email:{email}")
    for path in (landing / "amplitude" / "merged_users").iterdir():
        for record in records_of(path):
            is_one(f"amplitude:id:{record['amplitude_id']}", f"amplitude:id:{record['merged_amplitude_id']}")
    for path in (landing / "mixpanel" / "engage").iterdir():
        for record in records_of(path):
            email = record["$properties"]["$email"].lower()
            same[root(f"mixpanel:user:{record['$distinct_id']}")] = root(f"email:{email}")
    for path in (landing / "generic" / "users").iterdir():
        for record in records_of(path):
            same[root(f"generic:user:{record['user_id']}")] = root(f"email:{record['email'].lower()}")
    for path in (landing / "delighted" / "people").iterdir():
        for record in records_of(path):
            if record["email"]:
                same[root(f"delighted:person:{record['id']}")] = root(f"email:{record['email'].lower()}")
    for folder, kind in (("zendesk/users", "user"), ("intercom/contacts", "contact"), ("intercom/admins", "admin")):
        for path in (landing / folder).iterdir():
            for record in records_of(path):
                node = f"{folder.split('/')[0]}:{kind}:{record['id']}"
                if record["email"]:
                    same[root(node)] = root(f"email:{record['email'].lower()}")
                if record.get("external_id"):
                    same[root(node)] = root(f"mixpanel:user:{record['external_id']}")
    for row in truth.persons:
        assert len({root(one) for one in row["ids"]}) == 1, row["person"]
    assert len({root(row["ids"][0]) for row in truth.persons}) == len(truth.persons)


# --- a second reading of the money ---------------------------------------------------------------------------------------------


def stripe_worth(shown: dict[str, Any], past_due_at: datetime | None, at: datetime) -> int:
    """What a subscription, as Stripe shows it, is worth a month at `at`, in minor units."""
    grace = past_due_at is not None and at < past_due_at + GRACE
    if shown["pause_collection"] or not (shown["status"] == "active" or (shown["status"] == "past_due" and grace)):
        return 0
    discounts = [*shown.get("discounts", []), *([shown["discount"]] if shown.get("discount") else [])]
    percent = sum(
        Decimal(str((discount.get("coupon") or discount["source"]["coupon"])["percent_off"]))
        for discount in discounts
        if discount["end"] > at.timestamp()
    )
    total = 0
    for item in shown["items"]["data"]:
        price = item["price"]
        if price["recurring"]["usage_type"] == "licensed":
            months = 12 if price["recurring"]["interval"] == "year" else 1
            total += minor(Decimal(price["unit_amount"] * item["quantity"]) * (100 - percent) / (100 * months))
    return total


def mrr_read(landing: Path, month_end: date) -> dict[tuple[str, str], int]:
    at = datetime(month_end.year, month_end.month, month_end.day, tzinfo=UTC) + timedelta(days=1)
    account = {
        record["id"]: record["metadata"]["account_id"]
        for path in (landing / "stripe" / "customers").iterdir()
        for record in records_of(path)
    }
    history: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for path in (landing / "stripe" / "events").iterdir():
        for event in records_of(path):
            if event["id"] != "evt_broken" and event["created"] < at.timestamp():
                history[event["data"]["object"]["id"]].append((event["created"], event["data"]["object"]))
    worth: dict[tuple[str, str], int] = defaultdict(int)
    for versions in history.values():
        versions.sort(key=lambda version: version[0])
        shown = versions[-1][1]
        since = None
        for created, version in versions:
            since = (since or datetime.fromtimestamp(created, UTC)) if version["status"] == "past_due" else None
        worth[(account[shown["customer"]], shown["currency"].upper())] += stripe_worth(shown, since, at)
    latest: dict[str, dict[str, str]] = {}
    for path in sorted((landing / "generic" / "subscriptions").iterdir()):
        for row in records_of(path):
            if row["amount"] != "twelve" and row["updated_at"] >= latest.get(row["subscription_id"], row)["updated_at"]:
                latest[row["subscription_id"]] = row
    for row in latest.values():
        ended = datetime.fromisoformat(row["ended_at"]) if row["ended_at"] else None
        if datetime.fromisoformat(row["started_at"]) < at and (ended is None or ended >= at):
            a_month = {"week": Decimal(52) / 12, "month": Decimal(1)}[row["interval"]]
            worth[(row["account_id"], row["currency"])] += minor(
                Decimal(row["amount"]) * int(row["quantity"]) * 100 * a_month
            )
    return {key: value for key, value in worth.items() if value}


def test_recurring_revenue_follows_from_the_files(demo: tuple[Path, DemoTruth]) -> None:
    landing, truth = demo
    for month_end in sorted({row["month_end"] for row in truth.mrr}):
        told = {
            (row["account_id"], row["currency"]): row["mrr_minor"] for row in truth.mrr if row["month_end"] == month_end
        }
        assert mrr_read(landing, date.fromisoformat(month_end)) == told, month_end


def test_movements_roll_forward_to_the_minor_unit(demo: tuple[Path, DemoTruth]) -> None:
    truth = demo[1]
    closing: dict[tuple[str, str], int] = defaultdict(int)
    for row in truth.account_movements:
        key = (row["account_id"], row["currency"])
        assert row["opening"] == closing[key]
        closing[key] = row["closing"]
    last = max(row["month_end"] for row in truth.mrr)
    assert {key: value for key, value in closing.items() if value} == {
        (row["account_id"], row["currency"]): row["mrr_minor"] for row in truth.mrr if row["month_end"] == last
    }


def test_worked_by_hand(demo: tuple[Path, DemoTruth]) -> None:
    """Two licences of 1,000.00 a year are 166.67 a month; 29.50 less 15 % is 25.08; 2 x 25.55 a week are 221.43 a month."""
    april = {
        (row["account_id"], row["currency"]): row["mrr_minor"]
        for row in demo[1].mrr
        if row["month_end"] == "2026-04-30"
    }
    assert april[("acct-0002", "USD")] == 16667
    assert april[("acct-0010", "USD")] == 2508
    assert april[("acct-0020", "EUR")] == 22143
    assert april[("acct-0009", "JPY")] == 30000
