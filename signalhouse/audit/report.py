"""The audit as one page of HTML that asks for nothing outside itself: open it from a mail or a bucket."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from signalhouse.audit.results import AuditReport, RuleResult, sample_text

_LAYERS = ("raw", "core", "mart")

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --soft: #5b6875; --page: #f7f8f9; --card: #ffffff; --line: #dde2e7;
  --good: #1a7f4b; --warn: #9a6700; --bad: #c0262d; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9ee; --soft: #9aa7b4; --page: #12171c; --card: #1b2229; --line: #313b45;
    --good: #4cc38a; --warn: #e2b340; --bad: #ff6b6b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 64rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; }
p { margin: .35rem 0; } .soft { color: var(--soft); } code { font: .9em ui-monospace, Menlo, Consolas, monospace; }
.verdict { display: inline-block; padding: .1rem .7rem; border-radius: 1rem; color: var(--card); font-weight: 600; }
.good { background: var(--good); } .warn { background: var(--warn); } .bad { background: var(--bad); }
dl.numbers { display: flex; flex-wrap: wrap; gap: .75rem 2rem; margin: 1.25rem 0 0; }
dl.numbers div { min-width: 5rem; } dl.numbers dt { color: var(--soft); font-size: .85rem; }
dl.numbers dd { margin: 0; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
article { background: var(--card); border: 1px solid var(--line); border-left: .3rem solid var(--warn);
  border-radius: .4rem; padding: .8rem 1rem; margin: 0 0 .8rem; overflow-wrap: anywhere; }
article.stops { border-left-color: var(--bad); } article h3 { margin: 0; font-size: 1rem; }
details { background: var(--card); border: 1px solid var(--line); border-radius: .4rem; margin: 0 0 .5rem; }
summary { cursor: pointer; padding: .6rem 1rem; } .scroll { overflow-x: auto; padding: 0 1rem .8rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-top: 1px solid var(--line); }
th { color: var(--soft); font-weight: 500; }
td.state { white-space: nowrap; font-weight: 600; } .ok { color: var(--good); } .no { color: var(--bad); } .hm { color: var(--warn); }
"""


def write_page(report: AuditReport, path: Path) -> None:
    """Writes the page of a report to `path`, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(report), encoding="utf-8")


def page(report: AuditReport) -> str:
    """The whole page as text."""
    tone = {"passed": "good", "passed with warnings": "warn", "refused": "bad"}[report.verdict]
    numbers = "".join(f"<div><dt>{name}</dt><dd>{count:,}</dd></div>" for name, count in report.counts.items())
    parts = [
        f'<header><h1>Audit <span class="verdict {tone}">{report.verdict}</span></h1>',
        f'<p class="soft">run <code>{escape(report.run_id)}</code>, checked {report.checked_at:%Y-%m-%d %H:%M} UTC '
        f"in {report.seconds:,.1f} s</p>",
        f"<p>{_meaning(report)}</p>",
        f'<dl class="numbers">{numbers}</dl></header>',
        _failures("What stopped it", report.stopping),
        _failures("Published, but look", report.warnings),
        *_layers(report.results),
        _skipped(report),
        _unwatched(report),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Audit {escape(report.run_id)}: {report.verdict}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


def _meaning(report: AuditReport) -> str:
    if report.refused:
        return "This build was not published. Readers keep the last release."
    if report.warnings:
        return "This build may be published. What is listed below deserves a look."
    return "Every promise that was checked holds."


def _failures(title: str, results: Sequence[RuleResult]) -> str:
    if not results:
        return ""
    return f"<section><h2>{title}</h2>{''.join(_failure(result) for result in results)}</section>"


def _failure(result: RuleResult) -> str:
    column = f" <code>{escape(result.column_name)}</code>" if result.column_name else ""
    rows = f"<p>rows: <code>{escape(sample_text(result.sample))}</code></p>" if result.sample else ""
    return (
        f'<article class="{"stops" if result.stops else "looks"}">'
        f"<h3><code>{escape(result.table_name)}</code> {escape(_spoken(result.rule))}{column}</h3>"
        f"<p>{escape(result.error or result.observed or 'failed')}</p>{rows}"
        f"<p>Why it matters: {escape(result.why)}</p>"
        f'<p class="soft">{result.severity}, kept by {escape(result.owner)}, '
        f"<code>{escape(result.file)}:{result.line}</code></p></article>"
    )


def _layers(results: Sequence[RuleResult]) -> Iterable[str]:
    order = sorted(results, key=lambda one: (_place(one.layer), one.layer, one.table_name))
    for layer, in_layer in groupby(order, key=lambda one: one.layer):
        tables = [_table(name, list(of_table)) for name, of_table in groupby(in_layer, key=lambda one: one.table_name)]
        yield f"<section><h2>{escape(layer)}</h2>{''.join(tables)}</section>"


def _table(name: str, results: list[RuleResult]) -> str:
    failed = sum(not result.success for result in results)
    state = f'<span class="no">{failed} of {len(results)} failed</span>' if failed else f"{len(results)} hold"
    rows = "".join(
        f'<tr><td class="state {_tone(result)}">{_state(result)}</td>'
        f"<td>{escape(_spoken(result.rule))}{' ' + escape(result.column_name) if result.column_name else ''}</td>"
        f"<td>{escape(result.error or result.observed or '')}</td>"
        f"<td>{escape(result.why)}</td><td>{escape(result.owner)}</td></tr>"
        for result in results
    )
    head = "<tr><th></th><th>promise</th><th>seen</th><th>why</th><th>owner</th></tr>"
    return (
        f"<details{' open' if failed else ''}><summary><code>{escape(name)}</code> "
        f'<span class="soft">{state}</span></summary><div class="scroll"><table>{head}{rows}</table></div></details>'
    )


def _skipped(report: AuditReport) -> str:
    if not report.skipped:
        return ""
    items = "".join(
        f"<li><code>{escape(one.table_name)}</code> {escape(_spoken(one.rule))}: {escape(one.reason)}</li>"
        for one in report.skipped
    )
    return f"<section><h2>Not checked, and why</h2><ul>{items}</ul></section>"


def _unwatched(report: AuditReport) -> str:
    if not report.unwatched:
        return ""
    names = ", ".join(f"<code>{escape(name)}</code>" for name in report.unwatched)
    return f"<section><h2>Marts without any expectation</h2><p>{names}</p></section>"


def _spoken(rule: str) -> str:
    return "query finds no row" if rule == "sql" else rule.replace("_", " ")


def _state(result: RuleResult) -> str:
    if result.success:
        return "holds"
    return "error" if result.error else result.severity


def _tone(result: RuleResult) -> str:
    return "ok" if result.success else "no" if result.stops else "hm"


def _place(layer: str) -> int:
    return _LAYERS.index(layer) if layer in _LAYERS else len(_LAYERS)
