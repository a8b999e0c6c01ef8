"""vars.yml, held against vars.schema.json and against the project before anything is started.

dbt takes a variable as it stands: a text where a number belongs is computed with, and a name that nothing knows is passed over. What
follows is a wrong number, or a failure in a model that is not to blame.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signalhouse import yamls
from signalhouse.errors import UsageError
from signalhouse.redact import redact

if TYPE_CHECKING:
    from jsonschema import ValidationError

FILE = "vars.yml"
SCHEMA = "vars.schema.json"
_READS_A_VARIABLE = re.compile(r"\bvar\(\s*['\"](\w+)['\"]")
_MAY_READ_VARIABLES = ("models", "macros", "seeds", "tests", "analyses", "dbt_packages")
_WINDOWS = 62  # macros/metrics/retention.sql
_MEND = f"mend it in {FILE}; {SCHEMA} says what each variable may be"
_SHOWN = 60


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. `says` names the variable; `line` is None where none can be named."""

    says: str
    todo: str = _MEND
    line: int | None = None

    @property
    def where(self) -> str:
        """The file, with the line."""
        return f"{FILE}, line {self.line}" if self.line else FILE


def check(project: Path) -> None:
    """Raises UsageError that names everything that is wrong with vars.yml."""
    found = faults(project)
    if len(found) == 1:
        raise UsageError(f"{FILE}: {found[0].says}", where=found[0].where, next_step=found[0].todo)
    if found:
        lines = [f"{fault.where}: {fault.says}" for fault in found]
        todo = dict.fromkeys(fault.todo for fault in found)
        raise UsageError(f"{FILE} has {len(found)} faults", where="\n".join(lines), next_step="\n".join(todo))


def faults(project: Path) -> list[Fault]:
    """Everything that is wrong with vars.yml: each variable by itself, then what they say together once each is sound."""
    said = _read(project)
    if isinstance(said, Fault):
        return [said]
    schema, known = _schema(project), _Known(project)
    # Two keywords may say the same of one value.
    found = list(dict.fromkeys([*_twice(said), *_each(said, schema, known), *_unknown(said, schema, known)]))
    return found or list(_together(said, schema, known))


def sources_on(project: Path) -> list[str]:
    """The list `sources`. Raises UsageError when it cannot be read."""
    said = _read(project)
    if isinstance(said, Fault):
        raise UsageError(f"{FILE}: {said.says}", where=said.where, next_step=said.todo)
    found = said.variables.get("sources")
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise UsageError(f"{FILE}: sources must be a list of sources", where=FILE, next_step=_MEND)
    return list(found)


@dataclass(frozen=True)
class _Said:
    """The file as it was read: what it says, and where each word of it stands."""

    document: Any
    root: Any

    @property
    def variables(self) -> dict[str, Any]:
        """Those that can be told apart at all."""
        found = self.document.get("vars") if isinstance(self.document, dict) else None
        return found if isinstance(found, dict) else {}

    def line(self, *path: object) -> int | None:
        """Where the value begins, or the nearest thing around it that has a line."""
        import yaml

        node, line = self.root, None
        for part in path:
            if isinstance(node, yaml.MappingNode):
                key, node = next(((key, value) for key, value in node.value if key.value == part), (None, None))
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
                key = node = node.value[part]
            else:
                break
            if key is None:
                break
            line = key.start_mark.line + 1
        return line


class _Known:
    """The names of the project that a variable may say; each kind is read when it is asked for."""

    def __init__(self, project: Path) -> None:
        self._project = project

    @cached_property
    def sources(self) -> set[str]:
        """Those that have a contract, on or off."""
        from signalhouse.landing.contract import known_vendors

        return set(known_vendors(self._project))

    @cached_property
    def models(self) -> set[str]:
        return {path.stem for path in (self._project / "models").rglob("*.sql")}

    @cached_property
    def definitions(self) -> set[str]:
        return {path.parent.name for path in (self._project / "seeds").glob("*/*.csv")} - {"shared"}

    @cached_property
    def variables(self) -> set[str]:
        """Those that some file reads: a company's own models may have variables of their own."""
        files = [path for room in _MAY_READ_VARIABLES for path in (self._project / room).rglob("*")]
        texts = [
            path.read_text(encoding="utf-8", errors="replace")
            for path in [self._project / "dbt_project.yml", *files]
            if path.suffix in {".sql", ".py", ".yml", ".yaml"} and path.is_file()
        ]
        return {name for text in texts for name in _READS_A_VARIABLE.findall(text)}

    @cached_property
    def time_zones(self) -> set[str]:
        from zoneinfo import available_timezones

        return available_timezones()

    def of(self, format: object) -> Iterable[str]:
        """The names that a format of the schema allows."""
        if format == "time-zone":
            return self.time_zones
        return {"source": self.sources, "model": self.models, "definitions": self.definitions}.get(str(format), set())


def _read(project: Path) -> _Said | Fault:
    import yaml

    try:
        text = (project / FILE).read_bytes()
        return _Said(yamls.read(text), yaml.compose(text, Loader=yamls.LOADER))
    except OSError as error:
        return Fault(f"the file cannot be read ({type(error).__name__})", f"restore it: git checkout -- {FILE}")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = redact(str(getattr(error, "problem", None) or "not a text in UTF-8"))
        todo = f"look at that line and the one before it; `git diff {FILE}` shows what was changed"
        return Fault(f"the file is no YAML ({problem})", todo, mark.line + 1 if mark else None)


def _schema(project: Path) -> dict[str, Any]:
    try:
        schema: dict[str, Any] = json.loads((project / SCHEMA).read_bytes())
    except (OSError, ValueError):
        raise UsageError(
            f"{SCHEMA} is missing or no JSON", where=str(project), next_step=f"restore it: git checkout -- {SCHEMA}"
        ) from None
    return schema


def _twice(said: _Said) -> Iterator[Fault]:
    """YAML takes the last of two lines with one name, and says nothing."""
    import yaml

    nodes = [said.root]
    while nodes:
        node = nodes.pop(0)
        if not isinstance(node, yaml.MappingNode):
            continue
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield Fault(f"{redact(name)} stands there twice", "leave one of them", key.start_mark.line + 1)
            seen.add(name)
            nodes.append(value)


def _each(said: _Said, schema: dict[str, Any], known: _Known) -> Iterator[Fault]:
    for error in _validator(schema, known).iter_errors(said.document):
        path = list(error.absolute_path)
        place = _spoken(path[1:])
        if error.validator == "required":
            for name in error.validator_value:
                if name not in error.instance:
                    todo = f"write it again; `git diff {FILE}` shows what was taken out"
                    yield Fault(f"{f'{place}.' if place else ''}{name} is missing", todo, said.line(*path[1:] and path))
            continue
        if "propertyNames" in error.absolute_schema_path:
            place = f"each name in {place}"
        must = f"{place or ('vars' if path else 'the file')} must be {error.schema.get('title', 'something else')}"
        but = _but(error.instance, as_text=error.validator == "type")
        yield Fault(must + but, _meant(error, known), said.line(*path))


def _unknown(said: _Said, schema: dict[str, Any], known: _Known) -> Iterator[Fault]:
    names = _of(schema).get("properties", {})
    for name in said.variables if names else ():
        if name not in names and name not in known.variables:
            todo = _did_you_mean(str(name), [*names, *known.variables]) or "take it out, or read it in a model"
            yield Fault(f"{redact(str(name))} is a variable that nothing reads", todo, said.line("vars", name))


def _together(said: _Said, schema: dict[str, Any], known: _Known) -> Iterator[Fault]:
    """What no variable can say by itself. Asked only where each is sound."""
    variables = said.variables
    if "properties" not in _of(schema):
        return
    on, mappings = set(variables["sources"]), variables["mappings"]
    for entity, sources in mappings.items():
        line = said.line("vars", "mappings", entity)
        if not any(model.startswith("map_") and model.endswith(f"__{entity}") for model in known.models):
            others = (name for name in mappings if name != entity)
            todo = _did_you_mean(str(entity), others) or "take it out, or write its models map_<source>__" + str(entity)
            yield Fault(f"mappings.{entity} is an entity that no source has a model for", todo, line)
            continue
        for source in sources:
            if source in on and f"map_{source}__{entity}" not in known.models:
                todo = f"take {source} out there, or write that model (CONTRIBUTING.md, A new vendor)"
                yield Fault(f"mappings.{entity} names {source}, but there is no map_{source}__{entity}", todo, line)
    for name, needed in (
        ("raw_objects", on),
        ("event_logs", on.intersection(mappings["event"])),
        ("service_logs", on.intersection(mappings["service_hour"])),
    ):
        for source in sorted(needed - set(variables[name])):
            yield Fault(f"{name}.{source} is missing, and {source} is on", line=said.line("vars", name))
    for source, names in variables["raw_objects"].items():
        for name in names:
            if f"raw_{source}__{name}" not in known.models:
                todo = _did_you_mean(name, (model.removeprefix(f"raw_{source}__") for model in known.models)) or _MEND
                line = said.line("vars", "raw_objects", source)
                yield Fault(f"raw_objects.{source} names {name}, but there is no raw_{source}__{name}", todo, line)
    verdict = variables["impact_verdict_days"]
    if verdict not in variables["impact_horizons"] or verdict >= 2 * variables["impact_baseline_days"]:
        says = "impact_verdict_days must be one of impact_horizons, and shorter than two of impact_baseline_days"
        yield Fault(says + _but(verdict), line=said.line("vars", "impact_verdict_days"))
    windows = 2 * len(variables["retention_days"]) + len(variables["retention_brackets"])
    if windows > _WINDOWS:
        says = f"retention_days (each counts twice) and retention_brackets must be {_WINDOWS} windows at most"
        yield Fault(says + _but(windows), line=said.line("vars", "retention_days"))


def _validator(schema: dict[str, Any], known: _Known) -> Any:
    from jsonschema import Draft7Validator, FormatChecker, ValidationError
    from jsonschema.validators import extend

    def ascending(validator: Any, asked: bool, value: Any, schema: Any) -> Iterator[ValidationError]:
        numbers = isinstance(value, list) and all(isinstance(item, (int, float)) for item in value)
        if asked and numbers and any(later < earlier for earlier, later in pairwise(value)):
            yield ValidationError("not ascending")

    # In JSON Schema 30.0 is a whole number; in SQL it is another type. And of what is no number, every bound holds.
    types = Draft7Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
            "number": lambda _, value: (
                isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
            ),
        }
    )
    formats = FormatChecker(formats=())
    for format in ("source", "model", "definitions"):
        formats.checks(format)(lambda value, format=format: not isinstance(value, str) or value in known.of(format))
    formats.checks("time-zone")(lambda value: not isinstance(value, str) or _is_time_zone(value))
    kind = extend(Draft7Validator, {"ascending": ascending}, type_checker=types)
    return kind(schema, format_checker=formats)


def _is_time_zone(name: str) -> bool:
    """Asked of the one file: to list all zones takes longer than the rest of the check."""
    from zoneinfo import ZoneInfo

    try:
        # A zone of the machine is not one of the list, and the engines do not know it.
        return name not in {"localtime", "Factory"} and ZoneInfo(name).key == name
    except (OSError, ValueError, KeyError):
        return False


def _meant(error: ValidationError, known: _Known) -> str:
    if error.validator != "format" or not isinstance(error.instance, str):
        return _MEND
    return _did_you_mean(error.instance, known.of(error.validator_value)) or _MEND


def _did_you_mean(name: str, names: Iterable[str]) -> str:
    from difflib import get_close_matches

    by_small = {other.lower(): other for other in names}
    close = get_close_matches(name.lower(), by_small, n=1)
    return f"did you mean {by_small[close[0]]}?" if close else ""


def _of(schema: dict[str, Any]) -> dict[str, Any]:
    """The part that speaks of the variables; a project in miniature has none."""
    found: dict[str, Any] = schema.get("properties", {}).get("vars", {})
    return found


def _spoken(path: list[Any]) -> str:
    """`mappings.event, entry 4,`"""
    said = ""
    for part in path:
        if isinstance(part, int):
            said += f", entry {part + 1}"
        else:
            said += f".{part}" if said else str(part)
    return f"{said}," if ", entry" in said else said


def _but(value: Any, *, as_text: bool = False) -> str:
    """What stands there instead, when it can be said in a word; `as_text` where a text is wrong whatever it says."""
    if value is None:
        return ", but is empty"
    if isinstance(value, bool):
        return f", not {str(value).lower()}"
    if isinstance(value, (str, int, float)):
        text = redact(str(value))
        kind = "the text " if as_text and isinstance(value, str) else ""
        return f", not {kind}{text}" if len(text) <= _SHOWN and text.strip() and "\n" not in text else ""
    return ""
