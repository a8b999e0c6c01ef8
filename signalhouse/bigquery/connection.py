"""The client, opened by the profile that dbt uses, and the few calls that landing and publishing make of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signalhouse.errors import UsageError
from signalhouse.profiles import profiles_folder
from signalhouse.redact import redact
from signalhouse.settings import Settings

if TYPE_CHECKING:
    from google.cloud import bigquery

LABELS = {"app": "signalhouse"}


@dataclass(frozen=True)
class Column:
    """A column of a table: its name and BigQuery's name of its type."""

    name: str
    kind: str


class Connection:
    """One project of BigQuery. Made cheaply; the client is opened at the first call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def project(self) -> str:
        """The project that holds every dataset."""
        return str(self._credentials.database)

    @cached_property
    def client(self) -> bigquery.Client:
        """Google's own client. Its queries are labelled, and refused when they would read more than the profile allows."""
        from dbt.adapters.bigquery.clients import create_bigquery_client
        from google.cloud import bigquery

        client: bigquery.Client = create_bigquery_client(self._credentials)
        client.default_query_job_config = bigquery.QueryJobConfig(
            labels=LABELS, maximum_bytes_billed=self._credentials.maximum_bytes_billed
        )
        return client

    @cached_property
    def _credentials(self) -> Any:
        from argparse import Namespace

        from dbt.config.runtime import load_profile
        from dbt.flags import set_from_args
        from dbt_common.context import set_invocation_context
        from dbt_common.exceptions import DbtBaseException

        set_invocation_context(os.environ)
        set_from_args(Namespace(PROFILES_DIR=str(profiles_folder(self._settings))), None)
        try:
            return load_profile(str(self._settings.project), {}, target_override=self._settings.target).credentials
        except DbtBaseException as error:
            raise UsageError(
                "target bigquery of the profile cannot be used",
                where=redact(" ".join(str(error).split())),
                next_step="set SIGNALHOUSE_BIGQUERY_PROJECT, and what else docs/bigquery.md names",
            ) from None

    # Datasets and tables

    def make_dataset(self, name: str, description: str) -> None:
        """Makes a dataset that is not there yet, where the profile says."""
        from google.cloud import bigquery

        dataset = bigquery.Dataset(f"{self.project}.{name}")
        dataset.location = self._credentials.location
        dataset.description = description
        dataset.labels = LABELS
        self.client.create_dataset(dataset, exists_ok=True)

    def drop_table(self, name: str) -> None:
        """Drops a table, if it is there."""
        self.client.delete_table(f"{self.project}.{name}", not_found_ok=True)

    def tables(self, dataset: str) -> list[str]:
        """Names of the tables of a dataset; none where it is not there."""
        from google.api_core.exceptions import NotFound

        try:
            return sorted(table.table_id for table in self.client.list_tables(f"{self.project}.{dataset}"))
        except NotFound:
            return []

    def row_count(self, name: str) -> int:
        """How many rows a table holds, by its metadata."""
        return int(self.client.get_table(f"{self.project}.{name}").num_rows or 0)

    # Rows

    def load(self, file: Path, name: str, columns: Sequence[Column], *, replace: bool) -> None:
        """A load job of newline-delimited JSON (may be gzipped): all of the file's rows appear at once, or none."""
        from google.cloud import bigquery

        write = bigquery.WriteDisposition
        config = bigquery.LoadJobConfig(
            schema=_schema(columns),
            source_format=bigquery.SourceFormat.NEWLINE_DELIMITED_JSON,
            write_disposition=write.WRITE_TRUNCATE if replace else write.WRITE_APPEND,
            create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
            labels=LABELS,
        )
        with file.open("rb") as opened:
            self.client.load_table_from_file(opened, f"{self.project}.{name}", job_config=config).result()

    def rows(self, name: str) -> Iterable[Any]:
        """Every row of a small table, read without a query."""
        return self.client.list_rows(self.client.get_table(f"{self.project}.{name}"))

    def run(self, sql: str) -> None:
        """One statement, to its end."""
        self.client.query(sql).result()

    def answer(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query, which are few."""
        return [row.values() for row in self.client.query(sql).result()]

    def value(self, sql: str) -> Any:
        """The first value of a query's first row, None where it has none."""
        return next(iter(self.answer(sql)), (None,))[0]


def text(value: str) -> str:
    """A string literal. JSON's escapes are GoogleSQL's too."""
    return json.dumps(value, ensure_ascii=False)


def made_empty(
    project: str, name: str, columns: Sequence[Column], *, by_day: str | None = None, cluster: str | None = None
) -> str:
    """Makes a table `dataset.table`, empty, unless it is there. `by_day` is the timestamp whose days are its partitions; whoever
    reads the table then has to say which."""
    dataset, table = name.split(".")
    labels = ", ".join(f"('{key}', '{value}')" for key, value in {**LABELS, "layer": "landing"}.items())
    options = [f"labels = [{labels}]"]
    lines = [f"create table if not exists `{project}`.`{dataset}`.`{table}` ("]
    lines.append(", ".join(f"`{column.name}` {column.kind}" for column in columns) + ")")
    if by_day:
        lines.append(f"partition by timestamp_trunc(`{by_day}`, day)")
        options.append("require_partition_filter = true")
    if cluster:
        lines.append(f"cluster by `{cluster}`")
    return " ".join([*lines, f"options ({', '.join(options)})"])


def _schema(columns: Sequence[Column]) -> list[bigquery.SchemaField]:
    from google.cloud import bigquery

    return [bigquery.SchemaField(column.name, column.kind) for column in columns]
