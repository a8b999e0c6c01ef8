"""Landing: every format and compression, what changed and what did not, and each way in which a file can be wrong."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from signalhouse import definitions
from signalhouse.errors import UsageError
from signalhouse.landing import LandReport, land
from signalhouse.progress import silent
from signalhouse.settings import Settings

CONTRACT = """
version: 2
sources:
  - name: shop
    tables:
      - name: orders
        config:
          meta:
            class: mutable
            key: [order_id]
            envelope: [data, results, body.page.orders]
            any_of: [[user_id, device_id]]
        columns:
          - {name: order_id, data_type: string, config: {meta: {required: true}}}
          - {name: placed_at, data_type: timestamp, config: {meta: {required: true, at_most: "2099-12-31"}}}
          - {name: amount, data_type: decimal}
          - {name: pieces, data_type: bigint}
          - {name: weight, data_type: double}
          - {name: is_gift, data_type: boolean}
          - {name: day, data_type: date}
          - {name: status, data_type: string, config: {meta: {one_of: [open, paid]}}}
          - {name: tags, data_type: json}
          - {name: city, data_type: string, config: {meta: {path: address.city, or_path: city}}}
          - {name: user_id, data_type: string}
          - {name: device_id, data_type: string}
      - name: clicks
        config:
          meta:
            class: append
            key: [event, time]
            open: properties
        columns:
          - {name: event, data_type: string, config: {meta: {required: true}}}
          - {name: time, data_type: bigint, config: {meta: {path: properties.time, required: true, clock: s}}}
          - {name: properties, data_type: json}
      - name: visits
        config: {meta: {class: append, key: [visit_id]}}
        columns:
          - {name: visit_id, data_type: string, config: {meta: {required: true}}}
          - {name: page, data_type: string, config: {meta: {path: place.page, or_path: page}}}
          - {name: traits, data_type: json, config: {meta: {takes_rest: true}}}
  - name: other
    tables: []
"""
ORDERS: list[dict[str, Any]] = [
    {
        "order_id": f"o{n}",
        "placed_at": f"2026-09-0{n}T10:00:00Z",
        "amount": "12.50",
        "pieces": n,
        "weight": 1.5,
        "is_gift": n == 1,
        "day": "2026-09-01",
        "status": "paid",
        "tags": ["a", "b"],
        "city": "Zürich\u2028\U0001f600",
        "user_id": f"u{n}",
    }
    for n in (1, 2, 3)
]


def ndjson(records: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def as_csv(records: list[dict[str, Any]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(records[0]))
    writer.writeheader()
    writer.writerows({k: json.dumps(v) if isinstance(v, list) else v for k, v in record.items()} for record in records)
    return out.getvalue().encode()


def as_parquet(records: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), out)
    return out.getvalue()


FORMATS: dict[str, tuple[str, Callable[[list[dict[str, Any]]], bytes]]] = {
    "ndjson": ("orders.ndjson", ndjson),
    "jsonl": ("orders.jsonl", ndjson),
    "json list": ("orders.json", lambda records: json.dumps(records, indent=1).encode()),
    "json page": ("orders.json", lambda records: json.dumps({"data": records, "has_more": False}).encode()),
    "json pages": (
        "orders.json",
        lambda records: json.dumps([{"data": records[:1]}, {"results": records[1:]}]).encode(),
    ),
    "json page below the first level": (
        "orders.json",
        lambda records: json.dumps({"body": {"page": {"orders": records, "next": None}}}).encode(),
    ),
    "ndjson called json": ("orders.json", lambda records: ndjson(records).rstrip()),
    "csv": ("orders.csv", as_csv),
    "parquet": ("orders.parquet", as_parquet),
}
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


class Landing:
    """A project of one vendor, its landing folder, and what landing makes of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "landing"
        self.project = folder / "project"
        self.contract = self.project / "models" / "raw" / "shop" / "shop__sources.yml"
        self.contract.parent.mkdir(parents=True)
        self.contract.write_text(CONTRACT)
        (self.project / "vars.yml").write_text("vars:\n  sources: [shop]\n")
        self.folder.mkdir()
        self.settings = Settings.resolve(
            landing=str(self.folder), work=folder / "work", serve=folder / "serve", project=self.project
        )

    def put(self, name: str, data: bytes, *, kind: str = "orders") -> Path:
        path = self.folder / "shop" / kind / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def land(self) -> LandReport:
        report = land(self.settings, silent)
        for path, read, landed, refused in self.rows(
            "select file_path, records_read, records_landed, records_quarantined from ops.landing_file where retracted_batch is null"
        ):
            assert read == landed + refused, path
        return report

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.landing_db), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def live(self, columns: str = "order_id", table: str = "shop.orders") -> list[tuple[Any, ...]]:
        return self.rows(f"select {columns} from {table} where retracted_batch is null order by file_path, line")

    def reasons(self) -> list[tuple[int, str]]:
        return self.rows(
            "select line, reason from ops.quarantine where retracted_batch is null order by file_path, line, reason"
        )


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("shape", FORMATS)
def test_every_format_gives_the_same_records(landing: Landing, shape: str, compression: str) -> None:
    name, write = FORMATS[shape]
    landing.put(name + compression, COMPRESSIONS[compression](write(ORDERS)))
    report = landing.land()
    assert report.refusals == []
    assert report.records == {"shop/orders": 3}
    columns = "order_id, cast(placed_at as varchar), cast(amount as varchar), pieces, weight, is_gift, cast(day as varchar), status, city, user_id"
    assert landing.live(columns) == [
        (
            f"o{n}",
            f"2026-09-0{n} 10:00:00",
            "12.500000",
            n,
            1.5,
            n == 1,
            "2026-09-01",
            "paid",
            "Zürich\u2028\U0001f600",
            f"u{n}",
        )
        for n in (1, 2, 3)
    ]
    assert landing.live("cast(tags as varchar)") == [('["a","b"]',)] * 3
    assert landing.live("json_extract_string(payload, '$.order_id')") == [("o1",), ("o2",), ("o3",)]
    assert len({line for (line,) in landing.live("line")}) == 3
    assert not (landing.settings.work / "unpacked").exists()


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("shape", [shape for shape in FORMATS if shape != "json pages"])
def test_a_bad_record_is_refused_and_the_rest_lands(landing: Landing, shape: str, compression: str) -> None:
    name, write = FORMATS[shape]
    bad = [ORDERS[0], {**ORDERS[1], "placed_at": None}, {**ORDERS[2], "status": "lost"}]
    landing.put(name + compression, COMPRESSIONS[compression](write(bad)))
    report = landing.land()
    assert landing.live() == [("o1",)]
    assert [reason for _, reason in landing.reasons()] == ["placed_at is missing", "status is not one of open, paid"]
    assert report.refused == {"shop/orders": 2}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"order_id": None}, "order_id is missing"),
        ({"placed_at": "yesterday"}, "placed_at is not an ISO-8601 time"),
        ({"placed_at": "jane.doe@x.example"}, "placed_at is not an ISO-8601 time"),
        ({"placed_at": "2100-01-01T00:00:00Z"}, "placed_at is above 2099-12-31"),
        ({"placed_at": "infinity"}, "placed_at is not an ISO-8601 time"),
        ({"amount": "12,50"}, "amount is not a decimal number"),
        ({"pieces": 1.5}, "pieces is not a whole number"),
        ({"pieces": "many"}, "pieces is not a whole number"),
        ({"weight": "heavy"}, "weight is not a number"),
        ({"weight": "NaN"}, "weight is not a number"),
        ({"weight": "-inf"}, "weight is not a number"),
        ({"is_gift": "perhaps"}, "is_gift is not true or false"),
        ({"placed_at": "2026-09-01T10:00:00,Z"}, "placed_at is not an ISO-8601 time"),
        ({"placed_at": "0000-12-31"}, "placed_at is below 0001-01-02"),
        ({"day": "2026-13-01"}, "day is not a date"),
        ({"day": "infinity"}, "day is not a date"),
        ({"day": "10000-01-01"}, "day is not a date"),
        ({"day": "26-03-04"}, "day is not a date"),
        ({"day": "9999-12-31"}, "day is above 9998-12-31"),
        ({"status": "lost"}, "status is not one of open, paid"),
        ({"user_id": None}, "none of user_id, device_id is there"),
        ({"placed_at": None, "pieces": "many"}, "placed_at is missing; pieces is not a whole number"),
    ],
)
def test_the_reason_names_the_field_and_not_the_value(landing: Landing, change: dict[str, Any], reason: str) -> None:
    landing.put("a.ndjson", ndjson([ORDERS[0], {**ORDERS[1], **change}]))
    landing.land()
    assert landing.reasons() == [(2, reason)]
    assert landing.live() == [("o1",)]


@pytest.mark.parametrize(
    ("change", "column", "value"),
    [
        ({"placed_at": "2026-09-01T12:00:00+02:00"}, "placed_at", "2026-09-01 10:00:00"),
        ({"placed_at": "2026-09-01T12:00:00+0200"}, "placed_at", "2026-09-01 10:00:00"),
        ({"placed_at": "2026-09-01 10:00:00"}, "placed_at", "2026-09-01 10:00:00"),
        ({"placed_at": "2026-09-01T10:00:00.123456789Z"}, "placed_at", "2026-09-01 10:00:00.123456"),
        ({"placed_at": "2026-09-01T12:00+02:00"}, "placed_at", "2026-09-01 10:00:00"),
        ({"placed_at": "2026-09-01T10:00Z"}, "placed_at", "2026-09-01 10:00:00"),
        ({"placed_at": "2026-09-01T10:00:00,5Z"}, "placed_at", "2026-09-01 10:00:00.5"),
        ({"placed_at": "20260901T120000+0200"}, "placed_at", "2026-09-01 10:00:00"),
        ({"placed_at": "2026-09-01"}, "placed_at", "2026-09-01 00:00:00"),
        ({"pieces": "7"}, "pieces", "7"),
        ({"pieces": 7.0}, "pieces", "7"),
        ({"pieces": 9007199254740993}, "pieces", "9007199254740993"),
        ({"amount": -0.1}, "amount", "-0.100000"),
        ({"order_id": 17}, "order_id", "17"),
        ({"address": {"city": "Bern"}}, "city", "Bern"),
        ({"device_id": "d", "user_id": None}, "device_id", "d"),
        ({"tags": {"a": 1}}, "tags", '{"a":1}'),
        ({"tags": "free text"}, "tags", '"free text"'),
        ({"tags": None}, "tags", None),
    ],
)
def test_what_fits(landing: Landing, change: dict[str, Any], column: str, value: str | None) -> None:
    landing.put("a.ndjson", ndjson([{**ORDERS[0], **change}]))
    assert landing.land().refusals == []
    assert landing.live(f"cast({column} as varchar)") == [(value,)]


@pytest.mark.parametrize(("seconds", "lands"), [(1_788_000_000, True), (1_788_000_000_000, False), (17, False)])
def test_an_epoch_in_another_unit_is_refused(landing: Landing, seconds: int, lands: bool) -> None:
    landing.put("a.ndjson", ndjson([{"event": "click", "properties": {"time": seconds}}]), kind="clicks")
    landing.land()
    assert landing.reasons() == ([] if lands else [(1, "time is not a whole number, or no epoch in s of these years")])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"order_id": "x",', "not valid JSON at character 18"),
        (b'{"order_id": NaN}', "not valid JSON"),
        (ndjson(ORDERS[2:]).strip().replace(b"12.50", b"NaN").replace(b'"NaN"', b"NaN"), "not valid JSON"),
        (ndjson([{**ORDERS[2], "note": "\0"}]).strip(), "the record holds a NUL character"),
        (b'{"order_id": "x", "weight": 1e999}', None),
        (b'{"order_id": "\\ud800"}', None),
        (b'{"order_id": "\\u0000"}', "the record holds a NUL character"),
        (b'{"order_id": "\xff"}', "byte 15 of the line is not UTF-8"),
        (b"[1, 2]", "the record is not an object"),
        (b'"text"', "the record is not an object"),
        (b"null", "the record is not an object"),
        (b"42", "the record is not an object"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "the record is nested deeper than 200 levels"),
        (b"[" * 100_000, None),
    ],
)
def test_a_broken_line_is_refused_alone(landing: Landing, line: bytes, reason: str | None) -> None:
    landing.put("a.ndjson", ndjson(ORDERS[:1]) + line + b"\n\n" + ndjson(ORDERS[1:2]))
    landing.land()
    assert landing.live() == [("o1",), ("o2",)]
    ((number, found),) = landing.reasons()
    assert number == 2
    assert reason is None or found == reason


@pytest.mark.parametrize("value", ['"\\ud800"', "1e999", '"\\u0000"'])
def test_a_document_with_a_record_that_no_engine_holds(landing: Landing, value: str) -> None:
    good = json.dumps(ORDERS[0])
    landing.put("a.json", f'[{good}, {{"order_id": {value}}}]'.encode())
    landing.land()
    assert landing.live() == [("o1",)]
    assert [line for line, _ in landing.reasons()] == [2]


GOOD, OTHER = (json.dumps(record).encode() for record in ORDERS[:2])
MISFIT = json.dumps({**ORDERS[2], "amount": "12,50", "status": "lost"}).encode()
LONG = json.dumps({**ORDERS[0], "tags": "x" * 17_000_000}).encode()
ODD_FILES = {
    "a.ndjson": GOOD + b"\n" + OTHER,
    "bad-line.ndjson": GOOD + b'\n{"cut\n' + OTHER + b"\n\xff\n" + GOOD,
    "bad-record.ndjson": b"\n".join([MISFIT, GOOD, b"[1]", b"null", GOOD.replace(b"}", b', "x": NaN}')]),
    "blank-lines.ndjson": GOOD + b"\n\n   \n" + OTHER + b"\n",
    "blank-lines-and-a-bad-one.ndjson": GOOD + b"\r\n \r\n" + b'{"cut\r\n' + OTHER,
    "broken.json": b'{"data": [',
    "byte-order-mark.ndjson": b"\xef\xbb\xbf" + GOOD + b"\n" + OTHER,
    "cut.ndjson.gz": gzip.compress(GOOD + b"\n" + OTHER)[:-6],
    "deep.ndjson": GOOD[:-1] + b', "x": ' + b"[" * 20 + b"]" * 20 + b"}\n" + b'{"a":' * 300 + b"1" + b"}" * 300,
    "document.json": b'{"data": [' + GOOD + b", " + MISFIT + b', {"order_id": "\\ud800"}]}',
    "empty.ndjson": b"",
    "list.json": b"[" + GOOD + b"]",
    "long.ndjson": OTHER + b"\n" + LONG,
    "nothing-good.ndjson": b"{}\n{}",
    "table.csv": b"order_id,placed_at,user_id\no1,2026-09-01,u\n",
    "whole.ndjson.gz": gzip.compress(GOOD + b"\n" + MISFIT) + gzip.compress(b"\n" + OTHER),
    "whole.ndjson.zst": pa.compress(GOOD + b"\n" + OTHER, codec="zstd", asbytes=True),
}


@pytest.mark.parametrize("without", ["", "long.ndjson"])
def test_files_together_are_what_each_is_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: str) -> None:
    """With a line that is too long to be read DuckDB takes none of the files, and each goes by itself after all."""
    found = []
    for files_together in (100, 1):
        monkeypatch.setattr(sys.modules["signalhouse.landing.land"], "_FILES_TOGETHER", files_together)
        landing = Landing(tmp_path / str(files_together))
        for name, content in ODD_FILES.items():
            if name != without:
                landing.put(name, content)
        report = landing.land()
        columns = "file_path, line, order_id, placed_at, amount, tags::varchar, payload::varchar"
        ledger = "select file_path, records_read, records_landed from ops.landing_file order by 1"
        quarantine = "select file_path, line, reason from ops.quarantine order by all"
        found.append((landing.live(columns), landing.rows(ledger), landing.rows(quarantine), report.refused))
    assert found[0] == found[1]
    counts = {path.removeprefix("shop/orders/"): tuple(records) for path, *records in found[0][1]}
    assert (counts["a.ndjson"], counts["whole.ndjson.gz"], counts["document.json"]) == ((2, 2), (3, 2), (3, 1))
    assert counts["bad-line.ndjson"] == (5, 3)
    assert counts["bad-record.ndjson"] == (5, 1)
    assert counts["blank-lines-and-a-bad-one.ndjson"] == (3, 2)
    assert counts["deep.ndjson"] == (2, 1)


def test_files_of_one_object_land_in_one_statement(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["signalhouse.landing.land"]
    real, read = module.read_together, []

    def note(*args: Any) -> Any:
        read.append([file.local.name for file in args[2]])
        return real(*args)

    monkeypatch.setattr(module, "read_together", note)
    landing.put("a.ndjson", GOOD + b"\n" + MISFIT)
    landing.put("b.json", b"[" + OTHER + b"]")
    landing.put("c.ndjson.gz", gzip.compress(GOOD + b'\n{"cut'))
    landing.land()
    assert read == [["a.ndjson", "b.json", "c.ndjson.gz"]]
    assert landing.live("file_path, line") == [
        ("shop/orders/a.ndjson", 1),
        ("shop/orders/b.json", 1),
        ("shop/orders/c.ndjson.gz", 1),
    ]
    assert [line for line, _ in landing.reasons()] == [2, 2]


def test_a_broken_document_is_refused_as_a_whole(landing: Landing) -> None:
    landing.put("a.json", b'{"data": [')
    landing.put("b.json", b'{"data": ["\xff"]}')
    landing.land()
    assert landing.reasons() == [(0, "not valid JSON at line 1, character 11"), (0, "byte 12 of the file is not UTF-8")]


def test_a_byte_that_is_not_utf8_in_a_csv(landing: Landing) -> None:
    data = as_csv(
        [
            {"order_id": "o1", "placed_at": "2026-09-01", "user_id": "u"},
            {"order_id": "oX", "placed_at": "2026-09-01", "user_id": "u"},
        ]
    )
    landing.put("a.csv", data.replace(b"oX", b"o\xff"))
    landing.land()
    assert landing.live() == [("o1",)]
    assert landing.reasons() == [(3, "the row holds bytes that are not UTF-8")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("compression", ["", ".gz"])
@pytest.mark.parametrize("shape", ["csv", "ndjson", "json list"])
def test_a_text_in_another_encoding_is_refused_once(
    landing: Landing, shape: str, encoding: str, compression: str
) -> None:
    name, write = FORMATS[shape]
    rows = [{"order_id": f"o{number}", "placed_at": "2026-09-01", "user_id": "u"} for number in range(3)]
    landing.put(f"{name}{compression}", COMPRESSIONS[compression](write(rows).decode().encode(encoding)))
    report = landing.land()
    assert landing.reasons() == [(0, "the file is UTF-16, not UTF-8: save it as UTF-8")]
    assert (report.records["shop/orders"], report.refused["shop/orders"]) == (0, 1)


def test_csv_as_people_write_it(landing: Landing) -> None:
    landing.put(
        "a.csv",
        b"\xef\xbb\xbforder_id,placed_at,user_id,city\r\n"
        b'#1,2026-09-01,u,"Bern, ""old\ntown"""\r\n'
        b"002,2026-09-01,u,\r\n"
        b"3,2026-09-01,u\r\n"
        b"4,2026-09-01,u,null\r\n",
    )
    landing.land()
    assert landing.live("order_id, city") == [("#1", 'Bern, "old\ntown"'), ("002", None), ("4", "null")]
    assert landing.reasons() == [(5, "the row has 3 columns, the header 4")]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_csv_row_is_never_taken_for_a_header_or_a_comment(landing: Landing, rows: int) -> None:
    lines = ["order_id,placed_at,user_id", *[f"#{n},2026-09-01,u" for n in range(rows)]]
    landing.put("a.csv", "\n".join(lines).encode())
    landing.put("b.csv", b"order_id,placed_at\n" + b"o,2026-09-01,u\n" * rows)
    landing.land()
    assert landing.live() == [(f"#{n}",) for n in range(rows)]
    assert [reason for _, reason in landing.reasons()] == ["the row has 3 columns, the header 2"] * rows


@pytest.mark.parametrize("compression", [".gz", ".zst"])
@pytest.mark.parametrize("shape", ["ndjson", "csv", "json list", "parquet"])
def test_a_file_cut_short_is_noticed_wherever_it_is_cut(landing: Landing, shape: str, compression: str) -> None:
    name, write = FORMATS[shape]
    data = COMPRESSIONS[compression](write(ORDERS))
    cuts = sorted({1, 5, len(data) // 2, len(data) - 20, len(data) - 9, len(data) - 8, len(data) - 4, len(data) - 1})
    for cut in cuts:
        landing.put(f"{cut:05d}-{name}{compression}", data[:cut])
    landing.land()
    noticed = dict(landing.rows("select file_path, count(*) from ops.quarantine where line = 0 group by file_path"))
    assert len(noticed) == len(cuts)
    assert all(
        "ends early" in reason or reason.startswith("not valid JSON") for line, reason in landing.reasons() if line == 0
    )


def test_the_records_before_a_cut_are_kept(landing: Landing) -> None:
    many = [{**ORDERS[0], "order_id": os.urandom(8).hex()} for _ in range(2000)]
    data = gzip.compress(ndjson(many))
    landing.put("a.ndjson.gz", data[: len(data) // 2])
    report = landing.land()
    assert 100 < report.records["shop/orders"] < 1900
    lines = [line for line, _ in landing.reasons()]
    assert lines[0] == 0 and len(lines) == 2, "the file, and the line that was cut"


@pytest.mark.parametrize("name", ["a.txt", "a.ndjson.bz2", "orders", "a.xlsx"])
def test_an_unknown_kind_of_file_is_named(landing: Landing, name: str) -> None:
    landing.put(name, b"x")
    landing.land()
    expected = "unknown file type: expected ndjson, json, csv or parquet, plain, gz or zst, or a zip of them"
    assert landing.reasons() == [(0, expected)]
    assert landing.land().files_same == 1


def test_what_has_no_contract_is_named_and_left_alone(landing: Landing) -> None:
    for path in (
        "nobody/orders/a.ndjson",
        "shop/refunds/a.ndjson",
        "shop/refunds/b.ndjson",
        "loose.ndjson",
        "shop/orders/.half.ndjson",
    ):
        (landing.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (landing.folder / path).write_bytes(ndjson(ORDERS))
    off = landing.project / "models" / "raw" / "till" / "till__sources.yml"
    off.parent.mkdir()
    off.write_text("sources: []")
    (landing.folder / "till" / "sales").mkdir(parents=True)
    (landing.folder / "till" / "sales" / "a.csv").write_text("a")
    report = landing.land()
    assert report.left_alone == [
        "loose.ndjson: a file beside the folders of the sources; it belongs into <source>/<object>/",
        "nobody: no contract for this vendor, 1 file",
        "shop/refunds: no contract for this object, 2 files",
        "till: source is off (vars.yml, sources), 1 file",
    ]
    assert report.sources_without_files == ["shop"]
    assert not report.found_something
    assert landing.rows("select count(*) from ops.landing_file") == [(0,)]


def test_landing_again_lands_nothing(landing: Landing) -> None:
    path = landing.put("a.ndjson", ndjson(ORDERS))
    first = landing.land()
    again = landing.land()
    os.utime(path, ns=(1, 1))
    touched = landing.land()
    assert (first.batch_id, again.batch_id, touched.batch_id) == (1, 1, 1)
    assert [r.found_something for r in (first, again, touched)] == [True, False, False]
    assert (again.files_same, touched.files_same) == (1, 1)
    assert landing.rows("select count(*) from shop.orders") == [(3,)]
    assert landing.rows("select count(*) from ops.batch") == [(1,)]


def test_the_same_content_under_two_names_lands_twice(landing: Landing) -> None:
    landing.put("a.ndjson", ndjson(ORDERS))
    landing.put("b/c.ndjson", ndjson(ORDERS))
    assert landing.land().files_new == 2
    assert landing.live() == [("o1",), ("o2",), ("o3",)] * 2, "raw calls the second ones duplicates"


def test_a_changed_file_replaces_its_rows(landing: Landing) -> None:
    landing.put("a.ndjson", ndjson(ORDERS[:2]))
    landing.put("b.ndjson", ndjson(ORDERS[2:]))
    landing.land()
    landing.put("a.ndjson", ndjson([{**ORDERS[0], "pieces": 99}, {**ORDERS[1], "pieces": "many"}]))
    report = landing.land()
    assert (report.files_changed, report.files_new, report.files_same, report.batch_id) == (1, 0, 1, 2)
    assert landing.live("order_id, pieces, batch_id") == [("o1", 99, 2), ("o3", 3, 1)]
    assert landing.rows("select order_id, pieces from shop.orders where retracted_batch = 2 order by 1") == [
        ("o1", 1),
        ("o2", 2),
    ]
    assert landing.reasons() == [(2, "pieces is not a whole number")]
    landing.put("a.ndjson", ndjson(ORDERS[:2]))
    landing.land()
    assert landing.reasons() == [], "the refusal went with the file's old version"
    assert landing.live("order_id, pieces") == [("o1", 1), ("o2", 2), ("o3", 3)]


def test_withdrawn_rows_are_forgotten_once_published(landing: Landing) -> None:
    landing.put("a.ndjson", ndjson(ORDERS))
    landing.land()
    landing.put("a.ndjson", ndjson(ORDERS[:1]))
    landing.land()
    landing.land()
    assert landing.rows("select count(*) from shop.orders") == [(4,)], "nothing is published yet"
    with duckdb.connect(str(landing.settings.landing_db)) as connection:
        connection.execute("insert into ops.release values ('r', 's', 2, now()::timestamp)")
    landing.land()
    assert landing.rows("select count(*) from shop.orders") == [(1,)]


def test_a_missing_file_is_named_and_its_rows_stay(landing: Landing) -> None:
    path = landing.put("a.ndjson", ndjson(ORDERS))
    landing.land()
    path.unlink()
    report = landing.land()
    assert report.missing_files == ["shop/orders/a.ndjson"]
    assert len(landing.live()) == 3


@pytest.mark.parametrize("shape", ["ndjson", "csv", "parquet"])
def test_fields_nobody_declared_are_listed(landing: Landing, shape: str) -> None:
    name, write = FORMATS[shape]
    landing.put(name, write([{**ORDERS[0], "colour": "red", "Größe": 1}]))
    landing.land()
    landing.put("later-" + name, write([{**ORDERS[0], "colour": "red"}]))
    landing.land()
    assert landing.rows(
        "select vendor, object, field, first_file_path, batch_id from ops.schema_drift order by field"
    ) == [
        ("shop", "orders", "Größe", f"shop/orders/{name}", 1),
        ("shop", "orders", "colour", f"shop/orders/{name}", 1),
    ]
    assert landing.live("json_extract_string(payload, '$.colour')") == [("red",), ("red",)]


@pytest.mark.parametrize("is_read_slowly", [False, True])
@pytest.mark.parametrize("shape", ["ndjson", "json list", "csv", "parquet"])
def test_fields_nobody_declared_join_the_column_that_takes_the_rest(
    landing: Landing, shape: str, is_read_slowly: bool
) -> None:
    _, write = FORMATS[shape]
    visits = [
        {"visit_id": "1", "page": "/", "traits": '{"plan": "pro", "size": {"min": 2}}', "plan": "free", "Größe": None},
        {"visit_id": "2", "page": "/", "traits": None, "plan": "free", "Größe": "it's"},
        {"visit_id": "3", "page": "/", "traits": None, "plan": None, "Größe": None},
        {"visit_id": "4", "page": "/", "traits": '{"plan": "pro"}', "plan": None, "Größe": None},
        {"visit_id": "5", "page": "/", "traits": "no object", "plan": "free", "Größe": None},
    ]
    bad = [{**visits[0], "visit_id": None}] if is_read_slowly else []
    landing.put(FORMATS[shape][0], write([*visits, *bad]), kind="visits")
    assert landing.land().refused == {"shop/visits": len(bad)}
    found = [value and json.loads(value) for (value,) in landing.live("traits", "shop.visits")]
    # The column's own word counts before that of a field of the same name; what is no object stands as it is.
    assert found == [
        {"plan": "pro", "size": {"min": 2}},
        {"plan": "free", "Größe": "it's"},
        None,
        {"plan": "pro"},
        "no object",
    ]


def test_drift_is_seen_in_a_short_file_of_events(landing: Landing) -> None:
    landing.put(
        "a.ndjson", ndjson([{"event": "click", "properties": {"time": 1_788_000_000, "plan": "pro"}}]), kind="clicks"
    )
    landing.land()
    assert landing.rows("select field from ops.schema_drift") == [("plan",)]


@pytest.mark.parametrize(
    "name",
    [
        "it's.ndjson",
        'say "so".ndjson',
        "a*b?[c].ndjson",
        "day=2026-09-01/a.ndjson",
        "day=2026-09-01/a.csv",
        "day=2026-09-01/a.parquet",
        "{x}.csv",
        "ünï✓.parquet",
        "a b.json",
        "UPPER.NDJSON.GZ",
        "line\nbreak.ndjson",
    ],
)
def test_odd_names(landing: Landing, name: str) -> None:
    shape = next(
        s
        for s in ("parquet", "csv", "json list", "ndjson")
        if f".{s.split()[0]}" in name.lower() and (s != "json list" or "ndjson" not in name.lower())
    )
    data = FORMATS[shape][1](ORDERS)
    landing.put(name, gzip.compress(data) if name.endswith("GZ") else data)
    landing.put("plain.ndjson", ndjson(ORDERS[:1]))
    assert landing.land().refusals == []
    assert dict(landing.rows("select file_path, count(*) from shop.orders group by 1")) == {
        f"shop/orders/{name}": 3,
        "shop/orders/plain.ndjson": 1,
    }
    assert landing.rows("select count(*) from ops.schema_drift") == [(0,)], "a folder's name is no field"


def test_a_name_that_is_not_text_is_named_and_left(landing: Landing) -> None:
    landing.put("a.ndjson", ndjson(ORDERS))
    try:
        (landing.folder / "shop" / "orders" / os.fsdecode(b"\xff.ndjson")).write_bytes(ndjson(ORDERS))
    except OSError:
        pytest.skip("this file system refuses such names itself")
    report = landing.land()
    assert report.left_alone == ["shop/orders: the file's name is not UTF-8, 1 file"]
    assert len(landing.live()) == 3


def test_a_link_out_of_the_landing_folder_is_not_followed(landing: Landing, tmp_path: Path) -> None:
    (tmp_path / "secret.ndjson").write_bytes(ndjson(ORDERS))
    landing.put("a.ndjson", ndjson(ORDERS[:1]))
    (landing.folder / "shop" / "orders" / "link.ndjson").symlink_to(tmp_path / "secret.ndjson")
    landing.land()
    assert landing.live() == [("o1",)]


def test_an_empty_file_is_a_file_without_records(landing: Landing) -> None:
    for name in ("a.ndjson", "a.json", "a.csv", "b.ndjson.gz", "b.csv.gz"):
        landing.put(name, gzip.compress(b"") if name.endswith("gz") else b"")
    landing.put("header.csv", b"order_id,placed_at\n")
    landing.put("empty.json", b"[]")
    report = landing.land()
    assert (report.files_new, dict(report.refused), dict(report.records)) == (7, {"shop/orders": 1}, {"shop/orders": 0})
    assert landing.reasons() == [(0, "not valid JSON at line 1, character 1")]


def test_a_changed_contract_lands_its_files_again(landing: Landing) -> None:
    landing.put("a.ndjson", ndjson([{**ORDERS[0], "colour": "red"}]))
    landing.put("a.ndjson", ndjson([{"event": "click", "properties": {"time": 1_788_000_000}}]), kind="clicks")
    landing.land()
    landing.contract.write_text(
        CONTRACT.replace("- {name: device_id", "- {name: colour, data_type: string}\n          - {name: device_id")
    )
    report = landing.land()
    assert (report.files_new, report.files_same, report.batch_id) == (1, 1, 2)
    assert landing.live("order_id, colour, batch_id") == [("o1", "red", 2)]
    landing.contract.write_text(
        landing.contract.read_text().replace(
            "data_type: string}\n          - {name: device_id",
            "data_type: string, description: Colour}\n          - {name: device_id",
        )
    )
    assert landing.land().files_same == 2, "a description decides nothing"


def test_other_rules_land_every_file_again_and_build_every_table_anew(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.put("a.ndjson", ndjson(ORDERS))
    landing.land()
    before = definitions.fingerprint(landing.project)
    for module in ("landing.contract", "definitions"):
        monkeypatch.setattr(sys.modules[f"signalhouse.{module}"], "RULES", 99)
    assert landing.land().records == {"shop/orders": 3}
    assert landing.live("order_id, batch_id") == [("o1", 2), ("o2", 2), ("o3", 2)]
    assert definitions.compare(before, definitions.fingerprint(landing.project)).everything


def test_a_file_that_changes_while_it_is_read_waits(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["signalhouse.landing.land"]
    path = landing.put("a.ndjson", ndjson(ORDERS))
    landing.put("b.ndjson", ndjson(ORDERS[:1]))
    real = module.read_together

    def read_then_grow(*args: Any) -> Any:
        landed = real(*args)
        if path in [file.local for file in args[2]]:
            path.write_bytes(ndjson(ORDERS) * 2)
        return landed

    monkeypatch.setattr(module, "read_together", read_then_grow)
    report = landing.land()
    assert report.moved_under_us == ["shop/orders/a.ndjson"]
    assert landing.live() == [("o1",)]
    monkeypatch.undo()
    assert landing.land().records == {"shop/orders": 6}


def test_a_file_that_goes_while_it_is_read_waits(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["signalhouse.landing.land"]
    path = landing.put("a.json", json.dumps(ORDERS).encode())
    real = module.sha256_of

    def hash_then_remove(file: Path) -> str:
        digest: str = real(file)
        path.unlink()
        return digest

    monkeypatch.setattr(module, "sha256_of", hash_then_remove)
    report = landing.land()
    assert report.moved_under_us == ["shop/orders/a.json"]
    assert report.records == {}


def test_a_landing_folder_that_is_not_there(landing: Landing) -> None:
    landing.folder.rmdir()
    with pytest.raises(UsageError, match="not there"):
        landing.land()


def test_a_contract_with_a_wrong_class_says_where(landing: Landing) -> None:
    landing.contract.write_text(CONTRACT.replace("class: mutable", "class: mutabel"))
    with pytest.raises(UsageError) as error:
        landing.land()
    assert error.value.where == "models/raw/shop/shop__sources.yml"
