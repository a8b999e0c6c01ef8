"""Schema drift: fields that a vendor sends and the contract does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signalhouse.landing.contract import Contract
from signalhouse.landing.typed import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Every record of small objects is looked at; of events the first two of a file and one in fifty, since listing the keys of all
# of them costs more than loading them (1.6 against 1.25 CPU s per 500k).
LOOK_AT_EVERY = {"append": 50}


def note_drift(connection: DuckDBPyConnection, contracts: list[Contract]) -> None:
    """Note the fields of every batch that was not looked at yet. One query per object, not per file: 4 ms each add up."""
    looked_at = connection.execute(
        "select coalesce(max(cast(value as bigint)), 0) from ops.setting where name = 'drift_batch'"
    )
    (since,) = looked_at.fetchone() or (0,)
    with_news = connection.execute("select distinct vendor, object from ops.landing_file where batch_id > ?", [since])
    news = set(with_news.fetchall())
    connection.execute("begin")
    for contract in contracts:
        if (contract.vendor, contract.object) in news:
            _note(connection, contract, since)
    connection.execute("delete from ops.setting where name = 'drift_batch'")
    connection.execute("insert into ops.setting select 'drift_batch', coalesce(max(batch_id), 0) from ops.batch")
    connection.execute("commit")


def _note(connection: DuckDBPyConnection, contract: Contract, since: int) -> None:
    holder = quoted(contract.open_column) if contract.open_column else "payload"
    depth = 1 if contract.open_column else 0
    named = {c.path[depth] for c in contract.columns if len(c.path) > depth}
    named |= {c.or_path[depth] for c in contract.columns if c.or_path and len(c.or_path) > depth}
    every = LOOK_AT_EVERY.get(contract.klass, 1)
    connection.execute(
        f"""insert into ops.schema_drift
        select $vendor, $object, field, min(file_path), min(batch_id)
        from (
            select unnest(json_keys({holder})) as field, file_path, batch_id
            from {contract.table}
            where batch_id > $since and (line <= 2 or line % {every} = 0)
        )
        where field not in (select unnest($named::varchar[]))
            and field not in (select field from ops.schema_drift where vendor = $vendor and object = $object)
        group by field""",
        {"vendor": contract.vendor, "object": contract.object, "since": since, "named": sorted(named)},
    )
