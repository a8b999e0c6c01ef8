"""A stand-in for Google's BigQuery client, so that dbt runs a whole project without a server.

It holds no data. Each statement goes through GoogleSQL's analyser against the tables that earlier statements made;
a query that reads no table, such as a dbt unit test, is computed by the reference evaluator, and any other query is
answered with one made-up row of the right types. dbt and its BigQuery adapter run as they are, and so the statements
checked are the ones that BigQuery would get.
"""

from __future__ import annotations

import datetime
import decimal
import re
import threading
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NoReturn

from google.api_core.exceptions import BadRequest, NotFound
from google.cloud.bigquery import DatasetReference, LoadJobConfig, QueryJobConfig, SchemaField, Table, TableReference

from .column_types import Column, parse_type, schema_field
from .googlesql import Analyser, InvalidSql, NotEvaluable, Statement, TablePath

# One value of each type for a made-up row. False, so that no data test is told that it failed.
MADE_UP: dict[str, Any] = {
    "INT64": 1,
    "STRING": "a",
    "FLOAT64": 1.0,
    "BOOL": False,
    "DATE": datetime.date(2026, 1, 2),
    "TIMESTAMP": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
    "NUMERIC": decimal.Decimal(1),
}

# After dbt's own comment, and a model's.
STARTS_A_QUERY = re.compile(r"(?:\s|--[^\n]*|/\*.*?\*/|\()*(?:select|with)\b", re.DOTALL | re.IGNORECASE)


class Rows:
    """A result: iterable rows with their schema, as the client's own row iterator."""

    def __init__(self, columns: list[Column], rows: list[dict[str, Any]]) -> None:
        self.schema = [schema_field(column.name, column.type) for column in columns]
        self.total_rows = len(rows)
        self._rows = rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._rows)


class RowsOfDriver:
    """The same rows as Google's own driver for SQLAlchemy reads them."""

    num_dml_affected_rows = None

    def __init__(self, rows: Rows) -> None:
        self.schema, self.total_rows, self._rows = rows.schema, rows.total_rows, rows

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return (tuple(row.values()) for row in self._rows)

    def _should_use_bqstorage(self, *_: Any, **__: Any) -> bool:
        return False


@dataclass
class Job:
    """A finished job, with what dbt asks of one."""

    rows: Rows
    statement_type: str
    destination: Table | None = None
    state: str = "DONE"
    error_result: None = None
    errors: None = None
    num_dml_affected_rows: int = 0
    total_bytes_processed: int = 0
    total_bytes_billed: int = 0
    slot_millis: int = 0
    location: str = "US"
    project: str = "stand-in"
    job_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def result(self, **_: Any) -> Any:
        """The rows of a query; of a load, the job itself."""
        return self if self.statement_type == "LOAD" else self.rows


@dataclass(frozen=True)
class Sent:
    """One statement of a query job."""

    node: str  # dbt's name of the model or test that sent it, or an empty text
    text: str  # of the whole job
    statement: Statement


class StandIn:
    """The client of one run, and what it saw: tables, statements by kind, queries that nothing could compute."""

    def __init__(self, analyser: Analyser, answers: Mapping[str, Sequence[Any]] | None = None) -> None:
        self.tables: dict[TablePath, list[Column]] = {}
        self.views: set[TablePath] = set()
        self.statements: Counter[str] = Counter()
        self.not_evaluated: list[str] = []
        self.sent: list[Sent] = []
        self.refused = 0
        self._analyser = analyser
        self._answers = answers or {}
        self._lock = threading.Lock()  # dbt works on two nodes at a time

    # Statements

    def query(self, query: str, job_config: QueryJobConfig, **_: Any) -> Job:
        """Analyse a script and do to the catalog what it would do to BigQuery."""
        query = _without_clock(query)
        statement = Statement("script", [])
        try:
            if self._is_self_contained(query):
                columns, rows = self._evaluated(query)
                statement = Statement("query", columns)
                self._count("query")
            else:
                for statement in self._analyser.analyse(query, self.tables):
                    self._count(statement.kind)
                    if not job_config.dry_run:
                        self.sent.append(Sent(_sender(query), query, statement))
                    if not job_config.dry_run:
                        self._apply(statement)
                rows = self._made_up(statement.columns) if statement.kind == "query" else []
        except InvalidSql as error:
            with self._lock:
                self.refused += 1
            _refuse(str(error))
        answer = Rows(statement.columns, rows)
        kind = {"query": "SELECT", "create_table_as_select": "CREATE_TABLE_AS_SELECT", "create_view": "CREATE_VIEW"}
        destination = _table(("stand-in", "results", "anonymous"), statement.columns)
        return Job(answer, kind.get(statement.kind, statement.kind.upper()), destination)

    def query_and_wait(self, query: str, job_config: QueryJobConfig, **_: Any) -> RowsOfDriver:
        """A query as Great Expectations sends it."""
        return RowsOfDriver(self.query(query, job_config).rows)

    def _apply(self, statement: Statement) -> None:
        if statement.kind not in ("create_table", "create_table_as_select", "create_view", "drop"):
            return
        path = _path(statement.target)
        self.views.discard(path)
        if statement.kind == "drop":
            self.tables.pop(path, None)
            return
        self.tables[path] = statement.columns
        if statement.kind == "create_view":
            self.views.add(path)

    def _evaluated(self, query: str) -> tuple[list[Column], list[dict[str, Any]]]:
        try:
            return self._analyser.evaluate(query.strip().rstrip(";"))
        except NotEvaluable:
            self.not_evaluated.append(query)
            [statement] = self._analyser.analyse(query, {})
            return statement.columns, []

    def _made_up(self, columns: list[Column]) -> list[dict[str, Any]]:
        first, *others = columns
        given = self._answers.get(first.name, None if others else self._answers.get(first.type_name))
        if given is not None:
            names = [column.name for column in columns]
            return [dict(zip(names, row if others else (row,), strict=True)) for row in given]
        return [{column.name: MADE_UP.get(column.type_name) for column in columns}]

    def _is_self_contained(self, query: str) -> bool:
        """A select that reads no table, as a unit test is: its rows can be computed."""
        return STARTS_A_QUERY.match(query) is not None and not self._analyser.names(query)

    def _count(self, kind: str) -> None:
        with self._lock:
            self.statements[kind] += 1

    # Tables

    def add_table(self, path: TablePath, columns: dict[str, str]) -> None:
        """A table that exists before the run, with its columns' types by name."""
        self.tables[path] = [Column(name, parse_type(type_text)) for name, type_text in columns.items()]

    def get_table(self, table: Table | TableReference, **_: Any) -> Table:
        """The table's columns; a result's own table is the result's schema. Raises NotFound."""
        if isinstance(table, Table):
            return table
        path = (table.project, table.dataset_id, _without_clock(table.table_id))
        if path not in self.tables:
            _not_found(f"Not found: Table {'.'.join(path)}")
        return _table(path, self.tables[path], "VIEW" if path in self.views else "TABLE")

    def list_tables(self, dataset: DatasetReference, **_: Any) -> list[Table]:
        """The tables of one dataset."""
        wanted = (dataset.project, dataset.dataset_id)
        return [
            _table(path, columns, "VIEW" if path in self.views else "TABLE")
            for path, columns in self.tables.items()
            if path[:2] == wanted
        ]

    def delete_table(self, table: TableReference, **_: Any) -> None:
        """Forget a table; one that is not there is no error, as dbt asks for."""
        self.tables.pop((table.project, table.dataset_id, _without_clock(table.table_id)), None)

    def load_table_from_file(
        self, file_obj: BinaryIO, destination: TableReference, *, job_config: LoadJobConfig, **_: Any
    ) -> Job:
        """A seed: the columns that dbt declares for the load."""
        path = (destination.project, destination.dataset_id, destination.table_id)
        self.add_table(path, {column.name: column.field_type for column in job_config.schema or []})
        self._count("load")
        return Job(Rows([], []), "LOAD")

    def update_table(self, table: Table, fields: list[str], **_: Any) -> Table:
        """Descriptions and labels only; the columns stay."""
        return table

    # Datasets always exist, and nobody makes routines

    def create_dataset(self, dataset: DatasetReference, **_: Any) -> DatasetReference:
        """Nothing to make."""
        return dataset

    def list_datasets(self, **_: Any) -> list[Any]:
        """None, so that dbt makes what it needs, and that statement is checked too."""
        return []

    def list_routines(self, dataset: DatasetReference, **_: Any) -> list[Any]:
        """None."""
        return []

    def get_routine(self, reference: Any, **_: Any) -> NoReturn:
        """None is there."""
        _not_found("no routines")

    def close(self) -> None:
        """Nothing is open."""


def _without_clock(text: str) -> str:
    """dbt puts the time into the names of its temporary tables; without it a statement says the same in every run."""
    return re.sub(r"(__dbt_tmp)\d+", r"\1", text)


def _sender(query: str) -> str:
    """The node that dbt's own comment names."""
    named = re.search(r'"node_id": "([^"]+)"', query)
    return named.group(1) if named else ""


def _path(target: tuple[str, ...]) -> TablePath:
    if len(target) != 3:
        _refuse(f"{'.'.join(target)} does not name project, dataset and table")
    project, dataset, name = target
    return project, dataset, name


def _table(path: TablePath, columns: list[Column], table_type: str = "TABLE") -> Table:
    fields: list[SchemaField] = [schema_field(column.name, column.type) for column in columns]
    project, dataset, name = path
    return Table.from_api_repr(
        {
            "tableReference": {"projectId": project, "datasetId": dataset, "tableId": name},
            "type": table_type,
            "numRows": "0",
            "schema": {"fields": [described.to_api_repr() for described in fields]},
        }
    )


def _refuse(message: str) -> NoReturn:
    raise BadRequest(message, errors=[{"message": message}])  # type: ignore[no-untyped-call]


def _not_found(message: str) -> NoReturn:
    raise NotFound(message, errors=[{"message": message}])  # type: ignore[no-untyped-call]
