"""`signalhouse status`: what readers see, what ran last, who is at work now."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from signalhouse.lock import holder
from signalhouse.refresh import PUBLISHED, release_dict
from signalhouse.runs import RUNNING, recent
from signalhouse.settings import Settings, target_flag

if TYPE_CHECKING:
    from signalhouse.publish import Release


def status(settings: Settings, runs: int = 5) -> dict[str, Any]:
    """{current, releases, running, runs, rolled_back_from}. Reads small files only, so it also works during a refresh."""
    from signalhouse.publish import current, releases

    served = current(settings)
    known = releases(settings)
    at_work = holder(settings)
    newest = known[0] if known and served else None
    return {
        "current": release_dict(served) if served else None,
        "releases": [release.stamp for release in known],
        "rolled_back_from": newest.stamp
        if newest and not newest.is_current and _was_served(settings, newest)
        else None,
        "running": asdict(at_work) if at_work else None,
        "runs": [_short(run, at_work.run_id if at_work else None) for run in recent(settings, runs)],
    }


def no_release(settings: Settings) -> tuple[str, str]:
    """What is so where no release is on disk, and what to do: on BigQuery another machine may have published one, and the next refresh
    fetches what is known of it."""
    run = f"run `signalhouse refresh{target_flag(settings)}`"
    if settings.target == "bigquery":
        return "this machine knows of no release; another may have published one", f"look into dataset mart, or {run}"
    return "nothing yet", run


def nothing_known(settings: Settings) -> str:
    """The same in one sentence."""
    return ": ".join(no_release(settings))


def _was_served(settings: Settings, release: Release) -> bool:
    """False for a release whose run was killed before it let readers see it."""
    record = settings.runs_dir / f"{release.manifest.get('run_id')}.json"
    try:
        outcome = json.loads(record.read_text(encoding="utf-8")).get("outcome")
    except (OSError, ValueError):
        return True
    return bool(outcome == PUBLISHED)


def _short(run: dict[str, Any], running: str | None) -> dict[str, Any]:
    """The part of a run record that one line tells. A record that still says running without a process was killed."""
    outcome = run.get("outcome")
    if outcome == RUNNING and run.get("run_id") != running:
        outcome = "killed"
    steps = [step["step"] for step in run.get("steps", [])]
    return {
        "run_id": run.get("run_id"),
        "command": run.get("command"),
        "outcome": outcome,
        "last_step": steps[-1] if steps else None,
        "ended_at": run.get("ended_at"),
        "error": (run.get("error") or {}).get("what"),
    }
