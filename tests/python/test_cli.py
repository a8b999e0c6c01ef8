"""What a person or a scheduler sees of the command line: exit codes, one JSON object, messages that say what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from house import House
from typer.testing import CliRunner

from signalhouse.cli import app
from signalhouse.errors import BuildFailed
from signalhouse.lock import locked

HOLD_LOCK = """
import sys, time
from pathlib import Path
from signalhouse.lock import locked
from signalhouse.settings import Settings
with locked(Settings.resolve(work=sys.argv[1], project=Path(sys.argv[2])), "refresh", "20260101T000000Z"):
    print("held", flush=True)
    time.sleep(60)
"""
HOLD_DATABASE = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
time.sleep(60)
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def object_of(result: Result) -> dict[str, Any]:
    assert result.stderr == ""
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def held(script: str, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_refresh_prints_rows_verdict_and_where_to_point(house: House) -> None:
    result = run("refresh")
    assert result.exit_code == 0, result.output
    for part in ("zendesk: no contract", "mart", "things", "passed", "published", "serve/current/marts.duckdb"):
        assert part in result.stdout


def test_json_is_one_object_and_nothing_else(house: House) -> None:
    found = object_of(run("refresh", "--json"))
    assert (found["outcome"], found["exit_code"], found["rows"]["mart"]) == ("published", 0, {"things": 1})
    assert found["land"]["left_alone"] == ["zendesk: no contract for this vendor, 2 files"]
    for command in ("land", "status", "doctor"):
        object_of(run(command, "--json"))


def test_1_refused_by_the_audit(house: House) -> None:
    house.audit_refuses = True
    result = run("refresh")
    assert result.exit_code == 1
    assert "1 critical expectation failed, nothing was published" in result.stderr
    assert "mart.things" in result.stderr and "why it matters" in result.stderr and "next" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("refresh", "--as-of", "yesterday"),
        ("refresh", "--no-such-option"),
        ("refresh", "--landing", "nowhere"),
        ("rollback",),
    ],
)
def test_2_wrong_use_or_configuration(house: House, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.strip()


def test_2_outside_a_checkout(tmp_path: Path) -> None:
    elsewhere = tmp_path / "signalhouse"
    elsewhere.mkdir()
    for file in ("__init__", "settings", "errors"):
        source = Path(__file__).parents[2] / "signalhouse" / f"{file}.py"
        (elsewhere / f"{file}.py").write_text(source.read_text())
    script = "from signalhouse.settings import Settings\nSettings.resolve()"
    found = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "this is not a Signalhouse checkout" in found.stderr


def test_3_build_failed_names_model_and_step(house: House) -> None:
    house.build_error = BuildFailed(
        "1 of 3 failed", where="model things  error\n  file     models/things.sql", next_step="mend it"
    )
    result = run("refresh")
    assert result.exit_code == 3
    assert "refresh 2026" in result.stderr and "models/things.sql" in result.stderr and "next  mend it" in result.stderr


def test_a_failure_is_one_json_object_too(house: House) -> None:
    house.build_error = BuildFailed("1 of 3 failed", where="model things", next_step="mend it")
    result = run("refresh", "--json")
    found = object_of(result)
    assert result.exit_code == found["exit_code"] == 3
    assert found["error"] == {"what": "1 of 3 failed", "where": "model things", "next_step": "mend it"}
    assert found["run_id"]


def test_4_another_run_holds_the_lock(house: House) -> None:
    with held(HOLD_LOCK, str(house.settings.work), str(house.settings.project)) as process:
        for command in ("refresh", "land", "rollback"):
            result = run(command)
            assert result.exit_code == 4
            assert str(process.pid) in result.stderr and "20260101T000000Z" in result.stderr
        assert f"process {process.pid}" in run("status").stdout
        assert "held by" in run("doctor").stdout
        process.kill()
    assert run("refresh").exit_code == 0


def test_4_a_database_that_is_open_elsewhere(house: House) -> None:
    assert run("refresh").exit_code == 0
    with held(HOLD_DATABASE, str(house.settings.landing_db)) as process:
        result = run("refresh", "--force")
        assert result.exit_code == 4
        assert str(process.pid) in result.stderr and "marts.duckdb" in result.stderr
        process.kill()


def test_the_lock_goes_to_the_next_when_its_block_ends(house: House) -> None:
    for _ in range(2):
        with locked(house.settings, "refresh"):
            pass


def test_rollback_shows_the_release_before(house: House) -> None:
    first = object_of(run("refresh", "--json"))["release"]["stamp"]
    house.waiting_files = 1
    run("refresh")
    assert object_of(run("rollback", "--json"))["release"]["stamp"] == first
    assert object_of(run("status", "--json"))["current"]["stamp"] == first
    assert "rolled back" in run("status").stdout
    quiet = run("refresh").stdout
    newest = object_of(run("refresh", "--json"))["rolled_back_from"]
    assert f"nothing new: release {newest} already holds all that landed" in quiet
    assert f"readers see release {first}; the numbers above are of {newest}" in quiet
    assert f"rollback --to {newest}" in quiet
    assert object_of(run("rollback", "--to", newest, "--json"))["release"]["stamp"] == newest
    assert "rolled back" not in run("refresh").stdout
    assert run("rollback", "--to", "20000101T000000000000Z").exit_code == 2


def test_doctor_says_what_to_do(house: House) -> None:
    Path(house.settings.landing).rmdir()
    result = run("doctor")
    assert result.exit_code == 2
    assert "is not there" in result.stdout and "-> create it" in result.stdout


def test_doctor_names_folders_without_a_contract(house: House) -> None:
    (Path(house.settings.landing) / "zendesk").mkdir()
    (Path(house.settings.landing) / "zendesk" / "x.json").write_text("{}")
    result = run("doctor")
    assert result.exit_code == 0
    assert "zendesk" in result.stdout and "no contract" in result.stdout


def test_the_demo_never_mixes_with_exports_that_are_there(house: House) -> None:
    (Path(house.settings.landing) / "stripe").mkdir()
    (Path(house.settings.landing) / "stripe" / "x.json").write_text("{}")
    result = run("demo", "--landing", house.settings.landing)
    assert result.exit_code == 2 and "made-up" in result.stderr


def test_the_demo_says_where_it_writes() -> None:
    said = run("demo", "--help").stdout
    assert "demo/landing" in said and "demo/serve" in said and "demo/work" in said
    assert "SIGNALHOUSE_" not in said


def test_the_demo_writes_the_company_that_was_asked_for(house: House) -> None:
    refused = run("demo", "--landing", house.settings.landing, "--accounts", "5")
    assert refused.exit_code == 2 and "at least 20 accounts" in refused.stderr
    place = ["--landing", house.settings.landing, "--only-write"]
    written = object_of(run("demo", *place, "--accounts", "20", "--days", "60", "--json"))
    assert written["outcome"] == "written"
    assert {row["vendor"] for row in written["objects"]} >= {
        "segment",
        "mixpanel",
        "amplitude",
        "stripe",
        "zendesk",
        "datadog",
    }
    truth = json.loads((Path(house.settings.landing).parent / "truth.json").read_text())
    assert (truth["parameters"]["accounts"], truth["parameters"]["days"]) == (20, 60)
    assert house.builds == []


def test_the_command_line_starts_without_heavy_imports() -> None:
    script = "import sys, signalhouse.cli; print(' '.join(m for m in sys.modules if '.' not in m))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"duckdb", "dbt", "great_expectations", "pandas", "sqlalchemy", "yaml"} & set(found.stdout.split())


def test_what_another_package_imports_is_read_when_something_in_it_is_asked_for() -> None:
    script = """
import sys
from signalhouse.at_first_use import imported_at_first_use
before = list(sys.meta_path)
with imported_at_first_use("tomllib"):
    import tomllib
print("tomllib._parser" in sys.modules, sys.meta_path == before, tomllib.loads("a = 1"), "tomllib._parser" in sys.modules)
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.split(maxsplit=2)[:2] == ["False", "True"]
    assert found.stdout.endswith("{'a': 1} True\n")


def test_an_audit_reads_no_library_of_statistics() -> None:
    script = """
import sys
from signalhouse.audit.loader import RuleContext, expectation, load_suites
from signalhouse.settings import find_project
suite = load_suites(find_project() / "expectations")[0]
expectation(suite.rules[0], suite, RuleContext(now=__import__("datetime").datetime(2026, 1, 1)))
print(*sorted({"great_expectations", "scipy.stats._stats_py", "altair.vegalite"} & set(sys.modules)))
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["great_expectations"]
