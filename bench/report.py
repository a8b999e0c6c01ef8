"""What was found, as a table, as plots and as the one JSON object."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import median
from typing import Any

from bench.identity import KINDS
from bench.measured import spread

Found = dict[str, dict[str, Any]]
# Least CPU seconds from which the growth of one model is measured; below it is dbt's own work.
_WORTH_A_SLOPE = 0.2


def table(found: Found) -> str:
    """Lines of text for a person."""
    lines = []
    for name, parts in found.items():
        lines.append(f"\n== {name} ==")
        if "full" in parts:
            lines += _full_lines(parts)
        if "memory" in parts:
            lines.append(
                f"with memory_limit 1 GB         {parts['memory']['cpu_s']:8.2f} CPU s, {parts['memory']['peak_gb']:.2f} GB"
            )
        if "refresh" in parts:
            lines += _refresh_lines(parts["refresh"])
        if "noop" in parts:
            lines.append(
                f"nothing new, wall s            {spread(parts['noop']['wall_s'])}, CPU {spread(parts['noop']['cpu_s'])}"
            )
        if "history" in parts:
            for days, values in parts["history"]["sql_cpu_s"].items():
                lines.append(f"a day on {days:>4} days of history  {spread(values)} CPU s of SQL")
        if "growth" in parts:
            lines.append(
                f"files after {parts['growth']['refreshes']} refreshes         {parts['growth']['growth']:.3f} of a fresh build's"
            )
        if "identity" in parts:
            for kind, of in parts["identity"].items():
                lines.append(
                    f"identity, {kind:<8}             {spread(of['cpu_s'])} CPU s, {of['rounds']} rounds, {of['components']:,} persons"
                )
        if "queries" in parts:
            for query in parts["queries"]["queries"]:
                lines.append(
                    f"{query['mart']:<26} {query['p50_ms']:6.2f} ms p50 {query['p95_ms']:6.2f} ms p95  {query['question'][:60]}"
                )
    return "\n".join(lines)


def _full_lines(parts: dict[str, Any]) -> list[str]:
    full = parts["full"]
    lines = [
        f"{full['events']:,} events counted, {full['files']:,} files, {parts['bytes'] / 1e6:,.0f} MB",
        "CPU s, median (least to greatest)",
    ]
    for name in ("gzip", "floor", "build", "land", "dbt", "audit", "publish"):
        lines.append(f"  {name:<10} {spread(full[f'{name}_cpu_s'])}")
    lines.append(f"  what the floor makes, of the build  {spread(full['covered_cpu_s'])}")
    lines.append(f"  that / floor   {spread(full['ratio'])}   build / floor  {spread(full['ratio_of_all'])}")
    lines.append(f"  floor / gzip   {spread(full['floor_to_gzip'])}")
    lines.append(f"  tests {spread(full['test_share'])} and audit {spread(full['audit_share'])} of the build")
    lines.append(f"  memory: build {full['peak_gb']:.2f} GB, floor {full['floor_peak_gb']:.2f} GB")
    lines.append(f"  floor by file: {', '.join(f'{file} {cpu:.2f}' for file, cpu in full['floor_by_file'].items())}")
    lacks = f"; it does not make {', '.join(full['floor_lacks'])}" if full["floor_lacks"] else ""
    lines.append(
        f"  {len(full['floor_marts'])} marts of the floor, {full['floor_cells_compared']:,} cells compared{lacks}"
    )
    lines += [f"  DIFFERS {difference}" for difference in full["floor_differs"]]
    return lines + _model_lines(full)


def _model_lines(full: dict[str, Any]) -> list[str]:
    kinds = ", ".join(f"{kind} {cpu:.2f}" for kind, cpu in full["cpu_by_kind"].items())
    lines = [f"dbt, node after node: {kinds}", f"  {'model':<34}{'rows':>12}{'CPU s':>9}{'SQL':>9}"]
    for name, model in full["models"].items():
        rows = "" if model["rows"] is None else f"{model['rows']:,}"
        more = "  MORE ROWS THAN EVENTS" if (model["rows"] or 0) > full["events"] else ""
        lines.append(f"  {name:<34}{rows:>12}{model['cpu_s']:>9.2f}{model['sql_cpu_s']:>9.2f}{more}")
    return lines


def _refresh_lines(refresh: dict[str, Any]) -> list[str]:
    dearest = ", ".join(f"{name} {cpu:.2f}" for name, cpu in refresh["dearest"].items())
    return [
        f"one day, CPU s                 {spread(refresh['cpu_s'])}, {refresh['nodes']} nodes, {refresh['files']} files",
        f"  SQL of models                {spread(refresh['sql_cpu_s'])}, of tests {spread(refresh['test_sql_cpu_s'])}",
        f"  dearest                      {dearest}",
        f"  then nothing new, wall s     {spread(refresh['noop_s'])}",
    ]


def summary(found: Found) -> dict[str, Any]:
    """The issue's keys; null with a reason where a part was not measured."""
    result: dict[str, Any] = {}

    def put(key: str, value: float | int | None, reason: str = "") -> None:
        result[key] = round(value, 4) if isinstance(value, float) else value
        if value is None:
            result.setdefault("reasons", {})[key] = reason

    def of(scale: str, part: str, key: str) -> Any:
        return found.get(scale, {}).get(part, {}).get(key)

    def middle(values: list[float] | None) -> float | None:
        return median(values) if values else None

    largest = next((name for name in ("50m", "10m", "1m", "tiny") if name in found), "tiny")
    ten, one = of("10m", "full", "ratio"), of("1m", "full", "ratio")
    put("full_cpu_ratio", middle(ten), "10m was not measured")
    put("full_cpu_ratio_1m", middle(one), "1m was not measured")
    put(
        "floor_to_gzip",
        middle(of("10m", "full", "floor_to_gzip") or of("1m", "full", "floor_to_gzip")),
        "no floor was measured",
    )
    put("peak_gb", of("10m", "full", "peak_gb"), "10m was not measured")
    put("peak_gb_of_1_gb", of("10m", "memory", "peak_gb") or of("1m", "memory", "peak_gb"), "part memory was not run")
    put("build_exponent", _build_exponent(found), "needs 1m and 10m")
    put("model_exponent", *_model_exponent(found))
    fifty = of("50m", "full", "floor_cpu_s")
    for key, what in (("refresh_sql_share", "sql_cpu_s"), ("refresh_share", "cpu_s")):
        values = of("50m", "refresh", what)
        share = median(values) / median(fifty) if values and fifty else None
        put(key, share, "50m was not measured")
    put("history_exponent", _any(found, "history", "exponent"), "part history was not run")
    put("noop_s", middle(of(largest, "noop", "wall_s") or _any(found, "noop", "wall_s")), "part noop was not run")
    put("file_growth", _any(found, "growth", "growth"), "part growth was not run")
    put(
        "test_share", middle(of("10m", "full", "test_share") or of("1m", "full", "test_share")), "part full was not run"
    )
    put(
        "audit_share",
        middle(of("10m", "full", "audit_share") or of("1m", "full", "audit_share")),
        "part full was not run",
    )
    put("mart_p95_ms", of("10m", "queries", "p95_ms"), "10m was not measured")
    for kind in KINDS:
        identity = _any(found, "identity", kind)
        put(f"identity_{kind}_cpu_s", middle(identity["cpu_s"]) if identity else None, "part identity was not run")
        put(f"identity_{kind}_rounds", identity["rounds"] if identity else None, "part identity was not run")
    result["by_scale"] = {name: _of_scale(parts) for name, parts in found.items()}
    result["floor_lacks"] = sorted(
        {mart for parts in found.values() for mart in parts.get("full", {}).get("floor_lacks", [])}
    )
    result["floor_differs"] = [
        text for parts in found.values() for text in parts.get("full", {}).get("floor_differs", [])
    ]
    return result


def _any(found: Found, part: str, key: str) -> Any:
    return next((parts[part].get(key) for parts in reversed(found.values()) if part in parts), None)


def _of_scale(parts: dict[str, Any]) -> dict[str, Any]:
    """The shares as they are at this scale, measured against its own floor."""
    shown: dict[str, Any] = {}
    floor = parts.get("full", {}).get("floor_cpu_s")
    if floor:
        shown = {
            "events": parts["full"]["events"],
            "floor_cpu_s": round(median(floor), 2),
            "build_cpu_s": round(median(parts["full"]["build_cpu_s"]), 2),
            "peak_gb": round(parts["full"]["peak_gb"], 2),
        }
    if floor and "refresh" in parts:
        shown["refresh_sql_share"] = round(median(parts["refresh"]["sql_cpu_s"]) / median(floor), 4)
        shown["refresh_share"] = round(median(parts["refresh"]["cpu_s"]) / median(floor), 4)
    if "queries" in parts:
        shown["mart_p95_ms"] = round(parts["queries"]["p95_ms"], 2)
    return shown


def _build_exponent(found: Found) -> float | None:
    small, large = found.get("1m", {}).get("full"), found.get("10m", {}).get("full")
    if not small or not large:
        return None
    costs = median(large["build_cpu_s"]) / median(small["build_cpu_s"])
    return math.log(costs) / math.log(large["events"] / small["events"])


def _model_exponent(found: Found) -> tuple[float | None, str]:
    """The steepest model from 1m to 10m."""
    small, large = found.get("1m", {}).get("full"), found.get("10m", {}).get("full")
    if not small or not large:
        return None, "needs 1m and 10m"
    times = math.log(large["events"] / small["events"])
    slopes = [
        math.log(model["sql_cpu_s"] / small["models"][name]["sql_cpu_s"]) / times
        for name, model in large["models"].items()
        if small["models"].get(name, {}).get("sql_cpu_s", 0) >= _WORTH_A_SLOPE
    ]
    return (max(slopes), "") if slopes else (None, "no model costs enough at 1m")


def plots(found: Found, folder: Path) -> list[Path]:
    """The costs of each scale as bars and the dearest models, as SVG."""
    files = []
    for name, parts in found.items():
        if "full" in parts:
            full = parts["full"]
            bars = {
                step: median(full[f"{step}_cpu_s"]) for step in ("gzip", "floor", "land", "dbt", "audit", "publish")
            }
            files.append(_bars(folder / f"steps-{name}.svg", f"CPU seconds, {full['events']:,} events", bars))
            dearest = {model: of["cpu_s"] for model, of in list(full["models"].items())[:25]}
            files.append(
                _bars(folder / f"models-{name}.svg", f"CPU seconds by model, {full['events']:,} events", dearest)
            )
        if "history" in parts:
            days = {f"{n} days": median(values) for n, values in parts["history"]["sql_cpu_s"].items()}
            files.append(_bars(folder / f"history-{name}.svg", "CPU seconds of SQL for the same new day", days))
    return files


def _bars(path: Path, title: str, bars: dict[str, float]) -> Path:
    most = max(bars.values()) or 1
    rows = [f'<text x="10" y="20" font-weight="bold">{title}</text>']
    for number, (label, value) in enumerate(bars.items()):
        y = 36 + 20 * number
        rows.append(f'<text x="230" y="{y + 13}" text-anchor="end">{label}</text>')
        rows.append(f'<rect x="240" y="{y}" width="{400 * value / most:.1f}" height="16" fill="#4c78a8"/>')
        rows.append(f'<text x="{246 + 400 * value / most:.1f}" y="{y + 13}">{value:.2f}</text>')
    height = 46 + 20 * len(bars)
    body = "\n".join(rows)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="{height}" font-family="sans-serif" font-size="12">\n{body}\n</svg>\n'
    )
    return path
