"""SQL that types a JSON record by its contract, and SQL that says what is wrong with one that does not fit.

The two are made from the same table of types, so that what the fast way accepts is what the slow way accepts. The fast way
casts strictly and fails the file at the first misfit; the file then goes the slow way, record by record.
One `json_transform` of all scalars to text, then casts: 1.25 CPU s per 500k records, `->>` per field five times that.
"""

from __future__ import annotations

import json

from signalhouse.landing.contract import Column, Contract

STORAGE = {
    "string": "varchar",
    "bigint": "bigint",
    "double": "double",
    "decimal": "decimal(28,6)",
    "boolean": "boolean",
    "timestamp": "timestamp",
    "date": "date",
    "json": "json",
}

_MISFIT = {
    "bigint": "not a whole number",
    "double": "not a number",
    "decimal": "not a decimal number",
    "boolean": "not true or false",
    "timestamp": "not an ISO-8601 time",
    "date": "not a date",
}

# An epoch before 2005 or after 2100 is seconds taken for milliseconds or the reverse, or a broken clock.
_EPOCH_RANGE = {"s": (1_104_537_600, 4_102_444_800), "ms": (1_104_537_600_000, 4_102_444_800_000)}


# More than this in one record is a dump in a field, and more than the engines take at ease.
MAX_RECORD_BYTES = 16 * 1024 * 1024


def too_long() -> str:
    """Condition on a record that is longer than any record may be."""
    return f"strlen(json) > {MAX_RECORD_BYTES}"


def looks_deep() -> str:
    """Condition on a record that may be nested too deep: it ends many levels at once. The slow way counts them."""
    many = ("}" * 16, "]" * 16, "}]" * 8)
    return " or ".join(f"contains(json, {literal(ends)})" for ends in many)


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def transform_spec(contract: Contract) -> str:
    """The structure given to json_transform: every scalar path as text. JSON columns are taken by path instead."""
    tree: dict[str, object] = {}
    for column in contract.columns:
        if column.data_type == "json":
            continue
        for path in filter(None, (column.path, column.or_path)):
            node = tree
            for key in path[:-1]:
                node = node.setdefault(key, {})  # type: ignore[assignment]
            node[path[-1]] = "VARCHAR"
    return json.dumps(tree)


def _text(column: Column) -> str:
    """The column's value as text, out of struct `t`, or as JSON out of `json`."""
    if column.data_type == "json":
        found = f"json_extract(json, {literal(_steps(column.path))})"
        # A CSV carries JSON as text: open the string.
        inner = f"{found} ->> '$'"
        opened = f"case when json_type({found}) = 'VARCHAR' and json_valid({inner}) then json_extract({inner}, '$') else {found} end"
        return f"case when json_type({found}) <> 'NULL' then {opened} end"
    found = ".".join(["t", *(quoted(key) for key in column.path)])
    if column.or_path:
        other = ".".join(["t", *(quoted(key) for key in column.or_path)])
        return f"coalesce({found}, {other})"
    return found


def _steps(path: tuple[str, ...]) -> str:
    return "$" + "".join(f'."{key}"' for key in path)


def typed(column: Column, *, strict: bool) -> str:
    """The typed value. A text that does not fit raises when strict, and is null when not."""
    text = _text(column)
    cast, misfit = ("cast", "error('misfit')") if strict else ("try_cast", "null")
    match column.data_type:
        case "string" | "json":
            return text
        case "bigint":
            # A cast rounds 1.5 to 2; only a fraction of zeros is a whole number.
            whole = (
                f"case when contains({text}, '.') then case when regexp_full_match({text}, '-?[0-9]+[.]0+') "
                f"then {cast}(split_part({text}, '.', 1) as bigint) else cast({misfit} as bigint) end "
                f"else {cast}({text} as bigint) end"
            )
            if column.clock:
                low, high = _EPOCH_RANGE[column.clock]
                return (
                    f"case when ({whole}) not between {low} and {high} then cast({misfit} as bigint) else {whole} end"
                )
            return whole
        case "timestamp":
            # 'infinity' and years of 5 digits are times to DuckDB and nonsense here. A cast to TIMESTAMP reads an offset and drops
            # it; the cast that heeds it takes four times as long, so it is for texts that have one.
            clock = f"substr({text}, 12)"
            return (
                f"case when {text} is not null and not regexp_matches({text}, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') "
                f"then cast({misfit} as timestamp) "
                f"when contains({clock}, '+') or contains({clock}, '-') "
                f"then cast({cast}({text} as timestamptz) at time zone 'UTC' as timestamp) else {cast}({text} as timestamp) end"
            )
        case "double":
            number = f"{cast}({text} as double)"
            return (
                f"case when isfinite({number}) then {number} when {text} is not null then cast({misfit} as double) end"
            )
        case "decimal":
            # A text costs 5 to 22 microseconds as a decimal of more than 18 digits, 0.05 as one of up to 18, so most take that one.
            return f"coalesce(try_cast({text} as decimal(18, 6)), {cast}({text} as {STORAGE['decimal']}))"
        case other:
            return f"{cast}({text} as {STORAGE[other]})"


def _refused(column: Column, *, strict: bool) -> list[tuple[str, str]]:
    """Conditions under which a value of the right type is refused all the same, each with the reason."""
    value = typed(column, strict=strict)
    found: list[tuple[str, str]] = []
    if column.data_type == "string":
        # To text an object becomes its own JSON; only a text that looks like one is worth a second look.
        paths = [path for path in (column.path, column.or_path) if path]
        nested = " or ".join(f"json_type(json, {literal(_steps(path))}) in ('OBJECT', 'ARRAY')" for path in paths)
        found.append((f"{value}[1] in ('{{', '[') and ({nested})", "is an object or a list, not text"))
    for bound, operator, word in ((column.at_least, "<", "below"), (column.at_most, ">", "above")):
        if bound is None:
            continue
        if column.data_type in ("timestamp", "date"):
            # A time is compared as it is written, as far as the bound is written: to cast it twice would cost more than all else.
            compared = f"substr({_text(column)}, 1, {len(bound)}) {operator} {literal(bound)}"
        else:
            compared = f"{value} {operator} cast({literal(bound)} as {STORAGE[column.data_type]})"
        found.append((compared, f"is {word} {bound}"))
    if column.is_currency:
        found.append((f"not regexp_full_match({value}, '[A-Za-z]{{3}}')", "is not a currency code of three letters"))
    return found


def _checked(column: Column) -> str:
    value = typed(column, strict=True)
    refused = " or ".join(f"({condition})" for condition, _ in _refused(column, strict=True))
    if refused:
        value = f"case when {refused} then cast(error('value') as {STORAGE[column.data_type]}) else {value} end"
    if column.one_of:
        allowed = ", ".join(literal(v) for v in column.one_of)
        value = f"case when {value} not in ({allowed}) then error('value') else {value} end"
    if column.required:
        value = f"case when {_text(column)} is null then cast(error('missing') as {STORAGE[column.data_type]}) else {value} end"
    return value


def typed_columns(contract: Contract) -> str:
    """Select list of the strict typed columns, named as in the contract."""
    return ",\n".join(f"{_checked(column)} as {quoted(column.name)}" for column in contract.columns)


def group_check(contract: Contract) -> str | None:
    """Raises where none of a group of columns is there; null when the contract has no such group."""
    tests = []
    for group in contract.any_of:
        values = ", ".join(f"cast({_text(_named(contract, name))} as varchar)" for name in group)
        tests.append(f"case when coalesce({values}) is null then error('group') end")
    return f"coalesce({', '.join(tests)})" if tests else None


def reasons(contract: Contract) -> str:
    """A list of what is wrong with the record, empty when nothing is."""
    checks = [
        "case when json_type(json) <> 'OBJECT' then 'the record is not an object' end",
        f"case when {too_long()} then {literal(f'the record has more than {MAX_RECORD_BYTES:,} bytes')} end",
    ]
    for column in contract.columns:
        text, name = _text(column), column.name
        if column.required:
            checks.append(f"case when {text} is null then {literal(f'{name} is missing')} end")
        if column.data_type not in ("string", "json"):
            misfit = _MISFIT[column.data_type] + (
                f", or no epoch in {column.clock} of these years" if column.clock else ""
            )
            checks.append(
                f"case when {text} is not null and {typed(column, strict=False)} is null then {literal(f'{name} is {misfit}')} end"
            )
        if column.one_of:
            allowed = ", ".join(literal(v) for v in column.one_of)
            checks.append(
                f"case when {text} not in ({allowed}) then {literal(f'{name} is not one of ' + ', '.join(column.one_of))} end"
            )
        checks.extend(
            f"case when {condition} then {literal(f'{name} {reason}')} end"
            for condition, reason in _refused(column, strict=False)
        )
    for group in contract.any_of:
        parts = ", ".join(f"cast({_text(_named(contract, n))} as varchar)" for n in group)
        checks.append(
            f"case when coalesce({parts}) is null then {literal('none of ' + ', '.join(group) + ' is there')} end"
        )
    return f"list_filter([{', '.join(checks)}], lambda reason: reason is not null)"


def _named(contract: Contract, name: str) -> Column:
    return next(c for c in contract.columns if c.name == name)
