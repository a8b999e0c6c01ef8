"""Great Expectations over DuckDB: one connection, the build's files attached read-only.

Importing this module imports Great Expectations (seconds). Why a class of our own: DuckDB drops a pending result when
its connection rolls back, and the stock engine closes the connection between running a query and fetching its rows.
"""

# mypy: disable-error-code="misc,untyped-decorator,has-type,valid-type"

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, ClassVar, Literal

import sqlalchemy as sa
from great_expectations.compatibility import pydantic
from great_expectations.datasource.fluent import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
)

from signalhouse.duckdb_files import literal


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Keeps one connection for its whole life."""

    @contextmanager
    def get_connection(self) -> Generator[sa.Connection, None, None]:
        """The one connection, opened at first use."""
        if not self._connection:
            self._connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        yield self._connection


class DuckDBDatasource(SQLDatasource):
    """Defining it gives every context `data_sources.add_duckdb`. `attach` maps a database alias to its file."""

    type: Literal["duckdb"] = "duckdb"
    attach: dict[str, str] = pydantic.Field(default_factory=dict)

    execution_engine_override: ClassVar[type[SqlAlchemyExecutionEngine]] = DuckDBExecutionEngine
    _EXTRA_EXCLUDED_EXEC_ENG_ARGS: ClassVar[set[str]] = {"attach"}

    def get_execution_engine(self) -> SqlAlchemyExecutionEngine:
        """The engine, with the files attached to its one connection."""
        before = self._execution_engine
        engine = super().get_execution_engine()
        if engine is not before:
            with engine.get_connection() as connection:
                connection.execute(sa.text("set timezone = 'UTC'"))
                for alias, path in self.attach.items():
                    connection.execute(sa.text(f"attach {literal(path)} as {alias} (read_only)".replace(":", r"\:")))
        return engine


class DuckDBMatchRegex(ColumnMapMetricProvider):
    """`column_values_to_match_regex` on DuckDB: the pattern is searched for anywhere in the value."""

    condition_metric_name = "column_values.match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _sqlalchemy(cls, column: Any, regex: str, **kwargs: Any) -> Any:  # noqa: N805
        return sa.func.regexp_matches(column, regex)


class DuckDBNotMatchRegex(ColumnMapMetricProvider):
    """`column_values_to_not_match_regex` on DuckDB."""

    condition_metric_name = "column_values.not_match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _sqlalchemy(cls, column: Any, regex: str, **kwargs: Any) -> Any:  # noqa: N805
        return sa.not_(sa.func.regexp_matches(column, regex))
