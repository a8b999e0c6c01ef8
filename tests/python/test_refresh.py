"""The order of things in a refresh: what is built when, what is remembered, what readers keep seeing."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from house import House

from signalhouse import compact, ops
from signalhouse.errors import AuditRefused, BuildFailed
from signalhouse.lock import holder
from signalhouse.publish import current, releases, rollback
from signalhouse.refresh import land_only, refresh
from signalhouse.status import status

FIRST_DAY = date(2026, 9, 30)
OF_NEW_FILES = ["source:v.o+", "tag:ledger+"]


def records(house: House) -> list[dict[str, object]]:
    return [json.loads(path.read_text()) for path in sorted(house.settings.runs_dir.glob("*.json"))]


def test_a_refresh_publishes_what_was_built_and_notes_it(house: House) -> None:
    report = refresh(house.settings)
    served = current(house.settings)
    assert served is not None and served.stamp == report.release.stamp
    assert report.outcome == "published" and report.rows["mart"] == {"things": 1}
    assert ops.last_published(house.settings) == ops.Published(report.run_id, served.stamp, 1)
    (record,) = records(house)
    assert record["outcome"] == "published" and record["exit_code"] == 0 and record["ended_at"]
    assert [step["step"] for step in record["steps"]] == ["land", "build", "audit", "publish"]  # type: ignore[attr-defined]
    with duckdb.connect(str(house.settings.landing_db)) as connection:
        assert connection.execute("select run_id, outcome from ops.run").fetchall() == [(report.run_id, "published")]


def test_nothing_new_builds_nothing_but_is_still_audited_for_freshness(house: House) -> None:
    first = refresh(house.settings)
    second = refresh(house.settings)
    assert (second.outcome, second.release.stamp) == ("nothing_new", first.release.stamp)
    assert (len(house.builds), house.audits, house.freshness_audits) == (1, 1, 1)


def test_changed_promises_are_held_against_what_is_published(house: House) -> None:
    first = refresh(house.settings)
    promises = house.settings.project / "expectations/mart/things.yml"
    promises.parent.mkdir(parents=True)
    promises.write_text("table: mart.things\n")
    house.audit_refuses = True
    with pytest.raises(AuditRefused, match=first.release.stamp):
        refresh(house.settings)
    house.audit_refuses = False
    assert refresh(house.settings).outcome == "nothing_new" and len(house.builds) == 1
    assert (house.audits, house.freshness_audits) == (3, 0)
    refresh(house.settings)
    assert (house.audits, house.freshness_audits) == (3, 1)


def test_a_stopped_export_is_refused_even_when_nothing_is_new(house: House) -> None:
    first = refresh(house.settings)
    house.audit_refuses = True
    with pytest.raises(AuditRefused, match=first.release.stamp):
        refresh(house.settings)


def test_with_a_fixed_day_nothing_new_is_not_audited_again(house: House) -> None:
    settings = replace(house.settings, as_of=FIRST_DAY)
    refresh(settings)
    assert refresh(settings).outcome == "nothing_new"
    assert (house.audits, house.freshness_audits) == (1, 0)


def test_force_builds_every_model_and_rewrites_none_in_full(house: House) -> None:
    refresh(house.settings)
    report = refresh(house.settings, force=True)
    assert report.outcome == "published"
    assert house.builds[1] == {"select": None, "exclude": None, "full_refresh": False}


def test_a_new_file_and_another_as_of_are_news(house: House) -> None:
    refresh(house.settings)
    house.waiting_files = 1
    assert refresh(house.settings).outcome == "published"
    assert refresh(replace(house.settings, as_of=FIRST_DAY)).outcome == "published"
    assert ops.as_of_in_force(house.settings) == FIRST_DAY
    assert refresh(house.settings).outcome == "published"
    assert ops.as_of_in_force(house.settings) is None


def test_an_as_of_that_was_refused_is_still_news(house: House) -> None:
    refresh(house.settings)
    house.audit_refuses = True
    with pytest.raises(AuditRefused):
        refresh(replace(house.settings, as_of=FIRST_DAY))
    house.audit_refuses = False
    assert refresh(replace(house.settings, as_of=FIRST_DAY)).outcome == "published"


def test_files_landed_by_hand_are_news(house: House) -> None:
    refresh(house.settings)
    house.waiting_files = 1
    land_only(house.settings)
    assert refresh(house.settings).outcome == "published"


def test_a_refused_build_leaves_the_release_and_is_built_again(house: House) -> None:
    first = refresh(house.settings)
    house.waiting_files, house.audit_refuses = 1, True
    with pytest.raises(AuditRefused) as refused:
        refresh(house.settings)
    served = current(house.settings)
    assert served is not None and served.stamp == first.release.stamp
    assert "mart.things" in refused.value.where and "rows: 7" in refused.value.where
    assert records(house)[-1]["outcome"] == "refused" and records(house)[-1]["exit_code"] == 1
    house.audit_refuses = False
    assert refresh(house.settings).outcome == "published"


def test_a_refresh_builds_what_stands_downstream_of_something_new(house: House) -> None:
    refresh(house.settings)
    house.waiting_files = 1
    refresh(house.settings)
    assert [one["select"] for one in house.builds] == [None, OF_NEW_FILES]


def test_a_refused_build_is_not_what_the_next_one_compares_with(house: House) -> None:
    refresh(house.settings)
    house.waiting_files, house.audit_refuses = 1, True
    with pytest.raises(AuditRefused):
        refresh(house.settings)
    house.audit_refuses = False
    refresh(house.settings)
    assert [one["select"] for one in house.builds] == [None, OF_NEW_FILES, OF_NEW_FILES]


def test_another_as_of_is_built_from_where_it_is_read_and_so_is_its_end(house: House) -> None:
    refresh(house.settings)
    house.audit_refuses = True
    with pytest.raises(AuditRefused):
        refresh(replace(house.settings, as_of=FIRST_DAY))
    house.audit_refuses, house.waiting_files = False, 1
    refresh(house.settings)
    as_of = "source:ops.setting+"
    assert [one["select"] for one in house.builds] == [None, [as_of], [*OF_NEW_FILES, as_of]]


def _by_hand(house: House) -> None:
    with duckdb.connect(str(house.settings.marts_db)) as connection:
        connection.execute("create table mart.by_hand as select 1 as one")


def _gone(house: House) -> None:
    house.settings.marts_db.unlink()


@pytest.mark.parametrize("what", [_by_hand, _gone])
def test_tables_that_are_not_as_the_last_build_left_them_are_all_built(house: House, what: Any) -> None:
    refresh(house.settings)
    what(house)
    house.waiting_files = 1
    refresh(house.settings)
    assert [one["select"] for one in house.builds] == [None, None]


def test_after_a_build_that_did_not_end_everything_is_built(house: House) -> None:
    refresh(house.settings)
    house.waiting_files = 1
    house.build_error = BuildFailed("1 of 3 models and tests failed")
    with pytest.raises(BuildFailed):
        refresh(house.settings)
    house.build_error = None
    refresh(house.settings)
    assert [one["select"] for one in house.builds] == [None, OF_NEW_FILES, None]


def test_a_changed_model_and_a_new_file(house: House) -> None:
    refresh(house.settings)
    (house.settings.project / "models/marts/things.sql").write_text("select 2 as id")
    house.waiting_files = 1
    refresh(house.settings)
    changed = ["path:models/marts/things.sql+"]
    assert house.builds[1:] == [
        {"select": OF_NEW_FILES, "exclude": changed, "full_refresh": False},
        {"select": changed, "exclude": None, "full_refresh": True},
    ]


def test_a_changed_model_is_built_whole_with_all_after_it(house: House) -> None:
    refresh(house.settings)
    (house.settings.project / "models/marts/things.sql").write_text("select 2 as id")
    refresh(house.settings)
    changed = ["path:models/marts/things.sql+"]
    assert house.builds[1:] == [{"select": changed, "exclude": None, "full_refresh": True}]
    assert refresh(house.settings).outcome == "nothing_new"


@pytest.mark.parametrize("name", ["macros/money.sql", "vars.yml", "dbt_project.yml"])
def test_what_reaches_everywhere_rebuilds_everything(house: House, name: str) -> None:
    refresh(house.settings)
    path = house.settings.project / name
    path.write_text(path.read_text() + "\nflags: {a: 1}\n")
    refresh(house.settings)
    assert house.builds[1:] == [{"select": None, "exclude": None, "full_refresh": True}]


def test_a_description_changes_no_number(house: House) -> None:
    refresh(house.settings)
    (house.settings.project / "models/marts/things.yml").write_text(
        "models:\n  - name: things\n    description: One row a thing.\n"
    )
    assert refresh(house.settings).outcome == "nothing_new"


def test_a_definition_that_was_tried_and_taken_back_rebuilds_everything(house: House) -> None:
    """The refused build wrote rows by a definition that no longer stands; comparing with the release would not see them."""
    refresh(house.settings)
    model = house.settings.project / "models/marts/things.sql"
    before = model.read_text()
    model.write_text("select 2 as id")
    house.audit_refuses = True
    with pytest.raises(AuditRefused):
        refresh(house.settings)
    model.write_text(before)
    house.audit_refuses = False
    refresh(house.settings)
    assert house.builds[-1] == {"select": None, "exclude": None, "full_refresh": True}


def test_after_a_roll_back_readers_keep_the_older_release_until_something_is_new(house: House) -> None:
    first = refresh(house.settings)
    house.waiting_files = 1
    second = refresh(house.settings)
    rollback(house.settings)
    quiet = refresh(house.settings)
    assert (quiet.outcome, quiet.release.stamp) == ("nothing_new", first.release.stamp)
    assert status(house.settings)["rolled_back_from"] == second.release.stamp
    house.waiting_files = 1
    assert refresh(house.settings).outcome == "published"


def test_an_empty_serve_folder_gets_a_release_though_nothing_is_new(house: House, tmp_path: Path) -> None:
    refresh(house.settings)
    elsewhere = replace(house.settings, serve=tmp_path / "elsewhere")
    assert refresh(elsewhere).outcome == "published"
    assert len(releases(elsewhere)) == 1


def test_a_failed_build_is_in_the_record(house: House) -> None:
    house.build_error = BuildFailed("1 of 3 models and tests failed", where="model things", next_step="mend it")
    with pytest.raises(BuildFailed) as failed:
        refresh(house.settings)
    (record,) = records(house)
    assert (record["outcome"], record["exit_code"], record["run_id"]) == ("failed", 3, failed.value.run_id)
    assert record["error"]["what"] == "1 of 3 models and tests failed"  # type: ignore[index]
    assert current(house.settings) is None


def test_an_unforeseen_error_says_where_and_carries_no_address(house: House) -> None:
    house.build_error = ValueError("cannot read jane.doe@example.com")
    with pytest.raises(BuildFailed) as failed:
        refresh(house.settings)
    assert "ValueError" in failed.value.what and "jane" not in failed.value.what
    assert "jane" not in (house.settings.runs_dir / f"{failed.value.run_id}.json").read_text()


def test_a_killed_refresh_is_named_frees_the_lock_and_the_next_goes_on(house: House) -> None:
    first = refresh(house.settings)
    house.waiting_files = 1
    child = os.fork()
    if child == 0:
        house.build = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign,assignment]
        import signalhouse.build

        signalhouse.build.build = house.build  # type: ignore[assignment]
        refresh(house.settings)
        os._exit(0)
    _, ended = os.waitpid(child, 0)
    assert os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL
    assert holder(house.settings) is None
    found = status(house.settings)
    assert found["runs"][0]["outcome"] == "killed" and found["runs"][0]["last_step"] == "build"
    assert found["current"]["stamp"] == first.release.stamp
    # The child landed the file; what it built does not count, because no release holds it.
    house.waiting_files = 0
    assert refresh(house.settings).outcome == "published"


def test_a_kill_between_swap_and_note_only_costs_another_release(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("signalhouse.ops.record_release", lost)
        with pytest.raises(KeyboardInterrupt):
            refresh(house.settings)
    assert records(house)[-1]["outcome"] == "interrupted"
    assert refresh(house.settings).outcome == "published"
    assert len(releases(house.settings)) == 2


def test_room_that_was_given_back_is_not_a_build_by_hand(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are written after dbt has built them; taken for someone else's, they would make every refresh a whole build."""
    monkeypatch.setattr(compact, "FREE_OF_SMALL", -1)
    refresh(house.settings)
    written = house.settings.marts_db.stat().st_ino
    house.waiting_files = 1
    refresh(house.settings)
    assert house.settings.marts_db.stat().st_ino != written
    assert [build["select"] for build in house.builds] == [None, OF_NEW_FILES]
