"""What landing and publishing say to BigQuery: each statement is read by Google's analyser, and stands in the right order."""

from __future__ import annotations

from pathlib import Path

import pytest
from bigquery_language.column_types import Column, parse_type
from bigquery_language.googlesql import Tables, analyser

from signalhouse.bigquery import ops, publishing, records
from signalhouse.bigquery.connection import made_empty
from signalhouse.errors import UsageError
from signalhouse.landing.contract import known_vendors, read_contracts
from signalhouse.landing.ledger import OPS_TABLES
from signalhouse.publish.store import Release
from signalhouse.settings import Settings

PROJECT = Path(__file__).parents[2]
CONTRACTS = read_contracts(PROJECT, known_vendors(PROJECT))
STAMP = "20260101T000000000000Z"
ODD_PATHS = ["zendesk/tickets/it's.ndjson", 'a"b\\c/é\n😀.csv', "zendesk/tickets/x.zip!/y.json"]


def known_tables() -> Tables:
    mart = [Column("day", parse_type("date"))]
    landed = {
        ("p", contract.vendor, contract.object): [
            Column(c.name, parse_type(c.kind)) for c in records.columns_of(contract)
        ]
        for contract in CONTRACTS
    }
    return {("p", "staging", "m"): mart, ("p", "release", f"m__{STAMP}"): mart, **landed}


def kinds(statements: list[str]) -> list[str]:
    tables = known_tables()
    return [found.kind for sql in statements for found in analyser().analyse(sql, tables)]


def test_publishing_is_valid() -> None:
    sent = publishing.statements("p", ["m"], STAMP, before=["m", "old"], readers=["group:bi@example.com", "user:a@b.c"])
    assert kinds(sent) == ["create_table", "create_table", "drop", "grant"]


def test_landing_is_valid_for_every_object() -> None:
    made = [records.made("p", contract) for contract in CONTRACTS]
    made += [made_empty("p", f"ops.{table}", ops.columns_of(table)) for table in OPS_TABLES]
    assert set(kinds(made)) == {"create_table"}
    changed = [records.withdrawn("p", CONTRACTS[0], 3, "2026-01-01", "2026-01-02", ODD_PATHS)]
    changed += [records.taken_back("p", CONTRACTS[0], 2)]
    assert kinds(changed) == ["merge", "merge"]


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
