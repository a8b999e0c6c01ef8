"""What vars.yml may say, and what is said of it otherwise. No build: each message comes before one would start."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from signalhouse.cli import app
from signalhouse.errors import UsageError
from signalhouse.variables import check, faults, sources_on

PROJECT = Path(__file__).parents[2]
VARS = (PROJECT / "vars.yml").read_text(encoding="utf-8")
SCHEMA: dict[str, Any] = json.loads((PROJECT / "vars.schema.json").read_text(encoding="utf-8"))
READS = re.compile(r"\bvar\(\s*['\"](\w+)['\"]")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project, with a vars.yml of its own."""
    for name in ("models", "macros", "seeds", "dbt_project.yml", "vars.schema.json", "profiles.example.yml"):
        (tmp_path / name).symlink_to(PROJECT / name)
    (tmp_path / "vars.yml").write_text(VARS, encoding="utf-8")
    return tmp_path


def said_of(project: Path, old: str, new: str) -> list[str]:
    assert VARS.count(old) == 1, old
    (project / "vars.yml").write_text(VARS.replace(old, new), encoding="utf-8")
    return [f"{fault.says} -> {fault.todo}" for fault in faults(project)]


def test_vars_as_they_stand_are_sound(project: Path) -> None:
    assert faults(project) == []
    check(project)
    assert sources_on(project) == yaml.safe_load(VARS)["vars"]["sources"]


def test_the_schema_speaks_of_each_variable_that_stands_or_is_read() -> None:
    spoken_of = SCHEMA["properties"]["vars"]
    names = set(spoken_of["properties"])
    assert names == set(yaml.safe_load(VARS)["vars"])
    assert names - set(spoken_of["required"]) == {"compile_as"}  # read with a default
    files = [*(PROJECT / "models").rglob("*.*"), *(PROJECT / "macros").rglob("*.sql"), PROJECT / "dbt_project.yml"]
    assert {name for file in files for name in READS.findall(file.read_text(encoding="utf-8"))} == names
    assert set(spoken_of["properties"]["mappings"]["required"]) == set(yaml.safe_load(VARS)["vars"]["mappings"])


def test_each_part_of_the_schema_has_words_for_a_message() -> None:
    parts = [SCHEMA]
    while parts:
        part = parts.pop()
        if "type" in part or "enum" in part:
            assert part.get("title"), part
        parts += [value for value in part.values() if isinstance(value, dict)]
        parts += [value for value in part.get("properties", {}).values() if isinstance(value, dict)]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        # types and bounds
        ("session_timeout_minutes: 30", "session_timeout_minutes: thirty",
         "session_timeout_minutes must be a whole number of minutes, from 1 to 525600 (a year), not the text thirty"),
        ("session_timeout_minutes: 30", "session_timeout_minutes: '30'",
         "session_timeout_minutes must be a whole number of minutes, from 1 to 525600 (a year), not the text 30"),
        ("session_timeout_minutes: 30", "session_timeout_minutes: 30.0",
         "session_timeout_minutes must be a whole number of minutes, from 1 to 525600 (a year), not 30.0"),
        ("session_timeout_minutes: 30", "session_timeout_minutes: 0",
         "session_timeout_minutes must be a whole number of minutes, from 1 to 525600 (a year), not 0"),
        ("stall_days: 3", "stall_days: yes", "stall_days must be a whole number of days, from 0 to 36500, not true"),
        ("stall_days: 3", "stall_days:", "stall_days must be a whole number of days, from 0 to 36500, but is empty"),
        ("settle_hours: 2", "settle_hours: {at: 2}", "settle_hours must be a whole number of hours, from 0 to 8760"),
        ("nps_min_responses: 30", "nps_min_responses: -1", "nps_min_responses must be a whole number, 1 or more, not -1"),
        ("gross_margin: 0.8", "gross_margin: 80", "gross_margin must be a share between 0 and 1, not 80"),
        ("gross_margin: 0.8", "gross_margin: .nan", "gross_margin must be a share between 0 and 1, not nan"),
        ("apdex_t_seconds: 0.5", "apdex_t_seconds: .inf", "apdex_t_seconds must be a number of seconds above 0, up to 3600, not inf"),
        ("impact_baseline_days: 14", "impact_baseline_days: 10",
         "impact_baseline_days must be a whole number of days that is whole weeks: 7, 14, 21, not 10"),
        ("compile_as: null", "compile_as: full", "compile_as must be null: the offline language check sets it with --vars, not full"),
        # lists and mappings
        ("inactivity_days: [14, 30]", "inactivity_days: [30, 14]", "inactivity_days must be two whole numbers of days, the second larger"),
        ("inactivity_days: [14, 30]", "inactivity_days: 14", "inactivity_days must be two whole numbers of days, the second larger, not 14"),
        ("inactivity_days: [14, 30]", "inactivity_days: [14, x]",
         "inactivity_days, entry 2, must be a whole number of days, from 1 to 36500, not the text x"),
        ("[[1, 7],", "[[7, 1],", "retention_brackets, entry 1, must be a bracket [first day, last day]"),
        ("event: [generic, mixpanel, amplitude, segment]", "event: segment", "mappings.event must be a list of sources, each once, not the text segment"),
        ("event: [generic, mixpanel, amplitude, segment]", "event: [generic, generic]", "mappings.event must be a list of sources, each once"),
        ("billing, contact", "Billing, contact", "role_addresses, entry 7, must be what stands before the @, in small letters, not Billing"),
        ("[production, prod]", "[\"prod'\"]", "production_environments, entry 1, must be a text without quotes, not prod'"),
        ("reporting_currency: USD", "reporting_currency: usd", "reporting_currency must be a currency of ISO 4217, such as USD, not usd"),
        ("definitions: demo", "definitions: acme", "definitions must be a folder of seeds/ with definitions, such as company, not acme"),
        ("  fx_max_age_days: 7\n", "  fx_max_age_days: 7\n  stall_days: 4\n", "stall_days stands there twice"),
    ],
)  # fmt: skip
def test_what_a_variable_may_not_be(project: Path, old: str, new: str, says: str) -> None:
    [said] = said_of(project, old, new)
    assert said.split(" -> ")[0] == says


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("mixpanel, amplitude, segment]\n    subscription_period", "mixpanel, amplitude, segmnt]\n    subscription_period",
         "mappings.event, entry 4, must be a source with a contract under models/raw, not segmnt -> did you mean segment?"),
        ("    - github\n", "    - githb\n", "sources, entry 11, must be a source with a contract under models/raw, not githb -> did you mean github?"),
        ("{newrelic: 5000}", "{newrelik: 5000}",
         "each name in page_limits must be a source with a contract under models/raw, not newrelik -> did you mean newrelic?"),
        ("segment: raw_segment__raw_logs", "segment: raw_segment__raw_log",
         "event_logs.segment must be a model of the project, not raw_segment__raw_log -> did you mean raw_segment__raw_logs?"),
        ("reporting_timezone: UTC", "reporting_timezone: Europe/Berln",
         "reporting_timezone must be a time zone of the IANA list, such as Europe/Berlin, not Europe/Berln -> did you mean Europe/Berlin?"),
        ("reporting_timezone: UTC", "reporting_timezone: europe/berlin",
         "reporting_timezone must be a time zone of the IANA list, such as Europe/Berlin, not europe/berlin -> did you mean Europe/Berlin?"),
        ("compile_as: null", "compile_as: null\n  session_timout_minutes: 5",
         "session_timout_minutes is a variable that nothing reads -> did you mean session_timeout_minutes?"),
        ("    payment: [", "    paymnt: [generic]\n    payment: [",
         "mappings.paymnt is an entity that no source has a model for -> did you mean payment?"),
        ("mixpanel: [export, engage]", "mixpanel: [exprt, engage]",
         "raw_objects.mixpanel names exprt, but there is no raw_mixpanel__exprt -> did you mean export?"),
    ],
)  # fmt: skip
def test_a_name_that_is_nearly_one(project: Path, old: str, new: str, says: str) -> None:
    assert said_of(project, old, new) == [says]


def test_a_line_that_is_gone_or_renamed(project: Path) -> None:
    todo = "write it again; `git diff vars.yml` shows what was taken out"
    assert said_of(project, "  settle_hours: 2\n", "") == [f"settle_hours is missing -> {todo}"]
    assert said_of(project, "  settle_hours: 2\n", "  settle_hour: 2\n") == [
        f"settle_hours is missing -> {todo}",
        "settle_hour is a variable that nothing reads -> did you mean settle_hours?",
    ]
    assert said_of(project, "    event: [", "    evnt: [") == [f"mappings.event is missing -> {todo}"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("invoice: [generic, stripe]", "invoice: [generic, zendesk]", "mappings.invoice names zendesk, but there is no map_zendesk__invoice"),
        ("    segment: raw_segment__raw_logs\n", "", "event_logs.segment is missing, and segment is on"),
        ("    github: [deployments,", "    githb_: [deployments,", "each name in raw_objects must be a source with a contract"),
        ("impact_verdict_days: 7", "impact_verdict_days: 9", "impact_verdict_days must be one of impact_horizons"),
        ("retention_days: [1, 3,", f"retention_days: [{', '.join(map(str, range(100, 130)))}, 1, 3,",
         "retention_days (each counts twice) and retention_brackets must be 62 windows at most, not 80"),
    ],
)  # fmt: skip
def test_what_variables_say_together(project: Path, old: str, new: str, says: str) -> None:
    [said] = said_of(project, old, new)
    assert said.startswith(says)


def test_a_source_that_is_known_and_off_may_stay_in_the_mappings(project: Path) -> None:
    assert said_of(project, "    - segment\n", "") == []


def test_a_company_may_have_variables_of_its_own(project: Path) -> None:
    text = VARS + "  acme_region: north\n"
    (project / "vars.yml").write_text(text, encoding="utf-8")
    assert [fault.says for fault in faults(project)] == ["acme_region is a variable that nothing reads"]
    (project / "analyses").mkdir()
    (project / "analyses" / "acme.sql").write_text("select '{{ var('acme_region') }}' as region")
    assert faults(project) == []


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("vars:\n  sources: [", "vars.yml, line 3", "the file is no YAML (did not find expected node content)"),
        ("vars:\n\tsources: []", "vars.yml, line 2", "the file is no YAML"),
        ("", "vars.yml", "the file must be a mapping with one name, vars, but is empty"),
        ("- sources", "vars.yml", "the file must be a mapping with one name, vars"),
        ("vrs: {}", "vars.yml", "vars is missing"),
        ("vars: 1", "vars.yml, line 1", "vars must be a mapping of names to values, not 1"),
        ("\udcff", "vars.yml", "the file is no YAML (not a text in UTF-8)"),
        (None, "vars.yml", "the file cannot be read (FileNotFoundError)"),
    ],
)
def test_a_file_that_is_none(project: Path, text: str | None, where: str, says: str) -> None:
    file = project / "vars.yml"
    file.unlink() if text is None else file.write_bytes(text.encode("utf-8", "surrogateescape"))
    [found] = faults(project)
    assert found.where == where and found.says.startswith(says)
    with pytest.raises(UsageError, match=r"^vars.yml: "):
        check(project)
    with pytest.raises(UsageError, match=r"^vars.yml: "):
        sources_on(project)


def test_one_fault_is_the_message_and_more_are_listed(project: Path) -> None:
    said_of(project, "settle_hours: 2", "settle_hours: two")
    with pytest.raises(UsageError) as one:
        check(project)
    line = VARS[: VARS.index("settle_hours: 2")].count("\n") + 1
    assert one.value.what.startswith("vars.yml: settle_hours must be a whole number") and one.value.exit_code == 2
    assert one.value.where == f"vars.yml, line {line}" and "vars.schema.json" in one.value.next_step
    said_of(project, "settle_hours: 2", "settle_hour: 2")
    with pytest.raises(UsageError) as two:
        check(project)
    assert two.value.what == "vars.yml has 2 faults"
    assert two.value.where.splitlines() == [
        "vars.yml: settle_hours is missing",
        f"vars.yml, line {line}: settle_hour is a variable that nothing reads",
    ]


def test_no_personal_value_reaches_a_message(project: Path) -> None:
    [said] = said_of(project, "definitions: demo", "definitions: jane@example.com")
    assert "jane" not in said and "<e-mail>" in said


def test_a_project_without_its_schema_says_so(project: Path) -> None:
    (project / "vars.schema.json").unlink()
    with pytest.raises(UsageError, match=r"vars.schema.json is missing"):
        check(project)


@pytest.mark.parametrize("command", ["refresh", "land", "demo"])
def test_a_command_stops_before_it_starts_anything(
    project: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.delenv("SIGNALHOUSE_WORK", raising=False)
    said_of(project, "session_timeout_minutes: 30", "session_timeout_minutes: thirty")
    places = ["--landing", str(project / "landing"), "--work", str(project / "work"), "--serve", str(project / "serve")]
    result = CliRunner().invoke(app, [command, *places])
    assert result.exit_code == 2
    assert "vars.yml: session_timeout_minutes must be a whole number" in result.stderr
    assert not (project / "work").exists() and not (project / "landing").exists()


def test_a_number_of_the_environment_stops_it_too(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setenv("SIGNALHOUSE_DUCKDB_THREADS", "two")
    places = ["--landing", str(project), "--work", str(project / "work"), "--serve", str(project / "serve")]
    refused = CliRunner().invoke(app, ["refresh", *places])
    assert refused.exit_code == 2 and "SIGNALHOUSE_DUCKDB_THREADS=two is no whole number" in refused.stderr
    assert not (project / "work").exists()
    assert "SIGNALHOUSE_DUCKDB_THREADS=two" in CliRunner().invoke(app, ["doctor", *places]).stdout


def test_the_doctor_lists_every_fault(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    places = ["--landing", str(project), "--work", str(project / "work"), "--serve", str(project / "serve")]
    sound = CliRunner().invoke(app, ["doctor", *places])
    assert "each variable is sound" in sound.stdout
    said_of(project, "  settle_hours: 2\n  stall_days: 3\n", "  settle_hour: 2\n  stall_days: some\n")
    found = json.loads(CliRunner().invoke(app, ["doctor", "--json", *places]).stdout)
    bad = [finding["says"] for finding in found["findings"] if finding["subject"].startswith("vars.yml")]
    assert found["exit_code"] == 2
    assert sorted(says.partition(",")[0] for says in bad) == [
        "settle_hour is a variable that nothing reads",
        "settle_hours is missing",
        "stall_days must be a whole number of days",
    ]
    (project / "vars.yml").write_text("vars: {sources: [")
    broken = CliRunner().invoke(app, ["doctor", *places])
    assert broken.exit_code == 2 and "vars.yml, line " in broken.stdout and "no YAML" in broken.stdout


def test_a_command_that_needs_no_schema_does_not_load_it() -> None:
    script = (
        "import sys, signalhouse.cli, signalhouse.refresh, signalhouse.variables; print('jsonschema' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "False\n"
