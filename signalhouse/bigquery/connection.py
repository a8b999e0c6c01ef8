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

_PROJECT, _METHOD, _KEYFILE = (f"SIGNALHOUSE_BIGQUERY_{name}" for name in ("PROJECT", "METHOD", "KEYFILE"))
# oauth-secrets is an emulator's: profiles.example.yml
_METHODS = ("oauth", "service-account", "oauth-secrets")


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
        """Google's own client. Its queries are labelled, wait for free slots where the profile says `batch`, and are refused when they
        would read more than it allows."""
        from dbt.adapters.bigquery.clients import create_bigquery_client
        from dbt_common.exceptions import DbtBaseException
        from google.auth.exceptions import GoogleAuthError
        from google.cloud import bigquery

        credentials = self._credentials
        try:
            client: bigquery.Client = create_bigquery_client(credentials)
        except (DbtBaseException, GoogleAuthError, OSError, ValueError) as error:
            raise no_access(error) from None
        config = bigquery.QueryJobConfig(labels=LABELS, maximum_bytes_billed=credentials.maximum_bytes_billed)
        if credentials.priority == "batch":  # said at all, a short query takes two calls
            config.priority = bigquery.QueryPriority.BATCH
        client.default_query_job_config = config
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
                next_step=_setting_to_mend(),
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


def no_access(error: BaseException) -> UsageError:
    """The failure to raise where Google's libraries find no credentials that they can use."""
    said = redact(" ".join(str(error).split())) or type(error).__name__
    if os.environ.get(_METHOD, "oauth") == "service-account":
        file = os.environ.get(_KEYFILE, "")
        step = (
            f"{_KEYFILE} is {file or 'not set'}: name the key file of a service account there, or set {_METHOD}=oauth"
        )
    else:
        step = f"log in with `gcloud auth application-default login`, or set {_METHOD}=service-account and {_KEYFILE}; docs/bigquery.md"
    return UsageError("BigQuery cannot be reached with these credentials", where=said, next_step=step)


def _setting_to_mend() -> str:
    """Which variable keeps the profile from being read, as far as one can tell."""
    method = os.environ.get(_METHOD, "oauth")
    if not os.environ.get(_PROJECT):
        return f"set {_PROJECT}, and what else docs/bigquery.md names"
    if method not in _METHODS:
        return f"{_METHOD} is {method}: set it to one of {', '.join(_METHODS)}"
    return "mend the variable that is meant; docs/bigquery.md names them all"


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
