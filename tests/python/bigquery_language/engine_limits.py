"""What the language allows and BigQuery refuses when the query runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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

# Parts of a resolved statement that hold no scan and no expression; most of its bulk.
DESCRIPTIVE = {"signature", "column_list", "type", "table", "function", "type_annotation_map", "options"}


def refusals(resolved: Any) -> Iterator[str]:
    """Why BigQuery would not run a statement that is valid: one text per join or subquery."""
    for name, node in _nodes(resolved):
        if name == "resolved_join_scan_node" and _join_type(node) != "INNER" and not _has_equality(node):
            yield f"{_join_type(node)} OUTER JOIN without a condition that is an equality of fields from both sides of the join"
        if name == "resolved_subquery_expr_node" and node.parameter_list and not _is_joinable(node):
            yield "a correlated subquery over a table without an equality between the two cannot become a join"


def _join_type(join: Any) -> str:
    names = join.DESCRIPTOR.fields_by_name["join_type"].enum_type.values_by_number
    return str(names[join.join_type].name)


def _has_equality(join: Any) -> bool:
    left = {column.column_id for column in _own_columns(join.left_scan)}
    return any(
        (bool(one) and bool(two) and ((one <= left and not two & left) or (two <= left and not one & left)))
        for condition in _conjuncts(join.join_expr)
        for one, two in _sides(condition)
    )


def _conjuncts(expression: Any) -> Iterator[Any]:
    """The conditions that must all hold."""
    call = _unwrapped(expression)
    if _function(call) != "ZetaSQL:$and":
        yield call
        return
    for argument in call.parent.argument_list:
        yield from _conjuncts(argument)


def _is_joinable(subquery: Any) -> bool:
    reads_a_table = any(
        name in ("resolved_table_scan_node", "resolved_with_ref_scan_node") for name, _ in _nodes(subquery.subquery)
    )
    outer = {parameter.column.column_id for parameter in subquery.parameter_list}
    pairs = (pair for _, node in _nodes(subquery.subquery) for pair in _sides(node))
    matched = any(bool(one) and bool(two) and bool(one & outer) != bool(two & outer) for one, two in pairs)
    return matched or not reads_a_table


def _sides(call: Any) -> Iterator[tuple[set[int], set[int]]]:
    """If this is an `=`, the columns on its two sides by id."""
    if _function(call) == "ZetaSQL:$equal":
        one, two = call.parent.argument_list
        yield _columns(one), _columns(two)


def _function(node: Any) -> str:
    return node.parent.function.name if node.DESCRIPTOR.name == "ResolvedFunctionCallProto" else ""


def _columns(expression: Any) -> set[int]:
    return {node.column.column_id for name, node in _nodes(expression) if name == "resolved_column_ref_node"}


def _own_columns(scan: Any) -> Any:
    """The columns that a scan gives, from the innermost of its wrappers."""
    node = _unwrapped(scan)
    while "column_list" not in node.DESCRIPTOR.fields_by_name:
        node = node.parent
    return node.column_list


def _unwrapped(node: Any) -> Any:
    """The node itself: a statement, scan or expression is wrapped once per class that it belongs to."""
    while "node" in node.DESCRIPTOR.oneofs_by_name and node.WhichOneof("node"):
        node = getattr(node, node.WhichOneof("node"))
    return node


def _nodes(message: Any) -> Iterator[tuple[str, Any]]:
    """A resolved tree's messages, each with the name of the field that holds it. Trees are too deep for recursion."""
    waiting = [("", message)]
    while waiting:
        name, node = waiting.pop()
        yield name, node
        for described, value in node.ListFields():
            if described.message_type is None or described.name in DESCRIPTIVE:
                continue
            waiting.extend((described.name, child) for child in (value if described.is_repeated else [value]))
