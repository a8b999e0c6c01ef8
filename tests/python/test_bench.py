"""The bench: its floor makes the warehouse's marts, its comparison sees a difference, its day is cut where it says."""

from __future__ import annotations

import gzip
import json
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from bench.company import deliver, held_back, unpacked
from bench.compare import compare
from bench.floor import run
from bench.measured import ProgramFailedError, measured
from bench.parts import slope
from bench.queries import PAGE, queries
from signalhouse.demo import write_demo
from signalhouse.settings import Settings, find_project

ROOT = find_project(Path(__file__).parent)


@pytest.mark.slow
def test_the_floor_makes_the_marts_of_the_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from signalhouse.build import build
    from signalhouse.demo.params import LAST_DAY
    from signalhouse.refresh import land_only

    monkeypatch.chdir(ROOT)
    write_demo(tmp_path / "landing", accounts=24, days=90)
    run(tmp_path / "landing", tmp_path / "floor.duckdb", as_of=LAST_DAY.isoformat())
    settings = Settings.resolve(
        landing=str(tmp_path / "landing"), work=tmp_path / "work", serve=tmp_path / "serve", as_of=LAST_DAY
    )
    land_only(settings)
    build(settings, data_tests=False, progress=lambda text: None)
    found = compare(tmp_path / "floor.duckdb", settings.marts_db)
    assert found.differences == []
    assert found.missing == []
    assert len(found.covered) == 13
    assert found.cells > 100_000


def _marts(path: Path, rows: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema mart")
        connection.execute(f"create table mart.things as select * from (values {rows}) as t(thing, share)")
    return path


def test_a_comparison_sees_the_last_bit_and_a_repeated_row(tmp_path: Path) -> None:
    ours = _marts(tmp_path / "ours", "('a', 0.3::double), ('b', 1)")
    assert compare(_marts(tmp_path / "same", "('b', 1.0::double), ('a', 0.3)"), ours).differences == []
    assert len(compare(_marts(tmp_path / "bit", "('a', 0.1::double + 0.2), ('b', 1)"), ours).differences) == 1
    assert len(compare(_marts(tmp_path / "twice", "('a', 0.3::double), ('b', 1), ('b', 1)"), ours).differences) == 1


def test_the_day_that_is_held_back_is_every_record_that_came_on_it(tmp_path: Path) -> None:
    log = tmp_path / "landing" / "segment" / "raw_logs" / "2026-06-25.ndjson.gz"
    log.parent.mkdir(parents=True)
    days = ["2026-06-26", "2026-06-29", "2026-06-30", "not a day", "2026-07-01"]
    with gzip.open(log, "wt") as file:
        file.writelines(
            json.dumps({"receivedAt": f"{day}T10:00:00Z", "timestamp": "2026-06-20T00:00:00Z"}) + "\n" for day in days
        )
    (tmp_path / "landing" / "stripe").mkdir()
    (tmp_path / "landing" / "stripe" / "2026-06-30.ndjson").write_text("{}\n")

    held_back(tmp_path / "landing", tmp_path / "day", first_day=date(2026, 6, 27), new_day=date(2026, 6, 30))
    kept = sorted(path.name for path in (tmp_path / "day" / "landing").rglob("*.*"))
    assert kept == ["2026-06-25-old.ndjson.gz", "2026-06-30.ndjson"]
    assert deliver(tmp_path / "day") == 1
    with gzip.open(next((tmp_path / "day" / "landing").rglob("*-new.ndjson.gz")), "rt") as file:
        assert [line[16:26] for line in file] == ["2026-06-30", "not a dayT"]


def test_a_program_is_measured_without_the_memory_of_who_starts_it() -> None:
    held = bytearray(b"x") * 300_000_000
    cost = measured([sys.executable, "-c", "sum(range(3_000_000))"])
    assert len(held) == 300_000_000
    assert cost.peak_gb < 0.1
    assert 0.01 < cost.cpu < 5
    with pytest.raises(ProgramFailedError, match="ended with 3"):
        measured([sys.executable, "-c", "raise SystemExit(3)"])


def test_an_exponent_is_that_of_the_power() -> None:
    assert slope([(30, 2.0), (120, 2.0), (730, 2.0)]) == pytest.approx(0)
    assert slope([(10, 5.0), (1000, 500.0)]) == pytest.approx(1)


def test_every_mart_has_a_query_on_its_page() -> None:
    marts = {path.stem for path in (ROOT / "models" / "marts").rglob("*.sql")}
    asked = queries(PAGE.read_text(encoding="utf-8"))
    assert {query["mart"] for query in asked} == marts
    assert all(f"mart.{query['mart']}" in query["sql"] for query in asked)


def test_zip_files_are_unpacked_member_by_member(tmp_path: Path) -> None:
    from zipfile import ZipFile

    (tmp_path / "landing").mkdir()
    with ZipFile(tmp_path / "landing" / "a.zip", "w") as archive:
        archive.writestr("1/x.json.gz", gzip.compress(b"{}"))
    unpacked(tmp_path / "landing", tmp_path / "to")
    assert (tmp_path / "to" / "1" / "x.json.gz").is_file()
