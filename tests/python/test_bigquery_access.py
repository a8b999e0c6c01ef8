"""BigQuery without usable credentials: wrong configuration, said with the variable or the command that mends it."""

from __future__ import annotations

from pathlib import Path

import google.auth
import pytest
from google.auth.exceptions import DefaultCredentialsError, RefreshError

from signalhouse.bigquery.connection import Connection
from signalhouse.errors import BuildFailed, UsageError
from signalhouse.runs import unforeseen
from signalhouse.settings import Settings
from signalhouse.status import nothing_known


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    def nobody(*_: object, **__: object) -> None:
        raise DefaultCredentialsError("nobody is logged in")  # type: ignore[no-untyped-call]

    monkeypatch.setattr(google.auth, "default", nobody)
    monkeypatch.setattr("dbt.adapters.bigquery.clients.set_default_credentials", lambda: None)
    monkeypatch.setenv("SIGNALHOUSE_BIGQUERY_PROJECT", "acme-x")
    for name in ("METHOD", "KEYFILE"):
        monkeypatch.delenv(f"SIGNALHOUSE_BIGQUERY_{name}", raising=False)
    return Settings.resolve(landing=str(tmp_path), work=tmp_path / "work", serve=tmp_path / "serve", target="bigquery")


@pytest.mark.parametrize(
    ("variables", "step"),
    [
        ({}, "gcloud auth application-default login"),
        ({"METHOD": "service-account", "KEYFILE": "/nope.json"}, "SIGNALHOUSE_BIGQUERY_KEYFILE is /nope.json"),
        ({"METHOD": "service-account"}, "SIGNALHOUSE_BIGQUERY_KEYFILE is not set"),
        ({"METHOD": "oauht"}, "SIGNALHOUSE_BIGQUERY_METHOD is oauht: set it to one of oauth, service-account"),
        ({"PROJECT": ""}, "set SIGNALHOUSE_BIGQUERY_PROJECT"),
    ],
)
def test_what_to_set_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], step: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"SIGNALHOUSE_BIGQUERY_{name}", value) if value else monkeypatch.delenv(
            f"SIGNALHOUSE_BIGQUERY_{name}"
        )
    with pytest.raises(UsageError) as failed:
        _ = Connection(settings).client
    assert step in failed.value.next_step


def test_credentials_that_ended_are_no_defect_and_the_hint_has_the_target(settings: Settings) -> None:
    ended = unforeseen(RefreshError("token expired"), settings)  # type: ignore[no-untyped-call]
    assert isinstance(ended, UsageError) and "application-default login" in ended.next_step
    other = unforeseen(ValueError("x"), settings)
    assert isinstance(other, BuildFailed) and "`signalhouse doctor --target bigquery`" in other.next_step
    assert "this machine knows of no release" in nothing_known(settings)
    assert "`signalhouse refresh --target bigquery`" in nothing_known(settings)
