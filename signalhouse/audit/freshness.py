"""Freshness, the one promise that time alone can break: an export that stopped looks like a night without news.

It stands apart from Great Expectations so that a refresh with nothing new can check it without that import, which is 4.3 of the 7.7
CPU s such a refresh took.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from signalhouse.audit.relations import braces_kept, identifier

_CLOCK_SLACK = timedelta(days=1)
_LATENESS = timedelta(days=7)


def first_day(hours: float, now: datetime) -> date:
    """Where rows lie by day, that from which on the newest is looked for. What comes in late lies days back; a source of which nothing but
    what is over a week late comes in has stopped."""
    return (now - timedelta(hours=hours) - _LATENESS).date()


def query(column: str, where: str | None, *, hours: float, day: str | None, now: datetime, engine: str) -> str:
    """The newest time in `{batch}`, of its last days alone where it has a `day`. Times more than a day ahead of the clock are passed over:
    one wrong clock must not keep a dead export fresh."""
    name = identifier(column, engine)
    ahead = (now + _CLOCK_SLACK).isoformat(sep=" ", timespec="seconds")
    limit = f"cast({name} as timestamp) <= cast('{ahead}' as timestamp)"
    condition = f" and ({braces_kept(where)})" if where else ""
    if day:
        condition += f" and {identifier(day, engine)} >= date '{first_day(hours, now)}'"
    return f"select max(cast({name} as timestamp)) as newest from {{batch}} where {limit}{condition}"


def verdict(newest: datetime | None, column: str, hours: float, *, day: str | None, now: datetime) -> tuple[bool, str]:
    """Whether it is fresh, and one line on what was seen."""
    if newest is None:
        return False, f"no row {f'of a day from {first_day(hours, now)} on ' if day else ''}has a {column}"
    age = (now - newest.replace(tzinfo=None)).total_seconds() / 3600
    return age <= hours, f"newest {newest:%Y-%m-%d %H:%M}, {age:,.0f} h old (at most {hours:g})"
