"""The audit on small files: every rule both ways, and what it may never do (pass an error, show a value)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from signalhouse.audit import AuditReport, RuleResult, audit, audit_freshness
from signalhouse.audit.loader import load_suites
from signalhouse.audit.relations import Relations
from signalhouse.audit.report import page
from signalhouse.audit.run import hide_values
from signalhouse.errors import LockHeld, UsageError
from signalhouse.settings import Settings

NOW = datetime(2026, 6, 30, 12, 0)
EXPECTATIONS = Path(__file__).parents[2] / "expectations"
RUNS = 10

ORDERS = """\
table: core.orders
owner: finance-data
key: [order_id]
expect:
  - column_values_to_not_be_null: {column: buyer, mostly: 0.99}
    why: a buyer is who is asked
  - column_values_to_be_between: {column: amount, min_value: 0}
    when: {column: status, equals: paid}
    why: a paid order below zero is a refund in the wrong place
  - column_values_to_match_regex: {column: buyer, regex: '@'}
    severity: warning
    why: an address without @ cannot be written to
  - rows_to_be_fresh: {column: ordered_at, hours: 36}
    why: orders come in every day
  - volume_to_be_normal: {z: 4}
    why: a quarter less is an export that stopped
  - totals_to_reconcile: {measure: sum(amount), with: mart.revenue, with_measure: sum(revenue), where: "status in (select status from {mart.revenue})"}
    why: money is not lost on the way
  - totals_to_reconcile: {measure: count(*), with: mart.revenue, with_measure: sum(orders), by: [status]}
    why: no kind of order is lost on the way
  - distribution_to_be_stable: {column: status, against: {paid: 0.9, "it's back": 0.1}, max_psi: 0.1}
    why: a shift in returns is a broken status
  - sql: select order_id, buyer from {batch} as batch join {mart.revenue} as revenue using (status) where amount > 1e6 and status <> 'a :b' and ordered_at < {as_of + 1}
    why: nobody buys for a million
  - column_values_to_not_be_null: {column: note, mostly: 0.5}
    severity: warning
    why: a column that vanished is found even by a warning
"""
EVERY_RULE = [f"orders#{number}" for number in range(1, 11)]
VALUE_OF_A_ROW = "secret"


def write_build(settings: Settings, *, broken: bool) -> None:
    """1,000 orders, or the same with every promise broken once."""
    settings.work.mkdir(parents=True)
    rows = 700 if broken else 1000
    age = "interval 3 day" if broken else "interval 1 hour"
    returned = 3 if broken else 10
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute("create schema core")
        connection.execute(
            f"""
            create table core.orders as
            select
                i as order_id,
                case when {broken} and i % 20 = 1 then null when {broken} and i % 20 = 2 then 'secret-' || i
                    else 'secret-' || i || '@example.com' end as buyer,
                case when {broken} and i = 7 then -5 when {broken} and i = 8 then 2e6 else i % 50 end::decimal(18, 2) as amount,
                case when i % {returned} = 0 then 'it''s back' else 'paid' end as status,
                timestamp '{NOW}' - {age} - interval (i) minute as ordered_at,
                'x' as note
            from range({rows}) as t(i)
            """
        )
        if broken:
            connection.execute(
                "insert into core.orders select 99999, 'secret-9@example.com', 0, 'paid', timestamp '2999-01-01', 'x'"
            )
        connection.execute(f"create table core.dim_as_of as select date '{NOW:%Y-%m-%d}' as as_of")
        connection.execute(f"attach '{settings.marts_db}' as marts")
        connection.execute("create schema marts.mart")
        connection.execute(
            "create table marts.mart.revenue as "
            "select status, sum(amount) as revenue, count(*) as orders from core.orders group by status"
        )
        if broken:
            connection.execute("alter table core.orders drop column note")
            connection.execute(
                "update marts.mart.revenue set revenue = revenue + 0.01, orders = orders + 1 where status = 'paid'"
            )


def write_runs(settings: Settings, counts: list[int], *, published: bool = True) -> None:
    with duckdb.connect(str(settings.landing_db)) as connection:
        connection.execute("create schema if not exists ops")
        connection.execute(
            "create table if not exists ops.expectation_result (run_id varchar, checked_at timestamp, table_name varchar, "
            "rule_id varchar, rule varchar, severity varchar, column_name varchar, success boolean, error varchar, "
            "element_count bigint, unexpected_count bigint, observed varchar, sample json, why varchar, owner varchar)"
        )
        connection.execute(
            "create table if not exists ops.release "
            "(run_id varchar, stamp varchar, published_batch bigint, published_at timestamp)"
        )
        for number, count in enumerate(counts):
            run_id = f"{'P' if published else 'R'}{number}"
            connection.execute(
                "insert into ops.expectation_result (run_id, checked_at, table_name, rule_id, rule, element_count) "
                "values (?, ?, 'core.orders', 'orders#5', 'volume_to_be_normal', ?)",
                [run_id, NOW - timedelta(days=50 - number), count],
            )
            if published:
                connection.execute("insert into ops.release values (?, ?, 1, ?)", [run_id, run_id, NOW])


def house(root: Path, *, broken: bool = False, suites: dict[str, str] | None = None) -> Settings:
    settings = Settings(project=root, landing=str(root / "landing"), work=root / "work", serve=root / "serve")
    write_build(settings, broken=broken)
    (root / "vars.yml").write_text("vars:\n  sources: [generic, stripe]\n")
    for name, text in (suites or {"core/orders": ORDERS}).items():
        path = root / "expectations" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return settings


def run(settings: Settings, run_id: str = "R1") -> AuditReport:
    return audit(settings, run_id, now=lambda: NOW)


def by_id(report: AuditReport) -> dict[str, RuleResult]:
    return {result.rule_id: result for result in report.results}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> AuditReport:
    settings = house(tmp_path_factory.mktemp("good"))
    write_runs(settings, [1000] * RUNS)
    return run(settings)


@pytest.fixture(scope="module")
def broken_house(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = house(tmp_path_factory.mktemp("broken"), broken=True)
    write_runs(settings, [1000] * RUNS)
    write_runs(settings, [701] * 40, published=False)
    return settings


@pytest.fixture(scope="module")
def broken(broken_house: Settings) -> AuditReport:
    return run(broken_house)


@pytest.mark.parametrize("rule_id", EVERY_RULE)
def test_a_rule_passes_good_data(good: AuditReport, rule_id: str) -> None:
    result = by_id(good)[rule_id]
    assert (result.success, result.error, result.sample) == (True, None, ())


@pytest.mark.parametrize("rule_id", EVERY_RULE)
def test_a_rule_fails_broken_data(broken: AuditReport, rule_id: str) -> None:
    assert not by_id(broken)[rule_id].success


def test_a_result_says_what_was_seen(broken: AuditReport) -> None:
    seen = {rule_id: result.observed for rule_id, result in by_id(broken).items()}
    assert seen["orders#1"] == "35 of 701 rows"
    assert seen["orders#4"] == "newest 2026-06-27 12:00, 72 h old (at most 36)"
    assert seen["orders#5"] == "701 rows, usual 1,000 (z -29.9, at most 4)"
    assert seen["orders#6"] == "core.orders 2,017,130.00, mart.revenue 2,017,130.01"
    assert seen["orders#7"] == "1 group by status differs; one of them: core.orders 467, mart.revenue 468"
    assert "most moved: it's back 33.4%, usual 10.0%" in (seen["orders#8"] or "")
    assert seen["orders#9"] == "1 row that should not be"


def test_a_share_is_judged_as_the_librarys_own_rule_judges_it(tmp_path: Path) -> None:
    """Of 1,000 orders 100 are returned: at the share itself the promise is kept."""
    rules = [
        *('share_to_be_at_most: {where: "status = \'it\'\'s back\'", share: 0.1}', "column_values_to_not_be_in_set: {column: status, value_set: [\"it's back\"], mostly: 0.9}"),
        *('share_to_be_at_most: {where: "status = \'it\'\'s back\'", share: 0.0999}', "column_values_to_not_be_in_set: {column: status, value_set: [\"it's back\"], mostly: 0.9001}"),
    ]  # fmt: skip
    told = "".join(f"  - {rule}\n    why: w\n" for rule in rules)
    report = run(house(tmp_path, suites={"core/orders": f"table: core.orders\nowner: o\nexpect:\n{told}"}))
    found = [(one.success, one.error, one.observed, one.element_count, one.unexpected_count) for one in report.results]
    assert found == [
        *[(True, None, "100 of 1,000 rows", 1000, 100)] * 2,
        *[(False, None, "100 of 1,000 rows", 1000, 100)] * 2,
    ]


@pytest.mark.parametrize(
    ("more", "observed", "kept"),
    [
        ("share: 0.1", "100 of 1,000 rows", True),
        ("share: 0.1, among: order_id < 1000 and order_id % 2 = 0", "100 of 500 rows", False),
        ("share: 0.1, among: order_id % 2 = 0, least: 100", "100 of 500 rows", False),
        ("share: 0.1, among: order_id % 2 = 0, least: 101", "100 of 500 rows", True),
        ("share: 0.1, among: order_id < 0", "0 of 0 rows", True),
    ],
)
def test_a_share_is_of_the_rows_among_which_it_is_asked(tmp_path: Path, more: str, observed: str, kept: bool) -> None:
    rule = f"share_to_be_at_most: {{where: \"status <> 'paid'\", {more}}}"
    (result,) = run(house(tmp_path, suites=suite_of(rule))).results
    assert (result.success, result.error, result.observed) == (kept, None, observed)


def test_samples_hold_the_key_alone_and_five_at_most(broken: AuditReport) -> None:
    samples = {rule_id: result.sample for rule_id, result in by_id(broken).items()}
    assert len(samples["orders#1"]) == 5
    assert all(set(row) == {"order_id"} for row in samples["orders#1"])
    assert samples["orders#2"] == ({"order_id": 7},)
    assert samples["orders#7"] == ({"status": "paid"},)
    assert samples["orders#9"] == ({"order_id": 8},)


def test_no_value_of_a_row_is_written_anywhere(broken: AuditReport, broken_house: Settings) -> None:
    assert broken.html is not None
    assert broken.jsonl is not None
    with duckdb.connect(str(broken_house.landing_db), read_only=True) as connection:
        history = str(connection.execute("select * from ops.expectation_result").fetchall())
    for text in (broken.html.read_text(), broken.jsonl.read_text(), history, str(broken.refusal())):
        assert VALUE_OF_A_ROW not in text


def test_the_audit_says_nothing_by_itself(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        run(house(tmp_path, broken=True))
    assert capfd.readouterr() == ("", "")
    assert [record.getMessage() for record in caplog.records if record.name.startswith("great_expectations")] == []


def test_an_expectation_that_errors_is_critical_whatever_its_label(broken: AuditReport) -> None:
    vanished = by_id(broken)["orders#10"]
    assert vanished.severity == "critical"
    assert vanished.stops
    assert "note" in (vanished.error or "")


def test_a_failed_warning_does_not_stop_the_build(broken: AuditReport) -> None:
    assert not by_id(broken)["orders#3"].stops
    only_warnings = replace(broken, results=(by_id(broken)["orders#3"],))
    assert (only_warnings.verdict, only_warnings.refused) == ("passed with warnings", False)


def test_the_verdict_counts(good: AuditReport, broken: AuditReport) -> None:
    assert (good.verdict, good.refused) == ("passed", False)
    assert good.counts == {"checked": 10, "passed": 10, "warnings": 0, "critical": 0, "skipped": 0}
    assert (broken.verdict, broken.refused) == ("refused", True)
    assert broken.counts == {"checked": 10, "passed": 0, "warnings": 1, "critical": 9, "skipped": 0}
    assert broken.summary()["failed"] == [i for i in EVERY_RULE if i != "orders#3"] + ["orders#3"]


def test_a_refusal_says_what_where_and_what_to_do(broken: AuditReport) -> None:
    refusal = broken.refusal("20260629T030000000000Z")
    assert refusal.exit_code == 1
    assert refusal.what == (
        "9 critical expectations failed, nothing was published (readers still see 20260629T030000000000Z)"
    )
    assert "core.orders  column_values_to_be_between (amount)   1 of 467 rows   rows: 7" in refusal.where
    assert "why it matters: a paid order below zero" in refusal.where
    assert "expectations/core/orders.yml:7, kept by finance-data" in refusal.where
    assert str(broken.html) in refusal.next_step


def test_the_history_is_kept_and_a_second_audit_replaces_its_own_rows(
    broken_house: Settings, broken: AuditReport
) -> None:
    run(broken_house)
    with duckdb.connect(str(broken_house.landing_db), read_only=True) as connection:
        rows = connection.execute(
            "select rule_id, severity, success, error is not null, unexpected_count, sample, why, owner "
            "from ops.expectation_result where run_id = 'R1' order by cast(split_part(rule_id, '#', 2) as int)"
        ).fetchall()
    assert [row[0] for row in rows] == EVERY_RULE
    assert rows[1][1:6] == ("critical", False, False, 1, '[{"order_id": 7}]')
    assert rows[9][1:4] == ("critical", False, True)
    assert rows[1][6:] == ("a paid order below zero is a refund in the wrong place", "finance-data")
    assert broken.jsonl is not None
    lines = [json.loads(line) for line in broken.jsonl.read_text().splitlines()]
    assert [line["rule_id"] for line in lines] == EVERY_RULE


def test_volume_is_not_judged_before_eight_published_runs(tmp_path: Path) -> None:
    rule = "table: core.orders\nowner: o\nexpect:\n  - volume_to_be_normal: {z: 4}\n    why: w\n"
    settings = house(tmp_path, suites={"core/orders": rule})
    write_runs(settings, [9000] * 7)
    write_runs(settings, [9000] * 7, published=False)
    result = run(settings).results[0]
    assert (result.success, result.element_count) == (True, 1000)
    assert "7 of 8 runs known" in (result.observed or "")


@pytest.mark.parametrize(
    ("logged", "refused"),
    [
        ("('orders', date '2026-05-01', 2)", False),  # another day is new
        (f"('orders', date '{NOW:%Y-%m-%d}', 2)", True),
        (f"('orders', date '{NOW:%Y-%m-%d}', 1), ('other', null, 2)", False),  # the day was published with batch 1
        ("('orders', null, 2)", True),  # built whole
        ("('orders', date '2026-05-01', 1)", True),  # nothing is new, so all of what stands is asked
    ],
)
def test_a_rule_of_days_that_are_new_asks_them_alone(tmp_path: Path, logged: str, refused: bool) -> None:
    rule = "sql: select order_id from (select *, cast(ordered_at as date) as day from {batch}) as orders where {touched day} and order_id = 1"
    settings = house(
        tmp_path, suites={"core/orders": f"table: core.orders\nowner: o\nexpect:\n  - {rule}\n    why: w\n"}
    )
    write_runs(settings, [1000])
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.touched_day (model_name varchar, day date, batch_id bigint)")
        connection.execute(f"insert into raw.touched_day values {logged}")
    report = run(settings)
    assert [result.error for result in report.results] == [None]
    assert report.refused == refused


def suite_of(rule: str, day: str = "") -> dict[str, str]:
    head = f"table: core.orders\nowner: o\n{f'day: {day}' if day else ''}\nexpect:\n"
    return {"core/orders": f"{head}  - {rule}\n    why: w\n"}


def put_by_day(settings: Settings, sql: str = "select 1") -> None:
    """A thousand orders of each of the last 40 days."""
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute(
            "create or replace table core.orders as select i as order_id, cast(ordered_at as date) as order_date, ordered_at "
            f"from (select i, date '{NOW:%Y-%m-%d}' - interval (i // 1000) day as ordered_at from range(40000) as t(i)) as orders"
        )
        connection.execute(sql)


@pytest.mark.parametrize(
    ("lost", "observed", "kept"),
    [
        ("false", "7,000 rows, usual 7,000 (z +0.0, at most 4)", True),
        (f"order_date = '{NOW - timedelta(days=6):%Y-%m-%d}'", "6,000 rows, usual 7,000 (z -14.3, at most 4)", False),
        # Further back it is no longer looked for: then it was.
        (f"order_date = '{NOW - timedelta(days=7):%Y-%m-%d}'", "7,000 rows, usual 7,000 (z +0.0, at most 4)", True),
    ],
)
def test_a_day_that_is_lost_is_missed_among_the_last_days(tmp_path: Path, lost: str, observed: str, kept: bool) -> None:
    settings = house(tmp_path, suites=suite_of("recent_volume_to_be_normal: {days: 7, z: 4}", "order_date"))
    put_by_day(settings, f"delete from core.orders where {lost}")
    # The runs that counted all rows are another rule's.
    write_runs(settings, [39_000] * RUNS)
    with duckdb.connect(str(settings.landing_db)) as connection:
        connection.execute(
            "insert into ops.expectation_result by name "
            "select * replace ('recent_volume_to_be_normal' as rule, 7000 as element_count) from ops.expectation_result"
        )
    (result,) = run(settings).results
    assert (result.success, result.error, result.observed) == (kept, None, observed)


@pytest.mark.parametrize(
    ("rule", "day", "says"),
    [
        ("recent_volume_to_be_normal: {days: 7}", "", "names the table's `day`"),
        ("recent_volume_to_be_normal: {z: 4}", "order_date", "`days` is how many"),
        ("recent_volume_to_be_normal: {days: 0}", "order_date", "`days` is how many"),
    ],
)
def test_last_days_are_of_a_table_with_days(tmp_path: Path, rule: str, day: str, says: str) -> None:
    with pytest.raises(UsageError) as wrong:
        run(house(tmp_path, suites=suite_of(rule, day)))
    assert says in wrong.value.what


@pytest.mark.parametrize(
    ("newest", "success", "observed"),
    [
        (f"('{NOW - timedelta(days=2):%Y-%m-%d}', timestamp '{NOW}')", True, "newest 2026-06-30 12:00, 0 h old (at most 36)"),
        (f"('{NOW - timedelta(days=5):%Y-%m-%d}', timestamp '{NOW - timedelta(days=4)}')", False, "newest 2026-06-26 12:00, 96 h old (at most 36)"),
        # Nothing but what is over a week late: the export has stopped.
        (f"('{NOW - timedelta(days=30):%Y-%m-%d}', timestamp '{NOW}')", False, "no row of a day from 2026-06-22 on has a ordered_at"),
    ],
)  # fmt: skip
def test_what_is_fresh_lies_on_the_last_days(tmp_path: Path, newest: str, success: bool, observed: str) -> None:
    settings = house(tmp_path, suites=suite_of("rows_to_be_fresh: {column: ordered_at, hours: 36}", "order_date"))
    put_by_day(settings, "delete from core.orders where order_date > '2026-06-20'")
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute(f"insert into core.orders (order_date, ordered_at) values {newest}")
    for report in (run(settings), audit_freshness(settings, "R2", now=lambda: NOW)):
        (result,) = report.results
        assert (result.success, result.error, result.observed) == (success, None, observed)


OLD, NEW = "2026-05-01", f"{NOW:%Y-%m-%d}"
LOGS = ("raw_amplitude__events", "raw_generic__events", "raw_mixpanel__export", "raw_segment__raw_logs")
OF_ONE_ID = """
    insert into raw.{log} by name
    select * replace ('elsewhere' as event_name, 'group' as call_type, 'duplicate' as record_status, cast('{day}' as date) as event_date)
    from raw.{log} where event_date = '{of}' limit 1
"""
REPEATED = """
    insert into raw.{log} by name
    select * replace ('{status}' as record_status, event_id || '-again' as event_id, message_id || '-again' as message_id)
    from raw.{log} where event_date = '{day}' limit {count}
"""


def put_logs(settings: Settings, fault: str, **said: object) -> None:
    """A hundred records of an old day and of a new one in each log, and a day of a service; then a fault in each."""
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.touched_day (model_name varchar, day date, batch_id bigint)")
        for log in LOGS:
            connection.execute(
                f"create table raw.{log} as select day as event_date, day || '-' || i as event_id, event_id as message_id, event_id as uuid, "
                "'track' as call_type, 'seen' as event_name, 'u' as user_id, null::varchar as anonymous_id, 'acme' as account_id, "
                "'a.json' as file_path, i as line, 'loaded' as record_status, "
                f"timestamp '{NOW}' as received_at, received_at as receive_clock, received_at as occurred_at "
                f"from range(100) as t(i), (values (date '{OLD}'), (date '{NEW}')) as days(day)"
            )
            connection.execute(fault.format(log=log, **said))
        connection.execute(
            "create table core.fct_service_day as select 'a' as source, 's' as service, day as hour_date, null::timestamp as first_odd_hour "
            f"from (values (date '{OLD}'), (date '{NEW}')) as days(day)"
        )


@pytest.mark.parametrize(
    ("fault", "said", "found"),
    [
        ("select 1", {}, set()),
        (REPEATED, {"status": "out_of_range", "count": 10}, {f"{log}#3" for log in LOGS}),
        (REPEATED, {"status": "out_of_range", "count": 9}, set()),  # too few to be a share
        (REPEATED, {"status": "duplicate", "count": 100}, {"raw_generic__events#4", "raw_mixpanel__export#4"}),
        (OF_ONE_ID, {}, {"raw_generic__events#5", "raw_segment__raw_logs#4"}),
    ],
)
@pytest.mark.parametrize("day", [OLD, NEW])
def test_the_houses_rules_find_what_is_wrong_on_a_new_day(
    tmp_path: Path, fault: str, said: dict[str, object], found: set[str], day: str
) -> None:
    settings = house_of_logs(tmp_path)
    put_logs(settings, fault, day=day, of=day, **said)
    assert failed_of_new_days(settings, (NEW,)) == (found if day == NEW else set())


def test_one_id_given_twice_is_found_however_far_apart(tmp_path: Path) -> None:
    settings = house_of_logs(tmp_path)
    put_logs(settings, OF_ONE_ID, day=NEW, of=OLD)
    # A record that comes again has all days of its id replaced, and so logged.
    assert failed_of_new_days(settings, (OLD, NEW)) == {"raw_generic__events#5", "raw_segment__raw_logs#4"}


@pytest.mark.parametrize(("day", "found"), [(OLD, set()), (NEW, {"fct_service_day#1"})])
def test_an_odd_hour_is_told_when_it_is_new(tmp_path: Path, day: str, found: set[str]) -> None:
    settings = house_of_logs(tmp_path)
    put_logs(settings, "select 1")
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        connection.execute(f"update core.fct_service_day set first_odd_hour = hour_date where hour_date = '{day}'")
    assert failed_of_new_days(settings, (NEW,)) == found


def house_of_logs(root: Path) -> Settings:
    """The house's own expectations of the logs of events and of services."""
    names = [*(f"raw/{log}" for log in LOGS), "core/fct_service_day"]
    settings = house(root, suites={name: (EXPECTATIONS / f"{name}.yml").read_text() for name in names})
    (root / "vars.yml").write_text("vars:\n  sources: [amplitude, generic, mixpanel, segment]\n")
    return settings


def failed_of_new_days(settings: Settings, days: tuple[str, ...]) -> set[str]:
    """The rules that fail where these days are new since a release."""
    write_runs(settings, [1000])
    with duckdb.connect(str(settings.warehouse_db)) as connection:
        for table in (*LOGS, "fct_service_day"):
            for day in days:
                connection.execute("insert into raw.touched_day values (?, ?, 2)", [table, day])
    report = run(settings)
    assert [result.error for result in report.results if result.error] == []
    return {result.rule_id for result in report.results if not result.success}


def test_freshness_alone_says_what_the_whole_audit_says_of_it(tmp_path: Path) -> None:
    """It takes another way, without Great Expectations, where nothing is new: same rules, same words."""
    rules = (
        "  - rows_to_be_fresh: {column: ordered_at, hours: 36, where: status = 'paid'}\n    why: w\n"
        "  - column_values_to_not_be_null: {column: buyer}\n    why: w\n"
        "  - rows_to_be_fresh: {column: ordered_at, hours: 36, where: status = 'lost'}\n    severity: warning\n    why: w\n"
        "  - rows_to_be_fresh: {column: shipped_at, hours: 36}\n    why: w\n"
    )
    settings = house(
        tmp_path,
        broken=True,
        suites={"core/orders": f"table: core.orders\nowner: o\nkey: [order_id]\nexpect:\n{rules}"},
    )
    whole, alone = run(settings), audit_freshness(settings, "R2", now=lambda: NOW)
    assert [result.rule_id for result in alone.results] == ["orders#1", "orders#3", "orders#4"]
    for result in alone.results:
        same = by_id(whole)[result.rule_id]
        assert (result.success, result.severity, result.observed) == (same.success, same.severity, same.observed)
    late, empty, broken = alone.results
    assert late.observed and "72 h old" in late.observed and empty.observed == "no row has a ordered_at"
    assert broken.error and "shipped_at" in broken.error
    assert alone.refused and alone.html is not None and alone.html.is_file()


def test_a_fixed_day_turns_freshness_off_and_an_off_source_its_rules(tmp_path: Path) -> None:
    suites = {
        "core/orders": "table: core.orders\nowner: o\nexpect:\n"
        "  - rows_to_be_fresh: {column: ordered_at, hours: 1}\n    why: w\n"
        "  - table_row_count_to_be_between: {min_value: 1}\n    sources: [zendesk]\n    why: w\n"
        "  - table_row_count_to_be_between: {min_value: 1}\n    sources: [stripe]\n    why: w\n",
        "raw/raw_mixpanel__export": "table: raw.raw_mixpanel__export\nowner: o\nexpect:\n"
        "  - table_row_count_to_be_between: {min_value: 1}\n    why: w\n",
    }
    settings = replace(house(tmp_path, suites=suites), as_of=date(2026, 6, 30))
    report = run(settings)
    assert [result.rule_id for result in report.results] == ["orders#3"]
    assert {one.rule_id: one.reason for one in report.skipped} == {
        "orders#1": "the day is fixed (--as-of 2026-06-30), so nothing is late",
        "orders#2": "source zendesk is off",
        "raw_mixpanel__export#1": "source mixpanel is off",
    }
    assert "source zendesk is off" in page(report)
    assert report.unwatched == ("mart.revenue",)


def test_a_table_that_was_not_built_stops_the_build(tmp_path: Path) -> None:
    rule = "table: mart.churn_by_month\nowner: o\nseverity: info\nexpect:\n" + RULE + RULE
    report = run(house(tmp_path, suites={"mart/churn_by_month": rule}))
    assert report.refused
    assert report.results[0].error == "mart.churn_by_month is not in marts.duckdb: was it built?"
    assert report.refusal().where == (
        "mart.churn_by_month  2 expectations   mart.churn_by_month is not in marts.duckdb: was it built?\n"
        "  the promises: expectations/mart/churn_by_month.yml, kept by o"
    )


def test_the_audit_changes_nothing_in_the_build(good: AuditReport, tmp_path: Path) -> None:
    settings = house(tmp_path)
    before = (settings.warehouse_db.read_bytes(), settings.marts_db.read_bytes())
    run(settings)
    assert (settings.warehouse_db.read_bytes(), settings.marts_db.read_bytes()) == before
    assert not list(settings.work.glob("*.wal"))


def test_results_that_cannot_be_noted_are_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from signalhouse.audit.history import write_history

    def held(*_: object, **__: object) -> None:
        raise duckdb.IOException("Could not set lock on file")

    monkeypatch.setattr("signalhouse.audit.history.duckdb.connect", held)
    with pytest.raises(LockHeld, match="another program"):
        write_history([], tmp_path / "landing.duckdb")


class Outside(HTMLParser):
    """Collects what a browser would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "link", "img", "iframe", "object", "embed", "base"}:
            self.found.append(tag)
        self.found += [name for name, _ in attrs if name in {"src", "href", "srcset", "background", "action"}]
        self.found += [name for name, _ in attrs if name.startswith("on")]


def test_the_page_asks_for_nothing_outside_itself(broken: AuditReport) -> None:
    text = page(broken)
    outside = Outside()
    outside.feed(text)
    assert outside.found == []
    for word in ("http:", "https:", "url(", "@import", "//"):
        assert word not in text
    assert "prefers-color-scheme: dark" in text


def test_the_page_shows_failures_first_and_escapes(broken: AuditReport) -> None:
    text = page(replace(broken, results=(replace(broken.results[0], why="<b>why</b>"), *broken.results[1:])))
    assert text.index("What stopped it") < text.index("Published, but look") < text.index("<h2>core</h2>")
    assert "<b>why</b>" not in text
    assert "&lt;b&gt;why&lt;/b&gt;" in text
    assert "kept by finance-data" in text


RULE = "  - table_row_count_to_be_between: {min_value: 1}\n    why: w\n"
HEAD = "table: core.orders\nowner: o\nkey: [order_id]\n"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("table: core.orders\nowner: [\n", 3, "not YAML"),
        ("- a\n", 1, "begins with table"),
        ("table: orders\nowner: o\nexpect:\n" + RULE, 1, "schema.table"),
        ("table: core.other\nowner: o\nexpect:\n" + RULE, 1, "core/other.yml"),
        ("table: core.orders\nexpect:\n" + RULE, 1, "owner"),
        (HEAD, 1, "at least one rule"),
        (HEAD + "colour: red\nexpect:\n" + RULE, 1, "colour"),
        ("table: core.orders\nowner: o\nkey: [user_email]\nexpect:\n" + RULE, 1, "may name a person"),
        ("table: core.orders\nowner: o\nday: date(moment)\nexpect:\n" + RULE, 1, "`day` names a column"),
        (HEAD + "expect:\n" + RULE + "    why: again\n", 7, "'why' stands twice"),
        (HEAD + "expect:\n" + RULE + "  - table_row_count_to_be_between: {min_value: 1}\n", 7, "`why`"),
        (HEAD + "expect:\n" + RULE + RULE + "    severity: bad\n", 7, "severity"),
        (HEAD + "expect:\n  - a: {}\n    b: {}\n    why: w\n", 5, "exactly one rule name"),
        (
            HEAD
            + "expect:\n  - rows_to_be_fresh: {column: a, hours: 1}\n    when: {column: b, equals: 1}\n    why: w\n",
            5,
            "`where`",
        ),
    ],
)
def test_a_wrong_file_is_told_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "expectations" / "core" / "orders.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(UsageError) as wrong:
        load_suites(tmp_path / "expectations")
    assert wrong.value.where == f"expectations/core/orders.yml:{line}"
    assert says in wrong.value.what


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("column_values_to_be_magic: {column: amount}", "column_values_to_be_magic"),
        ("column_values_to_be_unique: {colum: amount}", "colum"),
        ("rows_to_be_fresh: {column: ordered_at}", "hours"),
        ("rows_to_be_fresh: {column: 'a; drop', hours: 1}", "not a column name"),
        ("totals_to_reconcile: {measure: sum(amount)}", "`with`"),
        ("totals_to_reconcile: {measure: count(*), with: mart.revenue, by: [email]}", "may name a person"),
        ("distribution_to_be_stable: {column: status, against: {paid: 0.4}}", "add up to 1"),
        ("sql: select 1", "{batch}"),
        ("column_values_to_be_unique: {column: amount}\n    when: {column: status, like: x}", "`when`"),
    ],
)
def test_a_wrong_rule_is_told_before_any_query(tmp_path: Path, rule: str, says: str) -> None:
    settings = house(tmp_path, suites={"core/orders": f"{HEAD}expect:\n{RULE}  - {rule}\n    why: w\n"})
    with pytest.raises(UsageError) as wrong:
        run(settings)
    assert wrong.value.where == "expectations/core/orders.yml:7"
    assert "rule 2" in wrong.value.what
    assert says in wrong.value.what


def test_live_makes_freshness_critical(tmp_path: Path) -> None:
    fresh = "  - rows_to_be_fresh: {column: ordered_at, hours: 1}\n    severity: warning\n    why: w\n"
    for head, expected in ((HEAD, "warning"), (f"{HEAD}live: true\n", "critical")):
        path = tmp_path / "expectations" / "core" / "orders.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{head}expect:\n{fresh}")
        assert load_suites(tmp_path / "expectations")[0].rules[0].severity == expected


def test_relations_name_tables_for_each_engine() -> None:
    duck, big = Relations(), Relations(engine="bigquery", project="acme")
    assert [duck.relation(name) for name in ("mart.a", "core.b", "raw.c", "ops.d", "stripe.e")] == [
        'marts."mart"."a"', 'warehouse."core"."b"', 'warehouse."raw"."c"', 'landing."ops"."d"', 'landing."stripe"."e"',
    ]  # fmt: skip
    assert big.fill("select 1 from {batch} join {core.b}") == "select 1 from {batch} join `acme`.`core`.`b`"


def test_house_rules_are_written_for_bigquery_too() -> None:
    from signalhouse.audit.rules import ExpectDistributionToBeStable, ExpectRowsToBeFresh, ExpectTotalsToReconcile

    stable = ExpectDistributionToBeStable(column="status", against={"it's": 1.0}, engine="bigquery")
    assert "cast(`status` as string)" in stable.unexpected_rows_query
    assert r"'it\'s'" in stable.unexpected_rows_query
    fresh = ExpectRowsToBeFresh(column="at", hours=1, now="2026-06-30 12:00:00", engine="bigquery")
    assert "cast(`at` as timestamp)" in fresh.unexpected_rows_query
    totals = ExpectTotalsToReconcile(measure="count(*)", with_relation="`core.b`", by=["a"], engine="bigquery")
    assert "group by `a`" in totals.unexpected_rows_query


def test_totals_are_compared_null_safely() -> None:
    from signalhouse.audit.rules import within

    assert within(None, None, 0)
    assert not within(None, 0, 1)
    assert not within(0, None, 1)
    assert within(0.1 + 0.2, 0.3, 1e-9)
    assert not within(101, 100, 0.005)
    assert within(101, 100, 0.01)
    assert within(0, 0, 0)


def test_stability_index_by_hand() -> None:
    from signalhouse.audit.rules import stability_index

    # (0.8 - 0.9) ln(0.8 / 0.9) + (0.2 - 0.1) ln(0.2 / 0.1) = 0.011778 + 0.069315
    assert stability_index({"a": 0.8, "b": 0.2}, {"a": 0.9, "b": 0.1}) == pytest.approx(0.081093, abs=1e-6)
    assert stability_index({"a": 1.0}, {"a": 1.0}) == 0


@pytest.mark.parametrize(
    ("counts", "now", "normal"),
    [
        ([1000] * 8, 1040, True),
        ([1000] * 8, 1041, False),
        ([0] * 8, 4, True),
        ([0] * 8, 5, False),
        ([100, 200] * 5, 349, True),
    ],
)
def test_volume_has_a_floor_of_one_percent(counts: list[int], now: int, normal: bool) -> None:
    from signalhouse.audit.rules import ExpectVolumeToBeNormal

    assert ExpectVolumeToBeNormal(z=4, history=counts)._judge([{"row_count": now}]).success is normal


def test_errors_hide_values() -> None:
    assert hide_values("Could not convert string 'ann@x.org' to INT32 near bob@x.org") == (
        "Could not convert string '...' to INT32 near <e-mail>"
    )


def test_progress_names_the_table(tmp_path: Path) -> None:
    heard: list[str] = []

    def listen(text: str) -> None:
        heard.append(text)

    rule = "table: core.orders\nowner: o\nexpect:\n" + RULE
    audit(house(tmp_path, suites={"core/orders": rule}), "R1", progress=listen)
    assert heard == ["audit 1 of 1: core.orders"]
