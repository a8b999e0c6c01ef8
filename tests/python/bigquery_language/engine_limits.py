"""What the language allows and BigQuery refuses when the query runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .resolved import conjuncts, function, nodes, own_columns

# Switches for what BigQuery has, although the analyser calls it in development.
ALSO_IN_BIGQUERY = ("FEATURE_CREATE_TABLE_CLONE",)

# Switches of the analyser for things that BigQuery does not have.
NOT_IN_BIGQUERY = (
    "FEATURE_JSON_TYPE_COMPARISON",
    "FEATURE_TIMESTAMP_NANOS",
    "FEATURE_TIMESTAMP_PICOS",
    "FEATURE_V_1_1_ARRAY_EQUALITY",
    "FEATURE_V_1_3_ARRAY_ORDERING",
    "FEATURE_V_1_3_INLINE_LAMBDA_ARGUMENT",
    "FEATURE_V_1_3_UNNEST_AND_FLATTEN_ARRAYS",
    "FEATURE_V_1_4_AGGREGATE_FILTERING",
    "FEATURE_V_1_4_ARRAY_AGGREGATION_FUNCTIONS",
    "FEATURE_V_1_4_ARRAY_FIND_FUNCTIONS",
    "FEATURE_V_1_4_ARRAY_ZIP",
    "FEATURE_V_1_4_FOR_UPDATE",
    "FEATURE_V_1_4_INSERT_ON_CONFLICT_CLAUSE",
    "FEATURE_V_1_4_LATERAL_JOIN",
    "FEATURE_V_1_4_MULTILEVEL_AGGREGATION",
    "FEATURE_V_1_4_MULTIWAY_UNNEST",
    "FEATURE_V_1_4_NULLIFZERO_ZEROIFNULL",
    "FEATURE_V_1_4_UUID_TYPE",
)


# The options of BigQuery's tables, views and columns, with their types: the language itself takes any name and any value.
OPTIONS = {
    "description": "string",
    "friendly_name": "string",
    "labels": "array<struct<string, string>>",
    "expiration_timestamp": "timestamp",
    "partition_expiration_days": "float64",
    "require_partition_filter": "bool",
    "kms_key_name": "string",
}


def refusals(resolved: Any) -> Iterator[str]:
    """Why BigQuery would not run a statement that is valid: one text per join or subquery."""
    for name, node in nodes(resolved):
        if name == "resolved_join_scan_node" and _join_type(node) != "INNER" and not _has_equality(node):
            yield f"{_join_type(node)} OUTER JOIN without a condition that is an equality of fields from both sides of the join"
        if name == "resolved_subquery_expr_node" and node.parameter_list and not _is_joinable(node):
            yield "a correlated subquery over a table without an equality between the two cannot become a join"
        if name in ("primary_key", "foreign_key_list") and not (
            node.unenforced if name == "primary_key" else not node.enforced
        ):
            yield "a key is not enforced, and has to say so: not enforced"


def _join_type(join: Any) -> str:
    names = join.DESCRIPTOR.fields_by_name["join_type"].enum_type.values_by_number
    return str(names[join.join_type].name)


def _has_equality(join: Any) -> bool:
    left = {column.column_id for column in own_columns(join.left_scan)}
    return any(
        (bool(one) and bool(two) and ((one <= left and not two & left) or (two <= left and not one & left)))
        for condition in conjuncts(join.join_expr)
        for one, two in _sides(condition)
    )


def _is_joinable(subquery: Any) -> bool:
    reads_a_table = any(
        name in ("resolved_table_scan_node", "resolved_with_ref_scan_node") for name, _ in nodes(subquery.subquery)
    )
    outer = {parameter.column.column_id for parameter in subquery.parameter_list}
    pairs = (pair for _, node in nodes(subquery.subquery) for pair in _sides(node))
    matched = any(bool(one) and bool(two) and bool(one & outer) != bool(two & outer) for one, two in pairs)
    return matched or not reads_a_table


def _sides(call: Any) -> Iterator[tuple[set[int], set[int]]]:
    """If this is an `=`, the columns on its two sides by id."""
    if function(call) == "ZetaSQL:$equal":
        one, two = call.parent.argument_list
        yield _columns(one), _columns(two)


def _columns(expression: Any) -> set[int]:
    return {node.column.column_id for name, node in nodes(expression) if name == "resolved_column_ref_node"}
