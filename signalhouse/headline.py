"""A few numbers to recognise the company by, read from the marts that were built last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from signalhouse.ops import opened
from signalhouse.settings import Settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]


def headline(settings: Settings) -> list[Row]:
    """[{number, value, of, mart}]: active persons, activation, MRR by currency, logo churn. A mart that is missing is left out."""
    if not settings.marts_db.exists():
        return []
    with opened(settings.marts_db) as connection:
        present = {
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'mart'"
            ).fetchall()
        }
        return [row for mart, read in _NUMBERS if mart in present for row in read(connection)]


def _active(connection: DuckDBPyConnection) -> list[Row]:
    return []


_NUMBERS: list[tuple[str, Callable[[DuckDBPyConnection], list[Row]]]] = [("active_users_daily", _active)]
