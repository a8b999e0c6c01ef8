"""That `make bigquery-check` is clean for a clean project, and finds each kind of fault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from bigquery_cost.budget import Budget
from bigquery_cost.model import Cost

from .check import PROJECT, Report, language, scans, sets_of_sources

pytestmark = pytest.mark.timeout(1500)  # the first run on a machine compiles the analyser

PROJECT_FILES = {
    "dbt_project.yml": "{name: small, version: 0.1.0, profile: signalhouse, models: {small: {+materialized: table}}}",
    "models/event.sql": "{{ config(partition_by={'field': 'day', 'data_type': 'date'}, require_partition_filter=true) }}"
    " select date '2026-06-30' as day, 'a' as actor",
    "models/mart.sql": "select actor from {{ ref('event') }} where day = date '2026-06-30'",
    "models/models.yml": "{models: [{name: mart, columns: [{name: actor, data_type: string}]}]}",
}
FAULTS = {
    "models/broken.sql": "select epoch_ms(1) as actor from {{ ref('event') }}",
    "models/drifting.sql": "select 1 as actor from {{ ref('event') }} where day = date '2026-06-30'",
    "models/drifting.yml": "{models: [{name: drifting, columns: [{name: actor, data_type: string}]}]}",
    "models/unpruned.sql": "select actor from {{ ref('event') }} where day >= (select max(day) from {{ ref('mart') }} cross join"
    " (select date '2026-06-30' as day))",
    "models/dayless.sql": "select count(*) as events from {{ ref('event') }} where day is null or day is not null",
}
BUDGET = replace(Budget.read(), read_whole=())


def checked(folder: Path, files: dict[str, str]) -> Report:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    report = Report()
    walk = language(folder / "walk", report, folder, [], lambda line: None)
    scans(walk, report, BUDGET)
    return report


def test_a_clean_project_is_clean(tmp_path: Path) -> None:
    report = checked(tmp_path, PROJECT_FILES)
    assert report.missed == []
    assert report.is_clean
    assert report.figures["statements"] == report.figures["analysed_ok"]
    assert (report.figures["scans"], report.figures["scans_pruned"]) == (1, 1)


def test_a_broken_statement_a_type_drift_an_unpruned_scan_and_one_that_is_refused_each_fail_it(tmp_path: Path) -> None:
    report = checked(tmp_path, PROJECT_FILES | FAULTS)
    broken, *_ = (line for line in report.missed if "models/broken.sql" in line)
    assert "Function not found: epoch_ms" in broken
    assert "drifting.actor: declared STRING, is INT64" in report.missed
    assert "model.small.unpruned reads core.event whole (actor, day)" in report.missed
    assert "model.small.dayless reads core.event without a condition on day" in report.missed
    assert not any("mart" in line for line in report.missed), "what is right is left alone"


def test_too_many_bytes_fail_it() -> None:
    read = Cost()
    read.by_node["model.small.mart"].update({30: 1.0, 120: 2.0, 730: 5.0})
    assert list(BUDGET.exceeded(read)) == ["a day after 730 days reads 5.00 times a day after 30, at most 1.1"]


def test_a_part_that_was_not_run_is_not_clean() -> None:
    assert not Report(not_run={"parity": "no emulator"}).is_clean


def test_every_entity_is_once_delivered_by_nobody() -> None:
    mappings = yaml.safe_load((PROJECT / "vars.yml").read_text())["vars"]["mappings"]
    sets = sets_of_sources(PROJECT)
    assert all(any(not set(one) & set(vendors) for one in sets) for vendors in mappings.values())
    assert len(sets) <= 3
