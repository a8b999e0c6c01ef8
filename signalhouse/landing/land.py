"""`signalhouse land`: find new and changed files, land their records, note every file and every refusal."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from signalhouse.errors import UsageError
from signalhouse.faults import fault_point
from signalhouse.landing.contract import Contract, known_vendors, read_contracts
from signalhouse.landing.drift import note_drift
from signalhouse.landing.fast import is_table, read_table, read_together
from signalhouse.landing.files import (
    CLOSED,
    LOOSE,
    Found,
    file_of,
    is_zip,
    kind_of,
    local_files,
    member_path,
    sha256_of,
)
from signalhouse.landing.judge import Landed, read_slow
from signalhouse.landing.ledger import drop_tombstones, opened, prepare
from signalhouse.landing.slow import Refusal
from signalhouse.landing.zipped import unpack
from signalhouse.space import is_full
from signalhouse.variables import sources_on

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from signalhouse.progress import Progress
    from signalhouse.settings import Settings

T = TypeVar("T")

# Of one transaction, and of one statement. What a killed run has to do again, and of documents what Python holds at once.
_BYTES_TOGETHER = 64 * 1024 * 1024
_FILES_TOGETHER = 100

_UNKNOWN = "unknown file type: expected ndjson, json, csv or parquet, plain, gz or zst, or a zip of them"


@dataclass(frozen=True)
class _Work:
    """A file to land. `version` is its sha256; `known` says that an earlier version of it is in."""

    contract: Contract
    file: Found
    version: str
    known: bool


@dataclass
class LandReport:
    """What one landing run did. Counts are of this run, by `vendor/object`."""

    batch_id: int = 0
    files_new: int = 0
    files_changed: int = 0
    files_same: int = 0
    records: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    refusals: list[tuple[str, int, str]] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)
    missing_files: list[str] = field(default_factory=list)
    moved_under_us: list[str] = field(default_factory=list)
    sources_without_files: list[str] = field(default_factory=list)

    @property
    def found_something(self) -> bool:
        """True when the warehouse has something to rebuild."""
        return bool(self.files_new or self.files_changed)


def land(settings: Settings, progress: Progress, *, run_id: str = "by hand") -> LandReport:
    """Land what is new. Idempotent: a file whose bytes are known is left as it is; a killed run goes on where it stopped.

    Raises UsageError when the landing folder is not there or a contract is wrong.
    """
    settings.work.mkdir(parents=True, exist_ok=True)
    contracts = read_contracts(settings.project, sources_on(settings.project))
    found = list(_find(settings))
    report = LandReport()
    with opened(settings.landing_db) as connection:
        # Every checkpoint packs the last rows of a table anew, and by default one comes with each 16 MB of log, every few files.
        connection.execute("set checkpoint_threshold = '512MB'")
        # Lines are numbered in order: a second thread finds little to do and burns as much while it waits (41 CPU s against 23).
        connection.execute("set threads = 1")
        present = {file.relative for file in found}
        prepare(connection, contracts, present)
        drop_tombstones(connection, contracts)
        by_folder = {(c.vendor, folder): c for c in contracts for folder in c.folders}
        wanted = _sort_out(found, by_folder, known_vendors(settings.project), report)
        _name_missing(connection, present, report)
        report.batch_id = _newest_batch(connection) + 1
        work = _new_and_changed(connection, wanted, report)
        if work:
            connection.execute("insert into ops.batch values (?, ?, ?)", [report.batch_id, run_id, _now()])
        else:
            report.batch_id -= 1
        done, unpacked = 0, settings.work / "unpacked"
        for some in _together(work):
            contract = some[0].contract
            progress(f"landing {contract.vendor}/{contract.object}, file {done + 1} of {len(work)}")
            done += len(some)
            if is_zip(some[0].file.relative):
                _land_zips(connection, some, report, unpacked)
            else:
                for one in _land_files(connection, some, report, unpacked) if len(some) > 1 else some:
                    _land_file(connection, one, report, unpacked)
            for one in some:
                if one.file.fetch is not None:
                    one.file.local.unlink(missing_ok=True)
        if work:
            note_drift(connection, contracts)
        connection.execute("checkpoint")
    for folder in ("incoming", "unpacked"):
        shutil.rmtree(settings.work / folder, ignore_errors=True)
    return report


def _find(settings: Settings) -> Iterable[Found]:
    if not settings.landing_is_local:
        from signalhouse.landing.remote import remote_files

        return remote_files(settings.landing, settings.work / "incoming")
    folder = Path(settings.landing)
    if not folder.is_dir():
        raise UsageError(
            what="the landing folder is not there",
            where=str(settings.landing),
            next_step="create it and put exports under <vendor>/<object>/, or name another with --landing",
        )
    return local_files(folder)


def _sort_out(
    found: Iterable[Found], contracts: dict[tuple[str, str], Contract], vendors: list[str], report: LandReport
) -> list[tuple[Contract, Found]]:
    """Files we have a contract for; everything else is named and left alone. Raises UsageError when a folder of theirs cannot be read."""
    wanted: list[tuple[Contract, Found]] = []
    on = {vendor for vendor, _ in contracts}
    left: dict[str, int] = defaultdict(int)
    closed: list[str] = []
    for file in found:
        contract = contracts.get((file.vendor, file.object))
        if not _is_text(file.relative):
            left[f"{file.vendor}/{file.object}: the file's name is not UTF-8"] += 1
        elif file_of(file.relative) != file.relative:
            left[f"{file.vendor}/{file.object}: the path reads like one inside a zip"] += 1
        elif file.problem == CLOSED and file.vendor in on and (contract or not file.object):
            # What is in it would pass for gone.
            closed.append(str(file.local))
        elif file.problem == LOOSE or (file.problem and file.vendor in on):
            report.left_alone.append(f"{file.relative}: {file.problem}")
        elif contract:
            wanted.append((contract, file))
        elif file.vendor in on:
            left[f"{file.vendor}/{file.object}: no contract for this object"] += 1
        elif file.vendor in vendors:
            left[f"{file.vendor}: source is off (vars.yml, sources)"] += 1
        else:
            left[f"{file.vendor}: no contract for this vendor"] += 1
    if closed:
        raise UsageError(
            what=f"permission denied: {len(closed)} folder{'s' if len(closed) > 1 else ''} of exports cannot be read, nothing was landed",
            where="\n".join(closed),
            next_step="give this user the right to read there, or take the source out of `sources` in vars.yml; then run the same command again",
        )
    report.left_alone += [f"{what}, {count} file{'s' if count > 1 else ''}" for what, count in sorted(left.items())]
    seen = {contract.vendor for contract, _ in wanted}
    report.sources_without_files = sorted(on - seen)
    return wanted


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _name_missing(connection: DuckDBPyConnection, present: set[str], report: LandReport) -> None:
    known = connection.execute(
        "select file_path from ops.landing_file where retracted_batch is null order by 1"
    ).fetchall()
    report.missing_files = sorted({file_of(path) for (path,) in known} - present)


def _newest_batch(connection: DuckDBPyConnection) -> int:
    row = connection.execute("select coalesce(max(batch_id), 0) from ops.batch").fetchone()
    assert row is not None
    return int(row[0])


def _new_and_changed(
    connection: DuckDBPyConnection, wanted: list[tuple[Contract, Found]], report: LandReport
) -> list[_Work]:
    """Files to land."""
    ledger = {
        path: (version, size, modified)
        for path, version, size, modified in connection.execute(
            "select file_path, file_version, file_bytes, modified_ns from ops.landing_file where retracted_batch is null"
        ).fetchall()
    }
    work: list[_Work] = []
    for contract, file in wanted:
        known = ledger.get(file.relative)
        if known and known[1:] == (file.size, file.modified_ns):
            report.files_same += 1
            continue
        try:
            if file.fetch is not None:
                file.fetch()
            version = sha256_of(file.local)
        except OSError as error:
            _unless_full(error)
            report.refusals.append((file.relative, 0, _cannot_be_read(error)))
            continue
        if known and known[0] == version:
            connection.execute(
                "update ops.landing_file set modified_ns = ? where file_path = ? and retracted_batch is null",
                [file.modified_ns, file.relative],
            )
            report.files_same += 1
            continue
        report.files_changed += bool(known)
        report.files_new += not known
        work.append(_Work(contract, file, version, bool(known)))
    return work


def _unless_full(error: OSError) -> None:
    """A full disk of ours is no fault of the file: to go on would publish without it."""
    if is_full(error):
        raise error


def _cannot_be_read(error: OSError) -> str:
    return f"the file cannot be read ({error.strerror or type(error).__name__}); it is tried again next time"


def _together(work: list[_Work]) -> Iterator[list[_Work]]:
    """The files in their order, those of one object that follow each other together; zips apart from what is none."""
    for _, some in groupby(work, key=lambda one: (one.contract.table, is_zip(one.file.relative))):
        yield from _parts(list(some), lambda one: one.file.size)


def _parts(files: list[T], size_of: Callable[[T], int]) -> Iterator[list[T]]:
    part: list[T] = []
    size = 0
    for one in files:
        if part and (len(part) == _FILES_TOGETHER or size + size_of(one) > _BYTES_TOGETHER):
            yield part
            part, size = [], 0
        part.append(one)
        size += size_of(one)
    if part:
        yield part


def _land_files(connection: DuckDBPyConnection, some: list[_Work], report: LandReport, folder: Path) -> list[_Work]:
    """Land files of one object as `_land_file` does one, all in one transaction. Returns those that are left, to be landed alone."""
    contract = some[0].contract
    connection.execute("begin")
    for one in some:
        if one.known:
            _withdraw(connection, contract, one.file.relative, report.batch_id)
    try:
        landed = read_together(connection, contract, [one.file for one in some], report.batch_id, folder)
    except OSError:  # which file it is, and why, is said when each goes alone
        landed = None
    here = [one for one in some if landed and one.file.relative in landed]
    left = [one for one in some if one not in here]
    if not landed or any(one.known for one in left) or any(_moved_while_read(one.file, one.version) for one in here):
        connection.execute("rollback")
        return some
    _note(connection, contract, [(one.file, one.version, landed[one.file.relative]) for one in here], report)
    fault_point("mid-land")
    connection.execute("commit")
    return left


def _land_file(connection: DuckDBPyConnection, one: _Work, report: LandReport, folder: Path) -> None:
    """Withdraw the file's old version, land the new one and note it, in one transaction: wholly landed, or not at all."""
    contract, file = one.contract, one.file
    for way in ("fast", "slow"):
        connection.execute("begin")
        if one.known:
            _withdraw(connection, contract, file.relative, report.batch_id)
        try:
            landed = _read(connection, contract, file, report.batch_id, folder, fast=way == "fast")
        except FileNotFoundError:
            connection.execute("rollback")
            report.moved_under_us.append(file.relative)
            return
        except OSError as error:
            connection.execute("rollback")
            _unless_full(error)
            report.refusals.append((file.relative, 0, _cannot_be_read(error)))
            return
        if landed is None:
            connection.execute("rollback")
            continue
        if _moved_while_read(file, one.version):
            connection.execute("rollback")
            report.moved_under_us.append(file.relative)
            return
        _note(connection, contract, [(file, one.version, landed)], report)
        fault_point("mid-land")
        connection.execute("commit")
        return


def _read(
    connection: DuckDBPyConnection, contract: Contract, file: Found, batch_id: int, folder: Path, *, fast: bool
) -> Landed | None:
    kind = kind_of(file.relative, contract.format)
    if kind is None:
        return Landed(1, 0, [Refusal(0, _UNKNOWN)])
    if not fast:
        return read_slow(connection, contract, file, kind, batch_id)
    if is_table(contract, file):
        return read_table(connection, contract, file, kind, batch_id)
    return (read_together(connection, contract, [file], batch_id, folder) or {}).get(file.relative)


def _land_zips(connection: DuckDBPyConnection, some: list[_Work], report: LandReport, folder: Path) -> None:
    """Land zips of one object. Every member is a file of its own in the ledger, and all of them land in one transaction. A zip has a
    row there too: it tells whether the zip changed, and holds what is wrong with it as a whole."""
    contract, files = some[0].contract, [one.file for one in some]
    shutil.rmtree(folder, ignore_errors=True)
    try:
        unpacked = [unpack(file, folder / str(number)) for number, file in enumerate(files)]
        members = [member for zipped in unpacked for member in zipped.members]
        landed = _read_members(connection, contract, files, [member.file for member in members], report.batch_id, folder)
        if any(_moved_while_read(one.file, one.version) for one in some):
            connection.execute("rollback")
            raise FileNotFoundError
        noted = [(m.file, m.version, what) for m, what in zip(members, landed, strict=True)]
        for one, zipped in zip(some, unpacked, strict=True):
            noted.append((one.file, one.version, Landed(len(zipped.refusals), 0, zipped.refusals)))
        _note(connection, contract, noted, report)
        fault_point("mid-land")
        connection.execute("commit")
    except OSError as error:
        _unless_full(error)
        if len(some) > 1:
            for one in some:
                _land_zips(connection, [one], report, folder)
        elif isinstance(error, FileNotFoundError):
            report.moved_under_us.append(files[0].relative)
        else:
            report.refusals.append((files[0].relative, 0, _cannot_be_read(error)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_members(
    connection: DuckDBPyConnection, contract: Contract, zips: list[Found], members: list[Found], batch_id: int, folder: Path
) -> list[Landed]:
    """All members, inside a transaction that is left open. They are read together, or, where that breaks it, one by one; a table
    that cannot go the fast way breaks it too, so all are tried before the transaction is begun anew."""
    slow: set[str] = set()
    one_by_one = False
    while True:
        connection.execute("begin")
        try:
            for file in zips:
                _withdraw(connection, contract, file.relative, batch_id)
            together = {} if one_by_one else _read_parts(connection, contract, members, batch_id, folder)
            known_slow = len(slow)
            landed: list[Landed] = []
            for member in members if together is not None else ():
                what = (together or {}).get(member.relative)
                if what is None:
                    fast = member.relative not in slow and (one_by_one or is_table(contract, member))
                    what = _read(connection, contract, member, batch_id, folder, fast=fast)
                if what is None:
                    slow.add(member.relative)
                    connection.execute("rollback")
                    connection.execute("begin")
                else:
                    landed.append(what)
        except BaseException:
            connection.execute("rollback")
            raise
        if together is not None and len(slow) == known_slow:
            return landed
        connection.execute("rollback")
        one_by_one = one_by_one or together is None


def _read_parts(
    connection: DuckDBPyConnection, contract: Contract, files: list[Found], batch_id: int, folder: Path
) -> dict[str, Landed] | None:
    landed: dict[str, Landed] = {}
    for part in _parts(files, lambda file: file.size):
        some = read_together(connection, contract, part, batch_id, folder)
        if some is None:
            return None
        landed |= some
    return landed


def _moved_while_read(file: Found, version: str) -> bool:
    """True when the bytes read may not be the bytes noted; the file is then left for the next run."""
    try:
        status = file.local.stat()
        return (status.st_size, status.st_mtime_ns) != (file.size, file.modified_ns) and sha256_of(
            file.local
        ) != version
    except OSError:
        return True


def _withdraw(connection: DuckDBPyConnection, contract: Contract, path: str, batch_id: int) -> None:
    """What earlier versions of the file, or of the members of a zip, gave no longer counts. The rows stay, marked, until a release
    without them is out."""
    here = "(file_path = $path or starts_with(file_path, $inside))" if is_zip(path) else "file_path = $path"
    values = {"path": path, "batch": batch_id} | ({"inside": member_path(path, "")} if is_zip(path) else {})
    for table in (contract.table, "ops.quarantine", "ops.landing_file"):
        connection.execute(
            f"update {table} set retracted_batch = $batch where {here} and retracted_batch is null", values
        )


def _note(
    connection: DuckDBPyConnection, contract: Contract, files: list[tuple[Found, str, Landed]], report: LandReport
) -> None:
    """The ledger rows and the quarantine rows of files that landed."""
    name, now = f"{contract.vendor}/{contract.object}", _now()
    ledger: list[tuple[Any, ...]] = []
    quarantine: list[tuple[Any, ...]] = []
    for file, version, landed in files:
        refused = landed.read - landed.landed
        ledger.append(
            (
                *(contract.vendor, contract.object, file.relative, version, file.size, file.modified_ns),
                *(landed.read, landed.landed, refused, report.batch_id, now),
            )
        )
        quarantine.extend(
            (contract.vendor, contract.object, file.relative, refusal.line, refusal.reason, report.batch_id, now)
            for refusal in landed.refusals
        )
        report.records[name] += landed.landed
        report.refused[name] += refused
        report.refusals.extend((file.relative, r.line, r.reason) for r in landed.refusals)
    _insert(connection, "ops.quarantine", quarantine)
    _insert(connection, "ops.landing_file", ledger)


def _insert(connection: DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    """Rows of a table of `ops`, none of them withdrawn. Many to a statement, as each takes half a millisecond."""
    for first in range(0, len(rows), 500):
        some = rows[first : first + 500]
        marks = f"({', '.join('?' * len(some[0]))}, null)"
        connection.execute(
            f"insert into {table} values {', '.join([marks] * len(some))}", [value for row in some for value in row]
        )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
