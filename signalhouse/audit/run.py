"""Runs every expectation on the unpublished build and says whether it may be published."""

from __future__ import annotations

import logging
import re
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any

import duckdb

from signalhouse import ops
from signalhouse.audit import freshness, history
from signalhouse.audit.loader import FRESHNESS, Rule, RuleContext, Suite, expectation, load_suites
from signalhouse.audit.relations import Relations
from signalhouse.audit.report import write_page
from signalhouse.audit.results import AuditReport, RuleResult, SkippedRule
from signalhouse.duckdb_files import literal
from signalhouse.faults import fault_point
from signalhouse.progress import Progress, silent
from signalhouse.redact import redact
from signalhouse.settings import Settings
from signalhouse.variables import FILE as VARIABLES
from signalhouse.variables import sources_on

if TYPE_CHECKING:
    from great_expectations.core.batch import Batch
    from great_expectations.expectations.expectation import Expectation

SAMPLE_ROWS = 5
_AS_OF_TABLE = "core.dim_as_of"
_TOUCHED_LOG = "raw.touched_day"

_QUOTED_VALUE = re.compile(r"'[^']*'")


@dataclass(frozen=True)
class _Outcome:
    """What Great Expectations says of a rule, in its words, for one that is checked without it."""

    success: bool = False
    result: Mapping[str, Any] = field(default_factory=dict)
    exception_info: Mapping[str, Any] = field(default_factory=dict)


def _utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def audit(
    settings: Settings,
    run_id: str,
    *,
    progress: Progress = silent,
    now: Callable[[], datetime] = _utc_now,
) -> AuditReport:
    """Checks expectations/**.yml against the build in `settings.work`; the report says whether it is refused.

    Reads every database read-only; at the end it appends to `ops.expectation_result` and writes
    `<work>/audit/<run_id>.html` and `.jsonl`. `now` (UTC, no zone) is what freshness compares with. Raises UsageError
    for an expectation that cannot be read, and does not raise when the build is refused: see `AuditReport.refusal`.
    """
    started, checked_at = time.monotonic(), now()
    folder = settings.project / "expectations"
    suites = load_suites(folder)
    relations = Relations.of_build(settings)
    present = relations.tables()
    context = RuleContext(
        relations=relations,
        now=checked_at,
        volumes=history.volumes_of_published_runs(settings.landing_db),
        as_of=_last_complete_day(relations) if _AS_OF_TABLE in present else None,
        touched=_touched_days(relations, settings) if _TOUCHED_LOG in present else {},
    )
    on = _sources_on(settings)
    skipped: list[SkippedRule] = []
    results: list[RuleResult] = []
    due = [(suite, _due(suite, on, settings, skipped)) for suite in suites]
    checked = [suite for suite, rules in due if rules and suite.table in present]
    with _Auditor(relations, checked) as auditor:
        for number, (suite, rules) in enumerate(due, start=1):
            progress(f"audit {number} of {len(suites)}: {suite.table}")
            fault_point("mid-audit")
            results += auditor.check(suite, rules, context, suite.table in present, run_id, checked_at)
    watched = {suite.table for suite in suites}
    report = AuditReport(
        run_id=run_id,
        checked_at=checked_at,
        seconds=time.monotonic() - started,
        results=tuple(results),
        skipped=tuple(skipped),
        unwatched=tuple(sorted(t for t in present if t.startswith("mart.") and t not in watched)),
    )
    return _kept(report, settings)


def audit_freshness(settings: Settings, run_id: str, *, now: Callable[[], datetime] = _utc_now) -> AuditReport:
    """Checks what time alone can break in a build that an audit has passed: the rules of freshness, and no others."""
    started, checked_at = time.monotonic(), now()
    relations, on = Relations.of_build(settings), _sources_on(settings)
    skipped: list[SkippedRule] = []
    results: list[RuleResult] = []
    with _asked(relations) as ask:
        for suite in load_suites(settings.project / "expectations"):
            for rule in _due(suite, on, settings, skipped):
                if rule.name == FRESHNESS:
                    outcome = _freshness(ask, relations, rule, suite, checked_at)
                    results.append(_result(rule, suite, outcome, "", run_id, checked_at))
    seconds = time.monotonic() - started
    return _kept(AuditReport(run_id, checked_at, seconds, tuple(results), tuple(skipped)), settings)


# The audit's own questions, each a function of names, so that all of them are checked without a warehouse.


def as_of_query(relations: Relations) -> str:
    """The last complete day of the build."""
    return f"select max(as_of) from {relations.relation(_AS_OF_TABLE)}"


def touched_query(relations: Relations, batch: int) -> str:
    """The days that models replaced after `batch`, by the log that they write (macros/landing/touched.sql)."""
    return f"select distinct model_name, day from {relations.relation(_TOUCHED_LOG)} where batch_id > {batch}"


def freshness_query(relations: Relations, rule: Rule, suite: Suite, now: datetime) -> str:
    """What a rule of freshness asks where nothing else is checked."""
    column, where, hours = rule.arguments["column"], rule.arguments.get("where"), rule.arguments["hours"]
    said = relations.fill(where) if where else None
    query = freshness.query(column, said, hours=hours, day=suite.day, now=now, engine=relations.engine)
    return query.format(batch=f"({relations.rows(suite.table, suite.day)}) as checked")


def _last_complete_day(relations: Relations) -> date | None:
    with _asked(relations) as ask:
        found: date | None = ask(as_of_query(relations))[0][0]
    return found


def _touched_days(relations: Relations, settings: Settings) -> dict[str, tuple[date, ...] | None]:
    """As in RuleContext: the days replaced since the last published release."""
    last = ops.last_published(settings)
    days: dict[str, list[date | None]] = {}
    with _asked(relations) as ask:
        for model, day in ask(touched_query(relations, last.batch if last else 0)):
            days.setdefault(model, []).append(day)
    return {model: None if None in found else tuple(sorted(filter(None, found))) for model, found in days.items()}


@contextmanager
def _asked(relations: Relations) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """A function from a query to its rows, over the build."""
    there = relations.connection
    if there is not None:
        yield there.answer
        return
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for alias, path in relations.files.items():
            connection.execute(f"attach {literal(path)} as {alias} (read_only)")
        yield lambda query: connection.execute(query).fetchall()


def _freshness(
    ask: Callable[[str], list[tuple[Any, ...]]], relations: Relations, rule: Rule, suite: Suite, now: datetime
) -> _Outcome:
    try:
        newest = ask(freshness_query(relations, rule, suite, now))[0][0]
    except Exception as error:  # noqa: BLE001  (whatever an engine says, the rule was not checked)
        return _Outcome(exception_info={"raised_exception": True, "exception_message": str(error)})
    column, hours = rule.arguments["column"], rule.arguments["hours"]
    success, observed = freshness.verdict(newest, column, hours, day=suite.day, now=now)
    return _Outcome(success=success, result={"observed_value": observed, "details": {"house_sample": []}})


def _kept(report: AuditReport, settings: Settings) -> AuditReport:
    """The report with its page, its lines and its rows in the history written."""
    out = settings.work / "audit"
    report = replace(report, html=out / f"{report.run_id}.html", jsonl=out / f"{report.run_id}.jsonl")
    history.write_jsonl(report.results, out / f"{report.run_id}.jsonl")
    write_page(report, out / f"{report.run_id}.html")
    history.write_history(report.results, settings.landing_db)
    return report


def _due(suite: Suite, on: frozenset[str], settings: Settings, skipped: list[SkippedRule]) -> tuple[Rule, ...]:
    """The rules to check now; those that are off go to `skipped` with the reason."""
    due = []
    for rule in suite.rules:
        missing = [source for source in rule.sources if source not in on]
        reason = ""
        if missing:
            reason = f"source {', '.join(missing)} is off"
        elif rule.name == FRESHNESS and settings.as_of is not None:
            reason = f"the day is fixed (--as-of {settings.as_of}), so nothing is late"
        if reason:
            skipped.append(SkippedRule(rule.table, rule.rule_id, rule.name, reason))
        else:
            due.append(rule)
    return tuple(due)


class _Auditor:
    """One Great Expectations context and one connection for all suites of an audit, whose tables are known from the start: each
    that is added later makes it write down all that it knows (0.5 of the 1.2 CPU s that 43 tables took beside the import)."""

    def __init__(self, relations: Relations, suites: Iterable[Suite]) -> None:
        self._relations = relations
        self._suites = tuple(suites)
        self._datasource: Any = None

    def __enter__(self) -> _Auditor:
        return self

    def __exit__(self, *_: object) -> None:
        if self._datasource is not None:
            engine = self._datasource.get_execution_engine()
            engine.close()
            engine.engine.dispose()
            self._datasource.get_engine().dispose()

    def check(
        self,
        suite: Suite,
        rules: Iterable[Rule],
        context: RuleContext,
        present: bool,
        run_id: str,
        checked_at: datetime,
    ) -> list[RuleResult]:
        """One result per rule, in the order of the file. A table that is missing is an error of every rule."""
        rules = tuple(rules)
        expectations = [expectation(rule, suite, context) for rule in rules]
        outcomes: dict[str, Any] = {}
        missing = "was not evaluated"
        if not present:
            missing = f"{suite.table} is not in {self._relations.place(suite.table)}: was it built?"
        elif rules:
            try:
                outcomes = self._validate(suite, expectations)
            except Exception as error:  # noqa: BLE001  (whatever it was, no rule of this table was checked)
                missing = f"could not be evaluated: {_first_line(str(error))}"
        return [_result(rule, suite, outcomes.get(rule.rule_id), missing, run_id, checked_at) for rule in rules]

    def _validate(self, suite: Suite, expectations: list[Expectation]) -> dict[str, Any]:
        """Great Expectations' results by rule id."""
        import great_expectations as gx

        found = self._batch(suite.table).validate(
            gx.ExpectationSuite(name=suite.table, expectations=expectations),
            result_format={
                "result_format": "SUMMARY",
                "partial_unexpected_count": SAMPLE_ROWS,
                "unexpected_index_column_names": list(suite.key),
            },
        )
        return {result.expectation_config.meta["rule_id"]: result for result in found.results}

    def _batch(self, table: str) -> Batch:
        if self._datasource is None:
            self._datasource = _open_datasource(self._relations, self._suites)
        asset = self._datasource.get_asset(table)
        return asset.get_batch(asset.build_batch_request())


def _open_datasource(relations: Relations, suites: Iterable[Suite]) -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # Its log quotes values of rows, and one of its modules sets a level of its own. What matters is in the results.
    for name in ("great_expectations", "great_expectations.data_context.types.base"):
        logging.getLogger(name).setLevel(logging.CRITICAL)

    assets = [
        {"type": "query", "name": suite.table, "query": relations.rows(suite.table, suite.day)} for suite in suites
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        if relations.connection is not None:
            from signalhouse.audit.bigquery_source import BigQueryBuildDatasource, engine_of

            address, engine = engine_of(relations.connection.client)
            BigQueryBuildDatasource.engines[address] = engine
            return context.data_sources.add_bigquery_build(name="build", connection_string=address, assets=assets)
        import signalhouse.audit.duckdb_source  # noqa: F401  (defining the class registers add_duckdb)

        files = {alias: str(path) for alias, path in relations.files.items()}
        return context.data_sources.add_duckdb(
            name="build", connection_string="duckdb:///:memory:", attach=files, assets=assets
        )


def _result(rule: Rule, suite: Suite, outcome: Any, missing: str, run_id: str, checked_at: datetime) -> RuleResult:
    error = missing if outcome is None else _error(outcome)
    found: Mapping[str, Any] = {} if outcome is None or error else outcome.result or {}
    success = bool(outcome is not None and not error and outcome.success)  # numpy booleans come back too
    elements, unexpected = _count(found.get("element_count")), _count(found.get("unexpected_count"))
    return RuleResult(
        run_id=run_id,
        checked_at=checked_at,
        table_name=rule.table,
        rule_id=rule.rule_id,
        rule=rule.name,
        severity="critical" if error else rule.severity,
        column_name=rule.column,
        success=success,
        error=error,
        element_count=elements,
        unexpected_count=unexpected,
        observed=_observed(found, elements, unexpected),
        sample=() if success else _sample(found, suite.key),
        why=rule.why,
        owner=rule.owner,
        file=rule.file,
        line=rule.line,
    )


def _error(outcome: Any) -> str | None:
    """What was raised, in one line, or None. Values in quotes and addresses are left out: they may be personal."""
    info = outcome.exception_info or {}
    raised = [info] if "raised_exception" in info else [one for one in info.values() if isinstance(one, Mapping)]
    messages = [str(one.get("exception_message") or "no message") for one in raised if one.get("raised_exception")]
    if not messages:
        return None
    return f"could not be evaluated: {_first_line(messages[0])}"


def _first_line(message: str) -> str:
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return hide_values(lines[0] if lines else "no message")[:300]


def hide_values(text: str) -> str:
    """`text` without quoted values and e-mail addresses."""
    return redact(_QUOTED_VALUE.sub("'...'", text))


def _observed(found: Mapping[str, Any], elements: int | None, unexpected: int | None) -> str | None:
    """One line on what was seen. Values of rows never appear, only counts, and numbers the rule itself measured."""
    value = found.get("observed_value")
    if "house_sample" in (found.get("details") or {}):
        return str(value)
    if isinstance(value, (Real, Decimal)):
        return f"{value:,}"
    if isinstance(value, (list, tuple, set, dict)):
        return f"{len(value)} values"
    if unexpected is not None and elements is not None:
        return f"{unexpected:,} of {elements:,} rows"
    return None


def _sample(found: Mapping[str, Any], key: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    details = found.get("details") or {}
    if "house_sample" in details:
        rows = details["house_sample"]
    else:
        # Great Expectations adds the tested column's value to the key: only the key is kept.
        rows = [
            {name: row[name] for name in key if name in row} for row in found.get("partial_unexpected_index_list") or []
        ]
    return tuple({name: _plain(value) for name, value in row.items()} for row in rows[:SAMPLE_ROWS] if row)


def _plain(value: Any) -> Any:
    """A JSON value; an id that is an e-mail address is hidden."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return hide_values(str(value))


def _count(value: Any) -> int | None:
    return None if value is None else int(value)


def _sources_on(settings: Settings) -> frozenset[str]:
    return frozenset(sources_on(settings.project)) if (settings.project / VARIABLES).is_file() else frozenset()
