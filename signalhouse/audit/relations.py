"""Names a table the way an engine does: `mart.active_users_daily` lies in another database on DuckDB than `core.fct_event`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from signalhouse.settings import Settings

Engine = Literal["duckdb", "bigquery"]

TABLE_NAME = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")
_PLACEHOLDER = re.compile(r"\{(" + TABLE_NAME.pattern + r")\}")

_WAREHOUSE_SCHEMAS = frozenset({"raw", "core", "contact"})
_MART_SCHEMAS = frozenset({"mart"})
# On BigQuery the unpublished marts lie in a dataset of their own; `mart` is what readers see.
_DATASETS = {"mart": "staging"}


@dataclass(frozen=True)
class Relations:
    """Turns `schema.table` into what a query may say.

    `files` maps a database alias to its file (DuckDB alone); `project` is the BigQuery project.
    """

    engine: Engine = "duckdb"
    files: dict[str, Path] = field(default_factory=dict)
    project: str | None = None

    @classmethod
    def of_work(cls, settings: Settings) -> Relations:
        """The unpublished build: landing, warehouse and marts, as far as their files exist."""
        files = {"landing": settings.landing_db, "warehouse": settings.warehouse_db, "marts": settings.marts_db}
        return cls(files={alias: path for alias, path in files.items() if path.is_file()})

    def relation(self, table: str) -> str:
        """The quoted name of `schema.table` for this engine. Raises ValueError for a name of another form."""
        if not TABLE_NAME.fullmatch(table):
            raise ValueError(f"{table!r} is not a table: write schema.table in lower case")
        schema, name = table.split(".")
        if self.engine == "bigquery":
            return ".".join(f"`{part}`" for part in (self.project, _DATASETS.get(schema, schema), name) if part)
        return f'{database_of(schema)}."{schema}"."{name}"'

    def fill(self, sql: str) -> str:
        """`sql` with every `{schema.table}` replaced by the engine's name; `{batch}` stays."""
        return _PLACEHOLDER.sub(lambda match: self.relation(match.group(1)), sql)


def database_of(schema: str) -> str:
    """The DuckDB database (attach alias) that holds a schema; every other schema is a vendor's, or `ops`."""
    if schema in _MART_SCHEMAS:
        return "marts"
    return "warehouse" if schema in _WAREHOUSE_SCHEMAS else "landing"
