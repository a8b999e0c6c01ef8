"""What is measured, one function a part. Each gets the scale and the number of runs and returns figures for the table and the JSON."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from bench.company import DATA, LAST_DAY, NEW_DAY, Scale, deliver, held_back, landing_of, unpacked
from bench.compare import compare
from bench.measured import Cost, measured, python

Figures = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class House:
    """The folders of one warehouse that is measured."""

    root: Path
    landing: Path

    @property
    def work(self) -> Path:
        return self.root / "work"

    def signalhouse(self, *words: str, watch: tuple[str, ...] = (), as_of: str | None = LAST_DAY.isoformat()) -> Cost:
        """One command of the command line in a process of its own, watched."""
        note = self.root / "note.json"
        places = [
            "--landing",
            str(self.landing),
            "--work",
            str(self.work),
            "--serve",
            str(self.root / "serve"),
            "--json",
        ]
        if as_of is not None:
            places += ["--as-of", as_of]
        return measured(python("bench.watched", str(note), *watch, *words, *places), note=note)

    def count(self, database: str, source: str) -> int:
        with duckdb.connect(str(self.work / f"{database}.duckdb"), read_only=True) as connection:
            row = connection.execute(f"select count(*) from {source}").fetchone()
        assert row is not None
        return int(row[0])


def full(scale: Scale, runs: int, say: Say) -> Figures:
    """gzip, the floor and the warehouse from the same files, in turn; the floor's marts must be the warehouse's.

    dbt builds one node at a time, so that what each takes is known.
    """
    landing = landing_of(scale)
    names = ("gzip", "floor", "build", "covered", "land", "dbt", "audit", "publish")
    costs: dict[str, list[float]] = {name: [] for name in names}
    peaks: dict[str, list[float]] = {"floor": [], "build": []}
    tests: list[float] = []
    for run in range(runs):
        with tempfile.TemporaryDirectory(prefix="bench-", dir=DATA) as folder:
            root = Path(folder)
            say(f"full, run {run + 1} of {runs}: gzip")
            costs["gzip"].append(unpacking(landing, root / "zip"))
            say(f"full, run {run + 1} of {runs}: the floor")
            floor = measured(
                python("bench.floor", str(landing), str(root / "floor.duckdb"), str(root / "n")), note=root / "n"
            )
            say(f"full, run {run + 1} of {runs}: land, build, audit, publish")
            house = House(root, landing)
            built = house.signalhouse("refresh", watch=("--nodes",))
            steps, nodes = built.said["steps"], built.said["nodes"]
            if run == 0:
                same = compare(root / "floor.duckdb", house.work / "marts.duckdb")
                events, files = house.count("warehouse", "core.fct_event"), house.count("landing", "ops.landing_file")
                rows = _rows(house.work)
                needed = upstream(same.covered) if same.missing else set(nodes)
            # Whatever is neither audit nor publishing is the build's: starting Python, reading the project, looking at the result.
            build = built.cpu - steps["audit"] - steps["publish"]
            spared = sum(node["cpu"] for name, node in nodes.items() if name not in needed)
            of_run = {"floor": floor.cpu, "build": build, "covered": build - spared}
            of_run |= {
                "land": steps["land"],
                "dbt": steps["build"],
                "audit": steps["audit"],
                "publish": steps["publish"],
            }
            for name, cpu in of_run.items():
                costs[name].append(cpu)
            peaks["floor"].append(floor.peak_gb)
            peaks["build"].append(built.peak_gb)
            tests.append(sum(node["cpu"] for node in nodes.values() if node["kind"] == "test") / build)
    kinds: dict[str, float] = {}
    for node in nodes.values():
        kinds[node["kind"]] = kinds.get(node["kind"], 0) + node["cpu"]
    return {
        "events": events,
        "files": files,
        **{f"{name}_cpu_s": values for name, values in costs.items()},
        # Only what the floor makes is compared: nodes that none of its marts needs are left out of the build, landing is whole.
        "ratio": _ratios(costs["covered"], costs["floor"]),
        "ratio_of_all": _ratios(costs["build"], costs["floor"]),
        "floor_to_gzip": _ratios(costs["floor"], costs["gzip"]),
        "floor_peak_gb": max(peaks["floor"]),
        "peak_gb": max(peaks["build"]),
        "test_share": tests,
        "audit_share": _ratios(costs["audit"], costs["build"]),
        "floor_by_file": floor.said,
        "floor_marts": same.covered,
        "floor_lacks": same.missing,
        "floor_cells_compared": same.cells,
        "floor_differs": same.differences,
        "cpu_by_kind": kinds,
        "models": _models(nodes, rows),
    }


def _ratios(ours: list[float], theirs: list[float]) -> list[float]:
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def _models(nodes: dict[str, Figures], rows: dict[str, int]) -> Figures:
    """Rows and CPU of each model, the dearest first."""
    models = {
        name.rsplit(".", 1)[1]: {
            "cpu_s": node["cpu"],
            "sql_cpu_s": node["sql_cpu"],
            "rows": rows.get(name.rsplit(".", 1)[1]),
        }
        for name, node in nodes.items()
        if node["kind"] == "model"
    }
    return dict(sorted(models.items(), key=lambda item: -item[1]["cpu_s"]))


def upstream(marts: list[str]) -> set[str]:
    """The ids of all nodes these marts need, with the tests that look at nothing else."""
    from dbt.cli.main import dbtRunner

    with tempfile.TemporaryDirectory() as folder:
        words = [
            "--log-level",
            "none",
            "ls",
            "--select",
            *(f"+{mart}" for mart in marts),
            "--indirect-selection",
            "buildable",
        ]
        words += ["--output", "json", "--output-keys", "unique_id", "--target-path", folder, "--log-path", folder]
        listed = dbtRunner().invoke([*words, "--profiles-dir", ".ci/profiles", "--target", "duckdb"]).result
    return {json.loads(line)["unique_id"] for line in listed}


def unpacking(landing: Path, zips: Path) -> float:
    """CPU seconds of reading every file once and unpacking what is packed: `cat` and `gzip -dc`."""
    zips.mkdir(parents=True)
    unpacked(landing, zips)
    plain = f"find -H '{landing}' -type f ! -name '*.gz' ! -name '*.zip' -exec cat {{}} +"
    packed = f"find -H '{landing}' '{zips}' -name '*.gz' -exec gzip -dc {{}} +"
    return measured(["sh", "-c", f"({plain}; {packed}) > /dev/null"]).cpu


def _rows(work: Path) -> dict[str, int]:
    rows: dict[str, int] = {}
    for database in ("warehouse", "marts"):
        with duckdb.connect(str(work / f"{database}.duckdb"), read_only=True) as connection:
            for schema, table in connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = $1", [database]
            ).fetchall():
                row = connection.execute(f'select count(*) from {schema}."{table}"').fetchone()
                assert row is not None
                rows[table] = row[0]
    return rows


class _Kept:
    """A warehouse as it stood, to come back to under the same path: dbt reads the whole project again where the path is another."""

    def __init__(self, root: Path) -> None:
        self.root, self.kept = root, root.with_name(f"{root.name}-kept")
        shutil.copytree(root, self.kept, symlinks=True)

    def come_back(self) -> None:
        shutil.rmtree(self.root)
        shutil.copytree(self.kept, self.root, symlinks=True)


def _evening_before(root: Path, landing: Path, days: int) -> tuple[House, _Kept, int]:
    """A company built as of the evening before the new day, with `days` of logs; that state; and how many files have come since."""
    held_back(landing, root / "day", first_day=NEW_DAY - timedelta(days=days))
    base = House(root / "base", root / "day" / "landing")
    base.signalhouse("refresh", watch=("--without-audit",), as_of=(NEW_DAY - timedelta(days=1)).isoformat())
    files = deliver(root / "day")
    return base, _Kept(base.root), files


def memory(scale: Scale, runs: int, say: Say) -> Figures:
    """A build whose databases may take one gigabyte."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=DATA) as folder:
        say("memory: a build with memory_limit 1 GB")
        built = House(Path(folder), landing_of(scale)).signalhouse("refresh", watch=("--memory-limit=1GB",))
    return {"cpu_s": built.cpu, "peak_gb": built.peak_gb}


def refresh(scale: Scale, runs: int, say: Say) -> Figures:
    """A day comes, with late rows, repeats and merges; and then nothing comes."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=DATA) as folder:
        say("refresh: the company as of the evening before")
        base, evening, files = _evening_before(Path(folder), landing_of(scale), scale.days)
        found: Figures = {
            "files": files,
            "cpu_s": [],
            "sql_cpu_s": [],
            "test_sql_cpu_s": [],
            "wall_s": [],
            "steps": [],
            "noop_s": [],
        }
        for run in range(runs):
            say(f"refresh, run {run + 1} of {runs}: the day comes")
            evening.come_back()
            day = base.signalhouse("refresh", watch=("--nodes",), as_of=NEW_DAY.isoformat())
            found["cpu_s"].append(day.cpu)
            found["wall_s"].append(day.wall)
            found["sql_cpu_s"].append(_sql(day, "model"))
            found["test_sql_cpu_s"].append(_sql(day, "test"))
            found["steps"].append(day.said["steps"])
            found["nodes"] = len(day.said["nodes"])
            found["noop_s"].append(base.signalhouse("refresh", as_of=NEW_DAY.isoformat()).wall)
        dearest = sorted(day.said["nodes"].items(), key=lambda item: -item[1]["sql_cpu"])[:15]
        found["dearest"] = {name.rsplit(".", 1)[-1]: node["sql_cpu"] for name, node in dearest}
    return found


def _sql(cost: Cost, kind: str) -> float:
    return sum(float(node["sql_cpu"]) for node in cost.said["nodes"].values() if node["kind"] == kind)


def noop(scale: Scale, runs: int, say: Say) -> Figures:
    """Nothing is new, and no `--as-of` spares the look at the clock."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=DATA) as folder:
        house = House(Path(folder), landing_of(scale))
        say("noop: a release to come back to")
        house.signalhouse("refresh", as_of=None)
        walls = []
        for run in range(runs):
            say(f"noop, run {run + 1} of {runs}")
            walls.append(house.signalhouse("refresh", as_of=None))
    return {"wall_s": [cost.wall for cost in walls], "cpu_s": [cost.cpu for cost in walls]}


HISTORIES = (30, 120, 730)


def history(scale: Scale, runs: int, say: Say) -> Figures:
    """The same new day on a short and on a long history of the same small company."""
    company = Scale(60, 732, 100_000)
    landing = landing_of(company)
    found: Figures = {"accounts": company.accounts, "sql_cpu_s": {}, "cpu_s": {}}
    for days in HISTORIES:
        found["sql_cpu_s"][days], found["cpu_s"][days] = [], []
        with tempfile.TemporaryDirectory(prefix="bench-", dir=DATA) as folder:
            say(f"history: {days} days")
            base, evening, _ = _evening_before(Path(folder), landing, days)
            for _ in range(runs):
                evening.come_back()
                day = base.signalhouse("refresh", watch=("--nodes", "--without-audit"), as_of=NEW_DAY.isoformat())
                found["sql_cpu_s"][days].append(_sql(day, "model"))
                found["cpu_s"][days].append(day.cpu)
    found["exponent"] = slope([(days, median(found["sql_cpu_s"][days])) for days in HISTORIES])
    return found


def slope(points: list[tuple[float, float]]) -> float:
    """The exponent b of y = a x^b, by least squares of the logarithms."""
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def growth(scale: Scale, runs: int, say: Say) -> Figures:
    """The work folder's databases after 60 refreshes, one a day, against a fresh build of the same files."""
    from bench.growth import grow

    return grow(say)


def identity(scale: Scale, runs: int, say: Say) -> Figures:
    """A million edges: of ids to users, with a chain of 100,000 beside them, and of ids with two users each."""
    from bench.identity import measure

    return measure(runs, say)


def queries(scale: Scale, runs: int, say: Say) -> Figures:
    """The queries of docs/marts.md on the marts of this scale."""
    from bench.queries import measure

    with tempfile.TemporaryDirectory(prefix="bench-", dir=DATA) as folder:
        house = House(Path(folder), landing_of(scale))
        say("queries: marts to ask")
        house.signalhouse("refresh", watch=("--without-audit",))
        say("queries: asking")
        return measure(Path(folder) / "serve" / "current" / "marts.duckdb")


PARTS: dict[str, Callable[[Scale, int, Say], Figures]] = {
    "full": full,
    "memory": memory,
    "refresh": refresh,
    "noop": noop,
    "history": history,
    "growth": growth,
    "identity": identity,
    "queries": queries,
}

# These have companies or edges of their own, so one scale is enough.
OF_NO_SCALE = {"history", "growth", "identity"}
