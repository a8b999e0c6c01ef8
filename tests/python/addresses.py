"""Looks for e-mail addresses where none may be: in any column outside raw, the contact schema and the seeds."""

from __future__ import annotations

import duckdb

PRIVATE = ("raw", "contact")
# Its patterns are of addresses: a definition, no data.
DEFINITIONS = ("excluded_actors",)


def columns_with_addresses(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """`schema.table.column` of each column with an "@" in any value, in databases attached as `warehouse` and `marts`."""
    columns: dict[tuple[str, str, str], list[str]] = {}
    for *table, column in connection.execute(
        """select database_name, schema_name, table_name, column_name from duckdb_columns()
        where database_name in ('warehouse', 'marts') and not internal
            and not list_contains($1, schema_name) and not list_contains($2, table_name)
        order by all""",
        [PRIVATE, DEFINITIONS],
    ).fetchall():
        columns.setdefault((table[0], table[1], table[2]), []).append(column)
    assert columns, "nothing was looked at"
    found = []
    for (database, schema, name), names in columns.items():
        looks = ", ".join(f"coalesce(bool_or(\"{column}\"::varchar like '%@%'), false)" for column in names)
        row = connection.execute(f'select {looks} from "{database}"."{schema}"."{name}"').fetchone()
        assert row is not None
        found += [f"{schema}.{name}.{column}" for column, has_one in zip(names, row, strict=True) if has_one]
    return found
