"""The statements of the house's own expectations as the audit sends them to BigQuery.

Importing this module imports Great Expectations, which takes seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from bigquery_language.first_days import TOUCHED_DAYS
from signalhouse.audit.loader import HOUSE_RULES, RuleContext, expectation, load_suites
from signalhouse.audit.relations import Relations

JOINS = re.compile(r"\bjoin\b", re.IGNORECASE)
NOW, AS_OF = datetime(2026, 7, 1), date(2026, 6, 30)  # as in first_days.py


def audit_statements(expectations: Path, project: str) -> Iterator[tuple[str, str]]:
    """Each rule's id and its SQL. The few rules that are Great Expectations' own are written by its SQL compiler, not here."""
    relations = Relations(engine="bigquery", project=project)
    suites = load_suites(expectations)
    touched = {suite.table.split(".")[-1]: TOUCHED_DAYS for suite in suites}
    context = RuleContext(relations=relations, now=NOW, as_of=AS_OF, touched=touched)
    for suite in suites:
        batch = f"({relations.rows(suite.table, suite.day)})"
        for rule in suite.rules:
            if rule.name in HOUSE_RULES:
                sql: str = expectation(rule, suite, context).unexpected_rows_query
                named = batch if JOINS.search(sql) else f"{batch} as subselect"  # as Great Expectations does it
                yield f"audit.{rule.rule_id}", sql.format(batch=named).replace("\\:", ":")
