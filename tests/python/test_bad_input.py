"""What bad input gets, through `signalhouse refresh`: a word that says which and why, everything good loaded, nothing twice.

Three refreshes: a good one, one in which everything is wrong at once and the audit refuses, one after the worst was mended.
"""

from __future__ import annotations

import functools
import gzip
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from project_copy import FEW_OR_ALL_SOURCES, copy_of_the_project

from signalhouse.build import build
from signalhouse.errors import AuditRefused, UsageError
from signalhouse.landing.contract import read_contracts
from signalhouse.publish import current
from signalhouse.refresh import NOTHING_NEW, PUBLISHED, RefreshReport, refresh
from signalhouse.settings import Settings

NOW = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
EVENTS = "generic/events/"
AN_EMPTY_FOLDER = "generic/holidays"


def iso(moment: datetime) -> str:
    return moment.isoformat() + "Z"


def event(name: str, **other: Any) -> dict[str, Any]:
    """A good event of yesterday; `other` makes it bad. A value of `...` takes the field away."""
    at = NOW - timedelta(days=1)
    record = {
        "event_id": name,
        "occurred_at": iso(at),
        "event_name": "invoice_downloaded",
        "user_id": "u1",
        "received_at": iso(at),
        **other,
    }
    return {key: value for key, value in record.items() if value is not ...}


def lines(*records: Any) -> bytes:
    """NDJSON; a record that is bytes stands as it is."""
    return b"".join(
        (r if isinstance(r, bytes) else json.dumps(r, ensure_ascii=False).encode()) + b"\n" for r in records
    )


def table(*records: dict[str, Any], end: str = "\r\n", mark: str = "") -> bytes:
    rows = [",".join(records[0]), *(",".join(str(value) for value in record.values()) for record in records)]
    return (mark + end.join(rows) + end).encode()


def nested(depth: int) -> bytes:
    text = json.dumps(event("deep", properties={"x": "HERE"}))
    return text.replace('"HERE"', "[" * depth + "]" * depth).encode()


@dataclass(frozen=True)
class Case:
    """A file and what becomes of it: records loaded, repeats, out of range, and the refusals as (line, part of the reason)."""

    path: str
    content: bytes
    loaded: int
    refused: list[tuple[int, str]] = field(default_factory=list)
    duplicate: int = 0
    out_of_range: int = 0


SUBSCRIPTION = {"subscription_id": "s1", "account_id": "a1", "plan": "team", "started_at": "2026-01-01", "currency": "USD",
    "amount": "10.00", "interval": "month"}  # fmt: skip
INVOICE = {"invoice_id": "i1", "account_id": "a1", "issued_at": "2026-02-01", "currency": "USD", "total": "10.00"}
BUCKET = {"service": "api", "bucket_start": "2026-02-01", "bucket_minutes": 60, "requests": 10, "errors": 1}
MIXPANEL = {"event": "report run", "properties": {"time": int(NOW.timestamp()) - 90_000, "distinct_id": "m1", "$insert_id": "m-1",
    "mp_processing_time_ms": (int(NOW.timestamp()) - 90_000) * 1000}}  # fmt: skip
IN_SECONDS = {
    "event": "report run",
    "properties": {**MIXPANEL["properties"], "$insert_id": "m-2", "mp_processing_time_ms": int(NOW.timestamp())},
}  # type: ignore[dict-item]

CASES = {
    "half a JSON line": Case(
        EVENTS + "half.ndjson", lines(event("half"), b'{"event_id": "cut", "occ'), 1, [(2, "not valid JSON")]
    ),
    "wrong types": Case(
        EVENTS + "types.ndjson",
        lines(event("types"), event("t2", occurred_at="yesterday"), event("t3", received_at=True)),
        1,
        [(2, "occurred_at is not an ISO-8601 time"), (3, "received_at is not an ISO-8601 time")],
    ),
    "a number where text belongs": Case(EVENTS + "number.ndjson", lines(event("number", user_id=17)), 1),
    "an object where text belongs": Case(
        EVENTS + "object.ndjson",
        lines(event("object"), event("o2", user_id={"id": 5}), event("o3", event_name=["a"])),
        1,
        [(2, "user_id is an object or a list, not text"), (3, "event_name is an object or a list, not text")],
    ),
    "a byte order mark": Case(EVENTS + "bom.csv", table(event("bom-csv"), mark="\ufeff"), 1),
    "a byte order mark before JSON": Case(EVENTS + "bom.ndjson", "\ufeff".encode() + lines(event("bom-json")), 1),
    "CRLF": Case(EVENTS + "crlf.ndjson", lines(event("crlf-1"), event("crlf-2")).replace(b"\n", b"\r\n"), 2),
    "CRLF in a CSV": Case(EVENTS + "crlf.csv", table(event("crlf-3"), event("crlf-4")), 2),
    "U+2028 in a value": Case(EVENTS + "u2028.ndjson", lines(event("u2028", event_name="invoice\u2028downloaded")), 1),
    "a byte that is not UTF-8": Case(
        EVENTS + "utf8.ndjson", lines(event("utf8"), b'{"event_id": "\xff"}'), 1, [(2, "byte 15 of the line is not UTF-8")]
    ),
    "an empty file": Case(EVENTS + "empty.ndjson", b"", 0),
    "an unknown extension": Case(EVENTS + "table.xlsx", b"PK", 0, [(0, "unknown file type")]),
    "the same content under two names": Case(EVENTS + "same-1.ndjson", lines(event("same-1"), event("same-2")), 2),
    "and its other name": Case(EVENTS + "same-2.ndjson", lines(event("same-1"), event("same-2")), 0, duplicate=2),
    "a file that changed after it was loaded": Case(EVENTS + "changed.ndjson", lines(event("c1"), event("c3")), 2),
    "a line of 20 MB": Case(
        EVENTS + "long.ndjson",
        lines(event("long"), event("l2", properties={"x": "x" * 20_000_000})),
        1,
        [(2, "more than 16,777,216")],
    ),
    "epoch seconds where milliseconds belong": Case(
        "mixpanel/export/seconds.ndjson", lines(MIXPANEL, IN_SECONDS), 1, [(2, "processing_time_ms is not a whole number, or no epoch in ms")]
    ),
    "a clock in 2100": Case(
        EVENTS + "2100.ndjson",
        lines(event("y2100"), event("y2", occurred_at="2100-01-01T00:00:00Z", received_at=...)),
        1,
        [(2, "occurred_at is above 2099-12-31")],
    ),
    "a clock that was never set": Case(
        EVENTS + "1970.ndjson",
        lines(event("y1990"), event("y3", occurred_at="1970-01-01T00:00:07Z")),
        1,
        [(2, "occurred_at is below 1990-01-01")],
    ),
    "a clock ahead of the receive clock": Case(
        EVENTS + "ahead.ndjson", lines(event("ahead"), event("a2", occurred_at=iso(NOW + timedelta(days=9)))), 1, out_of_range=1
    ),
    "a clock in 2050 and no other to check it by": Case(
        EVENTS + "2050.ndjson", lines(event("y2050", occurred_at="2050-01-01T00:00:00Z", received_at=...)), 1
    ),
    "a negative quantity": Case(
        "generic/subscriptions/quantity.ndjson",
        lines(SUBSCRIPTION, {**SUBSCRIPTION, "subscription_id": "s2", "quantity": -2}),
        1,
        [(2, "quantity is below 0")],
    ),
    "an unknown currency": Case(
        "generic/invoices/currency.ndjson",
        lines(INVOICE, {**INVOICE, "invoice_id": "i2", "currency": "XQZ"}, {**INVOICE, "invoice_id": "i3", "currency": "dollars"}),
        2,
        [(3, "currency is not a currency code of three letters")],
    ),
    "one id with two contents": Case(
        EVENTS + "two.ndjson", lines(event("two"), event("two", event_name="seat_added")), 1, duplicate=1
    ),
    "a new field": Case(EVENTS + "field.ndjson", lines(event("field", colour="red")), 1),
    "a field that changes its type": Case(
        "generic/invoices/type.ndjson",
        lines({**INVOICE, "invoice_id": "i4"}, {**INVOICE, "invoice_id": "i5", "total": {"amount": 10}}, {**INVOICE, "invoice_id": "i6", "paid_at": 5}),
        1,
        [(2, "total is not a decimal number"), (3, "paid_at is not an ISO-8601 time")],
    ),
    "a required column that is missing": Case(
        EVENTS + "column.csv",
        table(event("column-1", event_name=...), event("column-2", event_name=...)),
        0,
        [(2, "event_name is missing"), (3, "event_name is missing")],
    ),
    "JSON nested 1,000 deep": Case(
        EVENTS + "deep.ndjson", lines(event("shallow"), nested(1000)), 1, [(2, "nested")]
    ),
    "a bucket longer than a month": Case(
        "generic/service_metrics/bucket.ndjson",
        lines(BUCKET, {**BUCKET, "service": "web", "bucket_minutes": 50_000}, {**BUCKET, "service": "db", "errors": -1}),
        1,
        [(2, "bucket_minutes is above 44640"), (3, "errors is below 0")],
    ),
    "a name that is SQL": Case(EVENTS + "'; drop schema core cascade; --.ndjson", lines(event("bobby")), 1),
    "a name that is a path": Case(EVENTS + "up..%2f..%2f..\\..\\etc.ndjson", lines(event("etc")), 1),
    "a name that is a pattern": Case(EVENTS + "*{a,b}[0-9]?.csv", table(event("star")), 1),
}  # fmt: skip

# No record of any object: half of one, two that are none.
BROKEN = b'{"cut": \n[1, 2]\n"text"\n'

# Of a whole company's days, so that one clock in 2050 runs alone. The last day is today, and nobody's clock runs ahead.
BASE = [
    event(
        f"base-{day}-{user}",
        user_id=f"u{user}",
        **{k: iso(NOW - timedelta(days=day)) for k in ("occurred_at", "received_at")},
    )
    for day in range(12)
    for user in range(3)
]


class Company:
    """A landing folder and its refreshes, with what was found after each."""

    def __init__(self, folder: Path, sources: tuple[str, ...]) -> None:
        self.landing, self.sources = folder / "landing", sources
        project = copy_of_the_project(folder / "project", sources)
        self.settings = Settings.resolve(
            landing=str(self.landing), work=folder / "work", serve=folder / "serve", project=project
        )

    def put(self, path: str, content: bytes) -> Path:
        file = self.landing / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            connection.execute(f"attach '{self.settings.warehouse_db}' as warehouse (read_only)")
            connection.execute(f"attach '{self.settings.landing_db}' as landing (read_only)")
            return connection.execute(query).fetchall()

    def balances(self) -> dict[str, tuple[int, ...]]:
        """Per file: read, loaded, duplicate, out of range, quarantined."""
        return {
            path: tuple(counts)
            for path, *counts in self.rows(
                """select file_path, records_read, records_loaded, records_duplicate + records_late_repeat,
                    records_out_of_range, records_quarantined from warehouse.core.fct_landed_file"""
            )
        }

    def last_record(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(max(self.settings.runs_dir.glob("*.json")).read_text())
        return record


@dataclass
class Story:
    """The three refreshes, told once for all tests."""

    company: Company
    first: RefreshReport
    refusal: AuditRefused
    served_after_refusal: str
    landed_with_faults: dict[str, Any]
    balances: dict[str, tuple[int, ...]]
    last: RefreshReport
    quiet: RefreshReport


@pytest.fixture(scope="module", params=FEW_OR_ALL_SOURCES)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("bad")
    company = Company(folder, request.param)
    company.put(EVENTS + "base.ndjson", lines(*BASE))
    company.put(EVENTS + "changed.ndjson", lines(event("c1"), event("c2")))
    gone = company.put(EVENTS + "gone.ndjson", lines(event("gone")))
    company.put("mixpanel/engage/base.ndjson", lines({"$distinct_id": "m1", "$properties": {}}))
    first = refresh_without_tests(company.settings)

    for case in CASES.values():
        company.put(case.path, case.content)
    for path in broken_files(company):
        company.put(path, BROKEN)
    gone.unlink()
    (company.landing / AN_EMPTY_FOLDER).mkdir()
    closed = company.landing / "generic" / "closed"
    closed.mkdir()
    many = gzip.compress(lines(*(event(f"many-{n}", properties={"noise": os.urandom(40).hex()}) for n in range(60))))
    company.put(EVENTS + "cut.ndjson.gz", many[: len(many) // 2])
    locked = company.put(EVENTS + "locked.ndjson", lines(event("locked")))
    moving = company.put(EVENTS + "moving.ndjson", lines(event("moving-1")))
    ahead = company.put(
        EVENTS + "tomorrow.ndjson", lines(event("tomorrow", occurred_at=iso(NOW + timedelta(days=60)), received_at=...))
    )
    (folder / "secret.ndjson").write_bytes(lines(event("secret")))
    (company.landing / EVENTS / "link.ndjson").symlink_to(folder / "secret.ndjson")
    company.put("generic/loose.csv", b"a\n1\n")
    with pytest.MonkeyPatch.context() as patch:
        meddle(patch, locked, moving, closed)
        with pytest.raises(AuditRefused) as refused:
            refresh(company.settings)
    served = current(company.settings)
    assert served is not None
    landed = next(step for step in company.last_record()["steps"] if step["step"] == "land")
    balances = company.balances()

    company.put(ahead.relative_to(company.landing).as_posix(), lines(event("tomorrow")))
    last = refresh_without_tests(company.settings)
    yield Story(company, first, refused.value, served.stamp, landed, balances, last, refresh(company.settings))


def broken_files(company: Company) -> list[str]:
    """A file for each folder of each object of the sources that are on, but for the one that stays empty."""
    contracts = read_contracts(company.settings.project, list(company.sources))
    folders = [f"{contract.vendor}/{folder}" for contract in contracts for folder in contract.folders]
    return [f"{folder}/broken.ndjson" for folder in folders if folder != AN_EMPTY_FOLDER]


def refresh_without_tests(settings: Settings) -> RefreshReport:
    """dbt's tests of the data run in the refresh in which everything is wrong; before and after it they would only take time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("signalhouse.build.build", functools.partial(build, data_tests=False))
        return refresh(settings)


def meddle(patch: pytest.MonkeyPatch, locked: Path, moving: Path, closed: Path) -> None:
    """While landing runs, one file and one folder cannot be opened, and a file is replaced by a longer one after it was read.

    Permissions are not taken away in earnest: to root, as whom tests run in a container, nothing is closed.
    """
    module = sys.modules["signalhouse.landing.land"]
    sha256_of: Callable[[Path], str] = module.sha256_of
    read_together: Callable[..., Any] = module.read_together

    def hashed(path: Path) -> str:
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return sha256_of(path)

    def read(*arguments: Any) -> Any:
        landed = read_together(*arguments)
        if moving in [file.local for file in arguments[2]]:
            moving.write_bytes(lines(event("moving-1"), event("moving-2")))
        return landed

    patch.setattr(module, "sha256_of", hashed)
    patch.setattr("signalhouse.landing.files.os.access", lambda path, mode: path != closed)
    patch.setattr(module, "read_together", read)


def test_a_source_without_a_file_is_named(story: Story) -> None:
    assert story.first.outcome == PUBLISHED
    assert story.first.land.sources_without_files == sorted(set(story.company.sources) - {"generic", "mixpanel"})


def test_what_is_no_record_is_refused_line_by_line_in_every_folder(story: Story) -> None:
    paths = broken_files(story.company)
    found = story.company.rows(
        "select file_path, line from landing.ops.quarantine where retracted_batch is null and file_path like '%/broken.ndjson'"
    )
    assert sorted(found) == sorted((path, line) for path in paths for line in (1, 2, 3))
    assert {story.balances[path] for path in paths} == {(3, 0, 0, 0, 3)}


@pytest.mark.parametrize("name", CASES)
def test_every_record_is_loaded_or_refused_with_a_reason(story: Story, name: str) -> None:
    case = CASES[name]
    refused = len(case.refused)
    read = case.loaded + case.duplicate + case.out_of_range + refused
    assert story.balances[case.path] == (read, case.loaded, case.duplicate, case.out_of_range, refused)
    found = story.company.rows(
        f"""select line, reason from landing.ops.quarantine
        where retracted_batch is null and file_path = '{case.path.replace("'", "''")}' order by line"""
    )
    assert [line for line, _ in found] == [line for line, _ in case.refused]
    for (_, reason), (_, part) in zip(found, case.refused, strict=True):
        assert part in reason


def test_the_balance_of_every_file_holds(story: Story) -> None:
    for path, (read, *parts) in {**story.balances, **story.company.balances()}.items():
        assert read == sum(parts), path


def test_a_gz_cut_short_gives_what_came_before_the_cut(story: Story) -> None:
    read, loaded, *_, refused = story.balances[EVENTS + "cut.ndjson.gz"]
    assert 0 < loaded < 60 and refused <= 1 and read == loaded + refused
    reasons = [
        r
        for (r,) in story.company.rows(
            "select reason from landing.ops.quarantine where file_path like '%cut.ndjson.gz'"
        )
    ]
    assert "the gz file ends early; what came before was read" in reasons


def test_what_was_refused_is_named_by_file_line_and_reason_in_the_run(story: Story) -> None:
    named = {(row["file"], row["line"]) for row in story.landed_with_faults["refusals"]}
    assert {(case.path, line) for case in CASES.values() for line, _ in case.refused} <= named


def test_no_value_of_a_refused_record_is_told(story: Story) -> None:
    told = json.dumps(story.landed_with_faults)
    assert not any(value in told for value in ("yesterday", "dollars", "XQZ"))


def test_a_file_that_went_is_named_and_its_event_stays(story: Story) -> None:
    assert story.landed_with_faults["missing_files"] == [EVENTS + "gone.ndjson"]
    assert story.balances[EVENTS + "gone.ndjson"] == (1, 1, 0, 0, 0)


def test_what_changed_is_replaced(story: Story) -> None:
    assert events_like(story, "c_") == ["c1", "c3"]


def test_an_unreadable_file_is_named_and_comes_later(story: Story) -> None:
    assert {
        "file": EVENTS + "locked.ndjson",
        "line": 0,
        "reason": "the file cannot be read (Permission denied); it is tried again next time",
    } in (story.landed_with_faults["refusals"])
    assert EVENTS + "locked.ndjson" not in story.balances
    assert events_like(story, "locked") == ["locked"]


def test_a_file_replaced_while_it_is_read_is_named_and_comes_later_once(story: Story) -> None:
    assert story.landed_with_faults["moved_while_read"] == [EVENTS + "moving.ndjson"]
    assert EVENTS + "moving.ndjson" not in story.balances
    assert events_like(story, "moving-_") == ["moving-1", "moving-2"]


def test_what_lies_outside_or_beside_is_named_and_not_read(story: Story) -> None:
    assert story.landed_with_faults["left_alone"] == [
        "generic/closed: a folder that cannot be read",
        "generic/events/link.ndjson: a link that leads out of the landing folder",
        "generic/loose.csv: a file beside the folders of the objects; it belongs into one of them",
    ]
    assert events_like(story, "secret") == []


def test_a_number_is_taken_for_its_text(story: Story) -> None:
    assert story.company.rows("select user_id from warehouse.raw.raw_generic__events where event_id = 'number'") == [
        ("17",)
    ]


def test_a_new_field_is_listed(story: Story) -> None:
    assert (EVENTS + "field.ndjson",) in story.company.rows(
        "select first_file_path from landing.ops.schema_drift where object = 'events' and field = 'colour'"
    )


def test_nothing_is_counted_twice(story: Story) -> None:
    found = [
        n
        for (n,) in story.company.rows("select source_event_id from warehouse.core.fct_event where source = 'generic'")
    ]
    assert len(found) == len(set(found))
    assert {e["event_id"] for e in BASE} <= set(found)


def test_a_clock_two_months_ahead_stops_the_release_and_readers_see_the_last(story: Story) -> None:
    assert story.served_after_refusal == story.first.release.stamp
    assert "dim_as_of" in story.refusal.where
    assert story.refusal.exit_code == 1


def test_a_lone_clock_in_2050_does_not_move_the_last_complete_day(story: Story) -> None:
    (as_of,) = story.company.rows("select as_of from warehouse.core.dim_as_of")[0]
    assert NOW.date() - timedelta(days=3) <= as_of < NOW.date()


@pytest.mark.parametrize(
    "rule",
    [
        "an event of 2050: fct_event#3",
        "an unknown currency: fct_invoice#4",
        "one id with two contents: raw_generic__events#5",
        "a new field: schema_drift#1",
        "a file that ends early: quarantine#1",
        "a file of which nothing fits: landing_file#5",
    ],
)
def test_what_is_loaded_and_odd_is_a_warning(story: Story, rule: str) -> None:
    failed = story.company.rows(
        "select rule_id from landing.ops.expectation_result where not success and severity <> 'critical'"
    )
    assert (rule.split(": ")[1],) in failed


def test_the_next_refresh_goes_on(story: Story) -> None:
    assert story.last.outcome == PUBLISHED
    assert story.last.release.stamp != story.first.release.stamp
    assert story.quiet.outcome == NOTHING_NEW


def events_like(story: Story, pattern: str) -> list[str]:
    return [
        name
        for (name,) in story.company.rows(
            f"select source_event_id from warehouse.core.fct_event where source = 'generic' and source_event_id like '{pattern}' order by 1"
        )
    ]


def test_a_changed_contract_refuses_while_a_landed_file_is_gone(story: Story, tmp_path: Path) -> None:
    """Its records could not be read again and would be lost. Runs last: it works on the company's own ledger."""
    project = copy_of_the_project(tmp_path / "project", story.company.sources)
    contract = project / "models" / "raw" / "generic" / "generic__sources.yml"
    contract.write_text(contract.read_text().replace("- name: platform", "- name: platform_name", 1))
    settings = Settings.resolve(
        landing=str(story.company.landing),
        work=story.company.settings.work,
        serve=story.company.settings.serve,
        project=project,
    )
    before = story.company.rows("select count(*) from landing.generic.events")
    with pytest.raises(UsageError) as refused:
        refresh(settings)
    assert refused.value.exit_code == 2
    assert refused.value.where.splitlines() == ["models/raw/generic/generic__sources.yml", EVENTS + "gone.ndjson"]
    assert story.company.rows("select count(*) from landing.generic.events") == before
    assert refresh(story.company.settings).outcome == NOTHING_NEW
