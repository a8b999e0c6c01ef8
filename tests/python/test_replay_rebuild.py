"""What must change nothing, and what must change just what depends on it: each ends where one full build ends, every model."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner
from equality import compare
from project_copy import copy_of_the_project
from replay.walk import EVENT_SIDE, Walker, one_key

from signalhouse import ops
from signalhouse.audit import AuditReport
from signalhouse.build import build
from signalhouse.profiles import profiles_folder, work_folder_in_environment
from signalhouse.progress import silent
from signalhouse.refresh import refresh

pytestmark = pytest.mark.slow
SEED = 3


@pytest.fixture(scope="module")
def walker(tmp_path_factory: pytest.TempPathFactory) -> Walker:
    """A work folder with a company in it, built and published once; `rebuilt` beside it is that build."""
    made = Walker(tmp_path_factory.mktemp("rebuild"), worlds=2)
    made.fresh(SEED)
    made.refresh()
    made.keep("rebuilt")
    return made


def differences(walker: Walker) -> list[str]:
    return compare(walker.folder / "rebuilt", walker.work).differences


@pytest.mark.parametrize("model", EVENT_SIDE)
def test_full_refresh_of_one_model_changes_nothing(model: str, walker: Walker) -> None:
    """Only models that are built by day can; every other one is built whole by any refresh."""
    build(walker.settings(), select=[model], full_refresh=True, data_tests=False, progress=silent)
    walker.refresh()
    assert differences(walker) == []


def test_full_refresh_of_a_log_before_it_is_published_changes_nothing(walker: Walker) -> None:
    file = min(walker.landing.glob("generic/events/2026-*-calm.ndjson"))
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    walker.refresh()
    file.write_bytes(content)
    walker.land()
    build(walker.settings(), select=["raw_generic__events"], full_refresh=True, data_tests=False, progress=silent)
    walker.refresh()
    assert differences(walker) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_any_legal_order_of_models_gives_the_same(seed: int, walker: Walker) -> None:
    """A random order in which nothing is built before what it reads, in six commands."""
    chance = random.Random(seed)
    reads = _reads(walker)
    order: list[str] = []
    while len(order) < len(reads):
        ready = sorted(name for name in reads if name not in order and reads[name] <= set(order))
        order.append(chance.choice(ready))
    walker.forget()
    walker.land()
    size = len(order) // 6 + 1
    for start in range(0, len(order), size):
        build(walker.settings(), select=order[start : start + size], data_tests=False, progress=silent)
    assert differences(walker) == []
    walker.refresh()
    assert differences(walker) == []


def _reads(walker: Walker) -> dict[str, set[str]]:
    """Seeds and models that are tables, each with those it reads, directly or through what is only a text in others."""
    settings = walker.settings()
    places = [
        *("--project-dir", str(settings.project), "--profiles-dir", str(profiles_folder(settings))),
        *("--target-path", str(settings.work / "target"), "--target", "duckdb", "--quiet"),
    ]
    with work_folder_in_environment(settings):
        manifest = dbtRunner().invoke(["parse", *places]).result
    nodes = {name: node for name, node in manifest.nodes.items() if node.resource_type in ("model", "seed")}

    def tables(name: str) -> set[str]:
        found: set[str] = set()
        for parent in nodes[name].depends_on_nodes if nodes[name].resource_type == "model" else []:
            if parent in nodes:
                ephemeral = nodes[parent].config.materialized == "ephemeral"
                found |= tables(parent) if ephemeral else {nodes[parent].name}
        return found

    return {node.name: tables(name) for name, node in nodes.items() if node.config.materialized != "ephemeral"}


def test_as_of_there_and_back_leaves_no_trace(walker: Walker) -> None:
    walker.refresh()
    assert differences(walker) == []
    walker.refresh(as_of=date(2026, 1, 20))
    assert differences(walker) != []
    walker.refresh()
    assert differences(walker) == []


def _seed(project: Path) -> None:
    _in(
        project / "seeds/demo/tracking_plan.csv",
        "generic,seat_added,feature_activated,true",
        "generic,seat_added,other,false",
    )


def _var(project: Path) -> None:
    _in(project / "vars.yml", "session_timeout_minutes: 30", "session_timeout_minutes: 20")


def _contract(project: Path) -> None:
    _in(
        project / "models/raw/generic/generic__sources.yml",
        'description: "ISO 3166 code"\n            data_type: string',
        'description: "ISO 3166 code"\n            data_type: string\n            config: {meta: {path: platform}}',
    )


def _model(project: Path) -> None:
    _in(project / "models/core/product/fct_actor_day.sql", "count(*) as event_count", "count(*) + 1 as event_count")


def _in(file: Path, what: str, instead: str) -> None:
    text = file.read_text()
    assert what in text
    file.write_text(text.replace(what, instead, 1))


@pytest.mark.parametrize("change", [_seed, _var, _contract, _model])
def test_a_changed_definition_rebuilds_what_depends_on_it(
    change: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through `refresh`, which compares definitions with those of the last release; nothing has landed meanwhile."""

    def fine(settings: Any, run_id: str, *, progress: Any = None) -> AuditReport:
        return AuditReport(run_id, datetime.now(UTC).replace(tzinfo=None), 0.0, ())

    def without_tests(settings: Any, **asked: Any) -> Any:
        one_key(settings)
        return build(settings, **asked, data_tests=False)

    monkeypatch.setattr("signalhouse.audit.audit", fine)
    monkeypatch.setattr("signalhouse.build.build", without_tests)
    walker = Walker(tmp_path, project=copy_of_the_project(tmp_path / "project"), worlds=2)
    walker.fresh(SEED)
    settings = walker.settings()
    assert refresh(settings).outcome == "published"
    walker.keep("before")
    change(walker.project)
    assert refresh(settings).outcome == "published"
    walker.keep("changed")
    assert compare(walker.folder / "before", walker.work).differences, (
        "the change changes nothing, so it proves nothing"
    )
    walker.forget()
    (walker.work / "definitions.json").unlink()
    refresh(replace(settings, serve=tmp_path / "elsewhere"), force=True)
    assert compare(walker.folder / "changed", walker.work).differences == []
    assert ops.last_published(settings) is not None
