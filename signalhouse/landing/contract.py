"""The contracts: dbt source files under models/raw/<vendor>/, read as data.

A contract names an export object, its columns with type and path, its key and its class. dbt reads the same file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from signalhouse.errors import UsageError

# Number of the rules in typed.py and slow.py that decide which records land and how they are typed. It is raised with each change of
# them; then every file is landed again, and every table is built anew.
RULES = 3

CLASSES = ("append", "mutable", "snapshot", "aggregate")


@dataclass(frozen=True)
class Column:
    """One typed field of a record. `path` and `or_path` are lists of JSON keys."""

    name: str
    data_type: str
    path: tuple[str, ...]
    or_path: tuple[str, ...] | None = None
    required: bool = False
    one_of: tuple[str, ...] = ()
    clock: str | None = None  # 's' or 'ms': an epoch, refused before 2005 (the usual sign of seconds taken for ms)
    at_least: str | None = None  # a bound written as the column's type; what lies beyond is refused
    at_most: str | None = None
    is_currency: bool = False  # three letters; whether ISO 4217 has them is for the audit to say
    takes_rest: bool = False  # a JSON object, joined by the fields of the record that the contract does not name

    @property
    def limits(self) -> list[str | bool | None]:
        """What it refuses beyond type and presence, and whether it takes more than its own field; empty where nothing is, so that such a
        column's fingerprint stays as it is."""
        found = [self.at_least, self.at_most, self.is_currency, *([True] if self.takes_rest else [])]
        return found if any(found) else []


@dataclass(frozen=True)
class Contract:
    """One export object of one vendor."""

    vendor: str
    object: str
    klass: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    envelope: tuple[str, ...] = ()
    open_column: str | None = None
    any_of: tuple[tuple[str, ...], ...] = ()
    folders: tuple[str, ...] = ()  # under the vendor's; where several hold one kind of record, a repeat may lie in either
    format: str | None = None  # of a compressed file whose name does not say it
    source_file: str = field(default="", compare=False)

    @property
    def table(self) -> str:
        """Quoted name of the landing table."""
        return f'"{self.vendor}"."{self.object}"'

    @property
    def fingerprint(self) -> str:
        """Changes when what is stored of a record would change; then its files are landed again."""
        spec = [
            [c.name, c.data_type, c.path, c.or_path, c.required, c.one_of, c.clock, *c.limits] for c in self.columns
        ]
        text = json.dumps([RULES, spec, self.envelope, self.open_column, self.any_of, *([self.format] if self.format else [])])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_contracts(project: Path, vendors: list[str]) -> list[Contract]:
    """Contracts of these vendors, in the order of the files. Raises UsageError for a vendor without a contract file."""
    contracts: list[Contract] = []
    for vendor in vendors:
        file = project / "models" / "raw" / vendor / f"{vendor}__sources.yml"
        if not file.is_file():
            raise UsageError(
                what=f"source {vendor} is on but has no contract",
                where=f"vars.yml, sources; expected {file.relative_to(project)}",
                next_step=f"take {vendor} out of `sources` in vars.yml, or write its contract (CONTRIBUTING.md, A new vendor)",
            )
        contracts.extend(_parse(file, vendor, project))
    return contracts


def known_vendors(project: Path) -> list[str]:
    """Vendors that have a contract, on or off."""
    return sorted(p.parent.name for p in (project / "models" / "raw").glob("*/*__sources.yml"))


def _parse(file: Path, vendor: str, project: Path) -> list[Contract]:
    from signalhouse import yamls

    where = str(file.relative_to(project))
    document: dict[str, Any] = yamls.read(file.read_text(encoding="utf-8"))
    source = next((s for s in document["sources"] if s["name"] == vendor), None)
    if source is None:
        raise UsageError(what=f"no source named {vendor}", where=where, next_step="name the source like its folder")
    return [_contract(vendor, table, where) for table in source["tables"]]


def _contract(vendor: str, table: dict[str, Any], where: str) -> Contract:
    meta = table.get("config", {}).get("meta", {})
    klass = meta.get("class")
    if klass not in CLASSES:
        raise UsageError(
            what=f"{vendor}.{table['name']} has class {klass!r}",
            where=where,
            next_step=f"set config.meta.class to one of {', '.join(CLASSES)}",
        )
    return Contract(
        vendor=vendor,
        object=table["name"],
        klass=klass,
        key=tuple(meta["key"]),
        columns=tuple(_column(c) for c in table["columns"]),
        envelope=tuple(meta.get("envelope", ())),
        open_column=meta.get("open"),
        any_of=tuple(tuple(group) for group in meta.get("any_of", ())),
        format=meta.get("format"),
        folders=tuple(meta.get("folders", (table["name"],))),
        source_file=where,
    )


def _column(column: dict[str, Any]) -> Column:
    meta = column.get("config", {}).get("meta", {})
    return Column(
        name=column["name"],
        data_type=column["data_type"],
        path=_path(meta.get("path", column["name"])),
        or_path=_path(meta["or_path"]) if "or_path" in meta else None,
        required=bool(meta.get("required", False)),
        one_of=tuple(meta.get("one_of", ())),
        clock=meta.get("clock"),
        at_least=_bound(meta, "at_least"),
        at_most=_bound(meta, "at_most"),
        is_currency=bool(meta.get("is_currency", False)),
        takes_rest=bool(meta.get("takes_rest", False)),
    )


def _bound(meta: dict[str, Any], name: str) -> str | None:
    return str(meta[name]) if name in meta else None


def _path(path: str | list[str]) -> tuple[str, ...]:
    return tuple(path.split(".")) if isinstance(path, str) else tuple(path)
