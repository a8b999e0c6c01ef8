"""Landing from an object store, against a server on this machine that speaks S3."""

from __future__ import annotations

import gzip
import json
import logging
import os
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from moto.server import ThreadedMotoServer
from test_landing import CONTRACT, ORDERS, as_csv, as_parquet, ndjson

from signalhouse.errors import UsageError
from signalhouse.landing import LandReport, land
from signalhouse.landing.remote import remote_files
from signalhouse.progress import silent
from signalhouse.settings import Settings

KEY, SECRET = "key'id", "sec/ret+'x"


class Requests(logging.Handler):
    """What was asked of the server: (method, path) without parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        request = re.sub(r"\x1b\[\d+m", "", record.getMessage()).split('"')[1].split(" ")
        self.seen.append((request[0], request[1].split("?")[0]))

    def of(self, method: str) -> list[str]:
        return [path for verb, path in self.seen if verb == method]


class Store:
    def __init__(self, endpoint: str, folder: Path, requests: Requests) -> None:
        self.requests = requests
        self.client = boto3.client(
            "s3", endpoint_url=endpoint, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1"
        )
        self.client.create_bucket(Bucket="exports")
        self.project = folder / "project"
        contract = self.project / "models" / "raw" / "shop" / "shop__sources.yml"
        contract.parent.mkdir(parents=True)
        contract.write_text(CONTRACT)
        (self.project / "vars.yml").write_text("vars:\n  sources: [shop]\n")
        self.work = folder / "work"

    def put(self, key: str, data: bytes) -> None:
        self.client.put_object(Bucket="exports", Key=key, Body=data)
        self.requests.seen.clear()

    def land(self, address: str = "s3://exports/company") -> LandReport:
        settings = Settings.resolve(landing=address, work=self.work, serve=self.work / "serve", project=self.project)
        self.requests.seen.clear()
        return land(settings, silent)

    def live(self, columns: str = "file_path, order_id") -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.work / "landing.duckdb"), read_only=True) as connection:
            return connection.execute(
                f"select {columns} from shop.orders where retracted_batch is null order by file_path, line"
            ).fetchall()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def store(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    for name in list(os.environ):
        if name.startswith(("AWS_", "SIGNALHOUSE_")):
            monkeypatch.delenv(name)
    for name, value in {
        "SIGNALHOUSE_S3_ENDPOINT": server,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "SIGNALHOUSE_GCS_KEY_ID": KEY,
        "SIGNALHOUSE_GCS_SECRET": SECRET,
    }.items():
        monkeypatch.setenv(name, value)
    logger, requests = logging.getLogger("werkzeug"), Requests()
    logger.setLevel(logging.INFO)
    logger.addHandler(requests)
    yield Store(server, tmp_path, requests)
    logger.removeHandler(requests)
    urllib.request.urlopen(urllib.request.Request(f"{server}/moto-api/reset", method="POST")).read()


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_files_land_under_their_names_in_the_store(store: Store, scheme: str) -> None:
    store.put("company/shop/orders/a.ndjson", ndjson(ORDERS))
    store.put("company/shop/orders/2026/b.csv.gz", gzip.compress(as_csv(ORDERS[:1])))
    store.put("company/shop/orders/c.parquet", as_parquet(ORDERS[:1]))
    store.put("company/shop/orders/d.json", json.dumps(ORDERS[:1]).encode())
    store.put("company/shop/refunds/a.ndjson", ndjson(ORDERS))
    store.put("company/shop/orders/.half.ndjson", b"{")
    store.put("company/loose.ndjson", b"{")
    store.put("company/shop/orders/", b"")
    store.put("elsewhere/shop/orders/x.ndjson", ndjson(ORDERS))
    report = store.land(f"{scheme}://exports/company/")
    assert report.files_new == 4
    assert report.refusals == []
    assert report.left_alone == [
        "loose.ndjson: a file beside the folders of the sources; it belongs into <source>/<object>/",
        "shop/refunds: no contract for this object, 1 file",
    ]
    assert store.live() == [
        ("shop/orders/2026/b.csv.gz", "o1"),
        *(("shop/orders/a.ndjson", order["order_id"]) for order in ORDERS),
        ("shop/orders/c.parquet", "o1"),
        ("shop/orders/d.json", "o1"),
    ]
    assert {verb for verb, _ in store.requests.seen} == {"GET", "HEAD"}, "nothing is written to the store"
    assert not any("refunds" in path or "half" in path for path in store.requests.of("GET")), (
        "only what has a contract is fetched"
    )
    assert list((store.work / "incoming").glob("*")) == []


def test_known_files_are_not_fetched_again(store: Store) -> None:
    store.put("company/shop/orders/a.ndjson", ndjson(ORDERS[:1]))
    store.put("company/shop/orders/b.ndjson", ndjson(ORDERS[1:]))
    assert store.land().files_new == 2
    again = store.land()
    assert (again.files_same, again.found_something) == (2, False)
    assert store.requests.of("GET") == ["/exports/"] * len(store.requests.of("GET")), "the list, and nothing else"
    assert store.requests.of("HEAD") == []
    store.put("company/shop/orders/b.ndjson", ndjson([{**ORDERS[1], "pieces": 9}]))
    changed = store.land()
    assert (changed.files_changed, changed.files_same) == (1, 1)
    assert [path for path in store.requests.of("GET") if path != "/exports/"] == [
        "/exports/company/shop/orders/b.ndjson"
    ]
    assert store.live("order_id, pieces") == [("o1", 1), ("o2", 9)]


@pytest.mark.parametrize(
    "name", ["a b.ndjson", "what?.ndjson", "c*[d].ndjson", "e+f%20g.ndjson", "it's.ndjson", "day=1/ü#.ndjson"]
)
def test_odd_names(store: Store, name: str) -> None:
    store.put(f"company/shop/orders/{name}", ndjson(ORDERS[:1]))
    store.put("company/shop/orders/plain.ndjson", ndjson(ORDERS[1:2]))
    assert store.land().refusals == []
    assert sorted(store.live()) == sorted([(f"shop/orders/{name}", "o1"), ("shop/orders/plain.ndjson", "o2")])
    assert store.land().files_same == 2


def test_a_key_cannot_lead_out_of_the_work_folder(store: Store, tmp_path: Path) -> None:
    store.put("company/shop/orders/../../../../outside.ndjson", ndjson(ORDERS))
    store.land()
    assert list(tmp_path.rglob("*outside*")) == []
    assert store.live() == []


def test_an_object_that_changes_after_the_listing_waits(store: Store) -> None:
    store.put("company/shop/orders/a.ndjson", ndjson(ORDERS))
    (file,) = remote_files("s3://exports/company", store.work / "incoming")
    store.put("company/shop/orders/a.ndjson", ndjson(ORDERS[:1]))
    assert file.fetch is not None
    with pytest.raises(OSError, match="changed after it was listed"):
        file.fetch()
    store.client.delete_object(Bucket="exports", Key="company/shop/orders/a.ndjson")
    with pytest.raises(OSError, match="did not deliver"):
        file.fetch()


def test_an_empty_folder_of_a_bucket_is_no_mistake(store: Store) -> None:
    assert store.land("s3://exports/nothing-yet").sources_without_files == ["shop"]


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("s3://no-such-bucket/x", "HTTP 404"),
        ("s3:///x", "s3:///x"),
        ("ftp://exports/x", "ftp://exports/x"),
        ("s3://exports/*", "s3://exports/*"),
    ],
)
def test_a_wrong_address_says_so_without_secrets(store: Store, address: str, word: str) -> None:
    with pytest.raises(UsageError) as error:
        store.land(address)
    assert word in error.value.where
    assert SECRET not in str(error.value)
    assert KEY not in str(error.value)


def test_a_server_that_is_not_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALHOUSE_S3_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UsageError, match="cannot be listed") as error:
        store.land()
    assert SECRET not in str(error.value)


def test_keys_of_the_shared_file(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from signalhouse.landing.remote import _secret

    (tmp_path / "credentials").write_text(
        "[night]\naws_access_key_id = a\naws_secret_access_key = b%c\nregion = eu-north-1\n"
    )
    environment = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "AWS_PROFILE": "night"}
    assert _secret("s3", environment) == {"key_id": "a", "secret": "b%c", "region": "eu-north-1"}
    assert _secret("s3", {**environment, "AWS_PROFILE": "day"}) == {}
    assert _secret("s3", {**environment, "AWS_ACCESS_KEY_ID": "c", "AWS_SECRET_ACCESS_KEY": "d"}) == {
        "key_id": "c",
        "secret": "d",
    }
    assert _secret("gs", environment) == {}
