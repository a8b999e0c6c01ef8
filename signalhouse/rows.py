"""How many rows each layer holds: the first thing to look at after a refresh."""

from __future__ import annotations

from pathlib import Path

from signalhouse.ops import opened
from signalhouse.settings import Settings

Counts = dict[str, dict[str, int]]


def rows_by_layer(settings: Settings) -> Counts:
    """{layer: {table: rows}} for landed records, raw, core and marts. Views are left out; a missing file is an empty layer."""
    landing = _counts(settings.landing_db)
    landing.pop("ops", None)
    warehouse = _counts(settings.warehouse_db)
    return {
        "landing": _named(landing),
        "raw": warehouse.get("raw", {}),
        "core": {**warehouse.get("core", {}), **_named({"contact": warehouse.get("contact", {})})},
        "mart": _counts(settings.marts_db).get("mart", {}),
    }


def _named(schemas: Counts) -> dict[str, int]:
    return {f"{schema}.{table}": rows for schema, tables in schemas.items() for table, rows in tables.items()}


def _counts(path: Path) -> Counts:
    if not path.exists():
        return {}
    counts: Counts = {}
    with opened(path) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where not internal and database_name = current_database() order by all"
        ).fetchall()
        for schema, table in tables:
            row = connection.execute(f'select count(*) from "{schema}"."{table}"').fetchone()
            counts.setdefault(schema, {})[table] = int(row[0]) if row else 0
    return counts
