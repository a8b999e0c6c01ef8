"""The queries of docs/marts.md: what each costs on the marts that were published. They open that one file, so none can read raw."""

from __future__ import annotations

import re
import resource
from pathlib import Path
from typing import Any

import duckdb

PAGE = Path(__file__).parent.parent / "docs" / "marts.md"
REPEATS = 40
_PART = re.compile(r"^## `(\w+)`$|^([^\n#`|][^\n]*\?)\n\n```sql\n(.*?)```", re.MULTILINE | re.DOTALL)


def queries(page: str) -> list[dict[str, str]]:
    """Mart, question and SQL of every query on the page: a heading names the mart, a line that ends with ? stands over its query."""
    found: list[dict[str, str]] = []
    mart = ""
    for part in _PART.finditer(page):
        if part[1]:
            mart = part[1]
        else:
            found.append({"mart": mart, "question": part[2], "sql": part[3].strip()})
    return found


def measure(marts: Path) -> dict[str, Any]:
    """CPU of every query, forty times over, in milliseconds; `p95_ms` is the dearest query's."""
    results: list[dict[str, Any]] = []
    with duckdb.connect(str(marts), read_only=True) as connection:
        for query in queries(PAGE.read_text(encoding="utf-8")):
            rows = connection.execute(query["sql"]).fetchall()
            times = sorted(_cpu_of(connection, query["sql"]) for _ in range(REPEATS))
            results.append(
                {
                    "mart": query["mart"],
                    "question": query["question"],
                    "rows": len(rows),
                    "p50_ms": times[REPEATS // 2],
                    "p95_ms": times[REPEATS * 95 // 100],
                }
            )
    return {"queries": results, "p95_ms": max(result["p95_ms"] for result in results)}


def _cpu_of(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    start = _cpu()
    connection.execute(sql).fetchall()
    return (_cpu() - start) * 1000


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
