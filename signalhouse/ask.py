"""Queries of the marts that were built last, for what a command says about the company."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from signalhouse.ops import opened
from signalhouse.settings import Settings

Row = dict[str, Any]


def ask(settings: Settings, queries: Iterable[str]) -> list[list[Row]]:
    """The rows of each query, by column name.

    A mart that is missing, or has other columns than the query names, gives none: a release that is published already must not
    fail for a sentence. Raises LockHeld when another process has the marts open.
    """
    import duckdb

    if not settings.marts_db.exists():
        return [[] for _ in queries]
    found: list[list[Row]] = []
    with opened(settings.marts_db) as connection:
        for query in queries:
            try:
                result = connection.execute(query)
            except (duckdb.CatalogException, duckdb.BinderException):
                found.append([])
                continue
            names = [column[0] for column in result.description or []]
            found.append([dict(zip(names, row, strict=True)) for row in result.fetchall()])
    return found
