"""Walking a statement's resolved tree, as GoogleSQL's analyser gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Parts of a resolved statement that hold no scan and no expression; most of its bulk.
DESCRIPTIVE = {"signature", "column_list", "type", "table", "function", "type_annotation_map", "options"}


def unwrapped(node: Any) -> Any:
    """The node itself: a statement, scan or expression is wrapped once per class that it belongs to."""
    while "node" in node.DESCRIPTOR.oneofs_by_name and node.WhichOneof("node"):
        node = getattr(node, node.WhichOneof("node"))
    return node


def layers(node: Any) -> list[Any]:
    """A node's own fields and those that it has from each class of node above its own."""
    found = [node]
    while found[-1].DESCRIPTOR.fields_by_name.get("parent") is not None:
        found.append(found[-1].parent)
    return found


def nodes(message: Any, without: frozenset[str] = frozenset()) -> Iterator[tuple[str, Any]]:
    """A resolved tree's messages, each with the name of the field that holds it. Trees are too deep for recursion.

    What hangs in a field of a name in `without` is passed over.
    """
    waiting = [("", message)]
    while waiting:
        name, node = waiting.pop()
        yield name, node
        for described, value in node.ListFields():
            if described.message_type is None or described.name in DESCRIPTIVE or described.name in without:
                continue
            waiting.extend((described.name, child) for child in (value if described.is_repeated else [value]))


def function(node: Any) -> str:
    """The name of the function that an expression calls, or an empty text."""
    return node.parent.function.name if node.DESCRIPTOR.name == "ResolvedFunctionCallProto" else ""


def conjuncts(expression: Any) -> Iterator[Any]:
    """The conditions that must all hold."""
    call = unwrapped(expression)
    if function(call) != "ZetaSQL:$and":
        yield call
        return
    for argument in call.parent.argument_list:
        yield from conjuncts(argument)


def own_columns(scan: Any) -> Any:
    """The columns that a scan gives, from the innermost of its wrappers."""
    node = unwrapped(scan)
    while "column_list" not in node.DESCRIPTOR.fields_by_name:
        node = node.parent
    return node.column_list
