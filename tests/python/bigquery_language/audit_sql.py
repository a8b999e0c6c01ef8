"""The statements that the audit sends to BigQuery: its own questions, and those of the house's expectations.

Importing this module imports Great Expectations, which takes seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from bigquery_language.first_days import TOUCHED_DAYS
from signalhouse.audit.loader import FRESHNESS, HOUSE_RULES, RuleContext, expectation, load_suites
from signalhouse.audit.relations import Relations
from signalhouse.audit.run import as_of_query, freshness_query, touched_query

JOINS = re.compile(r"\bjoin\b", re.IGNORECASE)
NOW, AS_OF = datetime(2026, 7, 1), date(2026, 6, 30)  # as in first_days.py
PUBLISHED_BATCH = 0


class NotTheHouses(Exception):
    """A rule of Great Expectations' own. Its SQL is written by a compiler, after a query of all columns of all rows for their types."""


def audit_statements(expectations: Path, project: str) -> Iterator[tuple[str, str]]:
    """Each statement with its sender: a rule's id, or what is asked; `freshness` is a refresh without news. Raises NotTheHouses."""
    relations = Relations(engine="bigquery", project=project)
    suites = load_suites(expectations)
    touched = {suite.table.split(".")[-1]: tuple(sorted(TOUCHED_DAYS)) for suite in suites}
    context = RuleContext(relations=relations, now=NOW, as_of=AS_OF, touched=touched)
    yield "audit.as_of", as_of_query(relations)
    yield "audit.touched_days", touched_query(relations, PUBLISHED_BATCH)
    for suite in suites:
        batch = f"({relations.rows(suite.table, suite.day)})"
        for rule in suite.rules:
            if rule.name not in HOUSE_RULES:
                raise NotTheHouses(f"{rule.file}:{rule.line}: {rule.name} reads {rule.table} whole, in all columns")
            sql: str = expectation(rule, suite, context).unexpected_rows_query
            named = batch if JOINS.search(sql) else f"{batch} as subselect"  # as Great Expectations does it
            yield f"audit.{rule.rule_id}", sql.format(batch=named).replace("\\:", ":")
            if rule.name == FRESHNESS:
                yield f"freshness.{rule.rule_id}", freshness_query(relations, rule, suite, NOW)
