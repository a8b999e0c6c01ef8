"""What a statement says of the table that it makes, beside its columns: partitions, clusters and options."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .googlesql import Statement
from .resolved import function, layers, nodes, unwrapped

PARTS = {3: "day", 7: "hour"}  # of zetasql.functions.DateTimestampPart
SCALARS = ("string_value", "int64_value", "bool_value", "enum_value")


@dataclass(frozen=True)
class TableOptions:
    """`partition_by` and `cluster_by` are columns; `expires_after` is said as `12 hour`, None where the table stays."""

    partition_by: str | None
    cluster_by: tuple[str, ...]
    labels: dict[str, str]
    requires_filter: bool
    expires_after: str | None


def options_of(statement: Statement) -> TableOptions:
    """Of a statement that makes a table."""
    options: dict[str, Any] = {}
    columns: dict[str, list[str]] = {"partition_by_list": [], "cluster_by_list": []}
    for layer in layers(unwrapped(statement.resolved)):
        names = layer.DESCRIPTOR.fields_by_name
        if "option_list" in names:
            options |= {option.name: option.value for option in layer.option_list}
        for clause, found in columns.items():
            if clause in names:
                found += [name for expression in getattr(layer, clause) for name in _columns(expression)]
    labels = list(_constants(options.get("labels")))
    return TableOptions(
        partition_by=next(iter(columns["partition_by_list"]), None),
        cluster_by=tuple(columns["cluster_by_list"]),
        labels=dict(zip(labels[::2], labels[1::2], strict=True)),
        requires_filter=True in _constants(options.get("require_partition_filter")),
        expires_after=_expiry(options.get("expiration_timestamp")),
    )


def _columns(expression: Any) -> Iterator[str]:
    for _, node in nodes(expression):
        if node.DESCRIPTOR.name == "ResolvedColumnRefProto":
            yield node.column.name


def _expiry(expression: Any) -> str | None:
    """So long after the statement; what is said in another way is no expiry that the project knows."""
    if expression is None or function(unwrapped(expression)) != "ZetaSQL:timestamp_add":
        return None
    _, number, part = unwrapped(expression).parent.argument_list
    return f"{next(_constants(number))} {PARTS[next(_constants(part))]}"


def _constants(expression: Any) -> Iterator[Any]:
    """The scalars of a literal, from an array or a struct too, in their order."""
    if expression is None:
        return
    waiting = [unwrapped(expression).value.value]
    while waiting:
        value = waiting.pop(0)
        which = value.WhichOneof("value")
        if which in SCALARS:
            yield getattr(value, which)
        elif which == "array_value":
            waiting = [*value.array_value.element, *waiting]
        elif which == "struct_value":
            waiting = [*value.struct_value.field, *waiting]
