"""`signalhouse doctor`: looks at everything a refresh needs, without changing anything that matters."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from signalhouse.errors import SignalhouseError
from signalhouse.lock import holder
from signalhouse.places import databases, fault_in, is_writable, nearest, trouble_with, way_out
from signalhouse.redact import redact
from signalhouse.settings import Settings, check_environment
from signalhouse.status import no_release
from signalhouse.variables import FILE, faults, sources_on

_READ = "give this user the right to read there"
_PINNED = ("dbt-core", "dbt-duckdb", "duckdb", "great-expectations")


@dataclass(frozen=True)
class Finding:
    """One line of the doctor. `bad` stops a refresh, `note` does not; `todo` says what to do about either."""

    state: Literal["ok", "note", "bad"]
    subject: str
    says: str
    todo: str = ""


def doctor(settings: Settings) -> list[Finding]:
    """Every check, in the order in which a refresh would meet them."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _folders,
        _lock,
        _environment,
        _databases,
        _profile,
        _variables,
        _warehouse,
        _landing,
        _served,
    )
    return [finding for check in checks for finding in check(settings)]


def _python(settings: Settings) -> Iterator[Finding]:
    found = ".".join(str(part) for part in sys.version_info[:3])
    good = (3, 11) <= sys.version_info[:2] < (3, 14)
    todo = "" if good else "use Python 3.11 to 3.13: make setup PYTHON=python3.11"
    yield Finding("ok" if good else "bad", "python", found, todo)


def _packages(settings: Settings) -> Iterator[Finding]:
    lock = settings.project / "requirements.lock"
    text = lock.read_text(encoding="utf-8") if lock.is_file() else ""
    for name in _PINNED:
        pin = re.search(rf"(?m)^{re.escape(name)}==(\S+)", text)
        wanted = pin.group(1) if pin else None
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Finding("bad", name, "not installed", "run `make setup`")
            continue
        if wanted and found != wanted:
            yield Finding(
                "bad",
                name,
                f"{found}, but {wanted} is pinned",
                "run `make setup`; two versions must not touch one database",
            )
        else:
            yield Finding("ok", name, found)


def _folders(settings: Settings) -> Iterator[Finding]:
    for name, folder in (("work", settings.work), ("serve", settings.serve)):
        above = nearest(folder)
        if folder.exists() and not folder.is_dir():
            yield Finding("bad", name, f"{folder} is a file", f"name another folder with --{name}")
        elif not is_writable(above):
            yield Finding(
                "bad",
                name,
                f"{above} cannot be written",
                f"give this user the right to write there, or name another with --{name}",
            )
        elif closed := [
            inner for inner in (folder / "runs", folder / "releases") if inner.exists() and not is_writable(inner)
        ]:
            yield Finding("bad", name, f"{closed[0]} cannot be written", "give this user the right to write there")
        else:
            yield Finding("ok", name, str(folder) if folder.exists() else f"{folder} (made by the first refresh)")


def _lock(settings: Settings) -> Iterator[Finding]:
    at_work = holder(settings)
    if at_work:
        yield Finding("note", "lock", f"held by {at_work}", "wait for it, or end that process; the lock goes with it")
    else:
        yield Finding("ok", "lock", "free")


def _environment(settings: Settings) -> Iterator[Finding]:
    try:
        check_environment(settings.target)
    except SignalhouseError as error:
        yield Finding("bad", "environment", error.what, error.next_step)


def _variables(settings: Settings) -> Iterator[Finding]:
    try:
        found = faults(settings.project)
    except SignalhouseError as error:
        yield Finding("bad", FILE, error.what, error.next_step)
        return
    for fault in found:
        yield Finding("bad", fault.where, fault.says, fault.todo)
    if not found:
        yield Finding("ok", FILE, "each variable is sound")


def _databases(settings: Settings) -> Iterator[Finding]:
    if settings.target != "duckdb":
        return  # landing.duckdb is fetched anew by each refresh
    for file in databases(settings):
        trouble = trouble_with(file)
        if trouble is None and not os.access(file, os.W_OK):
            yield Finding("bad", file.name, f"{file} cannot be written", "give this user the right to write there")
        elif trouble is None:
            yield Finding("ok", file.name, f"{file.stat().st_size:,} bytes")
        elif "lock on file" in trouble:
            yield Finding("note", file.name, "open in another program", "close that program before the next refresh")
        else:
            fault = fault_in(settings, trouble)
            todo = fault.next_step if fault else f"mend what DuckDB names, or {way_out(file)}"
            yield Finding("bad", file.name, fault.what if fault else redact(" ".join(trouble.split())), todo)


def _profile(settings: Settings) -> Iterator[Finding]:
    import yaml

    path = settings.project / "profiles.example.yml"
    try:
        outputs = yaml.safe_load(path.read_text(encoding="utf-8"))["signalhouse"]["outputs"]
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        yield Finding(
            "bad",
            "dbt profile",
            f"{path.name} cannot be read ({type(error).__name__})",
            "restore it: git checkout -- profiles.example.yml",
        )
        return
    good = settings.target in outputs
    todo = "" if good else f"it needs a target named {settings.target}"
    yield Finding("ok" if good else "bad", "dbt profile", f"{path.name}, targets: {', '.join(outputs)}", todo)


def _warehouse(settings: Settings) -> Iterator[Finding]:
    if settings.target != "bigquery":
        return
    from signalhouse.bigquery.connection import Connection

    try:
        connection = Connection(settings)
        datasets = sum(1 for _ in connection.client.list_datasets(connection.project))
    except SignalhouseError as error:
        yield Finding("bad", "bigquery", error.what, error.next_step)
    except Exception as error:  # noqa: BLE001  (whatever Google's libraries raise, a person has to read it)
        said = redact(" ".join(str(error).split()))[:200]
        yield Finding("bad", "bigquery", f"{type(error).__name__}: {said}", "docs/bigquery.md, An empty project")
    else:
        yield Finding("ok", "bigquery", f"project {connection.project}, {datasets} datasets")


def _landing(settings: Settings) -> Iterator[Finding]:
    from signalhouse.landing.contract import known_vendors, read_contracts
    from signalhouse.landing.files import CLOSED, LOOSE, is_open, local_files

    try:
        on = sources_on(settings.project)
    except SignalhouseError:
        return  # said of vars.yml
    try:
        read_contracts(settings.project, on)
    except SignalhouseError as error:
        yield Finding("bad", "contracts", error.what, error.next_step)
        return
    yield Finding("ok", "contracts", f"sources that are on: {', '.join(on) or 'none'}")
    if not settings.landing_is_local:
        yield Finding("note", "landing", f"{settings.landing} is looked at by the refresh itself")
        return
    folder = Path(settings.landing)
    if not folder.is_dir():
        yield Finding(
            "bad",
            "landing",
            f"{folder} is not there",
            "create it and put exports under <vendor>/<object>/, or name another with --landing",
        )
        return
    if not is_open(folder):
        yield Finding("bad", "landing", f"{folder} cannot be read", _READ)
        return
    yield Finding("ok", "landing", str(folder))
    present = {
        path.name: sum(file.is_file() for file in path.rglob("*")) for path in sorted(folder.iterdir()) if path.is_dir()
    }
    left = [file for file in local_files(folder) if file.problem]
    for file in left:
        if file.problem == LOOSE:
            yield Finding("note", f"  {file.relative}", "left alone", LOOSE)
    closed = [file for file in left if file.problem == CLOSED and file.vendor in on]
    for file in closed:
        yield Finding("bad", f"  {file.relative}", f"{file.local} cannot be read", _READ)
    for vendor in on:
        if any(file.relative == vendor for file in closed):
            continue
        files = present.get(vendor, 0)
        todo = "" if files else f"put exports under {vendor}/<object>/, or take {vendor} out of `sources` in vars.yml"
        yield Finding("ok" if files else "note", f"  {vendor}", f"{files:,} files", todo)
    for vendor, files in present.items():
        if vendor in on or vendor.startswith("."):
            continue
        known = vendor in known_vendors(settings.project)
        todo = (
            "add it to `sources` in vars.yml to use it"
            if known
            else "it has no contract; CONTRIBUTING.md says how to write one"
        )
        yield Finding("note", f"  {vendor}", f"{files:,} files, left alone", todo)


def _served(settings: Settings) -> Iterator[Finding]:
    from signalhouse.publish import current

    served = current(settings)
    if served:
        yield Finding("ok", "readers see", f"release {served.stamp}")
    else:
        yield Finding("note", "readers see", *no_release(settings))
