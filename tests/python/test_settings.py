from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from signalhouse.errors import UsageError
from signalhouse.redact import redact
from signalhouse.settings import MEMORY, Settings, check_environment, find_project, memory_limit


def test_flags_win_over_the_environment_and_that_over_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGNALHOUSE_WORK", "from_environment")
    monkeypatch.setenv("SIGNALHOUSE_SERVE", "from_environment")
    monkeypatch.delenv("SIGNALHOUSE_LANDING", raising=False)
    found = Settings.resolve(serve="from_flag", as_of="2026-09-30")
    assert (found.landing, found.work, found.serve) == (
        str(tmp_path / "landing"),
        tmp_path / "from_environment",
        tmp_path / "from_flag",
    )
    assert found.as_of == date(2026, 9, 30)


def test_an_object_store_stays_an_address() -> None:
    found = Settings.resolve(landing="s3://bucket/exports/")
    assert found.landing == "s3://bucket/exports" and not found.landing_is_local


def test_memory_is_a_size_and_by_default_the_profiles_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNALHOUSE_MEMORY", raising=False)
    assert memory_limit() == MEMORY
    example = find_project().joinpath("profiles.example.yml").read_text(encoding="utf-8")
    assert f"env_var('SIGNALHOUSE_MEMORY', '') or '{MEMORY}'" in example
    monkeypatch.setenv("SIGNALHOUSE_MEMORY", "")
    assert memory_limit() == MEMORY


@pytest.mark.parametrize("wrong", ["lots", "8", "0GB", "0.0 GB"])
def test_what_is_no_memory_is_named(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("SIGNALHOUSE_MEMORY", wrong)
    with pytest.raises(UsageError, match=f"SIGNALHOUSE_MEMORY={wrong}"):
        memory_limit()


@pytest.mark.parametrize(
    ("target", "name", "value"),
    [
        ("duckdb", "SIGNALHOUSE_DUCKDB_THREADS", "two"),
        ("duckdb", "SIGNALHOUSE_DUCKDB_THREADS", "0"),
        ("duckdb", "SIGNALHOUSE_DUCKDB_THREADS", "1001"),
        ("bigquery", "SIGNALHOUSE_BIGQUERY_THREADS", "-1"),
        ("bigquery", "SIGNALHOUSE_BIGQUERY_MAXIMUM_BYTES", "100GB"),
    ],
)
def test_what_dbt_would_read_as_0_is_refused(
    monkeypatch: pytest.MonkeyPatch, target: str, name: str, value: str
) -> None:
    """Of no threads nothing runs, and 0 bytes are no limit at all."""
    for right in ("", "2"):
        monkeypatch.setenv(name, right)
        check_environment(target)
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=rf"^{name}={value} is no whole number from 1 to "):
        check_environment(target)
    # the other engine does not read it
    check_environment("bigquery" if target == "duckdb" else "duckdb")


def test_each_number_the_profile_takes_from_the_environment_is_looked_at() -> None:
    example = find_project().joinpath("profiles.example.yml").read_text(encoding="utf-8")
    taken = re.findall(r"\(env_var\('(SIGNALHOUSE_\w+)', ''\) or '\d+'\) \| int", example)
    assert len(taken) == example.count("| int") == 3
    for name in taken:
        with pytest.MonkeyPatch.context() as environment, pytest.raises(UsageError, match=name):
            environment.setenv(name, "many")
            check_environment("duckdb")
            check_environment("bigquery")


def test_another_dbt_project_on_the_way_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: somebody_elses\n")
    assert find_project(tmp_path) == Path(__file__).resolve().parents[2]


def test_a_day_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a date"):
        Settings.resolve(as_of="30.9.2026")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Could not convert string 'Jane Doe' to INT32", "Could not convert string '...' to INT32"),
        ('Duplicate key "email: jane@x.org" violates', 'Duplicate key "..." violates'),
        ("row of jane.doe+news@mail.example.com is bad", "row of <e-mail> is bad"),
        ('Referenced column "idd" not found', 'Referenced column "idd" not found'),
    ],
)
def test_messages_carry_no_values(text: str, clean: str) -> None:
    assert redact(text) == clean
