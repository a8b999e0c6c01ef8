"""`signalhouse land`: find new and changed files, land their records, note every file and every refusal."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from signalhouse.errors import UsageError
from signalhouse.faults import fault_point
from signalhouse.landing.contract import Contract, known_vendors, read_contracts
from signalhouse.landing.drift import note_drift
from signalhouse.landing.files import Found, file_of, is_zip, kind_of, local_files, member_path, sha256_of
from signalhouse.landing.ledger import drop_tombstones, prepare
from signalhouse.landing.read_one import Landed, read_fast, read_slow
from signalhouse.landing.slow import Refusal
from signalhouse.landing.zipped import Unpacked, unpack
from signalhouse.space import is_full

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from signalhouse.progress import Progress
    from signalhouse.settings import Settings

_UNKNOWN = "unknown file type: expected ndjson, json, csv or parquet, plain, gz or zst, or a zip of them"


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
    import duckdb

    settings.work.mkdir(parents=True, exist_ok=True)
    contracts = read_contracts(settings.project, sources_on(settings.project))
    found = list(_find(settings))
    report = LandReport()
    with duckdb.connect(str(settings.landing_db)) as connection:
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
        for number, (contract, file, version, known) in enumerate(work, start=1):
            progress(f"landing {contract.vendor}/{contract.object}, file {number} of {len(work)}")
            if is_zip(file.relative):
                _land_zip(connection, contract, file, version, report, settings.work / "unpacked")
            else:
                _land_file(connection, contract, file, version, known, report)
            if file.fetch is not None:
                file.local.unlink(missing_ok=True)
        if work:
            note_drift(connection, contracts)
        connection.execute("checkpoint")
    shutil.rmtree(settings.work / "incoming", ignore_errors=True)
    return report


def sources_on(project: Path) -> list[str]:
    """The list `sources` of vars.yml."""
    from signalhouse import yamls

    variables = yamls.read((project / "vars.yml").read_text(encoding="utf-8"))["vars"]
    return list(variables["sources"])


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
    """Files we have a contract for; everything else is named and left alone."""
    wanted: list[tuple[Contract, Found]] = []
    on = {vendor for vendor, _ in contracts}
    left: dict[str, int] = defaultdict(int)
    for file in found:
        contract = contracts.get((file.vendor, file.object))
        if not _is_text(file.relative):
            left[f"{file.vendor}/{file.object}: the file's name is not UTF-8"] += 1
        elif file_of(file.relative) != file.relative:
            left[f"{file.vendor}/{file.object}: the path reads like one inside a zip"] += 1
        elif file.problem and file.vendor in on:
            report.left_alone.append(f"{file.relative}: {file.problem}")
        elif contract:
            wanted.append((contract, file))
        elif file.vendor in on:
            left[f"{file.vendor}/{file.object}: no contract for this object"] += 1
        elif file.vendor in vendors:
            left[f"{file.vendor}: source is off (vars.yml, sources)"] += 1
        else:
            left[f"{file.vendor}: no contract for this vendor"] += 1
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
) -> list[tuple[Contract, Found, str, bool]]:
    """Files to land: contract, file, sha256, and whether an earlier version of it is in."""
    ledger = {
        path: (version, size, modified)
        for path, version, size, modified in connection.execute(
            "select file_path, file_version, file_bytes, modified_ns from ops.landing_file where retracted_batch is null"
        ).fetchall()
    }
    work: list[tuple[Contract, Found, str, bool]] = []
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
        work.append((contract, file, version, bool(known)))
    return work


def _unless_full(error: OSError) -> None:
    """A full disk of ours is no fault of the file: to go on would publish without it."""
    if is_full(error):
        raise error


def _cannot_be_read(error: OSError) -> str:
    return f"the file cannot be read ({error.strerror or type(error).__name__}); it is tried again next time"


def _land_file(
    connection: DuckDBPyConnection, contract: Contract, file: Found, version: str, known: bool, report: LandReport
) -> None:
    """Withdraw the file's old version, land the new one and note it, in one transaction: wholly landed, or not at all."""
    for way in ("fast", "slow"):
        connection.execute("begin")
        if known:
            _withdraw(connection, contract, file.relative, report.batch_id)
        try:
            landed = _read(connection, contract, file, report.batch_id, fast=way == "fast")
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
        if _moved_while_read(file, version):
            connection.execute("rollback")
            report.moved_under_us.append(file.relative)
            return
        _note(connection, contract, file, version, landed, report)
        fault_point("mid-land")
        connection.execute("commit")
        return


def _read(
    connection: DuckDBPyConnection, contract: Contract, file: Found, batch_id: int, *, fast: bool
) -> Landed | None:
    kind = kind_of(file.relative, contract.format)
    if kind is None:
        return Landed(1, 0, [Refusal(0, _UNKNOWN)])
    return (read_fast if fast else read_slow)(connection, contract, file, kind, batch_id)


def _land_zip(
    connection: DuckDBPyConnection, contract: Contract, file: Found, version: str, report: LandReport, folder: Path
) -> None:
    """Every member is a file of its own in the ledger, and all of them land in one transaction. The zip has a row there too: it
    tells whether the zip changed, and holds what is wrong with it as a whole."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        unpacked = unpack(file, folder)
        landed = _read_members(connection, contract, file, unpacked, report.batch_id)
        if _moved_while_read(file, version):
            connection.execute("rollback")
            report.moved_under_us.append(file.relative)
            return
        for member, what in zip(unpacked.members, landed, strict=True):
            _note(connection, contract, member.file, member.version, what, report)
        refused = len(unpacked.refusals)
        _note(connection, contract, file, version, Landed(refused, 0, unpacked.refusals), report)
        fault_point("mid-land")
        connection.execute("commit")
    except FileNotFoundError:
        report.moved_under_us.append(file.relative)
    except OSError as error:
        _unless_full(error)
        report.refusals.append((file.relative, 0, _cannot_be_read(error)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_members(
    connection: DuckDBPyConnection, contract: Contract, file: Found, unpacked: Unpacked, batch_id: int
) -> list[Landed]:
    """All members, inside a transaction that is left open. One that cannot go the fast way breaks it, so all are tried first."""
    slow: set[str] = set()
    while True:
        connection.execute("begin")
        _withdraw(connection, contract, file.relative, batch_id)
        landed: list[Landed] = []
        known_slow = len(slow)
        for member in unpacked.members:
            path = member.file.relative
            try:
                what = _read(connection, contract, member.file, batch_id, fast=path not in slow)
            except BaseException:
                connection.execute("rollback")
                raise
            if what is None:
                slow.add(path)
                connection.execute("rollback")
                connection.execute("begin")
            else:
                landed.append(what)
        if len(slow) == known_slow:
            return landed
        connection.execute("rollback")


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
    connection: DuckDBPyConnection, contract: Contract, file: Found, version: str, landed: Landed, report: LandReport
) -> None:
    """The ledger row and the quarantine rows of one landed file."""
    refused = landed.read - landed.landed
    for refusal in landed.refusals:
        connection.execute(
            "insert into ops.quarantine values (?, ?, ?, ?, ?, ?, ?, null)",
            [contract.vendor, contract.object, file.relative, refusal.line, refusal.reason, report.batch_id, _now()],
        )
    connection.execute(
        "insert into ops.landing_file values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null)",
        [
            *(contract.vendor, contract.object, file.relative, version, file.size, file.modified_ns),
            *(landed.read, landed.landed, refused, report.batch_id, _now()),
        ],
    )
    name = f"{contract.vendor}/{contract.object}"
    report.records[name] += landed.landed
    report.refused[name] += refused
    report.refusals.extend((file.relative, r.line, r.reason) for r in landed.refusals)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
