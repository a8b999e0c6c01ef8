"""The gate and the byte model on statements and tables that are known by hand."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
import yaml
from bigquery_language.first_days import PROJECT
from bigquery_language.scans import EVERY_DAY, Days, Scan

from .budget import Budget, WholeRead
from .gate import PartitionedScan, partitioned_scans, required_filters, without_filter
from .model import Cost, Refresh, billed_at_least, cost
from .sizes import Size, measured, sizes

DAY = datetime.date(2026, 6, 30)
EVENT = ("p", "core", "event")
PARTITIONS = {EVENT: "day"}
BUDGET = Budget(
    1.1, {30: 1e9, 120: 1e9, 730: 1e9}, 1e9, (WholeRead(frozenset({("person_day", "core.event")}), "compact"),)
)


def sent(node: str, *scans: Scan) -> Any:
    return SimpleNamespace(node=node, statement=SimpleNamespace(scans=list(scans)))


def pruned(*columns: str, back: int = 0) -> Scan:
    return Scan(EVENT, columns, (("day", Days(((DAY - datetime.timedelta(days=back), DAY),))),))


def whole(*columns: str) -> Scan:
    return Scan(EVENT, columns)


# The gate


def test_the_reader_is_the_model_or_all_tests() -> None:
    statements = [
        sent("model.signalhouse.mart", pruned("a")),
        sent("test.signalhouse.unique_x.1", whole("b")),
        sent("audit.core/x#1", whole()),
    ]
    assert [(scan.reader, scan.is_pruned) for scan in partitioned_scans(statements, PARTITIONS)] == [
        ("mart", True),
        ("tests", False),
        ("audit", False),
    ]


def test_the_slice_of_a_refresh_is_no_partitioned_table() -> None:
    table = ("p", "core", "event__dbt_tmp")
    assert list(partitioned_scans([sent("model.s.x", Scan(table, ("a",)))], {table: "day"})) == []


def test_a_scan_without_the_filter_that_its_table_requires_is_found() -> None:
    statements = [
        sent("model.s.session", pruned("a"), Scan(EVENT, ("a",), (("day", EVERY_DAY),))),
        sent("model.s.session", whole("a"), whole("b")),
        sent("", Scan(EVENT, ("a",), (("moment", EVERY_DAY),))),
        sent("model.s.free", Scan(("p", "core", "dim"), ("x",))),
    ]
    assert list(without_filter(statements, {EVENT: "day"})) == [
        "a statement reads core.event without a condition on day",
        "model.s.session reads core.event without a condition on day",
    ]


def test_landing_tables_require_a_filter_and_the_models_that_say_so() -> None:
    def model(alias: str, **config: Any) -> Any:
        return SimpleNamespace(database="p", schema="core", alias=alias, config=config)

    day = {"field": "day"}
    models = [model("event", partition_by=day, require_partition_filter=True), model("session", partition_by=day)]
    source = SimpleNamespace(
        database="p", schema="shop", identifier="order", config=SimpleNamespace(meta={"class": "append"})
    )
    manifest = SimpleNamespace(nodes=dict(enumerate([*models, model("dim")])), sources={"order": source})
    assert required_filters(manifest) == {EVENT: "day", ("p", "shop", "order"): "loaded_at"}


def test_an_unpruned_scan_that_the_budget_does_not_know_is_found() -> None:
    known = PartitionedScan("person_day", "model.s.person_day", "core.event", ("a",), is_pruned=False)
    assert list(BUDGET.unpruned([known])) == []
    [found] = BUDGET.unpruned([known, replace(known, reader="mart", sender="model.s.mart")])
    assert found == "model.s.mart reads core.event whole (a)"


def test_a_reason_that_nothing_needs_is_found() -> None:
    [stale] = BUDGET.unpruned([])
    assert stale == "budget.yml lets person_day read core.event whole, which it does not"


def test_the_budget_can_be_read_and_gives_a_reason_for_each() -> None:
    budget = Budget.read()
    assert budget.growth_at_most == 1.1
    assert all(one.why for one in budget.read_whole)
    pairs = [pair for one in budget.read_whole for pair in one.reads]
    assert len(pairs) == len(set(pairs)), "a read with two reasons"
    assert not any("*" in name for pair in pairs for name in pair)


def test_landing_tables_are_read_whole_by_their_own_raw_model_alone() -> None:
    entry = WholeRead.said({"landing": {"shop": ["order"]}, "why": "versions"})
    own = PartitionedScan("raw_shop__order", "model.s.raw_shop__order", "shop.order", (), is_pruned=False)
    assert entry.covers(own)
    assert not entry.covers(replace(own, reader="raw_shop__refund"))
    assert not entry.covers(replace(own, table="shop.refund"))


def test_one_reason_does_not_cover_what_another_reader_or_table_is_given() -> None:
    entry = WholeRead.said({"reads": {"a": ["core.x"], "b": ["core.y"]}, "why": "compact"})
    assert entry.reads == {("a", "core.x"), ("b", "core.y")}


def test_no_landing_table_of_a_large_log_may_be_read_whole() -> None:
    said = yaml.safe_load((PROJECT / "vars.yml").read_text())["vars"]
    logs = {log for kind in ("event_logs", "measurement_logs") for log in said[kind].values()}
    assert (
        not {
            reader
            for one in Budget.read().read_whole
            for reader, table in one.reads
            if not table.startswith(("raw.", "core.", "contact."))
        }
        & logs
    )


# The byte model

SIZES = {
    ("core", "event"): Size({}, {"a": 10.0, "b": 100.0, "day": 8.0}),
    ("core", "dim"): Size({"x": 50.0}, {"x": 1.0}),
}
REFRESH = Refresh(DAY, (DAY, DAY - datetime.timedelta(days=1)))


@pytest.mark.parametrize(
    ("scans", "at_30", "at_730"),
    [
        ([pruned("a")], 10, 10),
        ([pruned("a", back=2)], 30, 30),
        ([pruned("a", back=99)], 300, 1000),
        ([whole("a", "b")], 110 * 30, 110 * 730),
        ([whole("a"), pruned("b")], 110 * 30, 110 * 730),  # one of the two needs every day, of the columns of both
        ([pruned("a"), pruned("a", "b")], 110, 110),  # read once
        ([replace(pruned(), columns=("*",), is_changed=True)], 118, 118),
        ([Scan(("p", "core", "dim"), ("x",))], 50 + 30, 50 + 730),
        ([Scan(("p", "core", "event__dbt_tmp"), ("a",))], 20, 20),
    ],
)
def test_bytes_of_a_statement(scans: list[Scan], at_30: float, at_730: float) -> None:
    found = cost([sent("model.s.x", *scans)], SIZES, PARTITIONS, REFRESH)
    assert found.unknown == set()
    assert (found.total(30), found.total(730)) == (at_30, at_730)


def test_a_table_without_a_size_is_named() -> None:
    assert cost([sent("model.s.x", Scan(("p", "core", "new"), ("x",)))], SIZES, {}, REFRESH).unknown == {"core.new"}


def test_a_table_is_billed_once_a_statement_and_a_statement_without_one_is_not() -> None:
    dim = Scan(("p", "core", "dim"), ("x",))
    sent_here = [sent("a", whole("a"), pruned("b"), dim), sent("a", dim), sent("b")]
    assert billed_at_least(sent_here) == "2 statements read 3 tables: at least 0.0 GiB are billed"
    assert billed_at_least([sent("a", dim)] * 1024).endswith("1,024 tables: at least 10.0 GiB are billed")


def test_what_exceeds_the_budget_is_found() -> None:
    found = Cost()
    found.by_node["model.s.x"].update({30: 100, 120: 105, 730: 110})
    assert list(BUDGET.exceeded(found)) == []
    found.by_node["model.s.x"][730] = 112
    assert [line.split(",")[0] for line in BUDGET.exceeded(found)] == [
        "a day after 730 days reads 1.12 times a day after 30"
    ]
    tight = replace(BUDGET, bytes_at_most={30: 99, 120: 200, 730: 200}, node_bytes_at_most=111, growth_at_most=2)
    assert list(tight.exceeded(found)) == [
        "a refresh after 30 days reads 100 bytes, at most 99",
        "model.s.x reads 112 bytes after 730 days, at most 111",
    ]


# Sizes


def work(folder: Path, days: int) -> Path:
    folder.mkdir()
    for database in ("landing", "warehouse", "marts"):
        duckdb.connect(str(folder / f"{database}.duckdb")).close()
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("create schema core")
        connection.execute(
            "create table core.event as select date '2026-01-01' + cast(n as integer) as day, 'ab' as a, cast(1 as decimal(28, 6)) as b,"
            f" cast('{{}}' as json) as c, true as d, null::bigint as e, ['x', 'yz'] as f from range({days}) as series (n)"
        )
        connection.execute(f"create table core.person as select 'p' as name from range(10 + 2 * {days})")
    return folder


def test_sizes_are_bigquerys_and_grow_by_the_day(tmp_path: Path) -> None:
    short, long = work(tmp_path / "short", 30), work(tmp_path / "long", 60)
    assert measured(long)["core", "event"] == {"day": 480, "a": 240, "b": 960, "c": 240, "d": 60, "e": 0, "f": 420}
    grown = sizes(short, 30, long, 60, {("core", "event"): "day"})
    assert grown["core", "event"].bytes_per_day(("day", "a", "f")) == 8 + 4 + 7
    assert grown["core", "person"] == Size({"name": 30.0}, {"name": 6.0})
    assert grown["core", "person"].bytes(("name",), 730) == 30 + 6 * 730
