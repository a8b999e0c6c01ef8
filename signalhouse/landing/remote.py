"""Exports in an object store (s3://, gs://), listed and fetched through DuckDB's httpfs. Nothing is ever written there.

A file is told by size and time of change, so what the ledger knows is not fetched again. Keys come from the environment
(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION; else the shared credentials file and AWS_PROFILE), for
gs:// as HMAC keys (SIGNALHOUSE_GCS_KEY_ID, SIGNALHOUSE_GCS_SECRET); without any, the bucket has to be public.
SIGNALHOUSE_S3_ENDPOINT names another server that speaks S3.
"""

from __future__ import annotations

import configparser
import errno
import hashlib
import importlib.resources
import os
import re
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from signalhouse.duckdb_files import literal
from signalhouse.errors import UsageError
from signalhouse.landing.files import BESIDE, LOOSE, Found, ending_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SCHEMES = ("s3", "gs")


def remote_files(address: str, incoming: Path, environment: Mapping[str, str] = os.environ) -> list[Found]:
    """Every file two levels or more below the address, in order of path, by the rules of a local landing folder.

    None is fetched yet: `fetch` of a file brings its bytes to `local`, in `incoming`, which is emptied first. Raises UsageError
    for an address that is not one, a bucket that is not there, or keys that do not open it.
    """
    import duckdb

    scheme = address.split("://", 1)[0]
    if scheme not in SCHEMES or not urlsplit(address).netloc or re.search(r"[*?\[\]]", address):
        raise UsageError(
            what="the landing address is not one",
            where=address,
            next_step="write it as s3://<bucket>/<folder> or gs://<bucket>/<folder>, without patterns",
        )
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir(parents=True)
    connection = _connected(scheme, environment)
    try:
        listed = _listed(connection, address)
    except duckdb.Error as error:
        status = re.search(r"HTTP (\d{3})", str(error))
        raise UsageError(
            what="the landing address cannot be listed",
            where=f"{address}: {'HTTP ' + status.group(1) if status else 'the server does not answer'}",
            next_step="check the bucket's name, its region (AWS_REGION) and the keys: "
            + (
                "SIGNALHOUSE_GCS_KEY_ID, SIGNALHOUSE_GCS_SECRET"
                if scheme == "gs"
                else "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"
            ),
        ) from None
    files = [_found(connection, address, incoming, *row) for row in sorted(listed)]
    return [file for file in files if file is not None]


def _connected(scheme: str, environment: Mapping[str, str]) -> DuckDBPyConnection:
    """A connection of its own, with httpfs from its wheel and one secret that lives in its memory."""
    import duckdb

    connection = duckdb.connect()
    version = connection.execute("select library_version from pragma_version()").fetchone()
    assert version is not None
    # Loaded where it lies: installing would copy it into the home folder of whoever runs this.
    folder = importlib.resources.files("duckdb_extension_httpfs") / "extensions" / version[0]
    connection.execute(f"load {literal(str(folder / 'httpfs.duckdb_extension'))}")
    settings = _secret(scheme, environment)
    for name, value in settings.items():
        connection.execute(
            f"set variable {name} = ?", [value]
        )  # values stay out of SQL text, and so out of error messages
    options = [f"type {'gcs' if scheme == 'gs' else 's3'}", *(f"{name} getvariable('{name}')" for name in settings)]
    if environment.get("SIGNALHOUSE_S3_ENDPOINT"):
        tls = not environment["SIGNALHOUSE_S3_ENDPOINT"].startswith("http://")
        options += ["url_style 'path'", f"use_ssl {str(tls).lower()}"]
    connection.execute(f"create secret landing ({', '.join(options)})")
    return connection


def _secret(scheme: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Options of DuckDB's secret that are texts; those nobody set are left out."""
    endpoint = environment.get("SIGNALHOUSE_S3_ENDPOINT", "")
    if scheme == "gs":
        found = {
            "key_id": environment.get("SIGNALHOUSE_GCS_KEY_ID", ""),
            "secret": environment.get("SIGNALHOUSE_GCS_SECRET", ""),
        }
    else:
        shared = {} if environment.get("AWS_ACCESS_KEY_ID") else _shared_credentials(environment)
        found = {
            "key_id": environment.get("AWS_ACCESS_KEY_ID") or shared.get("aws_access_key_id", ""),
            "secret": environment.get("AWS_SECRET_ACCESS_KEY") or shared.get("aws_secret_access_key", ""),
            "session_token": environment.get("AWS_SESSION_TOKEN") or shared.get("aws_session_token", ""),
            "region": environment.get("AWS_REGION")
            or environment.get("AWS_DEFAULT_REGION")
            or shared.get("region", ""),
        }
    found["endpoint"] = urlsplit(endpoint).netloc or endpoint
    return {name: value for name, value in found.items() if value}


def _shared_credentials(environment: Mapping[str, str]) -> dict[str, str]:
    file = Path(environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()
    parser = configparser.RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
        return dict(parser[environment.get("AWS_PROFILE") or "default"])
    except (KeyError, OSError, configparser.Error):
        return {}


def _listed(connection: DuckDBPyConnection, address: str) -> list[tuple[str, int, int]]:
    """(address, bytes, epoch seconds of the last change) of every object."""
    import duckdb

    columns = "filename, size, cast(floor(epoch(last_modified)) as bigint)"
    everything = f"{address}/**"
    try:
        # One listing tells sizes and times of a thousand objects.
        return connection.execute(f"select {columns} from read_blob(?)", [everything]).fetchall()
    except duckdb.IOException:
        names = [name for (name,) in connection.execute("select file from glob(?)", [everything]).fetchall()]
    if not names:
        return []
    # A question mark in a name was taken for the start of parameters: each object is asked for on its own.
    _as_they_are(connection)
    return connection.execute(f"select {columns} from read_blob(?)", [names]).fetchall()


def _as_they_are(connection: DuckDBPyConnection) -> None:
    """Names stand for themselves: neither patterns nor parameters."""
    connection.execute("set s3_url_compatibility_mode = true")


def _found(
    connection: DuckDBPyConnection, address: str, incoming: Path, name: str, size: int, modified: int
) -> Found | None:
    relative = name.removeprefix(f"{address}/")
    parts = relative.split("/")
    if any(part.startswith(".") for part in parts) or not parts[-1]:
        return None
    if len(parts) == 1:
        return Found(parts[0], "", relative, incoming, 0, 0, problem=LOOSE)
    if len(parts) == 2:
        return Found(parts[0], parts[1], relative, incoming, 0, 0, problem=BESIDE)
    # Not by its own name: a key may be no file name, or lead out of the folder.
    local = incoming / (hashlib.sha256(relative.encode()).hexdigest() + ending_of(relative))
    modified_ns = modified * 1_000_000_000
    fetch = partial(_fetch, connection, name, local, size, modified_ns)
    return Found(parts[0], parts[1], relative, local, size, modified_ns, fetch)


def _fetch(connection: DuckDBPyConnection, name: str, local: Path, size: int, modified_ns: int) -> None:
    """Raises OSError when the object cannot be had as it was listed."""
    import duckdb

    _as_they_are(connection)
    part = local.with_name("fetched.part")  # a name that ends in .gz would be compressed once more
    try:
        connection.execute(f"copy (select content from read_blob(?)) to {literal(str(part))} (format blob)", [name])
    except duckdb.Error:
        raise OSError(errno.EIO, "the object store did not deliver it") from None
    if part.stat().st_size != size:
        raise OSError(errno.EIO, "it changed after it was listed")
    part.replace(local)
    os.utime(local, ns=(modified_ns, modified_ns))
