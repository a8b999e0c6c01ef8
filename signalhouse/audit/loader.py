"""Reads expectations/<layer>/<table>.yml and turns each promise into a Great Expectations rule, checked at load."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from signalhouse import yamls
from signalhouse.at_first_use import imported_at_first_use
from signalhouse.audit.relations import COLUMN_NAME, TABLE_NAME, Relations
from signalhouse.audit.results import SEVERITIES, Severity
from signalhouse.errors import UsageError

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

FRESHNESS = "rows_to_be_fresh"
VOLUME = "volume_to_be_normal"
RECENT_VOLUME = "recent_volume_to_be_normal"
RECONCILE = "totals_to_reconcile"
STABLE = "distribution_to_be_stable"
SHARE = "share_to_be_at_most"
SQL = "sql"
HOUSE_RULES = frozenset({FRESHNESS, VOLUME, RECENT_VOLUME, RECONCILE, STABLE, SHARE, SQL})

_FILE_KEYS = frozenset({"table", "owner", "key", "day", "severity", "live", "sources", "expect"})
_SQL_ARGUMENTS = ("query", "where", "with_where", "among", "measure", "with_measure")
_RULE_KEYS = frozenset({"severity", "why", "owner", "when", "sources", "live"})
_WHEN_KEYS = ("equals", "not_equals", "in", "not_in", "above", "at_least", "below", "at_most", "is_null")
# A sample of failing rows is shown to people and kept as history, so its keys may not name a person.
_PERSONAL = re.compile(r"e_?mail|phone|(^|_)ip(_|$)|(^|_)(first|last|full|given|family|user|display)?_?names?$|address")
_AS_OF = re.compile(r"\{as_of( [-+] \d+)?\}")
_TOUCHED = re.compile(r"\{touched ([a-z_][a-z0-9_]*)\}")
_RAW_TABLE = re.compile(r"raw\.raw_(?P<vendor>[a-z0-9_]+?)__[a-z0-9_]+")


@dataclass(frozen=True)
class Rule:
    """One promise as written. `arguments` are the rule's own; `number` counts from 1 within its file."""

    table: str
    number: int
    name: str
    arguments: Mapping[str, Any]
    severity: Severity
    why: str
    owner: str
    when: Mapping[str, Any] | None
    sources: tuple[str, ...]
    file: str
    line: int

    @property
    def rule_id(self) -> str:
        """`fct_ticket#2`: the table's name and the rule's place in its file."""
        return f"{self.table.split('.')[1]}#{self.number}"

    @property
    def column(self) -> str | None:
        """The column it speaks of, if one."""
        column = self.arguments.get("column")
        return column if isinstance(column, str) else None


@dataclass(frozen=True)
class Suite:
    """The promises of one table; `key` names the columns that identify a failing row, `day` the column of its days, of which a query
    has to speak on BigQuery where the table requires that, and by which rules of what is newest read the last days alone."""

    table: str
    key: tuple[str, ...]
    rules: tuple[Rule, ...]
    file: str
    day: str | None = None


@dataclass(frozen=True)
class RuleContext:
    """What a rule needs from outside its file.

    `now` is UTC without a zone; `volumes` maps a table and a rule to the row counts of earlier published runs, oldest first; `as_of` is the
    last complete day of the build, None where it has none; `touched` maps a model to the days of it that are new since the last release,
    None where all are, and is empty where nothing is new.
    """

    now: datetime
    relations: Relations = field(default_factory=Relations)
    volumes: Mapping[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    as_of: date | None = None
    touched: Mapping[str, tuple[date, ...] | None] = field(default_factory=dict)

    def fill(self, sql: str, table: str = "") -> str:
        """`sql` with the engine's name for every `{schema.table}`, `{as_of - 27}` as that day, and `{touched event_date}` as the
        condition that a day of `table` is new since the last release; `{batch}` stays.

        A day as a literal, because on BigQuery a day from a subquery reads every partition.
        """
        days = self.touched.get(table.split(".")[-1], ()) if self.touched else None
        sql = _TOUCHED.sub(lambda named: _one_of(named.group(1), days), sql)
        return self.relations.fill(_AS_OF.sub(self._day, sql))

    def _day(self, named: re.Match[str]) -> str:
        if self.as_of is None:
            return "cast(null as date)"
        return f"date '{self.as_of + timedelta(days=int((named.group(1) or '0').replace(' ', '')))}'"


def _one_of(column: str, days: tuple[date, ...] | None) -> str:
    if days is None:
        return "true"
    literals = ", ".join(f"date '{day}'" for day in days)
    return f"{column} in ({literals})" if days else "false"


def load_suites(folder: Path) -> tuple[Suite, ...]:
    """Every suite below `folder`, ordered by path. Raises UsageError naming file, line and rule for what is wrong."""
    return tuple(load_suite(path, folder) for path in sorted(folder.glob("*/*.yml")))


def load_suite(path: Path, folder: Path) -> Suite:
    """One file. Raises UsageError; does not import Great Expectations (see `expectation`)."""
    shown = f"{folder.name}/{path.relative_to(folder).as_posix()}"
    text = path.read_text(encoding="utf-8")
    try:
        root = yaml.compose(text, Loader=yamls.LOADER)
        data = yamls.read(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise _wrong(f"{shown}:{line}", f"not YAML: {getattr(error, 'problem', error)}") from None
    if root is None or not isinstance(data, dict):
        raise _wrong(f"{shown}:1", "a file of expectations begins with table, owner, key and expect")
    for line, name in _repeated_keys(root):
        raise _wrong(f"{shown}:{line}", f"{name!r} stands twice; the second would silently win")
    return _suite(data, _rule_lines(root), shown, path)


def expectation(rule: Rule, suite: Suite, context: RuleContext) -> Expectation:
    """The Great Expectations object of a rule. Raises UsageError for an unknown rule or argument."""
    # One rule of its library, of none of our files, draws and tests distributions: 0.7 of the 2.7 CPU s of its import.
    with imported_at_first_use("altair", "scipy.stats"):
        from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

        import signalhouse.audit.rules  # noqa: F401  (importing it registers the house rules)

    try:
        arguments = _arguments(rule, suite, context)
        return ExpectationConfiguration(
            type=f"expect_{'no_rows' if rule.name == SQL else rule.name}",
            kwargs=arguments,
            severity=rule.severity,
            description=rule.why,
            meta={"rule_id": rule.rule_id},
        ).to_domain_obj()
    except Exception as error:
        raise _wrong(f"{rule.file}:{rule.line}", f"rule {rule.number}, {rule.name}: {_reason(error)}") from error


def _suite(data: dict[str, Any], lines: list[int], shown: str, path: Path) -> Suite:
    top = f"{shown}:1"
    _no_unknown(top, "the file", data, _FILE_KEYS)
    table, owner, rules = data.get("table"), data.get("owner"), data.get("expect")
    if not isinstance(table, str) or not TABLE_NAME.fullmatch(table):
        raise _wrong(top, "`table` names schema.table, for example core.fct_ticket")
    if table != f"{path.parent.name}.{path.stem}":
        raise _wrong(top, f"expectations for {table} belong in {table.replace('.', '/')}.yml")
    if not isinstance(owner, str) or not owner:
        raise _wrong(top, "`owner` says who is asked when a promise is broken")
    if not isinstance(rules, list) or not rules:
        raise _wrong(top, "`expect` is a list of at least one rule")
    key = _names(data.get("key", []), top, "key")
    for name in key:
        if _PERSONAL.search(name):
            raise _wrong(top, f"key {name!r} may name a person, and keys are shown; take an id, or file_path and line")
    day = data.get("day")
    if day is not None and (not isinstance(day, str) or not COLUMN_NAME.fullmatch(day)):
        raise _wrong(top, "`day` names a column, for example event_date")
    made = tuple(
        _rule(item, number, lines[number - 1], data, table, owner, shown) for number, item in enumerate(rules, start=1)
    )
    return Suite(table=table, key=key, rules=made, file=shown, day=day)


def _rule(item: Any, number: int, line: int, data: dict[str, Any], table: str, owner: str, shown: str) -> Rule:
    where = f"{shown}:{line}"
    if not isinstance(item, dict):
        raise _wrong(
            where,
            f"rule {number} is a name with its arguments, for example `- table_row_count_to_be_between: {{min_value: 1}}`",
        )
    names = [name for name in item if name not in _RULE_KEYS]
    if len(names) != 1:
        raise _wrong(where, f"rule {number} needs exactly one rule name, found {', '.join(map(str, names)) or 'none'}")
    name = str(names[0])
    arguments = {"query": item[name]} if name == SQL else item[name] or {}
    if not isinstance(arguments, dict):
        raise _wrong(where, f"rule {number}, {name}: its arguments are a mapping")
    severity = item.get("severity", data.get("severity", "critical"))
    if name == FRESHNESS and item.get("live", data.get("live", False)) is True:
        severity = "critical"
    if severity not in SEVERITIES:
        raise _wrong(where, f"rule {number}: severity is one of {', '.join(SEVERITIES)}, not {severity!r}")
    why = item.get("why")
    if not isinstance(why, str) or not why.strip():
        raise _wrong(where, f"rule {number}, {name}: `why` says what breaks for whom when this fails")
    if item.get("when") is not None and name in HOUSE_RULES:
        raise _wrong(where, f"rule {number}: {name} takes a `where` in SQL, not `when`")
    sources = _names(item.get("sources", data.get("sources", [])), where, "sources")
    raw = _RAW_TABLE.fullmatch(table)
    return Rule(
        table=table,
        number=number,
        name=name,
        arguments=arguments,
        severity=severity,
        why=" ".join(why.split()),
        owner=item.get("owner", owner),
        when=item.get("when"),
        sources=tuple(dict.fromkeys((*sources, *([raw["vendor"]] if raw else [])))),
        file=shown,
        line=line,
    )


def _arguments(rule: Rule, suite: Suite, context: RuleContext) -> dict[str, Any]:
    given = dict(rule.arguments)
    relations = context.relations
    if rule.name in HOUSE_RULES:
        given["engine"] = relations.engine
        # A condition may look into another table, for example `name in (select name from {core.time_zones})`.
        given |= {
            name: context.fill(given[name], rule.table) for name in _SQL_ARGUMENTS if isinstance(given.get(name), str)
        }
    if rule.name == FRESHNESS:
        given["now"] = context.now.isoformat(sep=" ", timespec="seconds")
        given["day"] = suite.day
    elif rule.name in (VOLUME, RECENT_VOLUME):
        given["history"] = list(context.volumes.get((rule.table, rule.name), ()))
        if rule.name == RECENT_VOLUME:
            given |= _recent_days(given.pop("days", None), suite, context)
    elif rule.name == RECONCILE:
        other = given.pop("with", None)
        if not isinstance(other, str):
            raise ValueError("`with` names the table to reconcile with, for example raw.raw_stripe__invoices")
        given.update({"here_name": rule.table, "with_name": other, "with_relation": relations.relation(other)})
        personal = [name for name in given.get("by", ()) if _PERSONAL.search(str(name))]
        if personal:
            raise ValueError(f"`by` column {personal[0]!r} may name a person, and groups that differ are shown")
    elif rule.name == SQL:
        given["key"] = list(suite.key)
    if rule.when:
        given["row_condition"] = _condition(rule.when)
    return given


def _recent_days(days: Any, suite: Suite, context: RuleContext) -> dict[str, str]:
    if suite.day is None:
        raise ValueError("the file names the table's `day`, by which its last days are counted")
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        raise ValueError("`days` is how many of the last days are counted, for example 7")
    ends = (f"{{as_of - {days - 1}}}", "{as_of}")
    return {"day": suite.day, **dict(zip(("first_day", "last_day"), map(context.fill, ends), strict=True))}


def _condition(when: Mapping[str, Any]) -> Any:
    from great_expectations.expectations.row_conditions import Column

    tests = [name for name in when if name != "column"]
    if "column" not in when or len(tests) != 1 or tests[0] not in _WHEN_KEYS:
        raise ValueError(f"`when` is a column and one of {', '.join(_WHEN_KEYS)}")
    column, value = Column(when["column"]), when[tests[0]]
    match tests[0]:
        case "equals":
            return column == value
        case "not_equals":
            return column != value
        case "in":
            return column.is_in(value)
        case "not_in":
            return column.is_not_in(value)
        case "above":
            return column > value
        case "at_least":
            return column >= value
        case "below":
            return column < value
        case "at_most":
            return column <= value
        case _:
            return column.is_null() if value else column.is_not_null()


def _names(value: Any, where: str, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise _wrong(where, f"`{what}` is a list of names")
    return tuple(value)


def _no_unknown(where: str, what: str, data: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(str(name) for name in data if name not in known)
    if unknown:
        raise _wrong(where, f"{what} does not know {', '.join(unknown)}; it knows {', '.join(sorted(known))}")


def _rule_lines(root: yaml.Node) -> list[int]:
    """The line of every item under `expect`, counted from 1."""
    if isinstance(root, yaml.MappingNode):
        for name, value in root.value:
            if name.value == "expect" and isinstance(value, yaml.SequenceNode):
                return [item.start_mark.line + 1 for item in value.value]
    return []


def _repeated_keys(node: yaml.Node) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name, value in node.value:
            if isinstance(name, yaml.ScalarNode):
                if name.value in seen:
                    yield name.start_mark.line + 1, name.value
                seen.add(name.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item)


def _reason(error: Exception) -> str:
    """A library's message in one line, without its address lists."""
    from great_expectations.compatibility import pydantic

    if isinstance(error, pydantic.ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _wrong(where: str, what: str) -> UsageError:
    return UsageError(f"an expectation cannot be read: {what}", where=where, next_step=f"correct {where}")
