"""Walks a journey with the real landing and the real dbt build, and compares where it ends with one full build."""

from __future__ import annotations

import gzip
import io
import os
import random
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
from equality import compare

from replay.company import DAYS, FIRST_DAY, WEEKS_APART, Company, company
from replay.journey import KILLED, ONLY_RAW, PUBLISHED, Stop, journey
from signalhouse import ops, selection
from signalhouse.backfill import Span, mark
from signalhouse.build import build
from signalhouse.landing import land
from signalhouse.progress import silent
from signalhouse.settings import Settings
from signalhouse.warehouse import warehouse_of

PROJECT = Path(__file__).parents[3]
# The models that carry something over from one build to the next ...
EVENT_SIDE = sorted(
    path.stem
    for path in (PROJECT / "models").rglob("*.sql")
    if "materialized='incremental'" in path.read_text(encoding="utf-8")
)
# ... and what they read; all others are made whole of these and leave nothing behind.
CARRIED_OVER = "+config.materialized:incremental"
SEEDS = "resource_type:seed"
# Where a kill leaves a build: this model and all after it were not reached.
KILL_POINTS = [
    "raw_generic__events",
    "raw_mixpanel__export",
    "raw_amplitude__events",
    "raw_segment__raw_logs",
    "fct_event",
    "fct_session",
    "fct_actor_day",
    "dim_actor",
    "fct_account_day",
]
KILL_POINTS_OF_ALL = [
    *KILL_POINTS,
    "raw_generic__users",
    "dim_person",
    "fct_person_day",
    "fct_subscription_period",
    "active_users_daily",
]


def zipped(content: bytes) -> bytes:
    """The lines as two gz members of a zip, as Amplitude packs them; the same bytes for the same lines."""
    half = content.find(b"\n", len(content) // 2) + 1
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, part in enumerate((content[:half], content[half:])):
            archive.writestr(zipfile.ZipInfo(f"7//7_#{number}.json.gz"), gzip.compress(part, mtime=0))
    return out.getvalue()


@dataclass
class Result:
    """`differences` name each table that differs, with how; empty is what we want."""

    seed: int
    cells: int = 0
    builds: int = 0
    differences: list[str] = field(default_factory=list)


@dataclass
class Walker:
    """One work folder for all scenarios of a process: dbt parses the project anew wherever the folder changes."""

    folder: Path
    project: Path = PROJECT
    events_only: bool = False
    measurements: bool = False
    plans: bool = False
    worlds: int = 3
    stops: int = 4

    def scenario(self, seed: int) -> Result:
        """One company, one journey, one full build. The same seed gives the same scenario."""
        chance = random.Random(seed)  # not for secrets
        made = company(
            chance, self.worlds, events_only=self.events_only, measurements=self.measurements, plans=self.plans
        )
        way = journey(made, chance, self.stops)
        result = Result(seed)
        self._clear()
        self._write(made)
        self._refresh(result, Stop(), chance)
        self.keep("rebuilt")
        self._clear()
        # What is made whole leaves nothing behind for the next build, so half of the walks make it in one build of four only. The
        # other half make, each time, what a refresh would.
        narrow = random.Random(-seed)
        narrowed = narrow.random() < 0.5
        for stop in way:
            self._deliver(stop)
            if narrowed and stop is not way[-1] and narrow.random() < 0.75:
                stop = replace(stop, only_event_side=True)
            self._refresh(result, stop, chance)
            if stop.again or (stop.outcome == KILLED and chance.random() < 0.5):
                self._refresh(
                    result, replace(stop, outcome=chance.choice((PUBLISHED, "refused")), as_of_back=None), chance
                )
        self._same_folder_as(made)
        found = compare(self.folder / "rebuilt", self.work)
        result.cells, result.differences = found.cells, found.differences
        return result

    def fresh(self, seed: int) -> None:
        """The final folder of a company, and no database."""
        self._clear()
        self._write(company(random.Random(seed), self.worlds, events_only=self.events_only))

    def refresh(self, also: Sequence[str] = (), as_of: date | None = None) -> None:
        """A refresh that is published."""
        self._refresh(Result(0), Stop(), random.Random(1), also, as_of)

    def land(self) -> Settings:
        """Only the first step of a refresh."""
        settings = self.settings()
        land(settings, silent)
        one_key(settings)
        return settings

    def forget(self) -> None:
        """No database, the same folder."""
        for database in self.work.glob("*.duckdb*"):
            database.unlink()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.work / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    def settings(self, as_of: date | None = None) -> Settings:
        return Settings.resolve(
            landing=str(self.landing), work=self.work, serve=self.folder / "serve", as_of=as_of, project=self.project
        )

    def _refresh(
        self,
        result: Result,
        stop: Stop,
        chance: random.Random,
        also: Sequence[str] = (),
        as_of: date | None = None,
    ) -> None:
        """Land and build as `signalhouse refresh` does; the audit's verdict is the journey's."""
        last_day = (FIRST_DAY + self.worlds * timedelta(weeks=WEEKS_APART) + timedelta(days=DAYS)).date()
        settings = self.settings(last_day - timedelta(days=stop.as_of_back) if stop.as_of_back else as_of)
        land(settings, silent)
        ops.set_as_of(settings)
        one_key(settings)
        if stop.computed_again is not None:
            since = FIRST_DAY.date() + timedelta(days=stop.computed_again)
            mark(settings, Span(since, since + timedelta(days=20)), "test")
        not_reached: list[str] = []
        if stop.outcome == ONLY_RAW:
            not_reached = ["fct_event+"]
        elif stop.outcome == KILLED and (self.work / "warehouse.duckdb").exists():
            points = KILL_POINTS if self.events_only else KILL_POINTS_OF_ALL
            not_reached = [f"{point}+" for point in chance.sample(points, k=chance.randrange(1, 3))]
        batch = ops.newest_batch(settings)
        result.builds += 1
        select, seeds = (
            self._select(selection.touched(settings, warehouse_of(settings).state()), stop, also),
            self._standing_seeds(),
        )
        selection.forget(settings)
        if select != []:
            build(settings, select=select, exclude=not_reached + seeds, data_tests=False, progress=silent)
        if not not_reached and not stop.only_event_side:
            selection.note_build(settings, warehouse_of(settings).state())
        if stop.outcome == PUBLISHED:
            ops.record_release(settings, "test", "test", batch)

    def _select(self, touched: list[str] | None, stop: Stop, also: Sequence[str]) -> list[str] | None:
        """What a refresh would build; where only models of the event side are wanted, what it would build of them."""
        if not (self.events_only or stop.only_event_side):
            return touched
        if touched is not None:
            return [*(f"{selector},{CARRIED_OVER}" for selector in touched), *also]
        return [CARRIED_OVER, *also, *([] if self._standing_seeds() else [SEEDS])]

    def _standing_seeds(self) -> list[str]:
        """All of them from the first build on, and they do not change."""
        return [SEEDS] if (self.work / "warehouse.duckdb").exists() else []

    def _write(self, made: Company) -> None:
        for path, lines in made.files.items():
            self._put(path, "".join(f"{line}\n" for line in lines).encode())

    def _deliver(self, stop: Stop) -> None:
        self.landing.mkdir(exist_ok=True)
        for path, content in stop.delivered.items():
            self._put(path, content)
        for path in stop.touched:
            file = self.landing / path
            if file.exists():
                os.utime(file, (1_800_000_000, 1_800_000_000))

    def _put(self, path: str, content: bytes) -> None:
        file = self.landing / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(zipped(content) if path.endswith(".zip") else content)

    def _same_folder_as(self, made: Company) -> None:
        found = {
            path.relative_to(self.landing).as_posix(): path.read_bytes()
            for path in self.landing.rglob("*")
            if path.is_file()
        }
        final = {path: "".join(f"{line}\n" for line in lines).encode() for path, lines in made.files.items()}
        assert found == {path: zipped(text) if path.endswith(".zip") else text for path, text in final.items()}

    def _clear(self) -> None:
        shutil.rmtree(self.landing, ignore_errors=True)
        self.landing.mkdir(parents=True)
        self.forget()

    def keep(self, name: str) -> None:
        kept = self.folder / name
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        for database in ("warehouse.duckdb", "marts.duckdb"):
            shutil.copy(self.work / database, kept)


def one_key(settings: Settings) -> None:
    """The key of the hashes is drawn at random for each work folder; to compare two, they get the same."""
    with duckdb.connect(str(settings.landing_db)) as connection:
        connection.execute("update ops.hash_key set value = 'the same for both'")
