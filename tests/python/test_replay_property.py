"""Replay equivalence as a property, and the proof that it bites: a fault put into an incremental rule is found by the same seeds.

The long form is `make replay SCENARIOS=25 SEED=1`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from equality import compare
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from project_copy import copy_of_the_project, with_fault
from replay.walk import Walker

from signalhouse import ops
from signalhouse.backfill import Span, mark
from signalhouse.errors import SignalhouseError

FINDS_EVERY_FAULT = 5
# As macros/landing names the sign-ups that are counted anew: those near a changed day, and those that stand otherwise.
ACTIVATION_DAYS = "both(days_around(changed, activation_reach(), 0), days_from(otherwise))"
RETENTION_DAYS = "both(days_around(active, retention_reach(), 0), days_from(otherwise))"
COMPARED_STARTS = "'unit, unit_id, cohort_of, started_on, counted_to'"
EVENT_SOURCES = ("generic", "mixpanel", "amplitude", "segment")
FINDS_WHAT_IS_LEFT_OUT = 20

# A failure is not made smaller: each try costs seconds, and the seed repeats it.
SMALL = settings(
    max_examples=3,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit],
    suppress_health_check=list(HealthCheck),
)
LONGER = settings(SMALL, phases=[Phase.generate])


@pytest.fixture(scope="module")
def walker(tmp_path_factory: pytest.TempPathFactory) -> Walker:
    folder = tmp_path_factory.mktemp("replay")
    project = copy_of_the_project(folder / "project", EVENT_SOURCES)
    return Walker(folder, project=project, events_only=True, worlds=4, stops=4)


@SMALL
@given(seed=st.integers(1, 2**31))
@example(seed=FINDS_EVERY_FAULT)
def test_refreshes_by_day_equal_a_rebuild(walker: Walker, seed: int) -> None:
    """The models that are built by day, in which alone an older build can leave something behind."""
    result = walker.scenario(seed)
    assert result.differences == [], f"seed {seed}"
    assert result.cells > 30_000


def test_what_landing_lost_is_named_and_taken_out_by_from(walker: Walker) -> None:
    """The landing database is made anew after an export was removed: raw still holds its records, until they are asked for again."""
    walker.fresh(seed=7)
    walker.refresh()
    gone = min(walker.landing.glob("generic/events/2026-*-calm.ndjson"))
    gone.unlink()
    walker.settings().landing_db.unlink()
    walker.refresh(also=["fct_stale_partition"])
    stale = walker.rows("select event_date, file_path, reason from core.fct_stale_partition")
    assert stale == [
        (date.fromisoformat(gone.name[:10]), f"generic/events/{gone.name}", "landing no longer has the file")
    ]
    mark(walker.settings(), Span(stale[0][0], stale[0][0]), "test")
    walker.refresh(also=["fct_stale_partition"])
    assert walker.rows("from core.fct_stale_partition") == []
    walker.keep("mended")
    walker.forget()
    walker.refresh(also=["fct_stale_partition"])
    assert compare(walker.folder / "mended", walker.work).differences == []


@pytest.mark.slow
@LONGER
@given(seed=st.integers(1, 2**31))
def test_more_refreshes_by_day_equal_a_rebuild(walker: Walker, seed: int) -> None:
    assert walker.scenario(seed).differences == [], f"seed {seed}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [FINDS_EVERY_FAULT, 6, 7])
def test_refreshes_of_measurements_by_day_equal_a_rebuild(seed: int, tmp_path: Path) -> None:
    assert Walker(tmp_path, events_only=True, measurements=True, worlds=4, stops=4).scenario(seed).differences == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [8, 10])
def test_refreshes_of_plans_and_persons_by_day_equal_a_rebuild(seed: int, tmp_path: Path) -> None:
    assert Walker(tmp_path, events_only=True, plans=True, worlds=4, stops=4).scenario(seed).differences == []


@pytest.mark.slow
def test_refreshes_of_all_models_equal_a_rebuild(tmp_path: Path) -> None:
    """The models with a longer memory, and objects that are corrected after the fact."""
    assert Walker(tmp_path).scenario(25).differences == []


@dataclass(frozen=True)
class Fault:
    """A change of one place of the frame's macros."""

    file: str
    what: str
    instead: str
    measurements: bool = False  # a rule of theirs
    plans: bool = False  # needs subscriptions or persons
    seed: int = FINDS_EVERY_FAULT


FAULTS = {
    "a lookback instead of touched days": Fault(
        "event_days.sql", "{{ return(touched_days(event_logs())) }}", "{{ return(touched_days(event_logs())[-5:]) }}"
    ),
    "a repeat dropped by load order": Fault(
        "arrived_and_kept.sql",
        "~ partition ~ ' order by '",
        "~ partition ~ ' order by batch_id, '",
    ),
    "the later load wins": Fault(
        "arrived_and_kept.sql",
        "order by {% for column in order_by %}",
        "order by batch_id desc, {% for column in order_by %}",
    ),
    "sessions within the timeout of a touched day are left": Fault("event_days.sql", "session_timeout()) }}", "0) }}"),
    "sessions that begin before a touched day are left": Fault(
        "event_days.sql", "(ended_at >= {{ add_seconds(", "(started_at >= {{ add_seconds("
    ),
    "the day of the record that loses is left": Fault(
        "arrived_and_kept.sql", "{%- if repeats == 'shifted_time' %}", "{%- if false %}"
    ),
    "a withdrawn file's days are left": Fault(
        "arrived_and_kept.sql", "select {{ day }} from withdrawn", "select {{ day }} from arrived"
    ),
    "only days of the last batch are new": Fault(
        "touched.sql", "batch_id > {{ published_batch() }}", "batch_id >= {{ newest_batch() }}"
    ),
    "only files of the last batch are new": Fault(
        "arrived_and_kept.sql",
        "(batch_id > {{ published_batch() }} or retracted_batch > {{ published_batch() }})",
        "(batch_id >= {{ newest_batch() }} or retracted_batch >= {{ newest_batch() }})",
    ),
    "withdrawn files are not asked for": Fault(
        "standing_days.sql", "{{ return(found.rows | length > 0) }}", "{{ return(false) }}"
    ),
    "what stands on the days of what arrived is not read": Fault("standing_days.sql", "days_from(query)", "[]"),
    "a day between two that changed counts as changed": Fault("event_days.sql", ".days == 1", ".days <= 2"),
    "versions on days of a withdrawn file are left": Fault(
        "versions_by_day.sql",
        "inner join changed_file on previous.file_path = changed_file.file_path",
        "inner join changed_file on previous.file_path = changed_file.file_path and false",
        measurements=True,
        seed=7,
    ),
    "versions of a changed file stand beside it": Fault(
        "versions_by_day.sql", "where changed_file.file_path is null", "", measurements=True
    ),
    "earlier versions of a day are forgotten": Fault(
        "versions_by_day.sql",
        "inner join touched on previous.{{ day }} = touched.{{ day }}",
        "inner join touched on previous.{{ day }} = touched.{{ day }} and false",
        measurements=True,
    ),
    "the days of who is somebody else now are left": Fault(
        "person_days.sql", "touched_days(['dim_actor'])", "[]", plans=True, seed=8
    ),
    "who is somebody else now stays who they were": Fault(
        "replaced_where_changed.sql",
        "delete from {{ target }} where {{ key }}",
        "delete from {{ target }} where false and {{ key }}",
        plans=True,
        seed=8,
    ),
    "the days of another plan are left": Fault(
        "person_days.sql",
        "where standing.plan_tier <> coalesce(plan_of_day.plan_tier, 'none')",
        "where false",
        plans=True,
        seed=10,
    ),
    "gaps before a day that changed are left": Fault(
        "days_within_reach.sql",
        "touched_days(['fct_person_day', 'fct_account_day']), 27, 0",
        "touched_days(['fct_person_day', 'fct_account_day']), 0, 0",
    ),
    "days after a day or a Monday are not read": Fault(
        "event_days.sql", "range(-before, length + after + 1)", "range(-before, length + 1)"
    ),
    "weeks of days that changed are left": Fault(
        "days_within_reach.sql", "both(mondays_of(changed), days_from(otherwise))", "days_from(otherwise)", seed=1
    ),
    "weeks that as_of or a feature changes are left": Fault(
        "days_within_reach.sql", "both(mondays_of(changed), days_from(otherwise))", "mondays_of(changed)"
    ),
    "sign-ups before a day that changed are left": Fault(
        "days_within_reach.sql",
        ACTIVATION_DAYS,
        "both(changed, days_from(otherwise))",
        seed=8,
    ),
    "four weeks of days that changed are left": Fault(
        "days_within_reach.sql", "periods_of(touched_days(['fct_person_feature_day', 'fct_account_feature_day']))", "[]"
    ),
    "four weeks of actors that changed are left": Fault(
        "days_within_reach.sql", "periods_of(touched_days(['fct_actor_day']))", "[]"
    ),
    "four weeks of links that changed are left": Fault(
        "days_within_reach.sql", "periods_of(touched_days(['fct_identity_link_day']))", "[]"
    ),
    "days that a record which goes spoke of are left": Fault(
        "replaced_by_day.sql",
        "days_spoken_of(target, model.config.meta, in_days(day, days))",
        "days_spoken_of(temp, model.config.meta)",
        measurements=True,
    ),
    "days that a record which comes speaks of are left": Fault(
        "replaced_by_day.sql", "~ ' union distinct ' ~ days_spoken_of(temp, model.config.meta)", "", measurements=True
    ),
    "records of other days that speak of a touched one are not read": Fault(
        "service_days.sql", "meta['speaks_of']", "[meta['day'], meta['day']]", measurements=True
    ),
    "another verdict on a trace is left": Fault(
        "failed_traces.sql",
        "where standing.is_expected <> (expected.trace_id is not null)",
        "where false",
        measurements=True,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_an_incremental_rule_is_found(fault: str, tmp_path: Path) -> None:
    planted = FAULTS[fault]
    project = copy_of_the_project(tmp_path / "project")
    with_fault(project, planted.file, planted.what, planted.instead)
    walker = Walker(
        tmp_path,
        project=project,
        events_only=True,
        measurements=planted.measurements,
        plans=planted.plans,
        worlds=4,
        stops=4,
    )
    try:
        found = walker.scenario(planted.seed).differences
    except SignalhouseError as error:  # a rule of the frame that refuses to write twice is a find as well
        found = [error.what]
    assert found


@pytest.mark.slow
@pytest.mark.parametrize("leaves_out", [False, True])
def test_an_export_that_is_new_and_left_out_is_found(
    leaves_out: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A seed by which two releases are followed by another that has something new of the last export."""
    changed = ops.changed_objects
    if leaves_out:
        monkeypatch.setattr(ops, "changed_objects", lambda settings, since: changed(settings, since)[:-1])
    differences = Walker(tmp_path, events_only=True, worlds=4, stops=4).scenario(FINDS_WHAT_IS_LEFT_OUT).differences
    assert bool(differences) == leaves_out, differences


CUT_BY_AS_OF = {
    "": ("", "", []),
    "core.fct_activation": (ACTIVATION_DAYS, "days_around(changed, activation_reach(), 0)", ["core.fct_activation"]),
    "core.retention_start": (COMPARED_STARTS, "'unit, unit_id, cohort_of, started_on'", ["core.retention_start"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("left", CUT_BY_AS_OF)
def test_windows_that_as_of_cuts_elsewhere_are_counted_anew(left: str, tmp_path: Path) -> None:
    """Of a company's last sign-up no event is touched any more when as_of moves on."""
    project = copy_of_the_project(tmp_path / "project")
    rule, instead, found = CUT_BY_AS_OF[left]
    if left:
        with_fault(project, "days_within_reach.sql", rule, instead)
    walker = Walker(tmp_path, project=project, events_only=True)
    walker.fresh(seed=7)
    walker.refresh()
    [(as_of, last_sign_up)] = walker.rows(
        "select max(as_of), max(signed_up_on) from core.dim_as_of, core.fct_activation"
    )
    walker.forget()
    walker.refresh(as_of=as_of)
    walker.keep("rebuilt")
    walker.forget()
    walker.refresh(as_of=last_sign_up + timedelta(days=2))
    walker.refresh(as_of=as_of)
    differences = compare(tmp_path / "rebuilt", walker.work).differences
    assert [table for table in CUT_BY_AS_OF if table and any(table in one for one in differences)] == found, differences
    assert len(differences) == len(found), differences


# The second day moves an actor to another person: sign-ups near that one's days are counted anew, once dim_actor has said so.
LATE = ("2026-03-18", "2026-05-26")
LEFT_WHERE_DAYS_COME_LATE = {
    "": ("", LATE),
    "starts before a day that changed": ("both(active, days_from(otherwise))", LATE[:1]),
    "starts that moved": ("days_around(active, retention_reach(), 0)", LATE[:1]),
}


@pytest.mark.slow
@pytest.mark.parametrize("left", LEFT_WHERE_DAYS_COME_LATE)
def test_what_comes_late_counts_for_whoever_started_before(left: str, tmp_path: Path) -> None:
    """Where as_of stays, nothing but the days that come names the starts from which they are reached, and those that they move."""
    project = copy_of_the_project(tmp_path / "project")
    instead, days = LEFT_WHERE_DAYS_COME_LATE[left]
    if left:
        with_fault(project, "days_within_reach.sql", RETENTION_DAYS, instead)
    walker = Walker(tmp_path, project=project, events_only=True)
    walker.fresh(seed=7)
    walker.refresh()
    [(as_of,)] = walker.rows("select as_of from core.dim_as_of")
    walker.forget()
    walker.refresh(as_of=as_of)
    walker.keep("rebuilt")
    walker.forget()
    late = {path: path.read_bytes() for day in days for path in walker.landing.rglob(f"*{day}*")}
    for path in late:
        path.unlink()
    walker.refresh(as_of=as_of)
    for path, content in late.items():
        path.write_bytes(content)
    walker.refresh(as_of=as_of)
    differences = compare(tmp_path / "rebuilt", walker.work).differences
    assert ["core.retention_start" in one for one in differences] == ([True] if left else []), differences
