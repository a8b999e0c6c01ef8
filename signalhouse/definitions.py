"""What the numbers are made by: SQL, seeds, contracts, switches. A changed definition rebuilds what depends on it.

Incremental tables keep rows that an older definition made. So the work folder remembers which definitions its tables were
built by, and a build compares: nothing changed = only new rows; something changed = the changed models and everything
after them are built whole; something that reaches everywhere (macros, vars, versions) = all of it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from signalhouse import small_files
from signalhouse.landing.contract import RULES
from signalhouse.settings import Settings

_ENGINES = ("dbt-core", "dbt-duckdb", "duckdb")
_EVERYWHERE = ("dbt_project.yml", "vars.yml", "macros/", "package:", "landing:")
# Promises decide no number, but what was published under others has to be held against them.
_PROMISES = "expectations/"
_TELLS_READERS = ("description", "docs", "data_tests", "tests", "unit_tests")


@dataclass(frozen=True)
class Change:
    """What a build has to do about changed definitions. `names` are the changed files, for people."""

    names: tuple[str, ...] = ()
    everything: bool = False
    select: tuple[str, ...] = ()

    @property
    def none(self) -> bool:
        """True when the tables were built by the definitions that stand now."""
        return not self.names


def fingerprint(project: Path) -> dict[str, str]:
    """A digest for each file that decides a number, and the engines' versions. Descriptions and tests decide none."""
    prints = {f"package:{name}": _version(name) for name in _ENGINES} | {"landing:rules": str(RULES)}
    for file in _files(project):
        prints[file.relative_to(project).as_posix()] = hashlib.sha256(_content(file)).hexdigest()[:16]
    return prints


def compare(before: dict[str, str], now: dict[str, str]) -> Change:
    """The change between two fingerprints. A file that is gone reaches everywhere: nothing is left to select by."""
    names = tuple(name for name in _differing(before, now) if not name.startswith(_PROMISES))
    gone = any(name not in now for name in names)
    if gone or any(name.startswith(_EVERYWHERE) for name in names):
        return Change(names, everything=True)
    return Change(names, select=tuple(sorted({_selector(name, now) for name in names})))


def promises_changed(settings: Settings, now: dict[str, str]) -> bool:
    """Whether the last release was audited by other expectations than those that stand now."""
    kept = remembered(settings)
    return any(name.startswith(_PROMISES) for name in _differing(kept[0] if kept else {}, now))


def remembered(settings: Settings) -> list[dict[str, str]]:
    """The fingerprints this work folder was built by since its last release, the released one first."""
    try:
        kept: list[dict[str, str]] = json.loads(small_files.read(memory(settings)) or "")
    except ValueError:
        return []
    return kept


def change_for(settings: Settings, now: dict[str, str]) -> Change:
    """What the next build has to do. Builds that were refused or killed under other definitions may have left their rows, so
    after one of those everything is built whole."""
    kept, now = [_of_numbers(one) for one in remembered(settings)], _of_numbers(now)
    if not kept:
        return Change()
    if any(other not in (kept[0], now) for other in kept[1:]) or (now == kept[0] and any(o != now for o in kept)):
        return Change(("definitions changed more than once since the last release",), everything=True)
    return compare(kept[0], now)


def note_build(settings: Settings, now: dict[str, str]) -> None:
    """Called before a build starts."""
    kept = remembered(settings)
    if now not in kept:
        small_files.write(memory(settings), json.dumps([*kept, now]))


def note_release(settings: Settings, now: dict[str, str]) -> None:
    """Called when what was built under these definitions is published."""
    small_files.write(memory(settings), json.dumps([now]))


def memory(settings: Settings) -> Path:
    """The file of those fingerprints, for a warehouse that is not in the work folder to keep."""
    return settings.work / "definitions.json"


def _differing(before: dict[str, str], now: dict[str, str]) -> list[str]:
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def _of_numbers(prints: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in prints.items() if not name.startswith(_PROMISES)}


def _files(project: Path) -> list[Path]:
    found = [project / "dbt_project.yml", project / "vars.yml"]
    for folder, endings in (
        ("macros", {".sql"}),
        ("models", {".sql", ".py", ".yml", ".yaml"}),
        ("seeds", {".csv", ".yml", ".yaml"}),
        ("expectations", {".yml"}),
    ):
        found += [path for path in sorted((project / folder).rglob("*")) if path.suffix in endings]
    return [path for path in found if path.is_file()]


def _content(file: Path) -> bytes:
    """The bytes that decide a number. YAML without what only readers and tests see; as it stands when it does not parse."""
    data = file.read_bytes()
    if file.suffix not in {".yml", ".yaml"}:
        return data
    import yaml

    from signalhouse import yamls

    try:
        return json.dumps(_bare(yamls.read(data)), sort_keys=True, default=str).encode()
    except yaml.YAMLError:
        return data


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if key not in _TELLS_READERS}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return value


def _selector(name: str, now: dict[str, str]) -> str:
    path = Path(name)
    if path.name.endswith("__sources.yml"):
        return f"source:{path.parent.name}+"
    if path.suffix in {".yml", ".yaml"}:
        # A properties file stands beside the model or seed it describes; another one speaks for its folder.
        beside = [path.with_suffix(ending).as_posix() for ending in (".sql", ".py", ".csv")]
        return f"path:{next((other for other in beside if other in now), path.parent.as_posix())}+"
    return f"path:{name}+"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
