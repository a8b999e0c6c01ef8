"""A refresh on BigQuery, by the real client and dbt's real adapter against an emulator: a house in miniature, each step the real one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from bigquery_parity.emulator import NAME, Emulator, EmulatorMissing, crucible

from signalhouse.audit import audit_freshness
from signalhouse.bigquery import publishing
from signalhouse.bigquery.connection import Connection
from signalhouse.build import build
from signalhouse.errors import AuditRefused, BuildFailed
from signalhouse.landing.ledger import OPS_TABLES
from signalhouse.refresh import NOTHING_NEW, PUBLISHED, refresh
from signalhouse.settings import Settings
from signalhouse.warehouse import warehouse_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

CHECKOUT = Path(__file__).parents[2]
PROJECT = {
    "dbt_project.yml": """
        {name: signalhouse, version: 0.1.0, profile: signalhouse, flags: {send_anonymous_usage_stats: false},
         on-run-start: ["{{ create_touched_log() }}", "{{ note_writer() }}"],
         models: {signalhouse: {core: {+schema: core, +materialized: table}, marts: {+schema: staging, +materialized: table}}}}
    """,
    "vars.yml": "vars: {sources: [shop]}",
    "vars.schema.json": "{}",
    "models/raw/shop/shop__sources.yml": """
        sources:
          - name: shop
            database: "{{ target.database }}"
            tables:
              - name: orders
                config: {meta: {class: append, key: [order_id]}}
                columns:
                  - {name: order_id, data_type: string, config: {meta: {required: true}}}
                  - {name: amount, data_type: decimal}
                  - {name: weight, data_type: double}
                  - {name: pieces, data_type: bigint}
                  - {name: is_gift, data_type: boolean}
                  - {name: ordered_at, data_type: timestamp}
                  - {name: due_on, data_type: date}
                  - {name: extra, data_type: json}
              - name: customers
                config: {meta: {class: append, key: [customer_id]}}
                columns:
                  - {name: customer_id, data_type: string, config: {meta: {required: true}}}
    """,
    "models/core/dim_customer.sql": "select customer_id from {{ source('shop', 'customers') }} where loaded_at is not null",
    "models/core/dim_as_of.sql": "select date '2026-01-05' as as_of",
    "models/core/fct_order.sql": "{{ config(partition_by={'field': 'day', 'data_type': 'date'}, require_partition_filter=true) }} "
    "select order_id, amount, due_on, ordered_at, coalesce(due_on, date '2026-01-01') as day from {{ source('shop', 'orders') }} where retracted_batch is null "
    "and loaded_at is not null",
    "models/marts/shop_360.sql": "select count(*) as orders, sum(amount) as amount from {{ ref('fct_order') }} where day is not null",
    "models/marts/shop_360.yml": "models: [{name: shop_360, config: {meta: {dimension: true}}}]",
    "models/marts/orders_by_day.sql": "select due_on, count(*) as orders from {{ ref('fct_order') }} where day is not null "
    "group by due_on",
    "expectations/core/fct_order.yml": """
        table: core.fct_order
        owner: shop
        key: [order_id]
        day: day
        expect:
          - column_values_to_be_between: {column: amount, min_value: 0}
            severity: critical
            why: nobody is paid for buying
          - sql: select order_id from {batch} where due_on < {as_of - 400}
            severity: warning
            why: an old order
          - rows_to_be_fresh: {column: ordered_at, hours: 36}
            severity: warning
            why: orders come every day
    """,
}
ROWS = [
    '{"order_id": "a", "amount": 12.34, "weight": 0.1, "pieces": 9007199254740993, "is_gift": true, '
    '"ordered_at": "2026-01-01T10:00:00.123456Z", "due_on": "2026-01-03", "extra": {"note": "it\'s \\"new\\"\\n\\u2028 é 😀", "n": [1, null]}}',
    '{"order_id": "b", "amount": 0.000001, "due_on": "2026-01-04", "extra": "text"}',
    '{"order_id": "c"}',
]
BROKEN = '{"amount": 1}'


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    try:
        with crucible(tmp_path_factory.mktemp("emulator")) as running:
            yield running
    except EmulatorMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def house(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A project, a landing folder with two files, and an empty project there."""
    for name, text in PROJECT.items():
        (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / name).write_text(text)
    (tmp_path / "project" / "macros").mkdir()
    for macros in ("dialect/statements/schema.sql", "dialect/statements/last_writer.sql", "landing/touched.sql"):
        shutil.copy(CHECKOUT / "macros" / macros, tmp_path / "project" / "macros")
    shutil.copy(CHECKOUT / "profiles.example.yml", tmp_path / "project")
    for name, value in {
        "PROJECT": NAME, "METHOD": "oauth-secrets", "TOKEN": "not-a-token", "ENDPOINT": emulator.endpoint, "THREADS": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"SIGNALHOUSE_BIGQUERY_{name}", value)
    write(tmp_path, "1.ndjson", [*ROWS[:2], BROKEN])
    write(tmp_path, "2.ndjson", ROWS[2:])
    settings = Settings.resolve(
        landing=str(tmp_path / "landing"), work=tmp_path / "work", serve=tmp_path / "serve", project=tmp_path / "project",
        target="bigquery", as_of=date(2026, 1, 5),
    )  # fmt: skip
    client = emulator.client()
    for dataset in client.list_datasets():
        client.delete_dataset(dataset.dataset_id, delete_contents=True)
    return settings


def write(folder: Path, name: str, lines: list[str], of: str = "orders") -> None:
    path = folder / "landing" / "shop" / of / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def by_hand(settings: Settings, select: list[str]) -> None:
    """`dbt build --select`."""
    build(settings, select=select, progress=lambda _: None)


def there(emulator: Emulator, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in emulator.client().query(sql).result()]


def live(emulator: Emulator) -> list[tuple[Any, ...]]:
    return there(
        emulator, "select order_id, file_path, line from shop.orders where retracted_batch is null order by 1, 2"
    )


def ops_rows(settings: Settings) -> dict[str, list[str]]:
    with duckdb.connect(str(settings.landing_db)) as local:
        return {name: sorted(map(str, local.execute(f"from ops.{name}").fetchall())) for name in OPS_TABLES}


def test_from_an_empty_project_to_a_release_and_on(house: Settings, emulator: Emulator) -> None:
    first = refresh(house)
    assert (first.outcome, first.land.records, first.land.refused) == (
        PUBLISHED,
        {"shop/orders": 3},
        {"shop/orders": 1},
    )
    assert first.rows == {"mart": {"shop_360": 1, "orders_by_day": 3}}
    assert [str(v) for v in there(emulator, "select orders, amount from mart.shop_360")[0]] == ["3", "12.340001"]

    # As they were typed here, and beside them the record, its file and its line.
    [row] = there(
        emulator,
        "select pieces, weight, is_gift, format_timestamp('%Y-%m-%d %H:%M:%E6S', ordered_at), extra, payload, file_path, line "
        "from shop.orders where order_id = 'a'",
    )
    assert row[:4] == (9007199254740993, 0.1, True, "2026-01-01 10:00:00.123456")
    assert row[4]["note"] == 'it\'s "new"\n\u2028 é 😀' and row[5]["due_on"] == "2026-01-03"
    assert row[6:] == ("shop/orders/1.ndjson", 1)
    assert there(emulator, "select reason, line from ops.quarantine") == [("order_id is missing", 3)]

    fresh = [
        audit_freshness(replace(house, as_of=None), "by hand", now=lambda day=day: datetime(2026, 1, day)).results[0]
        for day in (2, 4)
    ]
    assert [(rule.success, rule.error) for rule in fresh] == [(True, None), (False, None)]

    # Another machine, nothing new: it knows all that the first one knew.
    elsewhere = replace(house, work=house.work / "elsewhere", serve=house.serve / "elsewhere")
    assert refresh(elsewhere).outcome == NOTHING_NEW

    # A file is replaced and one is new; the old version's rows stay, withdrawn.
    write(Path(house.landing).parent, "1.ndjson", ROWS[:1])
    write(Path(house.landing).parent, "3.ndjson", [ROWS[1].replace('"b"', '"d"')])
    second = refresh(house)
    assert second.outcome == PUBLISHED and second.land.batch_id == 2
    assert [row[0] for row in live(emulator)] == ["a", "c", "d"]
    assert there(emulator, "select orders from mart.shop_360") == [(3,)]
    assert there(emulator, "select count(*) from ops.release") == [(2,)]

    # A refused build: readers keep what they have, and the audit's word is kept there.
    write(Path(house.landing).parent, "4.ndjson", ['{"order_id": "e", "amount": -1}'])
    with pytest.raises(AuditRefused, match="1 critical expectation failed"):
        refresh(house)
    assert there(emulator, "select orders from mart.shop_360") == [(3,)]
    assert there(
        emulator, "select count(*) from ops.expectation_result where not success and severity = 'critical'"
    ) == [(1,)]
    Path(house.landing, "shop", "orders", "4.ndjson").unlink()

    # Back to the first release, by one command.
    write(Path(house.landing).parent, "2.ndjson", [*ROWS[2:], '{"order_id": "f"}'])
    released = warehouse_of(house).rollback(None)
    assert released.stamp == first.release.stamp
    assert [str(v) for v in there(emulator, "select orders, amount from mart.shop_360")[0]] == ["3", "12.340001"]


def test_a_refresh_builds_what_something_new_touches(house: Settings, emulator: Emulator) -> None:
    """On any machine; all of it when somebody else wrote, a build failed, or a table is gone."""
    folder = Path(house.landing).parent

    def built(settings: Settings, customer: str) -> int:
        write(folder, f"{customer}.ndjson", [f'{{"customer_id": "{customer}"}}'], of="customers")
        report = refresh(settings)
        assert report.build is not None
        return report.build.nodes["model success"]

    everything = len([name for name in PROJECT if name.startswith("models/") and name.endswith(".sql")])
    elsewhere = replace(house, work=house.work / "elsewhere", serve=house.serve / "elsewhere")
    assert built(house, "1") == everything
    assert [built(house, "2"), built(elsewhere, "3"), built(house, "4")] == [1, 1, 1]

    by_hand(house, select=["dim_as_of"])
    assert [built(house, "5"), built(house, "6")] == [everything, 1]

    model = house.project / "models" / "core" / "dim_customer.sql"
    before = model.read_text()
    model.write_text("select no_column from {{ source('shop', 'customers') }} where loaded_at is not null")
    with pytest.raises(BuildFailed, match="1 of"):
        built(house, "7")
    model.write_text(before)
    assert built(house, "8") == everything
    assert built(house, "9") == 1

    emulator.client().delete_table(f"{NAME}.core.dim_as_of")
    assert refresh(elsewhere).outcome == PUBLISHED
    assert there(emulator, "select count(*) from core.dim_as_of") == [(1,)]
    assert there(emulator, "select count(*) from core.dim_customer") == [(9,)]
    assert refresh(house).outcome == NOTHING_NEW


@pytest.mark.parametrize(
    ("calls_before", "contract_changes"),
    [*((calls, False) for calls in range(0, 9, 2)), *((calls, True) for calls in range(1, 12, 2))],
)
def test_a_run_that_dies_while_it_sends_leaves_nothing(
    house: Settings, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, calls_before: int, contract_changes: bool
) -> None:
    """Whichever load or statement is the last that arrives: the next run, on any machine, ends where an undisturbed one ends."""
    from signalhouse.landing import land

    def landed(settings: Settings) -> None:
        warehouse = warehouse_of(settings)
        warehouse.begin()
        land(settings, lambda _: None, run_id="r")
        warehouse.landed(lambda _: None)

    landed(house)
    write(Path(house.landing).parent, "1.ndjson", ROWS[:1])
    write(Path(house.landing).parent, "3.ndjson", ROWS[1:2])
    if contract_changes:
        contract = house.project / "models" / "raw" / "shop" / "shop__sources.yml"
        contract.write_text(contract.read_text().rstrip() + "\n                  - {name: colour, data_type: string}\n")
    left = calls_before
    for name in ("load", "run", "drop_table"):
        real = getattr(Connection, name)

        def dying(self: Connection, *arguments: Any, _real: Any = real, **named: Any) -> Any:
            nonlocal left
            if left == 0:
                raise BuildFailed("the machine went away")
            left -= 1
            return _real(self, *arguments, **named)

        monkeypatch.setattr(Connection, name, dying)
    with suppress(BuildFailed):
        landed(house)
    monkeypatch.undo()
    for name, value in {
        "PROJECT": NAME,
        "METHOD": "oauth-secrets",
        "TOKEN": "t",
        "ENDPOINT": emulator.endpoint,
    }.items():
        monkeypatch.setenv(f"SIGNALHOUSE_BIGQUERY_{name}", value)
    landed(house)
    assert live(emulator) == [
        ("a", "shop/orders/1.ndjson", 1),
        ("b", "shop/orders/3.ndjson", 1),
        ("c", "shop/orders/2.ndjson", 1),
    ]
    before = ops_rows(house)
    warehouse_of(house).begin()
    assert ops_rows(house) == before
    assert not [row for row in before["setting"] if "on_its_way" in row]
    assert len(before["landing_file"]) == (3 if contract_changes else 4)
    assert len(before["quarantine"]) == (0 if contract_changes else 1)


def test_marts_that_were_not_built_are_not_published(house: Settings, emulator: Emulator) -> None:
    with pytest.raises(BuildFailed, match="not every mart was built"):
        publishing.marts_in_order(house, Connection(house))
