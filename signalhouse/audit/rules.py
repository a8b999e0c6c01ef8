"""The house's own expectations. Each measures in SQL that every engine understands and judges in Python.

Importing this module imports Great Expectations (seconds): import it where it is used. Defining a class registers it
under its snake-case name, so YAML names it as it names the library's own rules.
"""

# mypy: disable-error-code="misc,untyped-decorator"

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from great_expectations.compatibility import pydantic
from great_expectations.expectations.core import UnexpectedRowsExpectation

from signalhouse.audit import freshness
from signalhouse.audit.relations import braces_kept, identifier

SAMPLE_ROWS = 5
FETCHED_ROWS = 200  # Great Expectations fetches no more of a query's rows
VOLUME_MIN_RUNS = 8
VOLUME_RUNS = 30
PSI_FLOOR = 1e-4
OTHER = "(other)"
NULL = "(null)"

_TABLE = "unexpected_rows_query.table"
_STRING_TYPE = {"duckdb": "varchar", "bigquery": "string"}


@dataclass(frozen=True)
class Finding:
    """A judgement: `observed` is one line for people, `rows` the rows looked at, `unexpected` those that fail."""

    success: bool
    observed: str
    rows: int | None = None
    unexpected: int | None = None
    sample: list[dict[str, Any]] = field(default_factory=list)


class MeasuredExpectation(UnexpectedRowsExpectation):
    """Base: `_query` writes the SQL from the typed fields, `_judge` decides on the few rows it returns."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (_TABLE,)

    engine: str = "duckdb"

    @pydantic.root_validator(pre=True)
    @classmethod
    def _write_query(cls, values: dict[str, Any]) -> dict[str, Any]:
        filled = {name: f.get_default() for name, f in cls.__fields__.items() if not f.required} | values
        missing = [
            n for n, f in cls.__fields__.items() if f.required and n != "unexpected_rows_query" and n not in values
        ]
        if not missing:
            values["unexpected_rows_query"] = escape_binds(cls._query(filled))
        else:
            values.setdefault("unexpected_rows_query", "select 1 from {batch}")
        return values

    @classmethod
    def _query(cls, values: Mapping[str, Any]) -> str:
        raise NotImplementedError

    def _judge(self, rows: Sequence[Mapping[str, Any]]) -> Finding:
        raise NotImplementedError

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: dict[str, Any] | None = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        found = self._judge(metrics[_TABLE])
        return {
            "success": found.success,
            "result": {
                "observed_value": found.observed,
                "element_count": found.rows,
                "unexpected_count": found.unexpected,
                "details": {"house_sample": found.sample},
            },
        }


class ExpectRowsToBeFresh(MeasuredExpectation):
    """The newest `column` (a date or timestamp in UTC) is at most `hours` old. Of a table with a `day` its last days are asked.

    Times more than a day ahead of the clock are passed over: one wrong clock must not keep a dead export fresh.
    """

    column: str
    hours: float
    where: str | None = None
    day: str | None = None
    now: str

    @classmethod
    def _query(cls, values: Mapping[str, Any]) -> str:
        return freshness.query(
            values["column"],
            values["where"],
            hours=float(values["hours"]),
            day=values["day"],
            now=datetime.fromisoformat(values["now"]),
            engine=values["engine"],
        )

    def _judge(self, rows: Sequence[Mapping[str, Any]]) -> Finding:
        now = datetime.fromisoformat(self.now)
        return Finding(*freshness.verdict(rows[0]["newest"], self.column, self.hours, day=self.day, now=now))


class ExpectVolumeToBeNormal(MeasuredExpectation):
    """The row count is within `z` standard deviations of the last 30 published runs; silent below 8 of them.

    The deviation is at least 1 % of the mean, so that a history without any change does not alarm at one row more.
    """

    z: float = 4
    history: list[int] = pydantic.Field(default_factory=list)

    @classmethod
    def _query(cls, values: Mapping[str, Any]) -> str:
        return "select count(*) as row_count from {batch}"

    def _judge(self, rows: Sequence[Mapping[str, Any]]) -> Finding:
        count = int(rows[0]["row_count"])
        known = self.history[-VOLUME_RUNS:]
        if len(known) < VOLUME_MIN_RUNS:
            return Finding(
                True, f"{count:,} rows ({len(known)} of {VOLUME_MIN_RUNS} runs known, not judged yet)", rows=count
            )
        mean = sum(known) / len(known)
        deviation = math.sqrt(sum((one - mean) ** 2 for one in known) / len(known))
        z = (count - mean) / max(deviation, mean / 100, 1.0)
        return Finding(
            abs(z) <= self.z, f"{count:,} rows, usual {mean:,.0f} (z {z:+.1f}, at most {self.z:g})", rows=count
        )


class ExpectRecentVolumeToBeNormal(ExpectVolumeToBeNormal):
    """The same of the rows of the last `days` days up to the last complete one, for a table that is read by day.

    Seven hold each weekday once. Of all rows that a log ever had, those of a lost day are too few to be missed.
    """

    day: str
    first_day: str
    last_day: str

    @classmethod
    def _query(cls, values: Mapping[str, Any]) -> str:
        day = identifier(values["day"], values["engine"])
        return f"{super()._query(values)} where {day} between {values['first_day']} and {values['last_day']}"


class ExpectTotalsToReconcile(MeasuredExpectation):
    """`measure` of this table equals `with_measure` of another, in total or for every group of `by`.

    A missing total is not zero: null on one side alone fails. `tolerance` is a share of the other table's total.
    """

    measure: str
    with_relation: str
    with_measure: str | None = None
    where: str | None = None
    with_where: str | None = None
    by: list[str] = pydantic.Field(default_factory=list)
    tolerance: float = 0
    here_name: str = "here"
    with_name: str = "there"

    @classmethod
    def _query(cls, values: Mapping[str, Any]) -> str:
        here, there = values["measure"], values["with_measure"] or values["measure"]
        groups = [identifier(name, values["engine"]) for name in values["by"]]
        listed = "".join(f"{name}, " for name in groups)
        grouped = f" group by {', '.join(groups)}" if groups else ""
        first = (
            f"select {listed}1 as side, {braces_kept(here)} as total from {{batch}}{_where(values['where'])}{grouped}"
        )
        second = (
            f"select {listed}2 as side, {braces_kept(there)} as total "
            f"from {values['with_relation']} as other{_where(values['with_where'])}{grouped}"
        )
        a, b = ("max(case when side = 1 then total end)", "max(case when side = 2 then total end)")
        differs = f"({a} is null) <> ({b} is null) or abs({a} - {b}) > {float(values['tolerance'])!r} * abs({b})"
        only_differing = f"{grouped} having {differs} order by {', '.join(groups)}" if groups else ""
        both = f"select {listed}{a} as total_here, {b} as total_there"
        return f"{both} from ({first} union all {second}) as sides{only_differing}"

    def _judge(self, rows: Sequence[Mapping[str, Any]]) -> Finding:
        if self.by:
            return self._judge_groups(rows)
        here, there = rows[0]["total_here"], rows[0]["total_there"]
        text = f"{self.here_name} {_figure(here)}, {self.with_name} {_figure(there)}"
        return Finding(within(here, there, self.tolerance), text)

    def _judge_groups(self, rows: Sequence[Mapping[str, Any]]) -> Finding:
        if not rows:
            return Finding(True, f"every {', '.join(self.by)} agrees with {self.with_name}", unexpected=0)
        first = rows[0]
        example = f"{self.here_name} {_figure(first['total_here'])}, {self.with_name} {_figure(first['total_there'])}"
        sample = [{name: row[name] for name in self.by} for row in rows[:SAMPLE_ROWS]]
        differ = "differs" if len(rows) == 1 else "differ"
        text = f"{_many(len(rows), 'group')} by {', '.join(self.by)} {differ}; one of them: {example}"
        return Finding(False, text, unexpected=len(rows), sample=sample)


class ExpectDistributionToBeStable(MeasuredExpectation):
    """The population stability index of `column` against the shares written in `against` is at most `max_psi`.

    The sum over categories of (now - then) * ln(now / then), each share at least 0.0001; values not named in
    `against` are one category of their own. 0.1 is a small shift, 0.25 a large one.
    """

    column: str
    against: dict[str, float]
    max_psi: float = 0.1
    where: str | None = None

    @pydantic.validator("against", pre=True)
    @classmethod
    def _shares(cls, against: Any) -> Any:
        if not isinstance(against, Mapping) or not against:
            raise ValueError("give the usual share of every category, for example {paid: 0.9, returned: 0.1}")
        if not 0.98 <= sum(float(share) for share in against.values()) <= 1.02:
            raise ValueError("the shares add up to 1")
        return {category_text(name): float(share) for name, share in against.items()}

    @classmethod
    def _query(cls, values: Mapping[str, Any]) -> str:
        text = f"cast({identifier(values['column'], values['engine'])} as {_STRING_TYPE[values['engine']]})"
        names = values["against"] if isinstance(values["against"], Mapping) else {}
        listed = ", ".join(quoted(category_text(name), values["engine"]) for name in names) or "''"
        category = f"case when {text} is null then '{NULL}' when {text} in ({listed}) then {text} else '{OTHER}' end"
        rows = f"select {category} as category from {{batch}}{_where(values['where'])}"
        return f"select category, count(*) as row_count from ({rows}) as named group by category"

    def _judge(self, rows: Sequence[Mapping[str, Any]]) -> Finding:
        counts = {row["category"]: int(row["row_count"]) for row in rows}
        total = sum(counts.values())
        if total == 0:
            return Finding(False, "no rows to compare", rows=0)
        now = {name: count / total for name, count in counts.items()}
        psi = stability_index(now, self.against)
        names = sorted({*now, *self.against})
        moved = max(names, key=lambda name: round(abs(now.get(name, 0) - self.against.get(name, 0)), 9))
        share = f"{moved} {now.get(moved, 0):.1%}, usual {self.against.get(moved, 0):.1%}"
        return Finding(
            psi <= self.max_psi, f"PSI {psi:.3f} (at most {self.max_psi:g}); most moved: {share}", rows=total
        )


class ExpectShareToBeAtMost(MeasuredExpectation):
    """Of all rows, or of those `among` which they are looked for, at most this `share` meet the condition `where`; fewer than `least`
    that do are no share yet.

    The library's rules with `mostly` ask the same, but read every column of every row to learn the columns' types.
    """

    where: str
    share: float
    among: str | None = None
    least: int = 0

    @classmethod
    def _query(cls, values: Mapping[str, Any]) -> str:
        met = f"sum(case when ({braces_kept(values['where'])}) then 1 else 0 end)"
        return f"select count(*) as row_count, {met} as met from {{batch}}{_where(values['among'])}"

    def _judge(self, rows: Sequence[Mapping[str, Any]]) -> Finding:
        count, met = int(rows[0]["row_count"]), int(rows[0]["met"] or 0)
        is_kept = met < self.least or met <= Decimal(str(self.share)) * count
        return Finding(is_kept, f"{met:,} of {count:,} rows", rows=count, unexpected=met)


class ExpectNoRows(MeasuredExpectation):
    """A query in SQL over `{batch}` (and `{schema.table}`) that returns the rows which should not be."""

    query: str
    key: list[str] = pydantic.Field(default_factory=list)

    @pydantic.validator("query")
    @classmethod
    def _reads_batch(cls, query: str) -> str:
        if "{batch}" not in query:
            raise ValueError("the query reads {batch}, the table of this file")
        return query

    @classmethod
    def _query(cls, values: Mapping[str, Any]) -> str:
        return str(values["query"])

    def _judge(self, rows: Sequence[Mapping[str, Any]]) -> Finding:
        sample = [{name: row[name] for name in self.key if name in row} for row in rows[:SAMPLE_ROWS]]
        text = f"{_many(len(rows), 'row')} that should not be" if rows else "no such row"
        return Finding(not rows, text, unexpected=len(rows), sample=[row for row in sample if row])


def stability_index(now: Mapping[str, float], then: Mapping[str, float]) -> float:
    """Population stability index of two sets of shares (each adding up to 1); a share counts as 0.0001 at least."""
    index = 0.0
    for name in sorted({*now, *then}):
        a, b = max(now.get(name, 0.0), PSI_FLOOR), max(then.get(name, 0.0), PSI_FLOOR)
        index += (a - b) * math.log(a / b)
    return index


def within(here: Any, there: Any, tolerance: float) -> bool:
    """Whether two totals agree to a share of the second. Two nulls agree, a null and a number do not."""
    if here is None or there is None:
        return here is None and there is None
    a, b = Decimal(str(here)), Decimal(str(there))
    return abs(a - b) <= Decimal(str(tolerance)) * abs(b)


def category_text(value: Any) -> str:
    """A YAML category as the engines write it when they cast to text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def quoted(text: str, engine: str) -> str:
    """A string literal, safe inside a template with `{batch}`."""
    text = braces_kept(text)
    if engine == "bigquery":
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return "'" + text.replace("'", "''") + "'"


def escape_binds(sql: str) -> str:
    """SQLAlchemy reads `:word` as a parameter; a colon in SQL that is none is escaped."""
    return re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", sql)


def _where(condition: str | None) -> str:
    return f" where ({braces_kept(condition)})" if condition else ""


def _figure(value: Any) -> str:
    return "nothing" if value is None else f"{value:,}" if isinstance(value, (int, float, Decimal)) else str(value)


def _many(count: int, noun: str) -> str:
    more = " or more" if count >= FETCHED_ROWS else ""
    return f"{count:,}{more} {noun}{'' if count == 1 else 's'}"
