"""SQL that types a JSON record by its contract, and SQL that says what is wrong with one that does not fit.

A text that does not fit is null where the value should be, so one bad record costs the others nothing. One list of refusals decides
both which records land and what is said of the others.
One `json_transform` of all scalars to text, then casts: 1.25 CPU s per 500k records, `->>` per field five times that.
"""

from __future__ import annotations

import json

from signalhouse.duckdb_files import literal
from signalhouse.landing.contract import Column, Contract

STORAGE = {
    "string": "varchar",
    "bigint": "bigint",
    "double": "double",
    "decimal": "decimal(28,6)",
    "rate": "decimal(28,9)",
    "boolean": "boolean",
    "timestamp": "timestamp",
    "date": "date",
    "json": "json",
}

_MISFIT = {
    "bigint": "not a whole number",
    "double": "not a number",
    "decimal": "not a decimal number",
    "rate": "not a decimal number",
    "boolean": "not true or false",
    "timestamp": "not an ISO-8601 time",
    "date": "not a date",
}

# An epoch before 2005 or after 2100 is seconds taken for milliseconds or the reverse, or a broken clock.
_EPOCH_RANGE = {"s": (1_104_537_600, 4_102_444_800), "ms": (1_104_537_600_000, 4_102_444_800_000)}


# A day more to either side, by a time zone or by arithmetic, is an error on BigQuery, and a date before our era on DuckDB.
FIRST_DAY, LAST_DAY = "0001-01-02", "9998-12-31"

# More than this in one record is a dump in a field, and more than the engines take at ease.
MAX_RECORD_BYTES = 16 * 1024 * 1024


def too_long() -> str:
    """Condition on a record that is longer than any record may be."""
    return f"strlen(json) > {MAX_RECORD_BYTES}"


def _is_suspicious() -> str:
    """Condition on a record that DuckDB takes and that may be none: nested too deep (it ends many levels at once), or with a NaN or a
    NUL. Whoever meets one reads it again in Python."""
    signs = ("}" * 16, "]" * 16, "}]" * 8, "NaN", "Infinity", "\\u0000")
    return " or ".join(f"contains(json, {literal(sign)})" for sign in signs)


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


def typed_records(contract: Contract, records: str) -> str:
    """SQL of (json, line, file_path, t, j, r, v0, v1 ...): the records with their scalars as text, their JSON parts, what no column names
    (null where none takes it), and the typed value of each column of the contract. What is above may name them as often as it likes: they are made once."""
    parts = [literal(_steps(column.path)) for column in contract.columns if column.data_type == "json"]
    values = ", ".join(f"{_typed(contract, column)} as {_value(contract, column)}" for column in contract.columns)
    # The number keeps DuckDB from pushing a condition on the values below them, where each would be made anew for every mention:
    # 20 microseconds a record of Amplitude's instead of 6.
    return f"""
        select *, row_number() over () as number
        from (
            select json, line, file_path, t, j, r, {values}
            from (
                select
                    json,
                    line,
                    file_path,
                    json_transform(json, {literal(transform_spec(contract))}) as t,
                    json_extract(json, cast([{", ".join(parts)}] as varchar[])) as j,
                    {_rest(contract)} as r
                from ({records})
            )
        )
    """


def _rest(contract: Contract) -> str:
    """The fields of the record that no column names, as an object. A field without a value is none, as in a CSV's empty cell. Patches
    of RFC 7396, in which null takes a field away: 0.34 microseconds a record, to ask for its keys first is 0.8."""
    if not any(column.takes_rest for column in contract.columns):
        return "null"
    named = {path[0] for column in contract.columns for path in (column.path, column.or_path) if path}
    return f"json_merge_patch('{{}}', json_merge_patch(json, {literal(json.dumps(dict.fromkeys(sorted(named))))}))"


def _value(contract: Contract, column: Column) -> str:
    return f"v{contract.columns.index(column)}"


def _text(contract: Contract, column: Column) -> str:
    """The column's value as text, out of struct `t`, or as JSON out of list `j`."""
    if column.data_type == "json":
        place = [c.name for c in contract.columns if c.data_type == "json"].index(column.name)
        return f"j[{place + 1}]"
    found = ".".join(["t", *(quoted(key) for key in column.path)])
    if column.or_path:
        other = ".".join(["t", *(quoted(key) for key in column.or_path)])
        return f"coalesce({found}, {other})"
    return found


def _present(contract: Contract, column: Column) -> str:
    """What is null where the record does not have the column."""
    return _value(contract, column) if column.data_type == "json" else _text(contract, column)


def _steps(path: tuple[str, ...]) -> str:
    return "$" + "".join(f'."{key}"' for key in path)


def _typed(contract: Contract, column: Column) -> str:
    """The typed value; null where the text does not fit."""
    text = _text(contract, column)
    match column.data_type:
        case "string":
            return text
        case "json":
            # A CSV carries JSON as text: open the string.
            inner = f"({text} ->> '$')"
            opened = f"case when starts_with({text}, '\"') and json_valid({inner}) then json_extract({inner}, '$') else {text} end"
            own = f"case when {text} <> 'null' then {opened} end"
            if column.takes_rest:
                return f"case when r = '{{}}' then {own} else json_merge_patch(r, coalesce({own}, '{{}}')) end"
            return own
        case "bigint":
            # A cast rounds 1.5 to 2; only a fraction of zeros is a whole number.
            whole = (
                f"case when not contains({text}, '.') then try_cast({text} as bigint) "
                f"when regexp_full_match({text}, '-?[0-9]+[.]0+') then try_cast(split_part({text}, '.', 1) as bigint) end"
            )
            if column.clock:
                low, high = _EPOCH_RANGE[column.clock]
                return f"case when ({whole}) between {low} and {high} then {whole} end"
            return whole
        case "timestamp":
            # A cast to TIMESTAMP reads an offset and drops it; the cast that heeds it takes four times as long, so it is for texts that
            # have one. The rarer ways of writing a time are looked for where that says nothing.
            clock = f"substr({text}, 12)"
            return (
                f"case when {_has_no_day(text)} then null when contains({clock}, '+') or contains({clock}, '-') "
                f"then coalesce({_at_utc(text)}, {_at_utc(_in_full(text))}) "
                f"else coalesce(try_cast({text} as timestamp), {_at_utc(_in_full(text))}) end"
            )
        case "date":
            return f"case when {_has_no_day(text)} then null else try_cast({text} as date) end"
        case "double":
            number = f"try_cast({text} as double)"
            return f"case when isfinite({number}) then {number} end"
        case "decimal" | "rate" as decimal:
            # A text costs 5 to 22 microseconds as a decimal of more than 18 digits, 0.05 as one of up to 18, so most take that one.
            short = STORAGE[decimal].replace("28", "18")
            return f"coalesce(try_cast({text} as {short}), try_cast({text} as {STORAGE[decimal]}))"
        case other:
            return f"try_cast({text} as {STORAGE[other]})"


def _has_no_day(text: str) -> str:
    """Condition on a text that begins with no day: 'infinity' and years of 5 digits are days to DuckDB and nonsense here."""
    return f"not regexp_matches({text}, '^[0-9]{{4}}-?[0-9]{{2}}-?[0-9]{{2}}')"


def _at_utc(text: str) -> str:
    return f"cast(try_cast({text} as timestamptz) at time zone 'UTC' as timestamp)"


def _in_full(text: str) -> str:
    """A time as DuckDB reads it, of three ways of ISO 8601 that it does not: without signs between, a comma before the fraction, no
    seconds before a zone."""
    signs = f"regexp_replace({text}, '^([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})T([0-9]{{2}})([0-9]{{2}})([0-9]{{2}})', '\\1-\\2-\\3T\\4:\\5:\\6')"
    comma = f"regexp_replace({signs}, '(:[0-9]{{2}}),([0-9])', '\\1.\\2')"
    return f"regexp_replace({comma}, '^([-0-9]{{10}}[T ][0-9]{{2}}:[0-9]{{2}})(Z|[-+][0-9:]+)$', '\\1:00\\2')"


def stored(contract: Contract) -> str:
    """Select list of the typed values, named as in the contract."""
    return ", ".join(f"{_value(contract, column)} as {quoted(column.name)}" for column in contract.columns)


def fits(contract: Contract) -> str:
    """Condition on a typed record with which nothing is wrong, and nothing suspicious."""
    refused = [_is_suspicious(), *(condition for condition, _ in _refusals(contract))]
    return f"case {' '.join(f'when {condition} then false' for condition in refused)} else json is not null end"


def reasons(contract: Contract) -> str:
    """A list of what is wrong with a typed record, empty when nothing is."""
    # Of what is no object the first says all: it has no fields that could be missing.
    (no_object, said), *rest = _refusals(contract)
    checks = ", ".join(f"case when {condition} then {literal(reason)} end" for condition, reason in rest)
    wrong = f"list_filter([{checks}], lambda reason: reason is not null)"
    return f"case when {no_object} then [{literal(said)}] else {wrong} end"


def _refusals(contract: Contract) -> list[tuple[str, str]]:
    """Conditions under which a typed record is refused, each with the reason."""
    found = [
        # It is valid JSON, without space before it.
        ("not starts_with(json, '{')", "the record is not an object"),
        (too_long(), f"the record has more than {MAX_RECORD_BYTES:,} bytes"),
    ]
    for column in contract.columns:
        value, name = _value(contract, column), column.name
        text = _present(contract, column)
        if column.required:
            found.append((f"{text} is null", f"{name} is missing"))
        if column.data_type not in ("string", "json"):
            misfit = _MISFIT[column.data_type] + (
                f", or no epoch in {column.clock} of these years" if column.clock else ""
            )
            found.append((f"{text} is not null and {value} is null", f"{name} is {misfit}"))
        if column.one_of:
            allowed = ", ".join(literal(v) for v in column.one_of)
            found.append((f"{text} not in ({allowed})", f"{name} is not one of " + ", ".join(column.one_of)))
        found.extend((condition, f"{name} {reason}") for condition, reason in _refused(text, value, column))
    for group in contract.any_of:
        parts = ", ".join(f"cast({_present(contract, _named(contract, n))} as varchar)" for n in group)
        found.append((f"coalesce({parts}) is null", "none of " + ", ".join(group) + " is there"))
    return found


def _refused(text: str, value: str, column: Column) -> list[tuple[str, str]]:
    """Conditions under which a value of the right type is refused all the same, each with the reason."""
    found: list[tuple[str, str]] = []
    if column.data_type == "string":
        # To text an object becomes its own JSON; only a text that begins like one is worth a second look.
        paths = [path for path in (column.path, column.or_path) if path]
        nested = " or ".join(f"json_type(json, {literal(_steps(path))}) in ('OBJECT', 'ARRAY')" for path in paths)
        found.append(
            (
                f"case when ascii({value}) in (ascii('{{'), ascii('[')) then {nested} end",
                "is an object or a list, not text",
            )
        )
    at_least, at_most = column.at_least, column.at_most
    if column.data_type in ("timestamp", "date"):
        at_least, at_most = at_least or FIRST_DAY, at_most or LAST_DAY
    for bound, operator, word in ((at_least, "<", "below"), (at_most, ">", "above")):
        if bound is None:
            continue
        if column.data_type in ("timestamp", "date"):
            # A time is compared as it is written, as far as the bound is written; what is no time has its reason already.
            compared = f"substr({text}, 1, {len(bound)}) {operator} {literal(bound)} and {value} is not null"
        else:
            compared = f"{value} {operator} cast({literal(bound)} as {STORAGE[column.data_type]})"
        found.append((compared, f"is {word} {bound}"))
    if column.is_currency:
        found.append((f"not regexp_full_match({value}, '[A-Za-z]{{3}}')", "is not a currency code of three letters"))
    return found


def _named(contract: Contract, name: str) -> Column:
    return next(c for c in contract.columns if c.name == name)
