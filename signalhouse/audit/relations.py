"""Names a table the way an engine does: `mart.active_users_daily` lies in another database on DuckDB than `core.fct_event`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import duckdb

from signalhouse.settings import Settings

if TYPE_CHECKING:
    from signalhouse.bigquery.connection import Connection

Engine = Literal["duckdb", "bigquery"]

TABLE_NAME = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")
COLUMN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACEHOLDER = re.compile(r"\{(" + TABLE_NAME.pattern + r")\}")

_WAREHOUSE_SCHEMAS = frozenset({"raw", "core", "contact"})
_MART_SCHEMAS = frozenset({"mart"})
# On BigQuery the unpublished marts lie in a dataset of their own; `mart` is what readers see.
_DATASETS = {"mart": "staging"}


@dataclass(frozen=True)
class Relations:
    """Turns `schema.table` into what a query may say.

    `files` maps a database alias to its file (DuckDB alone); `project` and `connection` are BigQuery's.
    """

    engine: Engine = "duckdb"
    files: dict[str, Path] = field(default_factory=dict)
    project: str | None = None
    connection: Connection | None = field(default=None, compare=False)

    @classmethod
    def of_build(cls, settings: Settings) -> Relations:
        """The unpublished build of the target."""
        if settings.target == "bigquery":
            from signalhouse.bigquery.connection import Connection

            connection = Connection(settings)
            return cls(engine="bigquery", project=connection.project, connection=connection)
        return cls.of_work(settings)

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

    def rows(self, table: str, day: str | None) -> str:
        """A query of every row of `schema.table`. `day` is the column of which BigQuery wants to hear, where the table requires that."""
        said = f" where {identifier(day, self.engine)} is not null" if day and self.engine == "bigquery" else ""
        return f"select * from {self.relation(table)}{said}"

    def tables(self) -> frozenset[str]:
        """Every `schema.table` of the build."""
        if self.connection is not None:
            schemas = sorted({*_WAREHOUSE_SCHEMAS, *_MART_SCHEMAS, "ops"})
            return frozenset(
                f"{schema}.{name}"
                for schema in schemas
                for name in self.connection.tables(_DATASETS.get(schema, schema))
            )
        found = set()
        for path in self.files.values():
            with duckdb.connect(str(path), read_only=True) as connection:
                rows = connection.execute(
                    "select table_schema, table_name from information_schema.tables where table_catalog = current_database()"
                ).fetchall()
            found |= {f"{schema}.{name}" for schema, name in rows}
        return frozenset(found)

    def place(self, table: str) -> str:
        """Where a table of the build is looked for, for people."""
        schema = table.split(".")[0]
        return (
            f"dataset {_DATASETS.get(schema, schema)}" if self.engine == "bigquery" else f"{database_of(schema)}.duckdb"
        )

    def fill(self, sql: str) -> str:
        """`sql` with every `{schema.table}` replaced by the engine's name; `{batch}` stays."""
        return _PLACEHOLDER.sub(lambda match: self.relation(match.group(1)), sql)


def database_of(schema: str) -> str:
    """The DuckDB database (attach alias) that holds a schema; every other schema is a vendor's, or `ops`."""
    if schema in _MART_SCHEMAS:
        return "marts"
    return "warehouse" if schema in _WAREHOUSE_SCHEMAS else "landing"


def identifier(name: str, engine: str) -> str:
    """`name` as a quoted column. Raises ValueError if it is no plain column name."""
    if not COLUMN_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a column name")
    return f"`{name}`" if engine == "bigquery" else f'"{name}"'


def braces_kept(sql: str) -> str:
    """SQL as a part of a template with `{batch}`."""
    return sql.replace("{", "{{").replace("}", "}}")
