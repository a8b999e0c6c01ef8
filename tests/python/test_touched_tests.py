"""Data tests on touched days: a refresh tests what it replaced, a whole build and `dbt test` everything."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from signalhouse.build import _invoke, build
from signalhouse.errors import BuildFailed
from signalhouse.progress import silent
from signalhouse.settings import Settings

REPOSITORY = Path(__file__).parents[2]
FILES = {
    "dbt_project.yml": """
name: signalhouse
version: "1.0"
profile: signalhouse
on-run-start: ["{{ create_touched_log() }}", "{{ forget_published_days() }}"]
models: {signalhouse: {core: {+schema: core}}}
flags: {send_anonymous_usage_stats: false}
""",
    "macros/thing_days.sql": """
{% macro thing_days() %}{{ return(days_from('select day from landing.shop.changed')) }}{% endmacro %}
""",
    "models/core/fct_thing.sql": """
{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'day', 'days': 'thing_days'},
) }}
select day, amount from {{ source('shop', 'thing') }}
{%- if is_incremental() %} where {{ in_days('day', thing_days()) }} or day is null{% endif %}
""",
    "models/core/fct_thing.yml": """
sources:
  - {name: ops, database: landing, tables: [{name: release}, {name: batch}]}
  - {name: shop, database: landing, tables: [{name: thing}, {name: visit}]}
models:
  - name: fct_thing
    data_tests:
      - each_row:
          name: rows_hold
          arguments: {key: [day], has: [amount], holds: amount >= 0}
          config: {where: "touched days and coalesce(amount, 0) < 100"}
      - sums_match:
          name: sums_hold
          arguments: {of: amount, with: "source('shop', 'thing')", with_of: amount, with_where: amount < 50 or amount >= 50, by: [day]}
          config: {where: touched days}
      - unique_together:
          name: amounts_differ
          arguments: {columns: [amount], of_new: true}
""",
}
OLD, NEW = "2026-06-01", "2026-06-02"


def put(project: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A published release with a day, and a batch after it that brings another."""
    project = tmp_path / "project"
    shutil.copytree(REPOSITORY / "macros", project / "macros")
    put(project, FILES)
    shutil.copy(REPOSITORY / "profiles.example.yml", project)
    found = Settings.resolve(work=tmp_path / "work", serve=tmp_path / "serve", project=project)
    found.work.mkdir()
    landed(
        found,
        "create schema ops; create schema shop; create table ops.release as select 0 as published_batch; "
        "create table ops.batch as select 1 as batch_id; create table shop.changed (day date); "
        f"create table shop.thing as select date '{OLD}' as day, 1 as amount",
    )
    build(found, progress=silent)
    landed(
        found,
        f"update ops.release set published_batch = 1; insert into ops.batch values (2); insert into shop.changed values ('{NEW}'); "
        f"insert into shop.thing values ('{NEW}', 2)",
    )
    return found


def landed(settings: Settings, sql: str) -> None:
    with duckdb.connect(str(settings.landing_db)) as connection:
        connection.execute(sql)


def spoil(settings: Settings, day: str) -> None:
    """A row of the built table that both tests refuse."""
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute(f"update core.fct_thing set amount = -1 where day = '{day}'")


def refused(settings: Settings) -> str:
    with pytest.raises(BuildFailed) as raised:
        build(settings, progress=silent)
    return str(raised.value.where)


def test_what_a_refresh_did_not_replace_is_not_read_again(settings: Settings) -> None:
    spoil(settings, OLD)
    assert build(settings, progress=silent).nodes["test pass"] == 3
    tested = _invoke(settings, ["test", "--target", "duckdb"], lambda event: None)
    assert {one.node.name: str(one.status) for one in tested.result.results if one.node.resource_type == "test"} == {
        "rows_hold": "fail",
        "sums_hold": "fail",
        "amounts_differ": "pass",
    }


def test_what_it_replaced_is(settings: Settings) -> None:
    landed(settings, f"update shop.thing set amount = -2 where day = '{NEW}'")
    assert "rows_hold" in (found := refused(settings)) and "sums_hold" not in found
    # Refused, so not published: the day is still touched, also when nothing comes with the next batch but another day.
    landed(settings, "insert into ops.batch values (3); update shop.changed set day = '2026-06-03'")
    assert "rows_hold" in refused(settings)


def test_the_log_forgets_what_a_release_holds_and_nothing_else(settings: Settings) -> None:
    def logged() -> list[int]:
        with duckdb.connect(str(settings.warehouse_db), read_only=True) as connection:
            return [
                batch for (batch,) in connection.execute("select distinct batch_id from raw.touched_day").fetchall()
            ]

    assert logged() == [1]
    build(settings, progress=silent)
    assert logged() == [2]
    landed(settings, "insert into ops.batch values (3)")
    build(settings, progress=silent)
    assert sorted(logged()) == [2, 3]


@pytest.mark.parametrize("row", [f"('{NEW}', 3)", "('2026-06-03', null)", "('2026-06-03', -2)"])
def test_a_row_is_refused_for_its_key_for_what_it_lacks_and_for_what_does_not_hold(
    settings: Settings, row: str
) -> None:
    landed(settings, f"insert into shop.changed values ('2026-06-03'); insert into shop.thing values {row}")
    assert "rows_hold" in refused(settings)


@pytest.mark.parametrize(("amount", "is_refused"), [(1, True), (3, False)])
def test_what_is_new_is_looked_for_on_every_day(settings: Settings, amount: int, is_refused: bool) -> None:
    build(settings, progress=silent)
    # Twice on a day that did not change: as the last release has it.
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute("insert into core.fct_thing values ('2026-05-01', 7), ('2026-05-02', 7)")
    landed(settings, f"update shop.thing set amount = {amount} where day = '{NEW}'")
    if is_refused:
        assert "amounts_differ" in refused(settings)
    else:
        assert build(settings, progress=silent).nodes["test pass"] == 3


def test_a_sum_on_a_touched_day_is_compared_with_the_other_table(settings: Settings) -> None:
    build(settings, progress=silent)
    landed(settings, f"insert into shop.thing values ('{NEW}', 9); delete from shop.changed")
    assert "sums_hold" in refused(settings)


def test_a_table_that_was_built_whole_is_tested_whole(settings: Settings) -> None:
    landed(settings, f"update shop.thing set amount = -2 where day = '{OLD}'")
    build(settings, progress=silent)
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute("drop table core.fct_thing")
    assert "rows_hold" in refused(settings)


def test_a_row_without_a_day_stops_the_build(settings: Settings) -> None:
    landed(settings, "insert into shop.thing values (null, 1)")
    assert "fct_thing wrote a row without a day" in refused(settings)


VISITS = {
    "models/core/fct_visit.sql": """
{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'session_date', 'days': 'thing_days'},
) }}
select actor_id, session_date, started_at, ended_at from {{ source('shop', 'visit') }}
{%- if is_incremental() %} where {{ in_days('session_date', thing_days()) }}{% endif %}
""",
    "models/core/fct_visit.yml": """
models:
  - name: fct_visit
    data_tests: [gaps_exceed: {name: lie_apart, arguments: {seconds: 1800}}]
""",
    "vars.yml": "vars: {session_timeout_minutes: 30, reporting_timezone: UTC}\n",
}


def visit(day: str, first: str, last: str) -> str:
    return f"select 'a' as actor_id, date '{day}' as session_date, timestamp '{day} {first}' as started_at, timestamp '{day} {last}' as ended_at"


@pytest.mark.parametrize(
    ("new", "is_refused"),
    [
        (visit(NEW, "00:10", "00:20"), True),  # too close to what stands on the evening before
        (visit(NEW, "00:21", "00:30"), False),
        (visit(NEW, "08:00", "09:00") + " union all " + visit(NEW, "08:10", "08:20"), True),
        (visit(NEW, "00:20", "00:30"), True),  # thirty minutes sharp
    ],
)
def test_sessions_of_other_days_are_asked_where_they_come_near(settings: Settings, new: str, is_refused: bool) -> None:
    put(settings.project, VISITS)
    landed(
        settings,
        f"create table shop.visit as {visit(OLD, '23:00', '23:50')}; update ops.release set published_batch = 0",
    )
    build(settings, progress=silent)
    # Too close to one another, but nothing of that day is new: as the last release has them.
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute(
            f"insert into core.fct_visit {visit(OLD, '08:00', '08:10')} union all {visit(OLD, '08:20', '08:30')}"
        )
    landed(
        settings,
        f"update ops.release set published_batch = 2; insert into ops.batch values (3); insert into shop.visit {new}",
    )
    if is_refused:
        assert "lie_apart" in refused(settings)
    else:
        assert build(settings, progress=silent).nodes["test pass"] == 4


COHORTS = {
    "models/core/thing_by_cohort.sql": """
{{ config(materialized='table', meta={'day': 'cohort_start', 'follows': 'fct_thing', 'days': 'cohort_starts'}) }}
-- depends_on: {{ ref('fct_thing') }}
select cohort_start, amount from {{ source('shop_by_cohort', 'cohort') }}
""",
    "models/core/thing_by_cohort.yml": """
sources:
  - {name: shop_by_cohort, schema: shop, database: landing, tables: [{name: cohort}]}
models:
  - name: thing_by_cohort
    data_tests:
      - each_row:
          name: cohorts_hold
          arguments: {key: [cohort_start], holds: amount >= 0}
          config: {where: touched days}
""",
}


@pytest.mark.parametrize(
    ("cohort_start", "is_refused"),
    [
        ("2026-06-09", False),  # the cohort of a day, a week, a month on which nothing changed
        ("2026-06-22", False),
        ("2026-05-01", False),
        ("2026-06-10", True),
        ("2026-06-08", True),  # the Mondays and the month of days that did
        ("2026-06-15", True),
        ("2026-06-01", True),
    ],
)
def test_cohorts_made_whole_are_tested_where_a_start_of_theirs_changed(
    settings: Settings, cohort_start: str, is_refused: bool
) -> None:
    put(settings.project, COHORTS)
    landed(
        settings,
        "create table shop.cohort (cohort_start date, amount int); update shop.changed set day = '2026-06-10'; "
        f"insert into shop.changed values ('2026-06-17'); insert into shop.cohort values ('{cohort_start}', -1)",
    )
    if is_refused:
        assert "cohorts_hold" in refused(settings)
    else:
        assert build(settings, progress=silent).nodes["test pass"] == 4
    # Built whole, fct_thing touches all.
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute("drop table core.fct_thing")
    assert "cohorts_hold" in refused(settings)


def test_a_session_that_began_days_before_is_asked_too(settings: Settings) -> None:
    put(settings.project, VISITS)
    landed(
        settings,
        f"create table shop.visit as {visit(OLD, '08:00', '08:10')}; update ops.release set published_batch = 0",
    )
    build(settings, progress=silent)
    long = "select 'a', date '2026-05-27', timestamp '2026-05-27 09:00', timestamp '2026-06-02 08:05'"
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute(f"insert into core.fct_visit {long}")
    landed(
        settings,
        "update ops.release set published_batch = 2; insert into ops.batch values (3); "
        f"insert into shop.visit {visit(NEW, '08:10', '08:20')}",
    )
    assert "test lie_apart  fail" in refused(settings)


SALES = {
    "models/core/fct_sale.sql": """
{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'thing_days'},
) }}
select event_date, amount from {{ source('shop', 'sale') }}
{%- if is_incremental() %} where {{ in_days('event_date', thing_days()) }}{% endif %}
""",
    # Counts what landed, not what the table made of it: a table that loses a record is then found.
    "models/core/fct_sale_day.sql": """
{{ config(
    materialized='incremental',
    incremental_strategy=replaced_by_day(),
    post_hook="{{ log_rebuilt() }}",
    meta={'day': 'event_date', 'days': 'log_days'},
) }}
-- depends_on: {{ ref('fct_sale') }}
select 'fct_sale' as model_name, event_date, sum(counted) as record_count from {{ source('shop', 'sale') }}
where {{ on_days('event_date', log_days) }} group by event_date
""",
    "models/core/fct_sale.yml": """
models:
  - name: fct_sale_day
    data_tests: [counts_every_record: {name: all_counted}]
""",
    "vars.yml": """
vars: {sources: [shop], mappings: {event: [shop]}, event_logs: {shop: fct_sale}, measurement_logs: {}, reporting_timezone: UTC}
""",
}
LAST = "2026-06-03"


def sales(settings: Settings, *rows: tuple[str, int]) -> None:
    """Sales of days, each with how often it is counted; then, of a published release, those of other days."""
    put(settings.project, SALES)
    sources = settings.project / "models/core/fct_thing.yml"
    sources.write_text(sources.read_text().replace("{name: visit}", "{name: sale}"))
    landed(
        settings,
        f"create table shop.sale as select date '{OLD}' as event_date, 1 as amount, 1 as counted; "
        "update ops.release set published_batch = 0",
    )
    build(settings, progress=silent)
    come = ", ".join(f"('{day}', 1, {counted})" for day, counted in rows)
    landed(
        settings,
        f"update ops.release set published_batch = 2; insert into ops.batch values (3); insert into shop.changed values ('{LAST}'); "
        f"insert into shop.sale values {come}",
    )


@pytest.mark.parametrize(
    "rows",
    [
        [(NEW, 0)],  # stands and is not counted
        [(NEW, 2)],
        [(NEW, 0), (LAST, 2)],  # as many in all
    ],
)
def test_a_record_of_a_touched_day_that_is_not_counted_once_is_found(
    settings: Settings, rows: list[tuple[str, int]]
) -> None:
    sales(settings, *rows)
    assert "test all_counted  fail" in refused(settings)


def test_records_of_other_days_are_counted_by_hand_and_where_a_table_was_built_whole(settings: Settings) -> None:
    sales(settings, (NEW, 1))
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute(f"insert into core.fct_sale values ('{OLD}', 7)")
    assert build(settings, progress=silent).nodes["test pass"] == 4
    tested = _invoke(settings, ["test", "--target", "duckdb", "--select", "all_counted"], lambda event: None)
    assert str(tested.result.results[-1].status) == "fail"
    # A day that the table has lost is in no log.
    landed(settings, f"delete from shop.sale where event_date = '{OLD}'")
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute("drop table core.fct_sale")
    assert "test all_counted  fail" in refused(settings)
