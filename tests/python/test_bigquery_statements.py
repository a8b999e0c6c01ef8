"""What publishing says to BigQuery, and in which order. That its statements and landing's are valid: bigquery_language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bigquery_language.column_types import Column, parse_type
from bigquery_language.googlesql import analyser
from google.api_core.exceptions import Forbidden

from signalhouse.bigquery import ops, publishing
from signalhouse.bigquery.connection import Connection, made_empty
from signalhouse.errors import UsageError
from signalhouse.landing.ledger import OPS_TABLES
from signalhouse.publish.store import Release
from signalhouse.settings import Settings

PROJECT = Path(__file__).parents[2]
STAMP = "20260101T000000000000Z"


def test_the_tables_of_ops_are_valid() -> None:
    made = [made_empty("p", f"ops.{table}", ops.columns_of(table)) for table in OPS_TABLES]
    assert {found.kind for sql in made for found in analyser().analyse(sql, {})} == {"create_table"}


def test_what_is_shown_again_does_not_expire() -> None:
    tables = {("p", "release", f"m__{STAMP}"): [Column("day", parse_type("date"))]}
    cloned, kept = publishing.shown_again("p", "m", STAMP)
    assert [found.kind for found in analyser().analyse(cloned, tables)] == ["create_table"]
    assert f"clone `p`.`release`.`m__{STAMP}`" in cloned
    tables["p", "mart", "m"] = tables["p", "release", f"m__{STAMP}"]
    assert [found.kind for found in analyser().analyse(kept, tables)] == ["alter_table_set_options"]


def test_everything_is_kept_before_anything_is_shown_and_dimensions_come_first() -> None:
    marts = publishing.ordered({"b_by_day": False, "a_360": True, "a_by_day": False})
    assert marts == ["a_360", "a_by_day", "b_by_day"]
    sent = publishing.statements("p", marts, STAMP, before=["gone_by_day", "a_360"], readers=[])
    assert sent == [
        *(publishing.kept("p", mart, STAMP) for mart in marts),
        *(publishing.shown("p", mart, STAMP) for mart in marts),
        "drop table if exists `p`.`mart`.`gone_by_day`",
    ]


def test_readers_are_named_as_bigquery_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(publishing.READERS, "group:bi@example.com, serviceAccount:tool@p.iam.gserviceaccount.com,")
    assert publishing.readers() == ["group:bi@example.com", "serviceAccount:tool@p.iam.gserviceaccount.com"]
    monkeypatch.setenv(publishing.READERS, "bi@example.com")
    with pytest.raises(UsageError, match="nobody to BigQuery"):
        publishing.readers()


def test_a_release_is_noted_on_this_machine(tmp_path: Path) -> None:
    settings = Settings(PROJECT, "landing", tmp_path / "work", tmp_path / "serve", target="bigquery")
    settings.serve.mkdir()
    release = publishing.note(settings, {"stamp": STAMP, "marts": {"m": 3}})
    assert release == Release(STAMP, settings.serve / "releases" / STAMP, is_current=True)
    assert release.manifest["marts"] == {"m": 3}


def test_each_target_has_its_own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNALHOUSE_TARGET", raising=False)
    places = {"work": tmp_path / "work", "serve": tmp_path / "serve", "project": PROJECT}
    assert Settings.resolve(**places).work == tmp_path / "work"
    there = Settings.resolve(**places, target="bigquery")
    assert (there.work, there.serve) == (tmp_path / "work" / "bigquery", tmp_path / "serve" / "bigquery")
    with pytest.raises(UsageError, match="no target postgres"):
        Settings.resolve(**places, target="postgres")


@pytest.mark.parametrize(("said", "sent"), [("batch", "BATCH"), ("interactive", None), ("", None)])
def test_what_the_command_line_sends_has_the_priority_of_the_profile(
    said: str, sent: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By Google's own client, up to the request: a statement of landing or publishing, and the audit's way through SQLAlchemy."""
    for name, value in {"PROJECT": "p", "METHOD": "oauth-secrets", "TOKEN": "none", "PRIORITY": said}.items():
        monkeypatch.delenv(f"SIGNALHOUSE_BIGQUERY_{name}", raising=False)
        if value:
            monkeypatch.setenv(f"SIGNALHOUSE_BIGQUERY_{name}", value)
    from signalhouse.audit.bigquery_source import engine_of  # Great Expectations takes seconds to import

    settings = Settings(PROJECT, "landing", tmp_path / "work", tmp_path / "serve", target="bigquery")
    connection = Connection(settings)
    requests: list[dict[str, Any]] = []

    def request(**given: Any) -> None:
        requests.append(given["data"])
        raise Forbidden("no request leaves this test")  # type: ignore[no-untyped-call]

    monkeypatch.setattr(connection.client._connection, "api_request", request)
    _, engine = engine_of(connection.client)
    for ask in (lambda: connection.run("select 1"), lambda: engine.connect().exec_driver_sql("select 1")):
        with pytest.raises(Exception, match="no request leaves this test"):
            ask()
    queries = [one["configuration"]["query"] if "configuration" in one else one for one in requests]
    assert [query.get("priority") for query in queries] == [sent, sent]
    assert [query["maximumBytesBilled"] for query in queries] == ["100000000000"] * 2
