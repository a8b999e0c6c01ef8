"""What each macro of macros/dialect must give, on both engines, for values that are known by hand.

Times carry no zone, as TIMESTAMP on DuckDB: they are UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Case:
    """A query in Jinja with one column `v`, and the values it must give in order."""

    name: str
    query: str
    expected: list[Any]


def over(call: str, pairs: Iterable[tuple[str, Any]], *, name: str = "") -> Case:
    """`call` for each input `x` (SQL; two inputs separated by ` ; ` are `x` and `y`), with what it must give."""
    inputs, expected = [], []
    for number, (text, value) in enumerate(pairs):
        columns = ", ".join(f"{sql} as {column}" for sql, column in zip(text.split(" ; "), "xy", strict=False))
        inputs.append(f"select {number} as i, {columns}")
        expected.append(value)
    query = f"select {{{{ {call} }}}} as v from ({' union all '.join(inputs)}) as given order by i"
    return Case(name or call, query, expected)


TEXT_JSON = """json '{"a": {"b": "t", "n": 1.5, "yes": true, "none": null, "list": [1, "z"], "o": {"k": 1}}}'"""

# No macros of the dialect: both engines count bits and shift by the same names, and here they say that they do.
BITS = [
    over(
        "period_start('x')",
        [
            ("date '2026-08-17'", date(2026, 8, 17)),
            ("date '2026-09-13'", date(2026, 8, 17)),
            ("date '2026-09-14'", date(2026, 9, 14)),
            ("date '1969-12-31'", date(1969, 12, 22)),
            ("null", None),
        ],
    ),
    Case(
        "days_as_bits",
        "select {{ days_as_bits('x') }} as v from (select date '2026-08-17' as x union all select date '2026-08-18'"
        " union all select date '2026-08-18' union all select date '2026-09-13') as given",
        [2**27 + 2 + 1],
    ),
    over(
        "bits_between('x', \"date '2026-08-17'\", 'y', \"date '2026-09-20'\")",
        [
            (f"{2**28 - 1} ; cast(null as date)", 2**28 - 1),
            (f"{2**28 - 1} ; date '2026-08-17'", 2**28 - 1),
            (f"{2**28 - 1} ; date '2026-08-19'", 2**28 - 4),
            (f"{2**28 - 1} ; date '2026-09-13'", 2**27),
            (f"{2**28 - 1} ; date '2026-09-14'", 0),
            (f"{2**28 - 1} ; date '2027-09-14'", 0),
        ],
    ),
    over(
        "bits_between('x', \"date '2026-08-17'\", 'cast(null as date)', 'y')",
        [
            (f"{2**28 - 1} ; date '2026-08-17'", 1),
            (f"{2**28 - 1} ; date '2026-08-18'", 3),
            ("4 ; date '2026-08-18'", 0),
        ],
    ),
    over(
        "first_of_bits('x', \"date '2026-08-17'\")",
        [("1", date(2026, 8, 17)), (f"{2**27}", date(2026, 9, 13)), ("12", date(2026, 8, 19))],
    ),
    over("bits_after_first(bit_number('x'))", [("1", 0), ("12", 8), (f"{2**28 - 1}", 2**28 - 2)]),
    over("count_of_bits('x')", [("0", 0), ("12", 2), (f"{2**28 - 1}", 28)]),
]

JSON = [
    over(
        "json_text('x', '$.a.b')",
        [(TEXT_JSON, "t"), ("json '{}'", None), ("null", None), ('json \'{"a": "s"}\'', None)],
    ),
    over("json_text('x', '$.a.n')", [(TEXT_JSON, "1.5")]),
    over("json_text('x', '$.a.yes')", [(TEXT_JSON, "true")]),
    over("json_text('x', '$.a.none')", [(TEXT_JSON, None)]),
    over("json_text('x', '$.a.list')", [(TEXT_JSON, None)]),
    over("json_text('x', '$.a.o')", [(TEXT_JSON, None)]),
    over("json_text('x', '$.\"$a-b\"')", [('json \'{"$a-b": ""}\'', "")]),
    over("json_part('x', '$.a.o')", [(TEXT_JSON, {"k": 1}), ("json '{}'", None), ("null", None)]),
    over("json_part('x', '$.a.list')", [(TEXT_JSON, [1, "z"])]),
    over("json_part('x', '$.a.none')", [(TEXT_JSON, None)]),
    over("json_part('x', '$.a.b')", [(TEXT_JSON, "t")]),
    over("json_type_of('x', '$.a.o')", [(TEXT_JSON, "object")]),
    over("json_type_of('x', '$.a.list')", [(TEXT_JSON, "array")]),
    over("json_type_of('x', '$.a.none')", [(TEXT_JSON, "null")]),
    over("json_type_of('x', '$.a.missing')", [(TEXT_JSON, None), ("null", None)]),
    Case(
        "json_parts and json_part_at",
        'with given as (select json \'{"a": "x", "b": null, "c": [1, {"d": 2}]}\' as x union all select json \'{}\'),'
        " read as (select {{ json_parts('x', ['$.a', '$.b', '$.c[1]', '$.e']) }} as parts from given)"
        " select concat(coalesce({{ json_text(json_part_at('parts', 0), '$') }}, '-'),"
        " coalesce({{ json_text(json_part_at('parts', 1), '$') }}, '-'),"
        " coalesce({{ json_text(json_part_at('parts', 2), '$.d') }}, '-'),"
        " coalesce({{ json_text(json_part_at('parts', 3), '$') }}, '-')) as v from read order by v",
        ["----", "x-2-"],
    ),
    Case(
        "json_items",
        'with given as (select json \'{"l": [{"k": "a"}, {"k": "b"}]}\' as x'
        " union all select json '{\"l\": []}' union all select json '{}' union all select null)"
        " select {{ json_text('item', '$.k') }} as v from {{ json_items('given', 'x', '$.l', 'item') }} order by v",
        ["a", "b"],
    ),
    Case(
        "json_items_placed",
        'with given as (select json \'{"l": ["a", null, "b"]}\' as x union all select json \'{"l": []}\' union all select null)'
        " select concat(coalesce({{ json_text('item', '$') }}, '-'), cast(item_place as {{ type_string() }})) as v"
        " from {{ json_items_placed('given', 'x', '$.l', 'item') }} order by item_place",
        ["a0", "-1", "b2"],
    ),
    # One odd value must not stop a build: what is no list has no elements.
    *(
        Case(
            f"{macro} of what is no list",
            "with given as ("
            + " union all ".join(
                f"select json '{one}' as x" for one in ('{"k": 1}', '{"0": [1]}', '"t"', "5", "true", "null", "[]")
            )
            + " union all select null union all select json '[\"found\", null, {}]')"
            f" select coalesce({{{{ json_text('item', '$') }}}}, '-') as v from {{{{ {macro}('given', 'x', '$', 'item') }}}} order by v",
            ["-", "-", "found"],
        )
        for macro in ("json_items", "json_items_placed")
    ),
    Case(
        "json_items keeps a JSON null that stands in a list",
        "with given as (select json '{\"l\": [null]}' as x) select item is null as v from {{ json_items('given', 'x', '$.l', 'item') }}",
        [False],
    ),
    over("json_has('x', '$.a.none')", [(TEXT_JSON, True), ("json '{}'", False)]),
    over(
        "json_member('x', 'y')",
        [
            ("""json '{"eur": {"n": 900}, "usd": null}' ; 'eur'""", {"n": 900}),
            ("""json '{"eur": {"n": 900}, "usd": null}' ; 'usd'""", None),
            ("""json '{"eur": {"n": 900}}' ; 'e'""", None),
            ("""json '{"eur": 1}' ; cast(null as string)""", None),
            ("cast(null as json) ; 'eur'", None),
        ],
    ),
    over(
        "json_whole('x', '$.n')",
        [
            ("""json '{"n": 1683118613.0}'""", 1683118613),
            ("""json '{"n": "12"}'""", 12),
            ("""json '{"n": "1x"}'""", None),
            ("""json '{"n": 12.5}'""", 13),
            ("""json '{"n": 1e3}'""", 1000),
            ("json '{}'", None),
        ],
    ),
    *(
        over(
            f"json_whole_extreme('x', '{which}')",
            [
                ("json '[1788433200000, 1788429600000, 1788436800000.0]'", found),
                ('json \'[null, "x", "5", -3, [9], {"n": 9}]\'', small),
                ("json '[]'", None),
                ("json '[null]'", None),
                ("json 'null'", None),
                ("json '{\"a\": 1}'", None),
                ("json '\"t\"'", None),
                ("json '5'", None),
                ("json '[\"99999999999999999999\", 7]'", 7),
                ("null", None),
            ],
        )
        for which, found, small in (("min", 1788429600000, -3), ("max", 1788436800000, 5))
    ),
    over("json_decimal('x', '$.n')", [("""json '{"n": "0.125"}'""", 0.125), ("json '{}'", None)]),
    over(
        "safe_decimal('x')",
        [
            ("'0.125'", 0.125),
            ("'1763251200000.5'", 1763251200000.5),
            ("'-12'", -12.0),
            ("'1e3'", 1000.0),
            ("'1x'", None),
            ("cast(null as string)", None),
        ],
    ),
    over(
        "json_epoch_s('x', '$.n')",
        [("""json '{"n": 1772627696}'""", datetime(2026, 3, 4, 12, 34, 56)), ("json '{}'", None)],
    ),
    over("as_text('x')", [("json '{\"a\":1}'", '{"a":1}'), ("cast(null as json)", None)]),
    over(
        "json_text(without_addresses('x'), '$.a')",
        [
            ("""json '{"a": "Ada.L+news@mail.acme.example"}'""", "<e-mail>"),
            ("""json '{"a": "from <jö@acme.example> to bob@acme.example, now"}'""", "from <<e-mail>> to <e-mail>, now"),
            ("""json '{"a": "https://x.example/?to=bob@acme.example&n=1"}'""", "https://x.example/?to=<e-mail>&n=1"),
            ("""json '{"a": "react@18"}'""", "react@18"),
            ("""json '{"b": 1}'""", None),
            ("cast(null as json)", None),
        ],
    ),
    over(
        "json_text(without_addresses('x'), '$')",
        [
            ("to_json(concat('one', chr(10), 'bob@acme.example'))", "one\n<e-mail>"),
            ("to_json(concat('c:', chr(92), chr(10), 'bob@acme.example'))", "c:\\\n<e-mail>"),
        ],
        name="without_addresses after an escaped character",
    ),
]

TEXT = [
    over("last_part('x', '/')", [("'a/b/12'", "12"), ("'12'", "12"), ("'a/'", ""), ("cast(null as string)", None)]),
    over("matches('x', \"'^[a-z]+@'\")", [("'ab@c'", True), ("'AB@c'", False), ("''", False), ("null", None)]),
    over("may_match('x')", [("'told no pattern'", True), ("null", True)]),
    over(
        "hex_sha256('x')",
        [
            ("'a'", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
            ("'é'", "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"),
            ("null", None),
        ],
    ),
    over("hex_md5('x')", [("'a'", "0cc175b9c0f1b6a831c399e269772661"), ("null", None)]),
    over(
        "stable_id(['x'])", [("'a'", "0cc175b9c0f1b6a831c399e269772661"), ("'~'", "4c761f170e016836ff84498202b99827")]
    ),
    over("stable_id(['x', 'y'])", [("'a' ; 'b'", "d0726241020676b14aa6298ce6a18b21")]),
    # Of what every engine writes alike; a moment goes by moment_text. A part that holds the separator may end anywhere: escaped, the ids
    # of all who have one would change, and Auth0's (auth0|5) do.
    over(
        "stable_id(['x'])",
        [
            ("true", "b326b5062b2f0e69046810717534cb09"),
            ("false", "68934a3e9455fa72420237eb05902327"),
            ("null", "4c761f170e016836ff84498202b99827"),
        ],
        name="stable_id of a boolean",
    ),
    over("stable_id(['x'])", [("cast(5 as bigint)", "e4da3b7fbbce2345d7772b0674a318d5")], name="stable_id of a number"),
    over("stable_id(['x'])", [("date '2026-01-02'", "ceecc796823a82d706e4cf955cd472b5")], name="stable_id of a day"),
    over(
        "stable_id(['x', 'y'])",
        [("'a|b' ; 'c'", "2e077b3ec5932ac3cf914ebdf242b4ee"), ("'a' ; 'b|c'", "2e077b3ec5932ac3cf914ebdf242b4ee")],
        name="stable_id of parts that hold the separator",
    ),
    Case(
        "stable_id separates its parts",
        "select {{ stable_id(['x', 'y']) }} = {{ stable_id(['y', 'x']) }} as v from (select 'a' as x, 'bc' as y) as given",
        [False],
    ),
]

HASHES = [
    # Only its mixing is promised, not its value.
    Case(
        "cheap_hash tells null from a text",
        "select {{ cheap_hash(['x']) }} = (select {{ cheap_hash(['x']) }} from (select 'a' as x) as other) as v"
        " from (select 'a' as x union all select null) as given order by 1 desc",
        [True, False],
    ),
    Case(
        "mixed_hash differs from round to round",
        "select {{ mixed_hash('x', 1) }} = {{ mixed_hash('x', 2) }} as v from (select 7 as x) as given",
        [False],
    ),
    Case("each_time", "with given as {{ each_time() }} (select 'a' as v) select v from given", ["a"]),
    Case("once", "with given as {{ once() }} (select 'a' as v) select v from given", ["a"]),
]

NUMBERS = [
    Case(
        "cross_join_counter",
        "select cast(n as {{ type_bigint() }}) as v from (select 2 as x union all select 0 union all select -1) as given"
        " {{ cross_join_counter('x', 'n') }} order by v",
        [0, 0, 1, 2],
    ),
    over("whole_quotient('x', 'y')", [("cast(7 as bigint) ; 2", 3), ("0 ; 5", 0), ("null ; 5", None)]),
    over(
        "divided_half_up(whole('x'), whole('y'))",
        [
            ("cast(5 as bigint) ; cast(2 as bigint)", 3),
            ("-5 ; 2", -3),
            ("4 ; 3", 1),
            ("-4 ; 3", -1),
            ("0 ; 3", 0),
            ("9007199254740993 ; 1", 9007199254740993),  # no double holds it
            ("null ; 3", None),
        ],
    ),
    Case(
        "whole",
        "select {{ whole('x') }} * {{ whole('y') }} as v from (select 9223372036854775807 as x, 1000000000 as y) as given",
        [9223372036854775807 * 10**9],
    ),
]

MOMENT = datetime(2026, 3, 4, 12, 34, 56)
NEW_YORK = "'America/New_York'"

TIME = [
    over(
        "from_epoch_s('x')",
        [
            ("cast(1772627696 as bigint)", MOMENT),
            ("0", datetime(1970, 1, 1)),
            ("-1", datetime(1969, 12, 31, 23, 59, 59)),
            ("null", None),
        ],
    ),
    over("from_epoch_ms('x')", [("1772627696789", datetime(2026, 3, 4, 12, 34, 56, 789000)), ("null", None)]),
    over("from_wall_clock_epoch_s('x', 'UTC')", [("cast(1772627696 as bigint)", MOMENT), ("null", None)]),
    over(
        f"from_wall_clock_epoch_s('x', {NEW_YORK})",
        [
            ("cast(1772627696 as bigint)", datetime(2026, 3, 4, 17, 34, 56)),  # winter: five hours
            ("1783168496", datetime(2026, 7, 4, 16, 34, 56)),  # summer: four
            ("1772937000", datetime(2026, 3, 8, 7, 30)),  # 02:30 on the day the clocks go forward, which does not exist
            (
                "1793496600",
                datetime(2026, 11, 1, 6, 30),
            ),  # 01:30 on the day they go back, which exists twice: the later
            ("null", None),
        ],
    ),
    over("local_day('x', 'UTC')", [("timestamp '2026-03-04 23:59:59.999999'", date(2026, 3, 4)), ("null", None)]),
    over(
        "local_day('x', 'Asia/Tokyo')",
        [("timestamp '2026-03-04 14:59:59'", date(2026, 3, 4)), ("timestamp '2026-03-04 15:00:00'", date(2026, 3, 5))],
    ),
    over(
        f"local_day('x', {NEW_YORK})",
        [("timestamp '2026-07-04 03:59:59'", date(2026, 7, 3)), ("timestamp '2026-01-04 04:30:00'", date(2026, 1, 3))],
    ),
    over(
        "hour_start('x')",
        [
            ("timestamp '2026-03-04 12:59:59.999999'", datetime(2026, 3, 4, 12)),
            ("timestamp '1969-12-31 23:30:00'", datetime(1969, 12, 31, 23)),
            ("null", None),
        ],
    ),
    over("reporting_day('x')", [("timestamp '2026-03-04 23:59:59'", date(2026, 3, 4)), ("null", None)]),
    over("reporting_day_start('x')", [("date '2026-03-04'", datetime(2026, 3, 4)), ("null", None)]),
    over(
        f"adapter.dispatch('zone_day_start', 'signalhouse')('x', {NEW_YORK})",
        [
            ("date '2026-03-08'", datetime(2026, 3, 8, 5)),
            ("date '2026-03-09'", datetime(2026, 3, 9, 4)),
            ("null", None),
        ],
    ),
    # 8 March skips 2:00 to 3:00 in New York, 1 November has 1:00 to 2:00 twice, and the later counts.
    over(
        "zone_clock('x', 'y', \"'America/New_York'\")",
        [
            ("date '2026-03-06' ; 540", datetime(2026, 3, 6, 14)),
            ("date '2026-03-09' ; 540", datetime(2026, 3, 9, 13)),
            ("date '2026-03-08' ; 150", datetime(2026, 3, 8, 7, 30)),
            ("date '2026-11-01' ; 90", datetime(2026, 11, 1, 6, 30)),
            ("date '2026-03-07' ; 1440", datetime(2026, 3, 8, 5)),
            ("date '2026-03-08' ; 1440", datetime(2026, 3, 9, 4)),
            ("null ; 540", None),
        ],
    ),
    over(
        "zone_clock('x', '90', 'y')",
        [
            ("date '2026-03-04' ; 'Asia/Kathmandu'", datetime(2026, 3, 3, 19, 45)),
            ("date '2026-03-04' ; 'UTC'", datetime(2026, 3, 4, 1, 30)),
        ],
    ),
    over("start_of_day('x')", [("date '2026-03-04'", datetime(2026, 3, 4)), ("null", None)]),
    over("add_seconds('x', 90)", [("timestamp '2026-12-31 23:59:00'", datetime(2027, 1, 1, 0, 0, 30)), ("null", None)]),
    over("add_seconds('x', 'y')", [("timestamp '2026-03-04 00:00:00' ; -1", datetime(2026, 3, 3, 23, 59, 59))]),
    over("add_days('x', 1)", [("date '2028-02-28'", date(2028, 2, 29)), ("null", None)]),
    over("add_days('x', 'y')", [("date '2026-03-01' ; -1", date(2026, 2, 28)), ("date '2026-03-01' ; null", None)]),
    over(
        "add_months('x', 'y')",
        [
            ("date '2026-01-31' ; 1", date(2026, 2, 28)),
            ("date '2028-02-29' ; 12", date(2029, 2, 28)),
            ("date '2026-03-31' ; -1", date(2026, 2, 28)),
            ("null ; 1", None),
        ],
    ),
    over(
        "seconds_between('x', 'y')",
        [
            ("timestamp '2026-03-04 00:00:00' ; timestamp '2026-03-04 00:00:01.999'", 1),
            ("timestamp '2026-03-04 00:00:00' ; timestamp '2026-03-03 23:59:58.5'", -2),
            ("timestamp '2026-03-04 00:00:00' ; null", None),
        ],
    ),
    over(
        "microseconds_between('x', 'y')",
        [
            ("timestamp '2026-03-04 00:00:00' ; timestamp '2026-03-04 00:00:00.000001'", 1),
            ("timestamp '2026-03-04 00:00:00' ; null", None),
        ],
    ),
    over(
        "days_between('x', 'y')",
        [
            ("date '2026-02-28' ; date '2026-03-01'", 1),
            ("date '2026-03-01' ; date '2026-02-28'", -1),
            ("null ; date '2026-03-01'", None),
        ],
    ),
    over(
        "moment_text('x')",
        [
            ("timestamp '2026-05-02 03:21:00'", "2026-05-02 03:21:00"),
            ("timestamp '2026-05-02 03:21:00.5'", "2026-05-02 03:21:00.5"),
            ("timestamp '2026-05-02 03:21:00.000001'", "2026-05-02 03:21:00.000001"),
            ("timestamp '2026-12-31 23:59:59.120'", "2026-12-31 23:59:59.12"),
            ("null", None),
        ],
    ),
    # The later moment is the greater, whatever its fraction; at one moment the digest decides.
    over(
        """in_order_of('x', "'0b000000000000000000000000000000'") ~ ' > ' ~ in_order_of('y', "'0affffffffffffffffffffffffffffff'")""",
        [
            ("timestamp '2026-05-02 03:21:00.1' ; timestamp '2026-05-02 03:21:00'", True),
            ("timestamp '2026-05-02 03:21:00' ; timestamp '2026-05-02 03:21:00.1'", False),
            ("timestamp '2026-05-02 03:21:00.12' ; timestamp '2026-05-02 03:21:00.1'", True),
            ("timestamp '2026-05-02 03:21:00' ; timestamp '2026-05-02 03:21:00'", True),
            ("timestamp '1969-12-31 23:59:59.999999' ; timestamp '1970-01-01 00:00:00'", False),
            ("null ; timestamp '2026-05-02 03:21:00'", None),
        ],
    ),
    # An id that holds a moment is the same on both engines: DuckDB would write no zone, BigQuery one.
    over("stable_id([moment_text('x')])", [("timestamp '2026-05-02 03:21:00'", "b0ad9eaad620ca6b40e9e77c568988b9")]),
    over(
        "week_start('x')",
        [
            ("date '2026-03-01'", date(2026, 2, 23)),  # a Sunday
            ("date '2026-03-02'", date(2026, 3, 2)),  # a Monday
            ("date '2027-01-01'", date(2026, 12, 28)),
            ("null", None),
        ],
    ),
    over("month_start('x')", [("date '2028-02-29'", date(2028, 2, 1)), ("null", None)]),
    Case(
        "cross_join_days",
        "select day as v from (select date '2028-02-28' as x, date '2028-03-01' as y union all select date '2026-01-02', date '2026-01-01')"
        " as given {{ cross_join_days('x', 'y', 'day') }} order by v",
        [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)],
    ),
    Case(
        "cross_join_months",
        "select month as v from (select date '2025-12-01' as x, date '2026-02-15' as y) as given"
        " {{ cross_join_months('x', 'y', 'month') }} order by v",
        [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)],
    ),
    Case("far_future", "select {{ far_future() }} as v", [datetime(9999, 1, 1)]),
    Case("date_literal", "select {{ date_literal('2026-03-04') }} as v", [date(2026, 3, 4)]),
    *(
        Case(
            f"in_days {name}",
            "select day as v from (select date '2024-02-27' as x, date '2024-03-05' as y) as given {{ cross_join_days('x', 'y', 'day') }}"
            f" where not day = date '2024-03-04' and {{{{ in_days('day', {days}) }}}} order by v",
            [date(2024, month, day) for month, day in expected],
        )
        for name, days, expected in (
            ("none", [], []),
            ("a day", ["2024-02-29"], [(2, 29)]),
            # over a leap day, a gap, and what follows is still one condition
            (
                "stretches",
                ["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-03", "2024-03-04"],
                [(2, 28), (2, 29), (3, 1), (3, 3)],
            ),
            (
                "many stretches",
                [f"2024-{m:02}-{d:02}" for m in (1, 2, 3) for d in range(1, 30, 2)],
                [(2, 27), (2, 29), (3, 1), (3, 3), (3, 5)],
            ),
        )
    ),
]

PAIRS = "(select 1 as k, 'a' as x union all select 3, null union all select 2, 'b' union all select null, 'c')"

AGGREGATES = [
    Case(
        "value_at_max keeps a null that wins",
        f"select {{{{ value_at_max('x', 'k') }}}} as v from {PAIRS} as given",
        [None],
    ),
    Case(
        "value_at_min passes over a null key",
        f"select {{{{ value_at_min('x', 'k') }}}} as v from {PAIRS} as given",
        ["a"],
    ),
    Case(
        "value_at_max of nothing",
        f"select {{{{ value_at_max('x', 'k') }}}} as v from {PAIRS} as given where k > 9",
        [None],
    ),
    Case(
        "any_true",
        "select {{ any_true('x') }} as v from (select 1 as g, true as x union all select 1, null union all select 2, false"
        " union all select 2, null union all select 3, null) as given group by g order by g",
        [True, False, None],
    ),
    Case(
        "second_least",
        "select {{ second_least('x') }} as v from (select 1 as g, date '2026-03-04' as x union all select 1, null"
        " union all select 1, date '2026-03-02' union all select 1, date '2026-03-09' union all select 2, date '2026-03-02'"
        " union all select 2, null union all select 3, date '2026-03-02' union all select 3, date '2026-03-02') as given"
        " group by g order by g",
        [date(2026, 3, 4), None, date(2026, 3, 2)],
    ),
    Case("count_where", f"select {{{{ count_where('k > 1') }}}} as v from {PAIRS} as given", [2]),
    Case(
        "quantile_over",
        "select {{ quantile_over('x', 0.5, 'g') }} as v from (select 1 as g, cast(1 as {{ type_double() }}) as x union all select 1, 2 union all select 1, null"
        " union all select 1, 10 union all select 1, 3 union all select 2, null) as given order by g, x nulls last",
        [2.5, 2.5, 2.5, 2.5, 2.5, None],
    ),
]

KINDS = ("string", "bigint", "boolean", "date", "timestamp", "json", "double", "decimal", "rate", "money", "fraction")
TYPES = [f"type_{kind}" for kind in KINDS]

CASTS = [
    over(
        "dbt.safe_cast('x', type_bigint())",
        [("'12'", 12), ("'1x'", None), ("''", None), ("null", None)],
        name="safe_cast",
    ),
    over(
        "dbt.safe_cast('x', type_date())",
        [("'2026-03-04'", date(2026, 3, 4)), ("'2026-02-30'", None)],
        name="safe_cast to a date",
    ),
    over(
        "dbt.safe_cast('x', type_json())",
        [("'[1]'", [1]), ("'['", None), ("null", None)],
        name="safe_cast to JSON",
    ),
    *(Case(f"{macro} is a type", f"select cast(null as {{{{ {macro}() }}}}) as v", [None]) for macro in TYPES),
]


def number(*texts: str) -> list[str]:
    """Each text as the value of a JSON object's `n`."""
    return [f"""json '{{"n": {text}}}'""" for text in texts]


# Beyond what a first look asks: unicode, the ends of types, leap days, the hours that zones skip or repeat, years before 1970.
EDGES = [
    over(
        "json_text('x', '$.n')",
        zip(
            number("1.0", "1e3", "0.1", "-0", "1.10", "9007199254740993", '"é"', '"😀"', '""', '" "'),
            ["1.0", "1000.0", "0.1", "0", "1.1", "9007199254740993", "é", "😀", "", " "],
            strict=True,
        ),
        name="json_text of numbers and unicode",
    ),
    over(
        "json_part('x', '$.n')",
        zip(
            number("1.0", '{"b": 1, "a": 2}', '"é"', "[]", "false"),
            [1.0, {"a": 2, "b": 1}, "é", [], False],
            strict=True,
        ),
        name="json_part of every type",
    ),
    over(
        "json_type_of('x', '$.n')",
        zip(
            number(
                "true",
                "1",
                "-1",
                "1.5",
                "1e2",
                "18446744073709551615",
                "12345678901234567890123",
                '"s"',
                '""',
                "{}",
                "[]",
                "null",
            ),
            ["boolean", *["number"] * 6, "string", "string", "object", "array", "null"],
            strict=True,
        ),
        name="json_type_of every type",
    ),
    over(
        "json_has('x', '$.n.k')",
        [
            *zip(number('{"k": null}', "{}", "[1]", '"k"'), [True, False, False, False], strict=True),
            ("cast(null as json)", False),
        ],
        name="json_has in what is no object",
    ),
    over(
        "json_whole('x', '$.n')",
        zip(
            number(
                '"9223372036854775807"',
                "9223372036854775807",
                "-5",
                '"-12.000"',
                "2.5",
                "-2.5",
                "2.4",
                "true",
                '""',
                '"12 "',
                "1e3",
            ),
            [9223372036854775807, 9223372036854775807, -5, -12, 3, -3, 2, None, None, 12, 1000],
            strict=True,
        ),
        name="json_whole at its ends",
    ),
    over(
        "json_whole('x', '$.n')",
        zip(
            number(
                '"99999999999999999999"',
                "99999999999999999999",
                '"9223372036854775808"',
                '"-9223372036854775808"',
                '"-9223372036854775809"',
                '"9223372036854775807.4"',
                '"9223372036854775807.5"',
                "1e19",
                '"1e400"',
                '"12345678901234567890123456789012345678901234567890"',
                "{}",
                "[1]",
                "null",
                '"nan"',
            ),
            [None, None, None, -(2**63), None, 2**63 - 1, None, None, None, None, None, None, None, None],
            strict=True,
        ),
        name="json_whole beyond 64 bits",
    ),
    over(
        "json_decimal('x', '$.n')",
        zip(
            number(
                '"0.1234565"', '"-0.1234565"', '"0.0000004"', "1e3", '"12345678901234567890.5"', '"x"', "true", '" 1.5"'
            ),
            [0.123457, -0.123457, 0, 1000, 12345678901234567890.5, None, None, 1.5],
            strict=True,
        ),
        name="json_decimal keeps six places",
    ),
    over(
        "json_decimal('x', '$.n')",
        zip(
            number("{}", "[1]", "null", '"t"', "1e25", '"12345678901234567890123"', '"0.1234564999"'),
            [None, None, None, None, None, None, 0.123456],
            strict=True,
        ),
        name="json_decimal of what is none, and rounded once",
    ),
    # Rounded once: by way of nine places these would be a millionth more. 22 digits before the point are what DuckDB's type holds.
    over(
        "safe_decimal('x')",
        [
            ("'0.1234564999'", 0.123456),
            ("'-0.1234564999'", -0.123456),
            ("'0.12345649999999'", 0.123456),
            ("'0.0000005'", 0.000001),
            ("'0.00000049999999'", 0),
            ("'1234567890123456789012'", 1234567890123456789012),
            ("'9999999999999999999999.9999995'", None),
            ("'12345678901234567890123'", None),
            ("'-1e22'", None),
            ("'1e25'", None),
            ("'1e30'", None),
            ("'1e400'", None),
            ("'1e-50'", 0),
            ("'nan'", None),
            ("'inf'", None),
            ("''", None),
            ("'.5'", 0.5),
            ("'5.'", 5),
            ("'+1'", 1),
        ],
        name="safe_decimal at its ends",
    ),
    over(
        "whole('x')",
        [
            ("cast('2.5' as {{ type_decimal() }})", 3),
            ("cast('-2.5' as {{ type_decimal() }})", -3),
            ("cast('0.4' as {{ type_decimal() }})", 0),
            ("cast(null as {{ type_decimal() }})", None),
        ],
        name="whole of a fraction",
    ),
    over(
        "divided_half_up(whole('x'), whole('y'))",
        [("5 ; 0", None), ("0 ; 0", None), ("5 ; cast(null as bigint)", None)],
        name="divided_half_up by nothing",
    ),
    *(
        over(
            f"whole_quotient('x', {divisor})",
            [("cast(7 as bigint) ; cast(0 as bigint)", found), ("0 ; 0", none)],
            name=f"whole_quotient by {divisor}",
        )
        for divisor, found, none in (
            ("'y'", None, None),
            ("'0'", None, None),
            ("0", None, None),
            ("'2'", 3, 0),
            ("2", 3, 0),
        )
    ),
    # A price that recurs every 0 months has no value a month.
    over(
        """mrr_minor('x', '1', "'month'", 'y', '0', '0')""",
        [("1000 ; 0", None), ("1000 ; 1", 1000), ("1000 ; 3", 333), ("1000 ; cast(null as bigint)", None)],
        name="mrr_minor by its interval",
    ),
    over(
        "json_epoch_s('x', '$.n')",
        zip(number('"-1"', "0", '"x"'), [datetime(1969, 12, 31, 23, 59, 59), datetime(1970, 1, 1), None], strict=True),
        name="json_epoch_s before 1970",
    ),
    # Milliseconds taken for seconds would be the year 58142.
    over(
        "json_epoch_s('x', '$.n')",
        zip(
            number(
                "253402300800",
                "1772627696000",
                '"99999999999999"',
                "9223372036854775807",
                '"99999999999999999999"',
                "{}",
                "1.5",
            ),
            [None, None, None, None, None, None, datetime(1970, 1, 1, 0, 0, 2)],
            strict=True,
        ),
        name="json_epoch_s outside the years 1 to 9999",
    ),
    Case(
        "json_items_placed of every type",
        'with given as (select json \'{"l": [1, "é", null, {"a": 1}, true, 1.5]}\' as x)'
        " select {{ json_text('item', '$') }} as v from {{ json_items_placed('given', 'x', '$.l', 'item') }} order by item_place",
        ["1", "é", None, None, "true", "1.5"],
    ),
    over(
        "last_part('x', '/')", [("''", ""), ("'/'", ""), ("'é/ü'", "ü"), ("'a//b'", "b")], name="last_part at the ends"
    ),
    over("matches('x', \"'é+$'\")", [("'caféé'", True), ("'cafe'", False), ("'É'", False)], name="matches unicode"),
    over(
        "hex_md5('x')",
        [("''", "d41d8cd98f00b204e9800998ecf8427e"), ("'😀'", "2a02eac39d716a70ecf37579185927b6")],
        name="hex_md5 of nothing and of unicode",
    ),
    over(
        "stable_id(['x'])",
        [("cast(null as string)", "4c761f170e016836ff84498202b99827"), ("''", "d41d8cd98f00b204e9800998ecf8427e")],
        name="stable_id of null is not that of an empty text",
    ),
    over(
        "divided_half_up(whole('x'), whole('y'))",
        [
            ("1 ; 2", 1),
            ("-1 ; 2", -1),
            ("3 ; 2", 2),
            ("-3 ; 2", -2),
            ("9223372036854775807 ; 1", 9223372036854775807),
            ("-9223372036854775807 ; 1", -9223372036854775807),
            ("1 ; 9223372036854775807", 0),
        ],
        name="divided_half_up at its ends",
    ),
    over(
        "whole_quotient('x', 'y')",
        [("9223372036854775807 ; 2", 4611686018427387903), ("1 ; 3", 0)],
        name="whole_quotient at its ends",
    ),
    over(
        "from_epoch_s('x')",
        [
            ("253402300799", datetime(9999, 12, 31, 23, 59, 59)),
            ("-62135596800", datetime(1, 1, 1)),
            ("951782400", datetime(2000, 2, 29)),
        ],
        name="from_epoch_s at the ends of time",
    ),
    over(
        "from_epoch_s('x')",
        [("253402300800", None), ("-62135596801", None), ("1772627696000", None), ("9223372036854775807", None)],
        name="from_epoch_s outside the years 1 to 9999",
    ),
    over(
        "from_epoch_ms('x')",
        [
            ("253402300799999", datetime(9999, 12, 31, 23, 59, 59, 999000)),
            ("-62135596800000", datetime(1, 1, 1)),
            ("253402300800000", None),
            ("-62135596800001", None),
            ("9223372036854775807", None),
        ],
        name="from_epoch_ms at the ends of time and beyond",
    ),
    *(
        over(
            f"from_wall_clock_epoch_s('x', '{zone}')",
            [("253402300800", None), ("-62135596801", None), ("9223372036854775807", None)],
            name=f"from_wall_clock_epoch_s outside the years 1 to 9999, {zone}",
        )
        for zone in ("UTC", "Europe/Berlin")
    ),
    # Lord Howe Island repeats half an hour, Troll two hours.
    over(
        "from_wall_clock_epoch_s('x', 'Australia/Lord_Howe')",
        [
            ("cast(1775352599 as bigint)", datetime(2026, 4, 4, 14, 29, 59)),  # 01:29:59
            ("1775353500", datetime(2026, 4, 4, 15, 15)),  # 01:45, which comes twice
            ("1775354400", datetime(2026, 4, 4, 15, 30)),  # 02:00
            ("1791081900", datetime(2026, 10, 3, 15, 45)),  # 02:45
        ],
        name="from_wall_clock_epoch_s where half an hour is repeated",
    ),
    *(
        over(
            f"""zone_clock('x', 'y', "'{zone}'")""",
            [(f"date '{day}' ; {minutes}", moment) for minutes, moment in clocks],
            name=f"zone_clock around a clock put back, {zone}",
        )
        for zone, day, clocks in (
            (
                "Australia/Lord_Howe",
                "2026-04-05",
                [
                    (89, datetime(2026, 4, 4, 14, 29)),
                    (90, datetime(2026, 4, 4, 15)),
                    (105, datetime(2026, 4, 4, 15, 15)),
                    (120, datetime(2026, 4, 4, 15, 30)),
                ],
            ),
            (
                "Antarctica/Troll",
                "2026-10-25",
                [
                    (59, datetime(2026, 10, 24, 22, 59)),
                    (60, datetime(2026, 10, 25, 1)),
                    (179, datetime(2026, 10, 25, 2, 59)),
                    (180, datetime(2026, 10, 25, 3)),
                ],
            ),
        )
    ),
    over(
        """zone_clock('x', 'y', "'America/New_York'")""",
        [
            ("date '2026-03-06' ; cast(null as bigint)", None),
            ("cast(null as date) ; 60", None),
            ("date '2026-03-06' ; -60", datetime(2026, 3, 6, 4)),
            ("date '2026-03-06' ; 3000", datetime(2026, 3, 8, 7)),
            ("date '1969-12-31' ; 60", datetime(1969, 12, 31, 6)),
        ],
        name="zone_clock of nothing, of the day before, of days later",
    ),
    over(
        "from_epoch_ms('x')",
        [("-1", datetime(1969, 12, 31, 23, 59, 59, 999000)), ("951782400001", datetime(2000, 2, 29, 0, 0, 0, 1000))],
        name="from_epoch_ms before 1970 and on a leap day",
    ),
    over(
        "reporting_day('x')",
        [
            ("timestamp '2028-02-29 00:00:00'", date(2028, 2, 29)),
            ("timestamp '1969-12-31 23:59:59'", date(1969, 12, 31)),
        ],
        name="reporting_day on a leap day and before 1970",
    ),
    # Chile's clocks go from 24:00 of 5 September to 1:00, and on 4 April from 24:00 back to 23:00.
    over(
        "adapter.dispatch('zone_day_start', 'signalhouse')('x', 'America/Santiago')",
        [("date '2026-09-06'", datetime(2026, 9, 6, 4)), ("date '2026-04-05'", datetime(2026, 4, 5, 4))],
        name="a day that begins at one",
    ),
    # Midnight that comes twice: the earlier, or the hour between would be a part of the day before its start.
    *(
        over(
            f"adapter.dispatch('zone_day_start', 'signalhouse')('x', '{zone}')",
            [(f"date '{day}'", moment) for day, moment in starts],
            name=f"a day whose midnight comes twice, {zone}",
        )
        for zone, starts in (
            (
                "Atlantic/Azores",
                [
                    ("2026-10-24", datetime(2026, 10, 24)),
                    ("2026-10-25", datetime(2026, 10, 25)),
                    ("2026-10-26", datetime(2026, 10, 26, 1)),
                    ("2026-03-29", datetime(2026, 3, 29, 1)),
                ],
            ),
            ("America/Havana", [("2024-11-03", datetime(2024, 11, 3, 4)), ("2024-11-04", datetime(2024, 11, 4, 5))]),
        )
    ),
    over(
        "adapter.dispatch('zone_day_start', 'signalhouse')('x', 'Europe/Berlin')",
        [
            ("date '2026-10-25'", datetime(2026, 10, 24, 22)),
            ("date '2026-03-29'", datetime(2026, 3, 28, 23)),
            ("date '1969-12-31'", datetime(1969, 12, 30, 23)),
            ("null", None),
        ],
        name="days whose clock is changed after their midnight",
    ),
    over(
        "local_day('x', 'Atlantic/Azores')",
        [
            ("timestamp '2026-10-24 23:59:59'", date(2026, 10, 24)),
            ("timestamp '2026-10-25 00:00:00'", date(2026, 10, 25)),
            ("timestamp '2026-10-25 00:30:00'", date(2026, 10, 25)),
        ],
        name="local_day agrees with the day's start",
    ),
    over(
        "add_seconds('x', 'y')",
        [
            ("timestamp '2028-02-28 23:59:59' ; 1", datetime(2028, 2, 29)),
            ("timestamp '2026-03-08 06:59:59.999999' ; 1", datetime(2026, 3, 8, 7, 0, 0, 999999)),
            ("timestamp '1970-01-01 00:00:00' ; -86400", datetime(1969, 12, 31)),
        ],
        name="add_seconds over a leap day and 1970",
    ),
    over(
        "add_days('x', 'y')",
        [
            ("date '2028-02-28' ; 1", date(2028, 2, 29)),
            ("date '2027-02-28' ; 1", date(2027, 3, 1)),
            ("date '2026-03-08' ; 0", date(2026, 3, 8)),
        ],
        name="add_days over leap days",
    ),
    over(
        "add_months('x', 'y')",
        [
            ("date '2028-02-29' ; -12", date(2027, 2, 28)),
            ("date '2026-08-31' ; 6", date(2027, 2, 28)),
            ("date '2026-01-31' ; 0", date(2026, 1, 31)),
        ],
        name="add_months from the end of a month",
    ),
    over(
        "seconds_between('x', 'y')",
        [
            ("timestamp '1969-12-31 23:59:59.5' ; timestamp '1970-01-01 00:00:00'", 0),
            ("timestamp '2026-03-08 06:00:00' ; timestamp '2026-03-08 08:00:00'", 7200),
        ],
        name="seconds_between over 1970 and a clock that goes forward",
    ),
    over(
        "microseconds_between('x', 'y')",
        [("timestamp '2026-03-04 00:00:01' ; timestamp '2026-03-04 00:00:00'", -1000000)],
        name="microseconds_between backwards",
    ),
    over("days_between('x', 'y')", [("date '2028-02-28' ; date '2028-03-01'", 2)], name="days_between over a leap day"),
    over(
        "week_start('x')",
        [
            ("date '2028-02-29'", date(2028, 2, 28)),
            ("date '1969-12-31'", date(1969, 12, 29)),
            ("date '2026-12-31'", date(2026, 12, 28)),
        ],
        name="week_start of a leap day, before 1970, over a year",
    ),
    over(
        "month_start('x')",
        [("date '1969-12-31'", date(1969, 12, 1)), ("date '2026-12-31'", date(2026, 12, 1)), ("null", None)],
        name="month_start before 1970",
    ),
    over(
        "start_of_day('x')",
        [("date '2028-02-29'", datetime(2028, 2, 29)), ("date '1969-12-31'", datetime(1969, 12, 31))],
        name="start_of_day of a leap day",
    ),
    Case(
        "cross_join_months from the end of a month",
        "select month as v from (select date '2027-12-31' as x, date '2028-03-01' as y) as given"
        " {{ cross_join_months('x', 'y', 'month') }} order by v",
        [date(2027, 12, 31), date(2028, 1, 31), date(2028, 2, 29)],
    ),
    Case(
        "quantile_over of negative values",
        "select {{ quantile_over('x', 0.25, 'g') }} as v from (select 1 as g, cast(-1.5 as {{ type_double() }}) as x"
        " union all select 1, 2.5 union all select 1, 6.5) as given",
        [0.5, 0.5, 0.5],
    ),
    Case(
        "count_where of nothing",
        "select {{ count_where('x > 1') }} as v from (select 1 as x union all select null) as given",
        [0],
    ),
    Case(
        "any_true of no row", "select {{ any_true('x') }} as v from (select true as x) as given where x is null", [None]
    ),
    Case(
        "value_at_max of negative keys",
        "select {{ value_at_max('x', 'k') }} as v from (select -2 as k, 'a' as x union all select -1, 'b') as given",
        ["b"],
    ),
    over(
        "dbt.safe_cast('x', type_bigint())",
        [
            ("'9223372036854775807'", 9223372036854775807),
            ("'9223372036854775808'", None),
            ("'-9223372036854775808'", -9223372036854775808),
            ("' 12 '", 12),
            ("'+5'", 5),
            ("'é'", None),
        ],
        name="safe_cast at the ends of the type",
    ),
    over(
        "dbt.safe_cast('x', type_date())",
        [
            ("'2028-02-29'", date(2028, 2, 29)),
            ("'2027-02-29'", None),
            ("'20260304'", None),
            ("''", None),
            ("null", None),
        ],
        name="safe_cast to a leap day",
    ),
    over(
        "dbt.safe_cast('x', type_timestamp())",
        [
            ("'2026-03-04 12:34:56'", MOMENT),
            ("'2026-03-04T12:34:56Z'", MOMENT),
            ("'2026-03-04T12:34:56.789Z'", datetime(2026, 3, 4, 12, 34, 56, 789000)),
            ("'2026-03-04'", datetime(2026, 3, 4)),
            ("'2026-02-30 00:00:00'", None),
            ("'x'", None),
        ],
        name="safe_cast to a moment",
    ),
    over(
        "dbt.safe_cast('x', type_decimal())",
        [("'1.5'", 1.5), ("'x'", None), ("''", None), ("'nan'", None), ("'1e3'", 1000), ("' 1 '", 1)],
        name="safe_cast to a decimal",
    ),
    over(
        "dbt.safe_cast('x', type_string())",
        [("cast(5 as bigint)", "5"), ("-7", "-7"), ("null", None)],
        name="safe_cast to a text",
    ),
    over(
        "local_day('x', 'Asia/Tokyo')",
        [("timestamp '9999-12-31 14:59:59'", date(9999, 12, 31)), ("timestamp '0001-01-01 00:00:00'", date(1, 1, 1))],
        name="local_day at the ends of the calendar",
    ),
    over(
        "add_days('x', 'y')",
        [("date '9999-12-30' ; 1", date(9999, 12, 31)), ("date '0001-01-02' ; -1", date(1, 1, 1))],
        name="add_days to the ends of the calendar",
    ),
    over(
        "add_months('x', 'y')",
        [("date '9999-11-30' ; 1", date(9999, 12, 30)), ("date '0001-02-28' ; -1", date(1, 1, 28))],
        name="add_months to the ends of the calendar",
    ),
    over(
        "zone_clock('x', '90', 'y')",
        [
            ("date '2026-03-04' ; 'Etc/GMT+5'", datetime(2026, 3, 4, 6, 30)),
            ("date '2026-03-04' ; cast(null as string)", None),
        ],
        name="zone_clock of other names of zones",
    ),
    over(
        "dbt.safe_cast('x', type_boolean())",
        [("'true'", True), ("'FALSE'", False), ("'x'", None), ("''", None), ("null", None)],
        name="safe_cast to a boolean",
    ),
    over(
        "dbt.safe_cast('x', type_double())",
        [("'1e3'", 1000.0), ("' 1.5 '", 1.5), ("'x'", None), ("''", None)],
        name="safe_cast to a float",
    ),
]

CASES = [*BITS, *JSON, *TEXT, *HASHES, *NUMBERS, *TIME, *AGGREGATES, *CASTS, *EDGES]

# In the place of values: the engine refuses the statement.
REFUSED = ["refused"]

# Where the engines differ and no macro evens it out, because nothing that is delivered comes so: on DuckDB, and on BigQuery.
DIFFERENT: list[tuple[Case, list[Any]]] = [
    (
        over(
            "dbt.safe_cast('x', type_bigint())",
            [("'12.0'", 12), ("'1e3'", 1000)],
            name="a whole number written otherwise: json_whole reads it",
        ),
        [None, None],
    ),
    (
        over(
            "dbt.safe_cast('x', type_timestamp())",
            [("'2026-03-04T14:34:56+02:00'", datetime(2026, 3, 4, 14, 34, 56))],
            name="an offset: landing types times, vendors' own JSON has Z",
        ),
        [MOMENT],
    ),
    (
        over(
            "dbt.safe_cast('x', type_boolean())",
            [("'t'", True), ("'1'", True), ("'yes'", True)],
            name="other words for true",
        ),
        [None, None, None],
    ),
    (
        over(
            "json_text('x', '$.n')",
            zip(number("1E-7", "100000000000000000000"), ["1e-7", "100000000000000000000"], strict=True),
            name="the text of very small and very large numbers",
        ),
        ["1e-07", "1e+20"],
    ),
    (
        over("as_text('x')", [("""json '{"b":1,"a":1.10}'""", '{"b":1,"a":1.10}')], name="JSON as it was written"),
        ['{"a":1.1,"b":1}'],
    ),
    (
        over(
            "json_text('x', '$.n')",
            zip(number("0.00001", "1e15", "1.5e300"), ["0.00001", "1000000000000000.0", "1.5e300"], strict=True),
            name="the text of a small or large float: numbers are read by json_whole, json_decimal or as a float, no id is a float",
        ),
        ["1e-05", "1e+15", "1.5e+300"],
    ),
    (
        over(
            "json_text('x', '$.n[0]')",
            [(number('{"0": "a"}')[0], None)],
            name="a place in what is an object with that key: vendors' objects have words for keys",
        ),
        ["a"],
    ),
    (
        over(
            "matches('x', \"'a\\\\d'\")",
            [("'a1'", True)],
            name="a backslash in a pattern: ours have none, [0-9] says it",
        ),
        REFUSED,
    ),
    (
        over(
            "stable_id(['x'])",
            [("cast(1 as {{ type_double() }})", "e4c2e8edac362acab7123654b9e73432")],
            name="the id of a float: no id has one",
        ),
        ["c4ca4238a0b923820dcc509a6f75849b"],
    ),
    (
        over(
            "stable_id(['x'])",
            [("cast('1.5' as {{ type_decimal() }})", "cf0b59f0cb98d5ed738444897c003950")],
            name="the id of a decimal: no id has one",
        ),
        ["6008647277c4454cecd97d33c069f0ca"],
    ),
    (
        over(
            "stable_id(['x'])",
            [("timestamp '2026-01-02 03:04:05'", "a397c422d3302f4cc13f5719d7fec82e")],
            name="the id of a bare moment: moment_text is for it",
        ),
        ["6b2a35612560427c29da8965596a8810"],
    ),
    (
        Case(
            "cheap_hash of a zero below zero: one row more to compare",
            "select {{ cheap_hash(['x']) }} = {{ cheap_hash(['y']) }} as v"
            " from (select cast('0.0' as {{ type_double() }}) as x, cast('-0.0' as {{ type_double() }}) as y) as given",
            [True],
        ),
        [False],
    ),
    (
        Case(
            "mixed_hash of null: what is drawn by is never null",
            "select {{ mixed_hash('x', 1) }} is null as v from (select cast(null as bigint) as x) as given",
            [False],
        ),
        [True],
    ),
    *(
        (
            over(
                "zone_clock('x', '90', 'y')", [(f"date '2026-03-04' ; '{zone}'", found)], name=f"the zone {zone}: {why}"
            ),
            other,
        )
        for zone, found, other, why in (
            ("utc", datetime(2026, 3, 4, 1, 30), REFUSED, "vendors write the names of the IANA list"),
            ("europe/berlin", datetime(2026, 3, 4, 0, 30), REFUSED, "vendors write the names of the IANA list"),
        )
    ),
    (
        Case(
            "the zone +02:00: vendors write the names of the IANA list",
            "select {{ zone_clock('x', '90', 'y') }} as v from (select date '2026-03-04' as x, '+02:00' as y) as given",
            REFUSED,
        ),
        [datetime(2026, 3, 3, 23, 30)],
    ),
    (
        over(
            "dbt.safe_cast('x', type_bigint())",
            [("'1.5'", 2), ("'1_000'", 1000)],
            name="a fraction or digits in groups as a whole number: what is cast so is written by us or an epoch",
        ),
        [None, None],
    ),
    (
        over(
            "dbt.safe_cast('x', type_boolean())",
            [("'f'", False), ("'0'", False), ("'no'", False)],
            name="other words for false",
        ),
        [None, None, None],
    ),
    (
        over(
            "dbt.safe_cast('x', type_date())",
            [
                ("'2026-03-04T12:34:56Z'", date(2026, 3, 4)),
                ("'2026/03/04'", date(2026, 3, 4)),
                ("' 2026-03-04'", date(2026, 3, 4)),
            ],
            name="a day in a longer text: the one day that is cast is our own setting",
        ),
        [None, None, None],
    ),
    (
        over(
            "dbt.safe_cast('x', type_timestamp())",
            [
                ("'2026-03-04T12:34:56.123456789Z'", datetime(2026, 3, 4, 12, 34, 56, 123456)),
                ("'2026-03-04T12:34'", datetime(2026, 3, 4, 12, 34)),
                ("'2026-03-04 24:00:00'", datetime(2026, 3, 5)),
                ("' 2026-03-04 12:34:56'", MOMENT),
                ("'2026-03-04T12:34:56z'", None),
            ],
            name="moments of other forms: landing types times, and a trait's form is asked first",
        ),
        [None, None, None, None, MOMENT],
    ),
    (
        over(
            "dbt.safe_cast('x', type_decimal())",
            [("'1.2345678'", 1.234568), ("'12345678901234567890123'", None)],
            name="a decimal of more than six places or 22 digits: safe_decimal is for texts",
        ),
        [1.2345678, 12345678901234567890123],
    ),
    *(
        (
            over(
                f"'cast(x as ' ~ {kind}() ~ ')'",
                [("'12345678901234567890123'", "refused")],
                name=f"{kind} beyond its digits: a bill of a billion billion",
            ),
            [12345678901234567890123],
        )
        for kind in ("type_money", "type_decimal")
    ),
]
