"""The command line, watched: `python -m bench.watched <note.json> [--nodes] [--without-audit] [--memory-limit=1GB] <command and options>`.

Leaves the CPU seconds of every step of a refresh in the note; with `--nodes` also those of every node that dbt built, which then run one
after the other, and within each those that its statements took. DuckDB's threads belong to the process, so its CPU time around a
node is the node's.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any


def cpu() -> float:
    """CPU seconds of this process so far, and of the children it has waited for."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def watch_steps(steps: dict[str, float]) -> None:
    """Adds up the CPU seconds of land, build, audit and publish."""
    from signalhouse.runs import RunRecord

    original = RunRecord.step

    @contextmanager
    def step(self: RunRecord, name: str) -> Iterator[dict[str, Any]]:
        start = cpu()
        try:
            with original(self, name) as details:
                yield details
        finally:
            steps[name] = steps.get(name, 0) + cpu() - start

    RunRecord.step = step  # type: ignore[method-assign]


class Nodes:
    """Listens to dbt: what each node took, in all and in its statements."""

    def __init__(self) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}
        self._start = self._sql = 0.0

    def listen(self, event: Any) -> None:
        if event.info.name == "NodeStart":
            self._start, self._sql = cpu(), 0.0
        elif event.info.name == "NodeFinished":
            node = event.data.node_info
            self.nodes[node.unique_id] = {"kind": node.resource_type, "cpu": cpu() - self._start, "sql_cpu": self._sql}

    def watch(self) -> None:
        """From now on every dbt in this process runs one node at a time and tells of it."""
        import dbt.cli.main
        from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

        nodes, execute = self, DuckDBCursorWrapper.execute

        class Watched(dbt.cli.main.dbtRunner):  # type: ignore[misc]
            def __init__(self, manifest: Any = None, callbacks: Any = None) -> None:
                super().__init__(manifest, [*(callbacks or []), nodes.listen])

            def invoke(self, args: list[str], **options: Any) -> Any:
                return super().invoke([*args, "--threads", "1"], **options)

        def timed(self: Any, sql: str, bindings: Any = None) -> Any:
            start = cpu()
            try:
                return execute(self, sql, bindings)
            finally:
                nodes._sql += cpu() - start

        dbt.cli.main.dbtRunner = Watched
        DuckDBCursorWrapper.execute = timed


def without_audit() -> None:
    """No data tests and no rules: for the many refreshes whose cost is not asked for."""
    from datetime import UTC, datetime

    import signalhouse.audit
    import signalhouse.build
    from signalhouse.audit.results import AuditReport

    def no_rules(settings: Any, run_id: str, *, progress: Any = None) -> AuditReport:
        return AuditReport(run_id, datetime.now(UTC).replace(tzinfo=None), 0.0, ())

    signalhouse.build.build = partial(signalhouse.build.build, data_tests=False)
    signalhouse.audit.audit = no_rules  # type: ignore[assignment]


def limit_memory(limit: str) -> None:
    """Every database that this process opens may take so much memory."""
    import duckdb

    connect = duckdb.connect

    def limited(*places: Any, **options: Any) -> Any:
        options["config"] = {**options.get("config", {}), "memory_limit": limit}
        return connect(*places, **options)

    duckdb.connect = limited
    os.environ["SIGNALHOUSE_MEMORY"] = limit


def main() -> None:
    note, *words = sys.argv[1:]
    flags = [word for word in words if word in ("--nodes", "--without-audit") or word.startswith("--memory-limit=")]
    steps: dict[str, float] = defaultdict(float)
    nodes = Nodes()
    watch_steps(steps)
    for flag in flags:
        if flag == "--nodes":
            nodes.watch()
        elif flag == "--without-audit":
            without_audit()
        else:
            limit_memory(flag.partition("=")[2])
    from signalhouse import cli

    sys.argv[1:] = [word for word in words if word not in flags]
    try:
        cli.main()
    finally:
        Path(note).write_text(json.dumps({"steps": steps, "nodes": nodes.nodes}))


if __name__ == "__main__":
    main()
