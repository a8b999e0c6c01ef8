"""Records into their landing table: the statement that lands what fits, and the judge of what does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from signalhouse.landing.contract import Contract
from signalhouse.landing.files import Found, Kind
from signalhouse.landing.slow import Refusal, Taken, take
from signalhouse.landing.typed import fits, quoted, reasons, stored, typed_records

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

# The name under which records that Python took out of files are given to DuckDB.
TAKEN = "records_taken"


@dataclass(frozen=True)
class Landed:
    """What became of one file's records."""

    read: int
    landed: int
    refusals: list[Refusal] = field(default_factory=list)


def insert_fitting(contract: Contract, records: str, batch_id: int, *, or_fail: bool = False) -> str:
    """Lands those of `records`, SQL of (json, line, file_path), with which nothing is wrong; leaves the others, or fails at one."""
    condition = f"case when {fits(contract)} then true else error('unfit') end" if or_fail else fits(contract)
    return _insert(contract, f"select * from ({typed_records(contract, records)}) where {condition}", batch_id)


def _insert(contract: Contract, typed: str, batch_id: int) -> str:
    names = ", ".join(quoted(column.name) for column in contract.columns)
    # An open column holds all there is: keeping the record beside it would store it twice.
    payload = "null" if contract.open_column else "json"
    return f"""
        insert into {contract.table} ({names}, payload, file_path, line, batch_id, loaded_at)
        select {stored(contract)}, {payload}, file_path, line, {batch_id}, cast(now() at time zone 'UTC' as timestamp)
        from ({typed})
    """


def table_of(taken: Mapping[str, Taken]) -> pa.Table:
    """The records of files, by the name of the file, as a table of (file_path, line, text)."""
    import pyarrow as pa

    rows = [(path, line, text) for path, one in taken.items() for line, text in one.records]
    return pa.table(
        {
            "file_path": pa.array([path for path, _, _ in rows], pa.string()),
            "line": pa.array([line for _, line, _ in rows], pa.int64()),
            "text": pa.array([text for _, _, text in rows], pa.large_string()),
        }
    )


def judge(connection: DuckDBPyConnection, contract: Contract, path: str, taken: Taken, batch_id: int) -> Landed:
    """Lands the good ones of a file's records and says of each other what is wrong with it, inside the caller's transaction."""
    connection.register(TAKEN, table_of({path: taken}))
    # Python takes some texts for JSON that DuckDB does not (half a surrogate pair, 1e999): the engine that stores them decides.
    records = f"select case when json_valid(text) then cast(text as json) end as json, line, file_path from {TAKEN}"
    connection.execute(
        f"""create or replace temp table judged as
        select
            *,
            case
                when json is null then ['the record holds text or a number that cannot be stored']
                else {reasons(contract)}
            end as reasons
        from ({typed_records(contract, records)})"""
    )
    misfits = connection.execute(
        "select line, array_to_string(reasons, '; ') from judged where len(reasons) > 0 order by line"
    ).fetchall()
    good = "select * from judged where len(reasons) = 0 order by line"
    count = connection.execute(_insert(contract, good, batch_id)).fetchone()
    assert count is not None
    connection.execute("drop table judged")
    connection.unregister(TAKEN)
    refusals = sorted([*taken.refusals, *(Refusal(line, reason) for line, reason in misfits)], key=lambda r: r.line)
    # The word about a file that ends early is not a record.
    records_refused = sum(1 for r in refusals if r.line > 0)
    return Landed(read=count[0] + records_refused, landed=count[0], refusals=refusals)


def read_slow(connection: DuckDBPyConnection, contract: Contract, found: Found, kind: Kind, batch_id: int) -> Landed:
    """Insert the good records of a file and name the others, inside the caller's transaction. Raises OSError when the file is gone."""
    taken = take(found.local, kind, contract)
    landed = judge(connection, contract, found.relative, taken, batch_id)
    whole_file = landed.read == 0 and bool(landed.refusals)
    return Landed(landed.read + int(whole_file), landed.landed, landed.refusals)
