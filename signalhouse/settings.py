"""Where things are: the project, the landing folder, the private work folder, the folder readers see."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from signalhouse.errors import UsageError

PROJECT_FILE = "dbt_project.yml"
TARGETS = ("duckdb", "bigquery")
MEMORY = "1500MB"  # as in profiles.example.yml
# Of the environment, by target, and the most of each
_NUMBERS = {
    "duckdb": {"SIGNALHOUSE_DUCKDB_THREADS": 1000},
    "bigquery": {"SIGNALHOUSE_BIGQUERY_THREADS": 1000, "SIGNALHOUSE_BIGQUERY_MAXIMUM_BYTES": 10**18},
}
_MEMORY_SIZE = re.compile(r"(?=.*[1-9])\d+(\.\d+)? ?[KMGT]i?B")
_PROJECT_NAME = re.compile(r"^name:\s*['\"]?signalhouse['\"]?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Settings:
    """The folders and choices of one command. Local paths are absolute; `landing` may be an s3:// or gs:// address."""

    project: Path
    landing: str
    work: Path
    serve: Path
    as_of: date | None = None
    json_output: bool = False
    target: str = "duckdb"

    @property
    def landing_db(self) -> Path:
        """Landed records (one schema per vendor) and schema `ops`."""
        return self.work / "landing.duckdb"

    @property
    def warehouse_db(self) -> Path:
        """Schemas raw, core and contact. Private: it holds personal data."""
        return self.work / "warehouse.duckdb"

    @property
    def marts_db(self) -> Path:
        """Schema mart as it was built last; readers never open this file but its published copy."""
        return self.work / "marts.duckdb"

    @property
    def runs_dir(self) -> Path:
        """One JSON record per run."""
        return self.work / "runs"

    @property
    def landing_is_local(self) -> bool:
        """False when the exports lie in object storage."""
        return "://" not in self.landing

    @classmethod
    def resolve(
        cls,
        *,
        landing: str | None = None,
        work: str | Path | None = None,
        serve: str | Path | None = None,
        as_of: str | date | None = None,
        json_output: bool = False,
        project: Path | None = None,
        target: str | None = None,
    ) -> Settings:
        """Settings from flags, then SIGNALHOUSE_LANDING, _WORK, _SERVE and _TARGET, then folders under the current one.

        Another target than DuckDB has its own folder in each of work and serve: what is remembered there is of that warehouse.
        Raises UsageError for an `as_of` that is not a date, a target that is none, and when no project is found.
        """
        aim = _target(_first(target, "SIGNALHOUSE_TARGET", TARGETS[0]))
        inside = "" if aim == TARGETS[0] else aim
        return cls(
            project=project.resolve() if project else find_project(),
            landing=_address(_first(landing, "SIGNALHOUSE_LANDING", "landing")),
            work=_folder(_first(work, "SIGNALHOUSE_WORK", "work")) / inside,
            serve=_folder(_first(serve, "SIGNALHOUSE_SERVE", "serve")) / inside,
            as_of=_day(as_of),
            json_output=json_output,
            target=aim,
        )


def find_project(start: Path | None = None) -> Path:
    """The checkout: the nearest folder upward with our dbt_project.yml, else the one beside the package.

    Another dbt project on the way up is passed over. Raises UsageError when there is none.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parent.parent):
        if _is_ours(folder / PROJECT_FILE):
            return folder
    raise UsageError(
        "this is not a Signalhouse checkout: no dbt_project.yml of the project signalhouse was found",
        where=f"looked in {here} and every folder above it",
        next_step="run the command inside the checkout, or install the package from it with `make setup`",
    )


def _is_ours(path: Path) -> bool:
    return path.is_file() and _PROJECT_NAME.search(path.read_text(encoding="utf-8")) is not None


def _first(flag: str | Path | None, variable: str, default: str) -> str:
    return str(flag) if flag is not None else os.environ.get(variable) or default


def _folder(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _target(name: str) -> str:
    if name not in TARGETS:
        raise UsageError(f"there is no target {name}", next_step=f"name one of {', '.join(TARGETS)} with --target")
    return name


def _address(text: str) -> str:
    return text.rstrip("/") if "://" in text else str(_folder(text))


def _day(value: str | date | None) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise UsageError(
            f"--as-of {value} is not a date",
            next_step="write it as year-month-day, for example --as-of 2026-09-30",
        ) from None


def target_flag(settings: Settings | None) -> str:
    """What a command that is named to a person needs behind it, to be about the same warehouse."""
    return f" --target {settings.target}" if settings and settings.target != TARGETS[0] else ""


def memory_limit() -> str:
    """What one database may take of memory before it spills to disk: SIGNALHOUSE_MEMORY, for example 8GB.

    Raises UsageError for what is no size.
    """
    limit = os.environ.get("SIGNALHOUSE_MEMORY") or MEMORY
    if not _MEMORY_SIZE.fullmatch(limit):
        raise UsageError(
            f"SIGNALHOUSE_MEMORY={limit} is no size of memory",
            next_step="write a number with MB or GB behind it, for example SIGNALHOUSE_MEMORY=8GB",
        )
    return limit


def check_environment(target: str) -> None:
    """The numbers that profiles.example.yml takes from the environment. Raises UsageError for what is none.

    dbt's `int` makes 0 of it: no thread at all, and no limit for what a statement may cost.
    """
    memory_limit()
    for name, most in _NUMBERS[target].items():
        value = os.environ.get(name)
        if value and not (value.isascii() and value.isdigit() and 1 <= int(value) <= most):
            raise UsageError(
                f"{name}={value} is no whole number from 1 to {most}",
                next_step="write it in digits, or leave it out: profiles.example.yml says what it is then",
            )
