"""The house's own expectations: every file reads, and nothing is promised twice."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from signalhouse.audit.loader import RuleContext, Suite, expectation, load_suites

CHECKOUT = Path(__file__).resolve().parents[2]
# dbt tests what only our code can break, the audit what the world can break: the same promise in both is one too many.
SAME_PROMISE = {
    "column_values_to_be_unique": "unique",
    "column_values_to_not_be_null": "not_null",
    "column_values_to_be_in_set": "accepted_values",
}


def dbt_tests(models: Path) -> set[tuple[str, str, str]]:
    """(model, column, test) of every column test and constraint in the project's YAML."""
    found = set()
    for path in models.rglob("*.yml"):
        data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for model in data.get("models", ()):
            for column in model.get("columns", ()):
                for test in column.get("data_tests", column.get("tests", ())):
                    name = test if isinstance(test, str) else next(iter(test))
                    found.add((model["name"], column["name"], name))
                for constraint in column.get("constraints", ()):
                    found.add((model["name"], column["name"], constraint["type"]))
    return found


def promised_twice(suites: tuple[Suite, ...], tests: set[tuple[str, str, str]]) -> list[str]:
    twice = []
    for suite in suites:
        for rule in suite.rules:
            test = SAME_PROMISE.get(rule.name)
            if test and "mostly" not in rule.arguments and rule.when is None:
                promise = (suite.table.split(".")[1], rule.column or "", test)
                if promise in tests:
                    twice.append(f"{rule.file}:{rule.line}: dbt tests {test} on {rule.column} already")
    return twice


def test_every_expectation_file_reads() -> None:
    for suite in load_suites(CHECKOUT / "expectations"):
        for rule in suite.rules:
            expectation(rule, suite, RuleContext(now=datetime(2026, 6, 30)))


def test_a_day_before_the_last_complete_one_is_a_literal() -> None:
    context = RuleContext(now=datetime(2026, 6, 30), as_of=date(2026, 3, 1))
    assert (
        context.fill("select 1 from {batch} where day between {as_of - 1} and {as_of} or day > {as_of + 366}")
        == "select 1 from {batch} where day between date '2026-02-28' and date '2026-03-01' or day > date '2027-03-02'"
    )


def test_without_a_complete_day_no_condition_on_it_holds() -> None:
    assert RuleContext(now=datetime(2026, 6, 30)).fill("day > {as_of - 1}") == "day > cast(null as date)"


@pytest.mark.parametrize(
    ("touched", "condition"),
    [
        ({"orders": (date(2026, 3, 1), date(2026, 3, 4))}, "day in (date '2026-03-01', date '2026-03-04')"),
        ({"orders": None}, "true"),  # built whole
        ({"other": None}, "false"),  # as the last release has it
        ({}, "true"),  # nothing is new, so what stands is looked at again
    ],
)
def test_days_that_are_new_are_literals(touched: dict[str, tuple[date, ...] | None], condition: str) -> None:
    context = RuleContext(now=datetime(2026, 6, 30), touched=touched)
    assert (
        context.fill("select 1 from {batch} where {touched day}", "core.orders")
        == f"select 1 from {{batch}} where {condition}"
    )


def test_nothing_is_promised_twice() -> None:
    assert promised_twice(load_suites(CHECKOUT / "expectations"), dbt_tests(CHECKOUT / "models")) == []


def test_a_promise_made_twice_is_found(tmp_path: Path) -> None:
    models, suites = tmp_path / "models" / "core", tmp_path / "expectations" / "core"
    models.mkdir(parents=True)
    suites.mkdir(parents=True)
    (models / "fct_order.yml").write_text(
        "models:\n  - name: fct_order\n    columns:\n"
        "      - {name: order_id, data_tests: [unique, not_null]}\n"
        "      - {name: status, data_tests: [{accepted_values: {arguments: {values: [paid]}}}]}\n"
    )
    (suites / "fct_order.yml").write_text(
        "table: core.fct_order\nowner: o\nexpect:\n"
        "  - column_values_to_be_unique: {column: order_id}\n    why: w\n"
        "  - column_values_to_not_be_null: {column: order_id, mostly: 0.99}\n    why: w\n"
        "  - column_values_to_not_be_null: {column: status}\n    why: w\n"
        "  - column_values_to_be_in_set: {column: status, value_set: [paid]}\n    why: w\n"
    )
    assert promised_twice(load_suites(tmp_path / "expectations"), dbt_tests(tmp_path / "models")) == [
        "expectations/core/fct_order.yml:4: dbt tests unique on order_id already",
        "expectations/core/fct_order.yml:10: dbt tests accepted_values on status already",
    ]
