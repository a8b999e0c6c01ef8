"""`--from` and `--to`: which days they mean, what they mark, and that a refresh hands them on."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from house import House
from typer.testing import CliRunner

from signalhouse.backfill import Span
from signalhouse.cli import app
from signalhouse.errors import UsageError
from signalhouse.refresh import refresh

LAST = date(2026, 9, 3)


def test_a_span_is_read_from_its_flags() -> None:
    assert Span.of(None, None) is None
    assert Span.of("2026-09-01", None) == Span(date(2026, 9, 1))
    assert Span.of("2026-09-03", "2026-09-03") == Span(LAST, LAST)


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (None, "2026-09-01", "--to needs --from"),
        ("2026-09-02", "2026-09-01", "is before"),
        ("yesterday", None, "is not a date"),
    ],
)
def test_a_span_that_is_none_is_refused(first: str | None, last: str | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Span.of(first, last)


def test_the_files_of_the_days_and_those_that_do_not_add_up_are_new_again(house: House) -> None:
    refresh(house.settings)
    with duckdb.connect(str(house.settings.landing_db)) as landing:
        landing.execute("delete from ops.landing_file")
        landing.executemany(
            "insert into ops.landing_file (vendor, object, file_path, records_landed, batch_id) values ('v', 'o', ?, ?, 1)",
            [("before", 1), ("on it", 2), ("after", 1), ("in part", 2)],
        )
    with duckdb.connect(str(house.settings.warehouse_db)) as warehouse:
        warehouse.execute("create schema raw")
        warehouse.execute("create table raw.raw_v__o (file_path varchar, event_date date, record_status varchar)")
        warehouse.execute("create table raw.raw_v__users (file_path varchar, record_status varchar)")
        warehouse.execute(
            """insert into raw.raw_v__o values ('before', '2026-08-31', 'loaded'), ('on it', '2026-08-31', 'loaded'),
            ('on it', '2026-09-03', 'duplicate'), ('after', '2026-09-04', 'loaded'), ('in part', '2026-01-01', 'loaded'),
            ('lost', '2026-01-01', 'loaded')"""
        )
    report = refresh(house.settings, again=Span(date(2026, 9, 1), LAST))
    assert report.outcome == "published"
    with duckdb.connect(str(house.settings.landing_db)) as landing:
        assert landing.execute(
            "select file_path, batch_id, retracted_batch from ops.landing_file order by file_path"
        ).fetchall() == [
            ("after", 1, None),
            ("before", 1, None),
            ("in part", 2, None),
            ("lost", 2, 2),
            ("on it", 2, None),
        ]


def test_without_anything_to_mark_nothing_is_new(house: House) -> None:
    refresh(house.settings)
    with duckdb.connect(str(house.settings.warehouse_db)) as warehouse:
        warehouse.execute("create schema raw")
    report = refresh(house.settings, again=Span(LAST))
    assert (report.outcome, report.marked) == ("nothing_new", 0)
    said = CliRunner().invoke(app, ["refresh", "--from", "2030-01-01"])
    assert said.exit_code == 0 and "no landed file speaks of these days" in said.stdout
