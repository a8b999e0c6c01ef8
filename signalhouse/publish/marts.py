"""What is inside a marts file: its tables, their rows, and the same as Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from signalhouse.duckdb_files import literal
from signalhouse.errors import BuildFailed, LockHeld

MART_SCHEMA = "mart"

_RELATIONS = """
    select schema_name as schema, table_name as name, 'table' as kind
    from duckdb_tables() where database_name = current_database() and not internal
    union all
    select schema_name, view_name, 'view'
    from duckdb_views() where database_name = current_database() and not internal
    order by 1, 2
"""


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection. Raises LockHeld when another program writes to the file."""
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.IOException as error:
        raise LockHeld(
            "the marts cannot be read: another program has them open for writing",
            where=str(path),
            next_step="close that program (a SQL shell, a dbt run) and run the refresh again",
        ) from error
    with connection:
        yield connection


def check(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, ...]:
    """The names of the marts. Raises BuildFailed when there is none, or anything that is no mart.

    What lies outside schema `mart` was not meant for readers and may be personal. A view would break for a reader who
    attaches the file under another name.
    """
    relations = connection.execute(_RELATIONS).fetchall()
    strangers = [f"{schema}.{name}" for schema, name, _ in relations if schema != MART_SCHEMA]
    if strangers:
        raise BuildFailed(
            "the marts file holds tables that are no marts; nothing was published",
            where=f"{path}: {', '.join(strangers)}",
            next_step="give these models schema core or raw, drop the tables, and run the refresh again",
        )
    views = [f"{schema}.{name}" for schema, name, kind in relations if kind == "view"]
    if views:
        raise BuildFailed(
            "a mart is a view, and readers could not follow it; nothing was published",
            where=f"{path}: {', '.join(views)}",
            next_step="materialize it as a table and run the refresh again",
        )
    if not relations:
        raise BuildFailed(
            "there is no mart to publish", where=str(path), next_step="run `signalhouse refresh`, which builds them"
        )
    return tuple(name for _, name, _ in relations)


def rows(connection: duckdb.DuckDBPyConnection, marts: tuple[str, ...]) -> dict[str, int]:
    """Rows per mart."""
    counted = {}
    for name in marts:
        found = connection.execute(f'select count(*) from {MART_SCHEMA}."{name}"').fetchone()
        counted[name] = int(found[0]) if found else 0
    return counted


def write_parquet(connection: duckdb.DuckDBPyConnection, marts: tuple[str, ...], folder: Path) -> None:
    """One zstd Parquet file per mart, named after it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in marts:
        target = literal(folder / f"{name}.parquet")
        connection.execute(f'copy {MART_SCHEMA}."{name}" to {target} (format parquet, compression zstd)')


def as_of(warehouse: Path) -> date | None:
    """The last complete day as core knows it, None where there is no such table yet."""
    if not warehouse.is_file():
        return None
    with opened(warehouse) as connection:
        try:
            found = connection.execute("select as_of from core.dim_as_of").fetchone()
        except duckdb.CatalogException:
            return None
    return found[0] if found else None
