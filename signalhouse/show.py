"""The outcome of each command as lines for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from signalhouse.refresh import NOTHING_NEW, RefreshReport
from signalhouse.settings import Settings, target_flag
from signalhouse.status import nothing_known

if TYPE_CHECKING:
    from rich.console import Console

    from signalhouse.doctor import Finding
    from signalhouse.landing import LandReport
    from signalhouse.publish import Release

_REFUSALS_SHOWN = 10


def show_land(console: Console, report: LandReport) -> None:
    """Files and records that landed, what was refused and why, what was left alone."""
    files = f"{report.files_new} new, {report.files_changed} changed, {report.files_same} as before"
    console.print(f"[bold]landing[/bold]  files: {files}")
    for name, records in sorted(report.records.items()):
        refused = report.refused.get(name, 0)
        console.print(
            f"  {name:<32}{records:>12,} records" + (f"{refused:>8,} refused" if refused else ""), markup=False
        )
    # Line 0 is a file as a whole: more is lost with it than with a record.
    for file, line, reason in sorted(report.refusals, key=lambda one: one[1] > 0)[:_REFUSALS_SHOWN]:
        console.print(f"  refused  {file}:{line}  {reason}", markup=False)
    if len(report.refusals) > _REFUSALS_SHOWN:
        more = len(report.refusals) - _REFUSALS_SHOWN
        console.print(f"  and {more:,} more refused: table ops.quarantine in landing.duckdb has each with its reason")
    for left in report.left_alone:
        console.print(f"  left alone  {left}", markup=False)
    _list(console, "gone from the landing folder, records kept", report.missing_files)
    _list(console, "changed while it was read, comes with the next run", report.moved_under_us)
    _list(console, "source is on but has no files", report.sources_without_files)


def show_written(console: Console, objects: list[dict[str, Any]]) -> None:
    """Files and records by export object, as a demo wrote them."""
    for row in objects:
        name = f"{row['vendor']}/{row['object']}"
        console.print(f"  {name:<32}{row['files']:>6,} files{row['read']:>12,} records", markup=False)


def show_refresh(console: Console, report: RefreshReport, settings: Settings) -> None:
    """The answers first, then what they rest on: the audit's verdict, rows by layer, what landed; last, where to point a BI tool."""
    _answers(console, report.answers)
    _numbers(console, report.headline)
    _verdict(console, report)
    console.print()
    _rows(console, report.rows)
    console.print()
    show_land(console, report.land)
    console.print()
    if report.marked is not None:
        console.print(_marked(report.marked), markup=False)
    if report.outcome == NOTHING_NEW:
        console.print(f"[bold]nothing new[/bold]: release {report.newest.stamp} already holds all that landed")
        if report.rolled_back:
            console.print(
                f"  rolled back: readers see release {report.release.stamp}; the numbers above are of {report.newest.stamp}"
            )
            flag = target_flag(settings)
            console.print(
                f"  go forward: `signalhouse rollback{flag} --to {report.newest.stamp}`, or `signalhouse refresh{flag} --force`; "
                "a refresh that finds something new does too"
            )
    else:
        console.print(f"[bold green]published[/bold green] release {report.release.stamp}")
    show_where_to_point(console, settings)


def _marked(files: int) -> str:
    if not files:
        return "--from     no landed file speaks of these days, so none was taken from landing once more"
    return f"--from     {files:,} file{'s' if files > 1 else ''} taken from landing once more"


def _numbers(console: Console, headline: list[dict[str, Any]]) -> None:
    if not headline:
        return
    console.print("[bold]numbers[/bold]")
    for row in headline:
        console.print(f"  {row['number']:<44}{row['value']:>16}  {row['of']}", markup=False)
    console.print()


def _answers(console: Console, answers: list[dict[str, Any]]) -> None:
    for row in answers:
        console.print(f"[bold]{row['question']}[/bold]")
        console.print(f"  {row['answer']}", markup=False)
    if answers:
        console.print()


def _verdict(console: Console, report: RefreshReport) -> None:
    from signalhouse.audit.results import sample_text

    if report.audit is None:
        console.print("[bold]audit[/bold]    not repeated: nothing changed and the day is fixed by --as-of")
        return
    counts = report.audit.counts
    console.print(
        f"[bold]audit[/bold]    {report.audit.verdict}: {counts['checked']} expectations checked, "
        f"{counts['passed']} passed, {counts['warnings']} warnings"
    )
    for result in report.audit.warnings:
        console.print(f"  warning  {result.table_name}  {result.rule}  {result.why}", markup=False)
        if result.sample:
            console.print(f"           rows: {sample_text(result.sample)}", markup=False)


def show_where_to_point(console: Console, settings: Settings) -> None:
    """The one path for BI tools: it stays the same from release to release."""
    current = settings.serve / "current"
    if settings.target == "bigquery":
        console.print("  BI tools   dataset mart  (read only; docs/bigquery.md, A reader)", markup=False)
        console.print(f"  audit      {current / 'audit.html'}", markup=False)
        return
    console.print(f"  BI tools   {current / 'marts.duckdb'}  (schema mart, read only)", markup=False)
    console.print(f"  Parquet    {current / 'parquet'}", markup=False)
    console.print(f"  audit      {current / 'audit.html'}", markup=False)


def show_releases(console: Console, releases: Iterable[Release]) -> None:
    """One line per release on disk, the one readers see marked."""
    for release in releases:
        manifest = release.manifest
        mark = "->" if release.is_current else "  "
        verdict = manifest.get("audit", {}).get("verdict", "unknown")
        console.print(f"  {mark} {release.stamp}  as of {manifest.get('as_of')}  audit {verdict}", markup=False)


def show_status(console: Console, found: dict[str, Any], settings: Settings) -> None:
    """What readers see, who is at work, the last runs."""
    current = found["current"]
    if current:
        console.print(f"[bold]readers see[/bold]  release {current['stamp']}, as of {current['as_of']}")
        show_where_to_point(console, settings)
    else:
        console.print(f"[bold]readers see[/bold]  {nothing_known(settings)}")
    if found["rolled_back_from"]:
        console.print(f"  rolled back: release {found['rolled_back_from']} is newer and not shown")
    if len(found["releases"]) > 1:
        console.print(f"  on disk    {', '.join(found['releases'])}", markup=False)
    running = found["running"]
    if running:
        at_work = f"{running['command']} {running['run_id'] or ''}, process {running['pid']}"
        console.print(f"[bold]at work[/bold]      {at_work}, since {running['since']}")
    console.print("[bold]runs[/bold]" if found["runs"] else "[bold]runs[/bold]         none yet")
    for run in found["runs"]:
        after = "" if run["outcome"] in ("published", "nothing_new", "landed") else f"  in step {run['last_step']}"
        console.print(f"  {run['run_id']}  {run['command']:<8} {run['outcome']}{after}", markup=False)
        if run["error"]:
            console.print(f"    {run['error']}", markup=False)


def show_findings(console: Console, findings: Iterable[Finding]) -> None:
    """One line per check, and what to do about it below."""
    colour = {"ok": "green", "note": "yellow", "bad": "red"}
    for finding in findings:
        console.print(f"[{colour[finding.state]}]{finding.state:<5}[/]", end="")
        console.print(f"{finding.subject:<20} {finding.says}", markup=False)
        if finding.todo:
            console.print(f"     {'':<20} -> {finding.todo}", markup=False)


def _rows(console: Console, rows: dict[str, dict[str, int]]) -> None:
    for layer, tables in rows.items():
        console.print(f"[bold]{layer:<9}[/bold]{len(tables):>4} tables {sum(tables.values()):>12,} rows")
        if layer == "mart":
            for table, count in tables.items():
                console.print(f"  {table:<32}{count:>12,}", markup=False)


def _list(console: Console, title: str, lines: list[Any]) -> None:
    for line in lines[:_REFUSALS_SHOWN]:
        console.print(f"  {title}: {line}", markup=False)
    if len(lines) > _REFUSALS_SHOWN:
        console.print(f"  {title}: and {len(lines) - _REFUSALS_SHOWN} more")
