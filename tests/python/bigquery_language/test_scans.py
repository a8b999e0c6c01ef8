"""Which scans BigQuery prunes, and which columns count: what is known of it, statement by statement."""

from __future__ import annotations

import datetime

import pytest

from .column_types import Column, parse_type
from .googlesql import analyser
from .scans import Days, Scan

pytestmark = pytest.mark.timeout(1500)  # the first run on a machine compiles the analyser

EVENT = {"day": "date", "actor": "string", "amount": "int64", "moment": "timestamp", "note": "string"}
TABLES = {
    ("p", "d", name): [Column(*pair) for pair in ((c, parse_type(t)) for c, t in EVENT.items())]
    for name in ("event", "other")
}
FIRST = datetime.date(2026, 3, 1)
LAST = datetime.date(2026, 3, 2)


def scans(sql: str) -> list[Scan]:
    [statement] = analyser().analyse(sql, TABLES)
    return statement.scans


def days_of_event(sql: str) -> Days | None:
    [scan] = [scan for scan in scans(sql) if scan.table == ("p", "d", "event")]
    return scan.days("day")


@pytest.mark.parametrize(
    ("sql", "is_pruned"),
    [
        # The six that BigQuery's own plans have decided.
        ("select actor from p.d.event where day >= date '2026-03-01'", True),
        ("with e as (select * from p.d.event) select actor from e where day >= date '2026-03-01'", True),
        ("select actor from p.d.event where day >= date_sub(current_date(), interval 3 day)", True),
        ("select actor from p.d.event where day >= (select max(day) from p.d.other)", False),
        ("select actor from p.d.event where actor in (select actor from p.d.other where day >= date '2026-03-01')", False),
        ("select actor from p.d.event where date_trunc(day, month) >= date '2026-03-01'", False),
        # A cast, a function, a join's other side, another column.
        ("select actor from p.d.event where date(day) in (date '2026-03-01')", False),
        ("select actor from p.d.event where cast(day as string) = '2026-03-01'", False),
        ("select e.actor from p.d.event as e join p.d.other as o on e.day = o.day where o.day = date '2026-03-01'", False),
        ("select actor from p.d.event where moment >= timestamp '2026-03-01'", False),
        # How the condition stands.
        ("select actor from p.d.event where date '2026-03-01' <= day", True),
        ("select actor from p.d.event where not day = date '2026-03-01'", False),
        ("select actor from p.d.event where day = date '2026-03-01' or day = date '2026-03-02'", True),
        ("select actor from p.d.event where day = date '2026-03-01' or amount = 1", False),
        ("select actor from p.d.event where amount = 1 and (day between date '2026-03-01' and date '2026-03-02')", True),
        # What lies between the condition and the scan.
        ("select actor from (select actor, day as d from p.d.event) where d = date '2026-03-01'", True),
        ("select actor from (select actor, cast(day as date) as d from p.d.event) where d = date '2026-03-01'", True),
        ("select a from (select actor as a, day as d from p.d.event union all select 'x', date '2026-03-01') where d = date '2026-03-01'", True),
        ("select e.actor from p.d.event as e left join p.d.other as o on e.actor = o.actor where e.day = date '2026-03-01'", True),
        ("select o.actor from p.d.other as o left join p.d.event as e on e.actor = o.actor and e.day = date '2026-03-01'", True),
        ("select o.actor from p.d.other as o left join p.d.event as e on e.actor = o.actor where o.day = date '2026-03-01'", False),
        ("select n from (select day, count(*) as n from p.d.event group by day) where day = date '2026-03-01'", False),
        ("select n from (select day, row_number() over (order by moment) as n from p.d.event) where day = date '2026-03-01'", False),
        ("select actor from (select * from p.d.event limit 3) where day = date '2026-03-01'", False),
        ("select x from p.d.event cross join unnest([1, 2]) as x where day = date '2026-03-01'", True),
    ],
)  # fmt: skip
def test_a_constant_on_the_bare_column_prunes_and_nothing_else(sql: str, is_pruned: bool) -> None:
    assert (days_of_event(sql) is not None) == is_pruned


@pytest.mark.parametrize(
    ("sql", "speaks"),
    [
        ("select actor from p.d.event where day is not null", True),
        ("select actor from p.d.event where amount = 1 and day is not null", True),
        ("select actor from p.d.event where day is not null or day = date '2026-03-01'", True),
        ("select actor from p.d.event where day = date '2026-03-01'", True),
        ("with e as (select actor, day as d from p.d.event) select actor from e where d is not null", True),
        ("select a from (select actor as a, day as d from p.d.event union all select 'x', null) where d is not null", True),
        ("select o.actor from p.d.other as o join p.d.event as e on e.actor = o.actor and e.day is not null", True),
        ("select actor from p.d.event", False),
        ("select actor from p.d.event where day is null or day is not null", False),  # as the adapter's own MERGE says it
        ("select actor from p.d.event where day is not null or amount = 1", False),
        ("select actor from p.d.event where date_trunc(day, month) is not null", False),
        ("select actor from p.d.event where moment is not null", False),
        ("select n from (select day, count(*) as n from p.d.event group by day) where day is not null", False),
        ("select actor from p.d.event where day in (select day from p.d.other)", False),
    ],
)  # fmt: skip
def test_a_condition_on_the_bare_column_speaks_of_it_and_nothing_else(sql: str, speaks: bool) -> None:
    [scan] = [scan for scan in scans(sql) if scan.table == ("p", "d", "event")]
    assert scan.speaks_of("day") == speaks


def test_a_column_that_is_not_null_prunes_nothing_by_itself() -> None:
    assert days_of_event("select actor from p.d.event where day is not null") is None
    assert days_of_event("select actor from p.d.event where day is not null or day = current_date()") is None
    both = days_of_event("select actor from p.d.event where day is not null and day = date '2026-03-01'")
    assert both == Days(((FIRST, FIRST),))


def test_the_days_are_known() -> None:
    listed = days_of_event(
        "select actor from p.d.event where day in (date '2026-03-01', date '2026-03-05') and day < date '2026-03-03'"
    )
    assert listed is not None
    assert [listed.has(day) for day in (FIRST, LAST, datetime.date(2026, 3, 5))] == [True, False, False]
    unknown = days_of_event("select actor from p.d.event where day = current_date()")
    assert unknown is not None
    assert unknown.has(FIRST), "what is not known counts"


def test_each_reference_to_a_cte_is_pruned_by_itself() -> None:
    sql = "with e as (select * from p.d.event) select a.actor from e as a join e as b on a.actor = b.actor where a.day = date '2026-03-01'"
    assert sorted(scan.days("day") is not None for scan in scans(sql)) == [False, True]


def test_only_columns_that_matter_are_read() -> None:
    [scan] = scans(
        "with e as (select *, upper(note) as loud from p.d.event) select count(distinct actor) as n from e where amount > 1"
    )
    assert scan.columns == ("actor", "amount")
    [counted] = scans("select count(*) as n from p.d.event")
    assert counted.columns == ()
    [numbered] = scans(
        "select n from (select row_number() over (partition by actor) as n, sum(amount) over (order by moment) as s from p.d.event)"
    )
    assert numbered.columns == ("actor",)
    assert {
        scan.columns
        for scan in scans(
            "select 1 from p.d.event where exists (select note from p.d.other where other.actor = event.actor)"
        )
    } == {("actor",)}


def test_what_is_certainly_nothing_is_not_read() -> None:
    assert scans("select * from (select * from p.d.event) as q where false and amount = 1 limit 0") == []


REPLACE = """
merge p.d.event as t using (select * from p.d.other where day = date '2026-03-01') as s on {on}
when not matched by source {deleted} then delete when not matched then insert row
"""


@pytest.mark.parametrize(
    ("on", "deleted", "is_pruned"),
    [
        ("false", "and t.day in (date '2026-03-01', date '2026-03-02')", True),
        ("false", "and date(t.day) in (date '2026-03-01')", False),
        ("false", "", False),
        ("t.actor = s.actor", "and t.day = date '2026-03-01'", False),
        ("t.actor = s.actor and t.day = date '2026-03-01'", "", True),
    ],
)
def test_a_merge_reads_all_columns_of_the_partitions_it_names(on: str, deleted: str, is_pruned: bool) -> None:
    found = {scan.table[2]: scan for scan in scans(REPLACE.format(on=on, deleted=deleted))}
    assert found["event"].is_changed
    assert (found["event"].days("day") is not None) == is_pruned
    assert found["other"].days("day") is not None


def test_a_delete_is_pruned_like_a_query() -> None:
    [scan] = scans("delete from p.d.event where day = date '2026-03-01' and actor = 'a'")
    assert scan.is_changed
    assert scan.days("day") == Days(((FIRST, FIRST),))
