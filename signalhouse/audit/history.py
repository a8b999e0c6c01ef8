"""The audit's memory: results as rows in `ops.expectation_result`, and as JSON lines beside the page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb

from signalhouse.audit.results import RuleResult
from signalhouse.errors import LockHeld

_COLUMNS = {
    "run_id": "varchar",
    "checked_at": "timestamp",
    "table_name": "varchar",
    "rule_id": "varchar",
    "rule": "varchar",
    "severity": "varchar",
    "column_name": "varchar",
    "success": "boolean",
    "error": "varchar",
    "element_count": "bigint",
    "unexpected_count": "bigint",
    "observed": "varchar",
    "sample": "json",
    "why": "varchar",
    "owner": "varchar",
}

_VOLUMES = """
    select result.table_name, result.rule, result.element_count
    from ops.expectation_result as result
    where result.rule in ('volume_to_be_normal', 'recent_volume_to_be_normal')
        and result.element_count is not null
        and result.run_id in (select release.run_id from ops.release as release)
    order by result.table_name, result.rule, result.checked_at, result.run_id
"""


def volumes_of_published_runs(landing_db: Path) -> dict[tuple[str, str], tuple[int, ...]]:
    """Row counts per table and rule of the runs that were published, oldest first.

    A refused run does not count: a table that was cut in half must not become what is usual.
    """
    if not landing_db.is_file():
        return {}
    with duckdb.connect(str(landing_db), read_only=True) as connection:
        try:
            rows = connection.execute(_VOLUMES).fetchall()
        except duckdb.CatalogException:  # no audit or no release yet
            return {}
    known: dict[tuple[str, str], list[int]] = {}
    for table, rule, count in rows:
        known.setdefault((table, rule), []).append(int(count))
    return {counted: tuple(counts) for counted, counts in known.items()}


def write_jsonl(results: Sequence[RuleResult], path: Path) -> None:
    """One JSON object per result, the columns of the history."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(result.record(), ensure_ascii=False) for result in results]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def write_history(results: Sequence[RuleResult], landing_db: Path) -> None:
    """Appends the results to `ops.expectation_result`; a run audited again replaces its own rows.

    Raises LockHeld when another program keeps the landing database open.
    """
    columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    marks = ", ".join("?" for _ in _COLUMNS)
    rows = [list(result.record().values()) for result in results]
    landing_db.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(landing_db))
    except duckdb.IOException as error:
        raise LockHeld(
            "the audit's results could not be noted: another program keeps the landing database open",
            where=f"{landing_db}",
            next_step="close that program (a SQL shell, a notebook) and run the refresh again",
        ) from error
    with connection:
        connection.execute("create schema if not exists ops")
        connection.execute(f"create table if not exists ops.expectation_result ({columns})")
        connection.begin()
        for run_id in sorted({result.run_id for result in results}):
            connection.execute("delete from ops.expectation_result where run_id = ?", [run_id])
        if rows:
            insert = f"insert into ops.expectation_result ({', '.join(_COLUMNS)}) values ({marks})"
            connection.executemany(insert, rows)
        connection.commit()
