"""The house rules' SQL is GoogleSQL too: each is written for BigQuery and read by Google's own analyser."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import pytest
from bigquery_language.column_types import Column, parse_type
from bigquery_language.googlesql import InvalidSql, Tables, analyser

from signalhouse.audit.loader import RuleContext, expectation, load_suites
from signalhouse.audit.relations import Relations

ORDERS = {
    "order_id": "int64", "amount": "numeric", "status": "string", "is_paid": "bool", "ordered_at": "timestamp",
    "order_date": "date",
}  # fmt: skip
REVENUE = {"status": "string", "orders": "int64", "revenue": "numeric", "day": "date"}

SHARE_OF_NEW = """share_to_be_at_most: {where: not is_paid, share: 0.1, among: "{touched order_date} and status <> '{x}'", least: 10}"""

RULES = [
    "rows_to_be_fresh: {column: ordered_at, hours: 36}",
    "rows_to_be_fresh: {column: order_date, hours: 36, where: status = 'paid'}",
    "volume_to_be_normal: {z: 4}",
    "recent_volume_to_be_normal: {days: 7, z: 4}",
    "totals_to_reconcile: {measure: sum(amount), with: mart.revenue, with_measure: sum(revenue)}",
    "totals_to_reconcile: {measure: count(*), with: mart.revenue, with_measure: sum(orders), by: [status], tolerance: 0.01}",
    "totals_to_reconcile: {measure: sum(amount), where: 'order_date <= (select max(day) from {mart.revenue})', "
    "with: mart.revenue, with_measure: sum(revenue), with_where: day is not null}",
    """distribution_to_be_stable: {column: status, against: {paid: 0.9, "it's \\\\ back": 0.1}}""",
    "distribution_to_be_stable: {column: is_paid, against: {true: 0.9, false: 0.1}}",
    """share_to_be_at_most: {where: "status = 'paid {x}'", share: 0.1}""",
    SHARE_OF_NEW,
    "sql: select order_id from {batch} where amount < 0 and status not in (select status from {mart.revenue})",
]


def columns(names: dict[str, str]) -> list[Column]:
    return [Column(name, parse_type(kind)) for name, kind in names.items()]


TABLES: Tables = {("p", "core", "orders"): columns(ORDERS), ("p", "staging", "revenue"): columns(REVENUE)}


def bigquery_sql(tmp_path: Path, rule: str) -> str:
    """The statement that Great Expectations would send for a rule on core.orders, a table with days."""
    path = tmp_path / "expectations" / "core" / "orders.yml"
    path.parent.mkdir(parents=True)
    path.write_text(
        f"table: core.orders\nowner: o\nkey: [order_id]\nday: order_date\nexpect:\n  - {rule}\n    why: w\n"
    )
    (suite,) = load_suites(tmp_path / "expectations")
    relations = Relations(engine="bigquery", project="p")
    context = RuleContext(
        now=datetime(2026, 6, 30),
        relations=relations,
        as_of=date(2026, 6, 29),
        touched={"orders": (date(2026, 6, 28),)},
    )
    made: str = expectation(suite.rules[0], suite, context).unexpected_rows_query
    batch = f"({relations.rows(suite.table, suite.day)}) as subselect"
    return re.sub(r"\\:", ":", made.format(batch=batch))


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_valid_on_bigquery(tmp_path: Path, rule: str) -> None:
    (statement,) = analyser().analyse(bigquery_sql(tmp_path, rule), TABLES)
    assert statement.kind == "query"


@pytest.mark.parametrize(
    ("rule", "read"),
    [
        ("rows_to_be_fresh: {column: ordered_at, hours: 36}", {20: False, 21: True, 30: True}),
        ("recent_volume_to_be_normal: {days: 7, z: 4}", {22: False, 23: True, 29: True, 30: False}),
        (SHARE_OF_NEW, {27: False, 28: True, 29: False}),
    ],
)
def test_rules_of_what_is_new_read_its_days_alone(tmp_path: Path, rule: str, read: dict[int, bool]) -> None:
    (statement,) = analyser().analyse(bigquery_sql(tmp_path, rule), TABLES)
    (scan,) = [scan for scan in statement.scans if scan.table[-1] == "orders"]
    days = scan.days("order_date")
    assert days is not None
    assert {day: days.has(date(2026, 6, day)) for day in read} == read


def test_a_table_that_requires_its_day_is_asked_with_it_on_bigquery_alone() -> None:
    asked = Relations(engine="bigquery", project="p").rows("core.orders", "order_date")
    assert asked == "select * from `p`.`core`.`orders` where `order_date` is not null"
    (statement,) = analyser().analyse(f"select count(*) as orders from ({asked}) as subselect", TABLES)
    assert all(scan.speaks_of("order_date") for scan in statement.scans)
    assert " where " not in Relations().rows("core.orders", "order_date")


def test_the_analyser_bites(tmp_path: Path) -> None:
    with pytest.raises(InvalidSql, match="Syntax error"):
        list(analyser().analyse(bigquery_sql(tmp_path, "sql: select order_id::varchar from {batch}"), TABLES))
