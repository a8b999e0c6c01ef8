"""Run dbt against the stand-in for BigQuery, and say what GoogleSQL or dbt refused."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from dbt.cli.main import dbtRunner

from signalhouse.bigquery.types import COLUMN_TYPES

from .column_types import parse_type, type_name
from .googlesql import TablePath, analyser
from .stand_in import StandIn

QUIET = ("--quiet", "--no-use-colors")
PROFILES = Path(__file__).parent / "profiles"

# What `signalhouse land` adds to the columns of a contract.
LANDING_COLUMNS = {
    "payload": "json",
    "file_path": "string",
    "line": "int64",
    "batch_id": "int64",
    "loaded_at": "timestamp",
    "retracted_batch": "int64",
}


@dataclass
class Outcome:
    """What one dbt command came to."""

    passed: dict[str, str] = field(default_factory=dict)  # node -> status
    findings: list[str] = field(default_factory=list)  # one line per refused statement or failed test


class OfflineBigQuery:
    """A dbt project on a BigQuery that is not there. Several commands follow each other on the same tables.

    `answers`: the rows of a query, by the name of its first column, or of its only column's type, where any one value of that type will
    not do.
    """

    def __init__(
        self,
        project: Path,
        target_path: Path,
        variables: dict[str, Any] | None = None,
        answers: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        self.client = StandIn(analyser(), answers)
        self.manifest: Any = None
        self._arguments = [
            *("--project-dir", str(project), "--profiles-dir", str(PROFILES)),
            *("--target", "bigquery_offline", "--target-path", str(target_path), "--log-path", str(target_path)),
            *("--vars", yaml.safe_dump(variables or {}, default_flow_style=True)),
        ]

    def parse(self) -> None:
        """Read the project, and make the sources' tables: they are what landing leaves."""
        result = dbtRunner().invoke([*QUIET, "parse", *self._arguments])
        if result.exception or not result.success:
            raise AssertionError(f"dbt parse: {result.exception}")
        self.manifest = result.result
        for source in self.manifest.sources.values():
            path = (source.database, source.schema, source.identifier)
            is_landing = "class" in source.config.meta
            kinds = {name: column.data_type or "string" for name, column in source.columns.items()}
            declared = {name: COLUMN_TYPES[kind] for name, kind in kinds.items()}
            self.client.add_table(path, {**declared, **LANDING_COLUMNS} if is_landing else declared)

    def run(self, *command: str) -> Outcome:
        """One dbt command, such as `build --full-refresh`."""
        if self.manifest is None:
            self.parse()
        with connected_to(self.client):
            # A copy, because dbt notes in it what it has compiled, and would not do so again for the next command.
            result = dbtRunner(manifest=copy.deepcopy(self.manifest)).invoke([*QUIET, *command, *self._arguments])
        outcome = Outcome()
        if result.exception and not result.result:
            raise AssertionError(f"dbt {' '.join(command)}: {result.exception}")
        for node_result in result.result:
            name = node_result.node.name
            if node_result.status in ("success", "pass"):
                outcome.passed[name] = str(node_result.status)
            elif node_result.status != "skipped":  # below something that was refused and is listed itself
                outcome.findings.append(
                    f"{node_result.node.original_file_path}: {name}: {_one_line(node_result.message)}"
                )
        outcome.findings.sort()
        return outcome

    def differing_types(self) -> list[str]:
        """Columns whose type, as GoogleSQL infers it, is not the one declared: by the model's documentation, or else, for a column of a
        raw model that bears the name of a landed one, by the contract."""
        landed = {
            f"raw_{source.schema}__{source.identifier}": source
            for source in self.manifest.sources.values()
            if "class" in source.config.meta
        }
        differing = []
        for node in self.manifest.nodes.values():
            path: TablePath = (node.database, node.schema, node.alias)
            if node.resource_type != "model" or path not in self.client.tables:
                continue
            inferred = {column.name: column.type_name for column in self.client.tables[path]}
            typed = [column for column in node.columns.values() if column.data_type is not None]
            declared = {column.name: type_name(parse_type(column.data_type)) for column in typed}
            if node.name in landed:
                contract = _raw_types(landed[node.name])
                declared = {name: kind for name, kind in contract.items() if name in inferred} | declared
            for name, kind in declared.items():
                if inferred.get(name) != kind:
                    differing.append(f"{node.name}.{name}: declared {kind}, is {inferred.get(name)}")
        return differing


def _raw_types(source: Any) -> dict[str, str]:
    """The types that a raw model gives the columns of its contract: the contract's, and of a clock in whole numbers a time."""
    kinds = {name: column.data_type or "string" for name, column in source.columns.items()}
    clocks = {name for name, kind in kinds.items() if kind == "bigint" and name.endswith("_at")}
    return {name: "TIMESTAMP" if name in clocks else COLUMN_TYPES[kind] for name, kind in kinds.items()}


@contextmanager
def connected_to(client: StandIn) -> Iterator[None]:
    """Whatever dbt asks of BigQuery within the block, the stand-in answers."""
    with mock.patch("dbt.adapters.bigquery.connections.create_bigquery_client", lambda credentials: client):
        yield


def _one_line(message: str | None) -> str:
    return " ".join((message or "").split())
