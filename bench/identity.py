"""Identity alone: the warehouse's macro over a million made-up edges, rendered without dbt.

python -m bench.identity <database> <note.json>     labels table `edge_list` of the database, and measures that
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from bench.measured import measured, python

PROJECT = Path(__file__).parent.parent
ROUNDS = 12
EDGES, USERS, CHAIN = 1_000_000, 200_000, 100_000
KINDS = ("edges", "chain", "mesh")


def rendered(last: str) -> str:
    """The macro's CTEs over table edge_list, with DuckDB's dialect, followed by `last`."""
    from jinja2 import Environment

    names = ("dialect/hashing.sql", "dialect/aggregate.sql", "metrics/connected_components.sql")
    macros = {
        path
        for path in (PROJECT / "macros").rglob("*.sql")
        if "macro once" in path.read_text() or "macro mixed_hash" in path.read_text()
    }
    macros |= {PROJECT / "macros" / name for name in names}
    text = "\n".join(path.read_text() for path in sorted(macros))
    environment = Environment(extensions=["jinja2.ext.do"])

    class Adapter:
        """dbt's dispatch, for DuckDB alone."""

        def dispatch(self, name: str, _package: str) -> Any:
            return getattr(module, f"duckdb__{name}", None) or getattr(module, f"default__{name}")

    def returned(value: Any) -> Any:
        return value

    environment.globals.update({"adapter": Adapter(), "return": returned, "var": returned})
    module: Any = environment.from_string(text).module
    return f"with {module.connected_components('edge_list', 'node_a', 'node_b', ROUNDS)}\n{last}"


def make(database: Path, kind: str) -> None:
    """A million edges of ids to their users, one in a hundred between two users; with a chain, 100,000 ids more in a row.

    A mesh has two users for each id, so hardly a node has one neighbour alone.
    """
    with duckdb.connect(str(database)) as connection:
        if kind == "mesh":
            connection.execute(
                f"""
                create table edge_list as
                select 'device:' || i as node_a, 'user:' || (hash(i, side) % {USERS}) as node_b
                from range({EDGES // 2}) as ids(i), range(2) as sides(side)
                """
            )
            return
        connection.execute(
            f"""
            create table edge_list as
            select
                'device:' || i as node_a,
                'user:' || (hash(i) % {USERS}) as node_b
            from range({EDGES * 99 // 100}) as ids(i)
            union all
            select 'user:' || (hash(i, 1) % {USERS}), 'user:' || (hash(i, 2) % {USERS})
            from range({EDGES // 100}) as merges(i)
            """
        )
        if kind == "chain":
            connection.execute(
                f"insert into edge_list select printf('chain:%06d', i), printf('chain:%06d', i + 1) from range({CHAIN}) as links(i)"
            )


def label(database: Path) -> dict[str, float]:
    """Labels every node. Returns the CPU seconds of it."""
    with duckdb.connect(str(database), config={"threads": 1}) as connection:  # as a model has it
        start = _cpu()
        connection.execute(f"create or replace table component as {rendered('select node, label from component')}")
        return {"cpu": _cpu() - start}


def measure(runs: int, say: Any) -> dict[str, Any]:
    """CPU seconds of each run, and after how many rounds no edge was left, for each kind of graph."""
    found: dict[str, Any] = {}
    for kind in KINDS:
        with tempfile.TemporaryDirectory(prefix="identity-") as folder:
            database, note = Path(folder) / "identity.duckdb", Path(folder) / "note"
            make(database, kind)
            costs = []
            for run in range(runs):
                say(f"identity, {kind}, run {run + 1} of {runs}")
                cost = measured(python("bench.identity", str(database), str(note)), note=note)
                costs.append(cost.said["cpu"])
            found[kind] = {"cpu_s": costs, "peak_gb": cost.peak_gb, **_looked_at(database)}
    return found


def _looked_at(database: Path) -> dict[str, int]:
    """Rounds until no edge is left, and how many persons come out; that no edge crosses them is asked of the result."""
    left = " union all ".join(f"select {n} as round from edge_{n} having count(*) > 0" for n in range(ROUNDS + 1))
    with duckdb.connect(str(database)) as connection:
        rounds = connection.execute(rendered(f"select max(round) + 1 from ({left})")).fetchone()
        counts = connection.execute(
            """
            select
                (select count(distinct label) from component),
                (select count(*) from edge_list as edge
                 inner join component as a on edge.node_a = a.node inner join component as b on edge.node_b = b.node
                 where a.label <> b.label)
            """
        ).fetchone()
    assert rounds is not None and counts is not None
    return {"rounds": rounds[0], "components": counts[0], "edges_that_cross": counts[1]}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(label(Path(sys.argv[1]))))
