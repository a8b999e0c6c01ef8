"""What an audit found, and what it says to people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from signalhouse.errors import AuditRefused

Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")

_SHOWN_IN_MESSAGE = 10


@dataclass(frozen=True)
class RuleResult:
    """One expectation as it came out in one run. `sample` holds key columns only, never other values."""

    run_id: str
    checked_at: datetime
    table_name: str
    rule_id: str
    rule: str
    severity: Severity
    column_name: str | None
    success: bool
    error: str | None
    element_count: int | None
    unexpected_count: int | None
    observed: str | None
    sample: tuple[dict[str, Any], ...]
    why: str
    owner: str
    file: str
    line: int

    @property
    def stops(self) -> bool:
        """True when this result keeps the build from being published: a critical failure, or any error.

        An expectation that could not be evaluated is no pass: a warning whose column vanished must not slip through.
        """
        return self.error is not None or (not self.success and self.severity == "critical")

    @property
    def layer(self) -> str:
        """The schema the table lies in: raw, core, mart."""
        return self.table_name.split(".")[0]

    def record(self) -> dict[str, Any]:
        """The history row: the columns of `ops.expectation_result`, plain values."""
        return {
            "run_id": self.run_id,
            "checked_at": self.checked_at.isoformat(),
            "table_name": self.table_name,
            "rule_id": self.rule_id,
            "rule": self.rule,
            "severity": self.severity,
            "column_name": self.column_name,
            "success": self.success,
            "error": self.error,
            "element_count": self.element_count,
            "unexpected_count": self.unexpected_count,
            "observed": self.observed,
            "sample": json.dumps(self.sample, ensure_ascii=False),
            "why": self.why,
            "owner": self.owner,
        }


@dataclass(frozen=True)
class SkippedRule:
    """An expectation that was not evaluated, and why that is right."""

    table_name: str
    rule_id: str
    rule: str
    reason: str


@dataclass(frozen=True)
class AuditReport:
    """The outcome of one audit. `checked_at` is UTC without a zone; `html` is the self-contained page."""

    run_id: str
    checked_at: datetime
    seconds: float
    results: tuple[RuleResult, ...]
    skipped: tuple[SkippedRule, ...] = ()
    unwatched: tuple[str, ...] = ()
    html: Path | None = None
    jsonl: Path | None = None

    @property
    def stopping(self) -> tuple[RuleResult, ...]:
        """The results that refuse the build."""
        return tuple(result for result in self.results if result.stops)

    @property
    def warnings(self) -> tuple[RuleResult, ...]:
        """Failed expectations of severity warning or info: published, and reported."""
        return tuple(result for result in self.results if not result.success and not result.stops)

    @property
    def refused(self) -> bool:
        """True when nothing may be published."""
        return bool(self.stopping)

    @property
    def verdict(self) -> str:
        """One of `refused`, `passed with warnings`, `passed`."""
        if self.refused:
            return "refused"
        return "passed with warnings" if self.warnings else "passed"

    @property
    def counts(self) -> dict[str, int]:
        """How many expectations were checked, passed, warned, stopped the build, or were skipped."""
        return {
            "checked": len(self.results),
            "passed": sum(result.success for result in self.results),
            "warnings": len(self.warnings),
            "critical": len(self.stopping),
            "skipped": len(self.skipped),
        }

    def summary(self) -> dict[str, Any]:
        """What a run record or a manifest keeps: the verdict, the counts and the rules that failed."""
        return {
            "verdict": self.verdict,
            **self.counts,
            "failed": [result.rule_id for result in (*self.stopping, *self.warnings)],
        }

    def refusal(self, still_served: str | None = None) -> AuditRefused:
        """The failure to raise when the build is refused; `still_served` is the release that readers keep seeing."""
        number = len(self.stopping)
        readers = f"readers still see {still_served}" if still_served else "nothing was published before"
        what = f"{_number(number, 'critical expectation')} failed, nothing was published ({readers})"
        blocks = _failures(self.stopping)
        if len(blocks) > _SHOWN_IN_MESSAGE:
            blocks[_SHOWN_IN_MESSAGE:] = [f"and {len(blocks) - _SHOWN_IN_MESSAGE} more in the report"]
        page = f"read {self.html}; then" if self.html else "then"
        step = f"{page} mend the export, the model or the expectation and run `signalhouse refresh` again"
        return AuditRefused(what, where="\n".join(blocks), next_step=step)


def _failures(results: tuple[RuleResult, ...]) -> list[str]:
    """One block per failure; a table whose every rule met the same error (it was not built) is one block."""
    blocks = []
    for (table, error), same in groupby(results, key=lambda one: (one.table_name, one.error)):
        group = list(same)
        if error and len(group) > 1:
            first = group[0]
            blocks.append(
                f"{table}  {len(group)} expectations   {error}\n  the promises: {first.file}, kept by {first.owner}"
            )
        else:
            blocks += [_failure_lines(result) for result in group]
    return blocks


def _failure_lines(result: RuleResult) -> str:
    head = f"{result.table_name}  {result.rule}"
    if result.column_name:
        head += f" ({result.column_name})"
    head += f"   {result.error or result.observed or 'failed'}"
    if result.sample:
        head += f"   rows: {sample_text(result.sample)}"
    return f"{head}\n  why it matters: {result.why}\n  the promise: {result.file}:{result.line}, kept by {result.owner}"


def sample_text(sample: tuple[dict[str, Any], ...]) -> str:
    """The keys of failing rows in one line: bare values for a single key, `name=value` for several."""
    rows = []
    for row in sample:
        if len(row) == 1:
            rows.append(str(next(iter(row.values()))))
        else:
            rows.append(" ".join(f"{name}={value}" for name, value in row.items()))
    return ", ".join(rows) if all(len(row) == 1 for row in sample) else "; ".join(rows)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
