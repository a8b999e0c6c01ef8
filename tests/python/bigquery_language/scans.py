"""Which columns of which tables a statement reads, and on which days: what BigQuery asks money for.

BigQuery leaves a partition out only where a condition that must hold compares the bare partition column with something known before
the query starts; a subquery, a join's other side, a cast or a function on the column prunes nothing. A condition reaches a scan
through projections, subqueries, CTEs (each reference is a query of its own), unions and inner joins; what it does beyond an aggregate
or a window is not promised, and so not counted on. Columns count where the result depends on them.

`is not null` on the bare column reaches a scan by the same ways. It prunes nothing, but it speaks of the column, which is what a table
with `require_partition_filter` asks for. A condition that no row fails, `day is null or day is not null`, does not count as one.

Two references to one table in one statement read it once: a dry run of a self-join says so.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .resolved import conjuncts, function, nodes, own_columns, unwrapped

TableName = tuple[str, ...]
EPOCH = datetime.date(1970, 1, 1)
RECURSION = 20_000  # a long query's tree is deeper than Python's own limit

FLIPPED = {
    "less": "greater",
    "less_or_equal": "greater_or_equal",
    "greater": "less",
    "greater_or_equal": "less_or_equal",
}


@dataclass(frozen=True)
class Days:
    """Days that a constant names: stretches of first and last, where None is open. `known` is false for `current_date` and its like."""

    stretches: tuple[tuple[datetime.date | None, datetime.date | None], ...]
    known: bool = True

    def has(self, day: datetime.date) -> bool:
        """Whether a partition of that day is read."""
        if not self.known:
            return True
        return any((first is None or first <= day) and (last is None or day <= last) for first, last in self.stretches)

    def within(self, other: Days) -> Days:
        """The days of both."""
        both = []
        for first, last in self.stretches:
            for other_first, other_last in other.stretches:
                low = max((d for d in (first, other_first) if d), default=None)
                high = min((d for d in (last, other_last) if d), default=None)
                if low is None or high is None or low <= high:
                    both.append((low, high))
        return Days(tuple(both), self.known and other.known)

    def beside(self, other: Days) -> Days:
        """The days of either."""
        if EVERY_DAY in (self, other):
            return EVERY_DAY
        return Days(self.stretches + other.stretches, self.known and other.known)


EVERY_DAY = Days(((None, None),))

Limits = dict[int, Days]  # by the id of a column


@dataclass(frozen=True)
class Scan:
    """One reference to a table: the columns that matter, and what constants say of each column's days."""

    table: TableName
    columns: tuple[str, ...]
    limits: tuple[tuple[str, Days], ...] = ()
    is_changed: bool = False  # by DML, which reads every column of the partitions it changes

    def days(self, partition_column: str) -> Days | None:
        """The days read of a table that is partitioned by this column; None if nothing is pruned."""
        days = dict(self.limits).get(partition_column)
        return None if days == EVERY_DAY else days

    def speaks_of(self, column: str) -> bool:
        """Whether a condition does that stands on the bare column, so that a table which requires one is read."""
        return column in dict(self.limits)


def scans_of(statement: Any) -> list[Scan]:
    """The scans of a resolved statement. A view is only defined, so that reads nothing."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, RECURSION))
    try:
        return _Reader().statement(unwrapped(statement))
    finally:
        sys.setrecursionlimit(before)


@dataclass
class _Reader:
    found: list[Scan] = field(default_factory=list)
    entries: dict[str, Any] = field(default_factory=dict)  # the CTEs by name
    seen: set[Any] = field(default_factory=set)

    def statement(self, node: Any) -> list[Scan]:
        kind = node.DESCRIPTOR.name
        if kind in ("ResolvedQueryStmtProto", "ResolvedCreateTableAsSelectStmtProto"):
            self.scan(node.query, frozenset(output.column.column_id for output in node.output_column_list), {})
        elif kind == "ResolvedInsertStmtProto":
            if node.HasField("query"):
                self.scan(node.query, frozenset(column.column_id for column in node.query_output_column_list), {})
        elif kind == "ResolvedMergeStmtProto":
            self._merge(node)
        elif kind in ("ResolvedDeleteStmtProto", "ResolvedUpdateStmtProto"):
            self._changed(node.table_scan, _limits(conjuncts(node.where_expr)))
            self._needs(node, without=frozenset({"table_scan", "from_scan"}))
            if "from_scan" in node.DESCRIPTOR.fields_by_name and node.HasField("from_scan"):
                self.scan(node.from_scan, _ids(own_columns(node.from_scan)), {})
        return self.found

    def _merge(self, node: Any) -> None:
        on = list(conjuncts(node.merge_expr))
        limits = _limits(on)
        if any(_literal(one) is False for one in on):
            # Nothing matches, so the target is read where its clauses say; each must say it.
            named = [
                _limits(conjuncts(clause.match_expr)) if clause.HasField("match_expr") else {}
                for clause in node.when_clause_list
                if _enum(clause, "match_type") != "NOT_MATCHED_BY_TARGET"
            ]
            limits = _either(named)
        self._changed(node.table_scan, limits)
        self.scan(node.from_scan, self._needs(node, without=frozenset({"table_scan", "from_scan"})), _limits(on))

    def _changed(self, table_scan: Any, limits: Limits) -> None:
        columns = {column.column_id: column.name for column in table_scan.parent.column_list}
        named = tuple((columns[key], days) for key, days in limits.items() if key in columns)
        self.found.append(Scan(_table(table_scan), ("*",), named, is_changed=True))

    def scan(self, wrapped: Any, needed: frozenset[int], limits: Limits) -> None:
        """Note what a scan reads, of which only the `needed` columns go on, under conditions on its result."""
        node = unwrapped(wrapped)
        method = getattr(self, "_" + node.DESCRIPTOR.name.removeprefix("Resolved").removesuffix("Proto"), self._other)
        method(node, needed, limits)

    # One method per kind of scan, by the name that GoogleSQL gives it.

    def _TableScan(self, node: Any, needed: frozenset[int], limits: Limits) -> None:  # noqa: N802
        columns = {column.column_id: column.name for column in node.parent.column_list}
        named = tuple((columns[key], days) for key, days in limits.items() if key in columns)
        self.found.append(Scan(_table(node), tuple(sorted(columns[key] for key in needed & columns.keys())), named))

    def _SingleRowScan(self, node: Any, needed: frozenset[int], limits: Limits) -> None:  # noqa: N802
        pass

    def _ProjectScan(self, node: Any, needed: frozenset[int], limits: Limits) -> None:  # noqa: N802
        computed = {one.column.column_id: one.expr for one in node.expr_list}
        same = {key: _column(expr) for key, expr in computed.items() if key in limits}
        passed = limits | {to: limits[key] for key, to in same.items() if to is not None}
        wanted = [expr for key, expr in computed.items() if key in needed]
        self.scan(node.input_scan, needed | self._needs(*wanted), passed)

    def _FilterScan(self, node: Any, needed: frozenset[int], limits: Limits) -> None:  # noqa: N802
        if any(_literal(one) is False for one in conjuncts(node.filter_expr)):
            return  # as dbt asks for a query's columns
        inner = _both(limits, _limits(conjuncts(node.filter_expr)))
        self.scan(node.input_scan, needed | self._needs(node.filter_expr), inner)

    def _JoinScan(self, node: Any, needed: frozenset[int], limits: Limits) -> None:  # noqa: N802
        kind = _enum(node, "join_type")
        on = _limits(conjuncts(node.join_expr)) if node.HasField("join_expr") else {}
        below = needed | (self._needs(node.join_expr) if node.HasField("join_expr") else frozenset())
        left = {"INNER": _both(limits, on), "LEFT": limits, "RIGHT": on}.get(kind, {})
        right = {"INNER": _both(limits, on), "LEFT": on, "RIGHT": limits}.get(kind, {})
        self.scan(node.left_scan, below, left)
        self.scan(node.right_scan, below, right)

    def _ArrayScan(self, node: Any, needed: frozenset[int], limits: Limits) -> None:  # noqa: N802
        below = needed | self._needs(node, without=frozenset({"input_scan"}))
        if node.HasField("input_scan"):
            self.scan(node.input_scan, below, limits)

    def _AggregateScan(self, node: Any, needed: frozenset[int], limits: Limits) -> None:  # noqa: N802
        base = node.parent
        keys = self._needs(*(one.expr for one in base.group_by_list))
        wanted = [one for one in map(unwrapped, base.aggregate_list) if one.column.column_id in needed]
        self.scan(base.input_scan, keys | self._needs(*(one.expr for one in wanted)), {})

    def _AnalyticScan(self, node: Any, needed: frozenset[int], limits: Limits) -> None:  # noqa: N802
        below = set(needed)
        for group in node.function_group_list:
            wanted = [one for one in map(unwrapped, group.analytic_function_list) if one.column.column_id in needed]
            below |= self._needs(*(one.expr for one in wanted))
            if wanted:
                below |= self._needs(group, without=frozenset({"analytic_function_list"}))
        self.scan(node.input_scan, frozenset(below), {})

    def _SetOperationScan(self, node: Any, needed: frozenset[int], limits: Limits) -> None:  # noqa: N802
        kind = _enum(node, "op_type")
        outer = [column.column_id for column in node.parent.column_list]
        for item in node.input_item_list:
            inner = dict(zip(outer, (column.column_id for column in item.output_column_list), strict=True))
            taken = {inner[key] for key in outer if key in needed or kind != "UNION_ALL"}
            passed = (
                {inner[key]: days for key, days in limits.items() if key in inner} if kind.startswith("UNION") else {}
            )
            self.scan(item.scan, frozenset(taken), passed)

    def _WithScan(self, node: Any, needed: frozenset[int], limits: Limits) -> None:  # noqa: N802
        for entry in node.with_entry_list:  # their names are unique in a statement
            self.entries[entry.with_query_name] = entry.with_subquery
        self.scan(node.query, needed, limits)

    def _WithRefScan(self, node: Any, needed: frozenset[int], limits: Limits) -> None:  # noqa: N802
        entry = self.entries[node.with_query_name]
        outer = [column.column_id for column in node.parent.column_list]
        inner = dict(zip(outer, (column.column_id for column in own_columns(entry)), strict=True))
        taken = frozenset(inner[key] for key in outer if key in needed)
        passed = {inner[key]: days for key, days in limits.items() if key in inner}
        read = (node.with_query_name, taken, frozenset(passed.items()))
        if read not in self.seen:  # read in the very same way it adds nothing
            self.seen.add(read)
            self.scan(entry, taken, passed)

    def _OrderByScan(self, node: Any, needed: frozenset[int], limits: Limits) -> None:  # noqa: N802
        below = needed | self._needs(node, without=frozenset({"input_scan"}))
        self.scan(node.input_scan, below, limits)

    def _LimitOffsetScan(self, node: Any, needed: frozenset[int], limits: Limits) -> None:  # noqa: N802
        self.scan(node.input_scan, needed, {})

    def _other(self, node: Any, needed: frozenset[int], limits: Limits) -> None:
        """A kind of scan that the project does not use: everything beneath it counts."""
        for name, child in nodes(node):
            if name == "resolved_table_scan_node":
                self._TableScan(child, _ids(child.parent.column_list), {})
            elif name == "resolved_with_ref_scan_node":
                self._WithRefScan(child, _ids(child.parent.column_list), {})

    def _needs(self, *expressions: Any, without: frozenset[str] = frozenset()) -> frozenset[int]:
        """The columns that expressions use; what their subqueries read is noted."""
        used: set[int] = set()
        for expression in expressions:
            for name, node in nodes(expression, without | {"subquery"}):
                if name in ("resolved_column_ref_node", "column_ref", "parameter_list", "partition_by_list"):
                    used |= {node.column.column_id} if node.DESCRIPTOR.name == "ResolvedColumnRefProto" else set()
                if node.DESCRIPTOR.name == "ResolvedSubqueryExprProto":
                    is_exists = _enum(node, "subquery_type") == "EXISTS"
                    self.scan(node.subquery, frozenset() if is_exists else _ids(own_columns(node.subquery)), {})
        return frozenset(used)


def merged(scans: Iterable[Scan], partition_columns: dict[TableName, str]) -> Iterator[Scan]:
    """One scan per table of a statement: the columns of all, on the days of any."""
    together: dict[TableName, Scan] = {}
    for scan in scans:
        days = scan.days(partition_columns.get(scan.table, ""))
        one = replace(scan, limits=((partition_columns[scan.table], days),) if days else ())
        other = together.get(scan.table)
        if other is not None:
            both = [dict(one.limits), dict(other.limits)]
            one = Scan(
                scan.table,
                tuple(sorted({*one.columns, *other.columns})),
                tuple((name, both[0][name].beside(both[1][name])) for name in both[0].keys() & both[1].keys()),
                one.is_changed or other.is_changed,
            )
        together[scan.table] = one
    yield from together.values()


def _table(node: Any) -> TableName:
    return tuple(node.table.full_name.split("."))


def _ids(columns: Iterable[Any]) -> frozenset[int]:
    return frozenset(column.column_id for column in columns)


def _enum(node: Any, name: str) -> str:
    values = node.DESCRIPTOR.fields_by_name[name].enum_type.values_by_number
    return str(values[getattr(node, name)].name)


def _both(one: Limits, two: Limits) -> Limits:
    return {
        key: one[key].within(two[key]) if key in one and key in two else (one.get(key) or two[key]) for key in one | two
    }


def _either(limits: list[Limits]) -> Limits:
    if not limits:
        return {}
    shared = set.intersection(*(set(one) for one in limits))
    together = {}
    for key in shared:
        days = limits[0][key]
        for one in limits[1:]:
            days = days.beside(one[key])
        together[key] = days
    return together


def _limits(conditions: Iterable[Any]) -> Limits:
    """What conditions that must all hold say of the days of bare columns."""
    found: Limits = {}
    for condition in conditions:
        found = _both(found, _limit(condition))
    return found


def _limit(condition: Any) -> Limits:
    call = unwrapped(condition)
    name = function(call).removeprefix("ZetaSQL:$")
    if not name:
        return {}
    arguments = list(call.parent.argument_list)
    if name == "and":
        return _limits(arguments)
    if name == "or":
        return _either([_limit(one) for one in arguments])
    if name == "not" and function(unwrapped(arguments[0])) == "ZetaSQL:$is_null":
        column = _column(unwrapped(arguments[0]).parent.argument_list[0])
        return {} if column is None else {column: EVERY_DAY}
    if name in ("equal", *FLIPPED) and _column(arguments[0]) is None:
        name, arguments = FLIPPED.get(name, name), arguments[::-1]
    column = _column(arguments[0]) if arguments else None
    if column is None or not all(_is_constant(one) for one in arguments[1:]):
        return {}
    given = [_day(one) for one in arguments[1:]]
    stretches = {
        "equal": lambda: [(day, day) for day in given],
        "in": lambda: [(day, day) for day in given],
        "between": lambda: [(given[0], given[1])],
        "less": lambda: [(None, given[0])],  # one day too many at most
        "less_or_equal": lambda: [(None, given[0])],
        "greater": lambda: [(given[0], None)],
        "greater_or_equal": lambda: [(given[0], None)],
    }.get(name)
    if stretches is None:
        return {}
    return {column: Days(tuple(stretches()), known=None not in given)}


def _column(expression: Any) -> int | None:
    """The id of a bare column of the same query, not of an outer one."""
    node = unwrapped(expression)
    is_bare = node.DESCRIPTOR.name == "ResolvedColumnRefProto" and not node.is_correlated
    return node.column.column_id if is_bare else None


def _is_constant(expression: Any) -> bool:
    unknown = ("resolved_column_ref_node", "resolved_subquery_expr_node")
    return not any(name in unknown for name, _ in nodes(expression))


def _literal(expression: Any) -> Any:
    node = unwrapped(expression)
    if node.DESCRIPTOR.name != "ResolvedLiteralProto":
        return None
    which = node.value.value.WhichOneof("value")
    return getattr(node.value.value, which) if which else None


def _day(expression: Any) -> datetime.date | None:
    value = _literal(expression)
    if isinstance(value, int) and not isinstance(value, bool):
        return EPOCH + datetime.timedelta(days=value)
    return value.ToDatetime().date() if hasattr(value, "ToDatetime") else None
