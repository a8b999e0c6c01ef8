"""Great Expectations over BigQuery, through the client that all else uses: same rights, same limit of bytes, same endpoint.

Importing this module imports Great Expectations (seconds). Why a class of our own: the stock one opens a client from an address, which
knows neither the profile nor its limit.
"""

# mypy: disable-error-code="misc,untyped-decorator,has-type,valid-type"

from __future__ import annotations

from typing import Any, ClassVar, Literal

import sqlalchemy as sa
from great_expectations.datasource.fluent import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine


class BigQueryBuildDatasource(SQLDatasource):
    """Defining it gives every context `data_sources.add_bigquery_build`. Its engine is put into `engines` beforehand."""

    type: Literal["bigquery_build"] = "bigquery_build"
    engines: ClassVar[dict[str, sa.Engine]] = {}

    def get_engine(self) -> sa.Engine:
        """The engine over our client."""
        return self.engines[str(self.connection_string)]

    def get_execution_engine(self) -> SqlAlchemyExecutionEngine:
        """One for the whole audit; a query is read where it stands, not copied into a temporary table first."""
        if self._execution_engine is None:
            self._execution_engine = SqlAlchemyExecutionEngine(engine=self.get_engine(), create_temp_table=False)
        return self._execution_engine


def engine_of(client: Any) -> tuple[str, sa.Engine]:
    """An address, and SQLAlchemy's engine over a client of BigQuery."""
    address = f"bigquery://{client.project}?user_supplied_client=true"
    return address, sa.create_engine(address, connect_args={"client": client, "prefer_bqstorage_client": False})
