"""Emulators of BigQuery, each in an environment of its own (`make emulators`), started for the length of a block."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

PROJECT = Path(__file__).parents[3]
PROGRAMS = Path(__file__).parent / "emulators"
ENVIRONMENTS = PROJECT / ".emulators"
NAME = "signalhouse-emulated"  # of the BigQuery project
SECONDS_TO_START = 90.0


class EmulatorMissing(Exception):
    """It is not installed, did not come up or does not answer; the text says what to do."""


@dataclass(frozen=True)
class Emulator:
    """One that runs. `endpoint` is what the profile names as api_endpoint."""

    endpoint: str
    log: Path

    def client(self) -> bigquery.Client:
        """Google's own client, connected to it."""
        require_listening(self.endpoint)
        return bigquery.Client(
            project=NAME,
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": self.endpoint},
        )


@contextmanager
def crucible(folder: Path, *, environments: Path = ENVIRONMENTS) -> Iterator[Emulator]:
    """crucible on a free port, its tables in memory and its log in `folder`. Raises EmulatorMissing."""
    python = environments / "crucible" / "bin" / "python"
    if not python.exists():
        raise EmulatorMissing("the emulator is not installed: make emulators")
    port = _free_port()
    log = folder / "crucible.log"
    command = [python, PROGRAMS / "crucible_server.py", str(port)]
    # Its standard input is a pipe, so that it ends with us, also when we are killed. The environment of a dbt run has no business there.
    with (
        log.open("wb") as out,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, env={}) as started,
    ):
        try:
            emulator = Emulator(f"http://127.0.0.1:{port}", log)
            _wait(started, emulator)
            yield emulator
        finally:
            started.terminate()
            try:
                started.wait(timeout=20)
            except subprocess.TimeoutExpired:
                started.kill()


def require_listening(endpoint: str) -> None:
    """Raises EmulatorMissing when nothing listens there. Asked before any client starts: Google's would try again for ten minutes."""
    address = urlsplit(endpoint)
    try:
        socket.create_connection((address.hostname or "", address.port or 80), timeout=3).close()
    except OSError as error:
        raise EmulatorMissing(f"nothing listens at {endpoint} ({error}): start the emulator first") from None


def _wait(started: subprocess.Popen[bytes], emulator: Emulator) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        if started.poll() is not None:
            raise EmulatorMissing(f"the emulator stopped with code {started.returncode}:\n{_tail(emulator.log)}")
        try:
            require_listening(emulator.endpoint)
        except EmulatorMissing:
            time.sleep(0.1)
            continue
        with urllib.request.urlopen(f"{emulator.endpoint}/_crucible/health", timeout=10) as answer:
            if json.load(answer)["status"] == "ok":
                return
    raise EmulatorMissing(f"the emulator did not answer within {SECONDS_TO_START:.0f} s:\n{_tail(emulator.log)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:])
