"""Runs dbt in this process and turns what it says into a report, or into a failure that names model, file and line."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from signalhouse.errors import BuildFailed, LockHeld, SignalhouseError, UsageError
from signalhouse.faults import fault_point
from signalhouse.places import foreseen
from signalhouse.profiles import profiles_folder, work_folder_in_environment
from signalhouse.progress import Progress
from signalhouse.redact import redact
from signalhouse.settings import Settings, memory_limit

_SHOWN = 5
_GOOD = {"success", "pass", "warn", "no-op", "skipped"}
_HEAD = re.compile(r"^\w+ Error in \w+ \S+ \(\S+\)\n")
_LINE = re.compile(r"(?i)\bline:? (\d+)")


@dataclass(frozen=True)
class BuildReport:
    """What dbt built. `nodes` counts models, seeds and data tests by `<type> <status>`; times are seconds."""

    seconds: float
    nodes: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    slowest: tuple[tuple[str, float], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "seconds": round(self.seconds, 3),
            "nodes": self.nodes,
            "warnings": list(self.warnings),
            "slowest": [{"node": name, "seconds": round(seconds, 3)} for name, seconds in self.slowest],
        }


def build(
    settings: Settings,
    *,
    select: list[str] | None = None,
    exclude: list[str] | None = None,
    full_refresh: bool = False,
    data_tests: bool = True,
    progress: Progress,
) -> BuildReport:
    """`dbt build` of seeds, models and data tests (unit tests are for `make test`) into the work folder.

    `select` and `exclude` are dbt selectors; None is everything. Without `data_tests` a build takes half the time; that is
    for tests that build many times over and compare the tables themselves. Raises BuildFailed with the failing models and tests,
    UsageError when the project cannot be parsed, LockHeld when a database file is open elsewhere.
    """
    arguments = ["build", "--target", settings.target, "--exclude-resource-type", "unit_test"]
    if not data_tests:
        arguments += ["--exclude-resource-type", "test"]
    if full_refresh:
        arguments.append("--full-refresh")
    if select is not None:
        arguments += ["--select", *select]
    if exclude is not None:
        # A test that also looks at an excluded model waits for the pass that builds that model.
        arguments += ["--exclude", *exclude, "--indirect-selection", "cautious"]
    start = time.monotonic()
    progress("dbt reads the project")
    outcome = _invoke(settings, arguments, _spoken(progress))
    if outcome.exception is not None:
        raise _not_started(settings, outcome.exception)
    results = list(outcome.result.results)
    failed = [result for result in results if _status(result) not in _GOOD]
    if failed or not outcome.success:
        raise _failure(settings, failed, results)
    return _report(results, time.monotonic() - start)


def build_changed(
    settings: Settings, *, changed: list[str], select: list[str] | None = None, progress: Progress
) -> BuildReport:
    """What is selected (None is everything), with the changed part and all after it built whole because its definition changed.

    What does not depend on the change goes first: nothing excluded can be upstream of it.
    """
    second_only = select is not None and not select
    first = BuildReport(0) if second_only else build(settings, select=select, exclude=changed, progress=progress)
    second = build(settings, select=changed, full_refresh=True, progress=progress)
    return BuildReport(
        seconds=first.seconds + second.seconds,
        nodes=dict(sorted((Counter(first.nodes) + Counter(second.nodes)).items())),
        warnings=first.warnings + second.warnings,
        slowest=_slowest([*first.slowest, *second.slowest]),
    )


def _invoke(settings: Settings, arguments: list[str], listener: Callable[[Any], None]) -> Any:
    from dbt.cli.main import dbtRunner

    settings.work.mkdir(parents=True, exist_ok=True)
    places = [
        *("--project-dir", str(settings.project)),
        *("--profiles-dir", str(profiles_folder(settings))),
        *("--target-path", str(settings.work / "target")),
    ]
    # dbt's own log would quote values of records in its errors; what matters reaches the run record, cleaned. Its manifest as JSON
    # is for other tools and costs a tenth of a build of 150 models; `dbt parse` writes it for who wants it.
    log = ["--log-level", "none", "--log-level-file", "none", "--log-path", str(settings.work / "target")]
    quiet = [*log, "--no-write-json"]
    with work_folder_in_environment(settings), _same_folder():
        try:
            return dbtRunner(callbacks=[listener]).invoke([*arguments, *places, *quiet])
        finally:
            _let_go_of_databases()


def _let_go_of_databases() -> None:
    """dbt-duckdb keeps its databases open until the process ends; the audit and the next step open them by other names."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager as Manager

    with suppress(Exception):  # there is nothing to close when dbt stopped before it connected
        Manager.env().close()
    Manager.close_all_connections()


@contextmanager
def _same_folder() -> Iterator[None]:
    # dbt changes into the project's folder and stays there.
    before = Path.cwd()
    try:
        yield
    finally:
        os.chdir(before)


def _spoken(progress: Progress) -> Callable[[Any], None]:
    def listen(event: Any) -> None:
        if event.info.name == "LogStartLine":
            progress(f"building {event.data.index} of {event.data.total}: {event.data.description}")
            node = event.data.node_info
            if node.resource_type == "model":
                fault_point(f"in-{node.node_path.partition('/')[0]}")  # in-raw, in-core, in-marts

    return listen


def _report(results: list[Any], seconds: float) -> BuildReport:
    nodes = Counter(f"{result.node.resource_type} {_status(result)}" for result in results)
    warnings = tuple(_described(result) for result in results if _status(result) == "warn")
    times = [(result.node.name, float(result.execution_time)) for result in results]
    return BuildReport(seconds, dict(sorted(nodes.items())), warnings, _slowest(times))


def _slowest(times: list[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(times, key=lambda pair: -pair[1])[:_SHOWN])


def _failure(settings: Settings, failed: list[Any], results: list[Any]) -> SignalhouseError:
    told = foreseen(settings, *(str(result.message or "") for result in failed))
    if told is not None:
        return told
    skipped = sum(_status(result) == "skipped" for result in results)
    number = (
        f"{len(failed)} of {len(results)} models and tests failed" if failed else "dbt failed without naming a model"
    )
    after = f", {skipped} that depend on them were left out" if skipped else ""
    blocks = [_described(result) for result in failed[:_SHOWN]]
    if len(failed) > _SHOWN:
        blocks.append(f"and {len(failed) - _SHOWN} more")
    if any("Out of Memory Error" in str(result.message or "") for result in failed):
        return BuildFailed(
            f"{number}{after}; a model needs more memory than it may take ({memory_limit()}); nothing was published",
            where="\n".join(blocks),
            next_step="let a database take more, for example SIGNALHOUSE_MEMORY=4GB, and run the same command again",
        )
    names = " ".join(_command_name(result) for result in failed[:_SHOWN])
    return BuildFailed(
        f"{number}{after}; nothing was published",
        where="\n".join(blocks),
        next_step=f"mend it, then run the same command again; to try only this: dbt build --select {names}"
        if names
        else "run `dbt build` in the project to see dbt's own output",
    )


def _described(result: Any) -> str:
    """Name, file and line, and the engine's words, without values."""
    node = result.node
    message = redact(str(result.message or "")).strip()
    line = _LINE.search(message)
    lines = [f"{node.resource_type} {node.name}  {_status(result)}", f"  file     {node.original_file_path}"]
    # The line counts in the statement that was sent, which is longer than the model by its `create`.
    sent = getattr(node, "build_path", None) or getattr(node, "compiled_path", None)
    if sent and line:
        lines.append(f"  sql      {sent}:{line.group(1)}")
    elif _status(result) in ("fail", "warn"):
        # The statement that found them gives the offending rows.
        lines.append(f"  sql      {getattr(node, 'compiled_path', '')}")
    message = _HEAD.sub("", message)
    lines += [f"  message  {text}" for text in message.splitlines()[:8] if text.strip()]
    return "\n".join(lines)


def _command_name(result: Any) -> str:
    return str(result.node.name)


def _status(result: Any) -> str:
    return str(getattr(result.status, "value", result.status))


def _not_started(settings: Settings, error: BaseException) -> Exception:
    if isinstance(error, KeyboardInterrupt):
        raise error
    told = foreseen(settings, str(error))
    if told is not None:
        return told
    message = redact(str(error)).strip()
    if "Could not set lock" in message or "Conflicting lock" in message:
        return LockHeld(
            "a database of the work folder is open in another program",
            where=message,
            next_step="close that program, or read the published copy (serve/current/marts.duckdb) with it: that one is never locked",
        )
    return UsageError(
        "dbt could not read the project, nothing was built",
        where=message or type(error).__name__,
        next_step=f"mend the file named above, then run `dbt parse` in {settings.project.name} to see that it reads",
    )
