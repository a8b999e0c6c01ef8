"""dbt in this process, on a project of two models: what it reports, and what a failure says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from signalhouse.build import build, build_changed
from signalhouse.errors import BuildFailed, UsageError
from signalhouse.settings import Settings

REPOSITORY = Path(__file__).parents[2]
FILES = {
    "dbt_project.yml": """
name: signalhouse
version: "1.0"
profile: signalhouse
models: {signalhouse: {marts: {+database: marts, +schema: mart}}}
flags: {send_anonymous_usage_stats: false}
""",
    "models/raw_vendor__things.sql": "{{ config(materialized='table') }} select 'jane@example.com' as email, 1 as thing_id",
    "models/marts/things.sql": "{{ config(materialized='incremental') }} select thing_id from {{ ref('raw_vendor__things') }}",
    "models/marts/things.yml": "models: [{name: things, columns: [{name: thing_id, data_tests: [unique]}]}]",
}


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    for name, text in FILES.items():
        (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / name).write_text(text)
    shutil.copy(REPOSITORY / "profiles.example.yml", tmp_path / "project")
    shutil.copytree(REPOSITORY / "macros/dialect/statements", tmp_path / "project/macros")
    found = Settings.resolve(work=tmp_path / "work", serve=tmp_path / "serve", project=tmp_path / "project")
    found.work.mkdir()
    duckdb.connect(str(found.landing_db)).close()
    yield found


def rows(settings: Settings) -> list[tuple[int]]:
    with duckdb.connect(str(settings.marts_db), read_only=True) as connection:
        return connection.execute("select thing_id from marts.mart.things").fetchall()


def test_it_builds_reports_and_lets_go(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    here = Path.cwd()
    report = build(settings, progress=said.append)
    assert report.nodes == {"model success": 2, "test pass": 1}
    assert any("2 of 3" in text for text in said)
    assert Path.cwd() == here
    for file in (settings.landing_db, settings.warehouse_db, settings.marts_db):
        assert not file.with_name(f"{file.name}.wal").exists()
        duckdb.connect(str(file)).close()  # for writing: nobody holds it any more
    assert capfd.readouterr() == ("", "")

    # The same again appends to the incremental model, which its test sees.
    with pytest.raises(BuildFailed) as failed:
        build(settings, progress=said.append)
    assert "unique_things_thing_id" in failed.value.where
    # Built whole because its definition changed, it is as new.
    build_changed(settings, changed=["things+"], progress=said.append)
    assert rows(settings) == [(1,)]


def test_a_failing_model_is_named_with_file_line_and_without_values(settings: Settings) -> None:
    model = settings.project / "models/marts/things.sql"
    model.write_text(
        "{{ config(materialized='table') }}\nselect cast(email as integer) as thing_id\nfrom {{ ref('raw_vendor__things') }}"
    )
    with pytest.raises(BuildFailed) as failed:
        build(settings, progress=lambda text: None)
    where = failed.value.where
    assert "model things" in where and "models/marts/things.sql" in where and "Conversion Error" in where
    assert "jane" not in str(failed.value)
    assert "dbt build --select things" in failed.value.next_step
    for file in settings.work.rglob("*.log"):
        assert "jane" not in file.read_text()


def test_what_stood_stands_until_the_new_table_is_whole(settings: Settings) -> None:
    """A view that has become a table as well."""
    model = settings.project / "models/marts/things.sql"
    for kind, text, expected in (
        ("view", "0", [(0,)]),
        ("table", "error('no')", [(0,)]),
        ("table", "1", [(1,)]),
        ("table", "error('no')", [(1,)]),
        ("table", "2", [(2,)]),
    ):
        model.write_text(f"{{{{ config(materialized='{kind}') }}}} select {text} as thing_id")
        if text.isdigit():
            build(settings, progress=lambda text: None)
        else:
            with pytest.raises(BuildFailed):
                build(settings, progress=lambda text: None)
        assert rows(settings) == expected


def test_a_model_that_needs_more_memory_says_how_to_give_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNALHOUSE_MEMORY", "20MB")
    (settings.project / "models/marts/things.sql").write_text(
        "{{ config(materialized='table') }}\nselect len(list(range)) as thing_id from range(20000000)"
    )
    with pytest.raises(BuildFailed, match="more memory than it may take \\(20MB\\)") as failed:
        build(settings, progress=lambda text: None)
    assert "model things" in failed.value.where
    assert "SIGNALHOUSE_MEMORY=" in failed.value.next_step


def test_a_project_that_does_not_parse_is_wrong_configuration(settings: Settings) -> None:
    (settings.project / "models/marts/things.sql").write_text("select * from {{ ref('nothing') }}")
    with pytest.raises(UsageError, match="nothing was built") as failed:
        build(settings, progress=lambda text: None)
    assert "models/marts/things.sql" in failed.value.where
