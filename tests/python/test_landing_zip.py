"""Zip files: each member is a file of its own, and nothing a zip says of itself is believed. What a contract says of folders and names."""

from __future__ import annotations

import gzip
import io
import sys
import zipfile
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest
from test_landing import CONTRACT, ORDERS, Landing, as_csv, landing, ndjson

from signalhouse.landing import compressed

__all__ = ["landing"]
BROKEN = "the zip file ends early or is damaged; nothing of it was read"


def zipped(members: Mapping[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def one(number: int) -> bytes:
    return ndjson(ORDERS[number : number + 1])


def paths(landing: Landing) -> list[tuple[str, int, int, int]]:
    return landing.rows(
        "select file_path, records_read, records_landed, records_quarantined from ops.landing_file where retracted_batch is null order by 1"
    )


def test_each_member_is_a_file_of_its_own(landing: Landing) -> None:
    """Names as Amplitude writes them: a doubled slash, and `#`, which some readers take for the end of an address."""
    landing.put(
        "export_7_2026-09-01T11.zip",
        zipped({"7//7_2026-09-01_11#0.json.gz": gzip.compress(one(0)), "7//7_2026-09-01_11#1.ndjson": one(1), "more/": b"", "a*[b].csv": as_csv([ORDERS[2]])}),
    )  # fmt: skip
    report = landing.land()
    assert (report.files_new, report.refusals) == (1, [])
    assert landing.live("file_path, order_id") == [
        ("shop/orders/export_7_2026-09-01T11.zip!/7//7_2026-09-01_11#0.json.gz", "o1"),
        ("shop/orders/export_7_2026-09-01T11.zip!/7//7_2026-09-01_11#1.ndjson", "o2"),
        ("shop/orders/export_7_2026-09-01T11.zip!/a*[b].csv", "o3"),
    ]
    assert not (landing.settings.work / "unpacked").exists()
    assert landing.land().files_same == 1
    assert landing.land().missing_files == []


def test_a_changed_zip_takes_back_the_rows_of_all_its_members(landing: Landing) -> None:
    landing.put("a.zip", zipped({"x.ndjson": one(0), "y.ndjson": one(1)}))
    landing.put("a.zip.ndjson", one(2))
    landing.land()
    landing.put("a.zip", zipped({"y.ndjson": one(1), "z.ndjson": one(0)}))
    report = landing.land()
    assert (report.files_changed, report.files_new) == (1, 0)
    assert landing.live("file_path, order_id") == [
        ("shop/orders/a.zip!/y.ndjson", "o2"),
        ("shop/orders/a.zip!/z.ndjson", "o1"),
        ("shop/orders/a.zip.ndjson", "o3"),
    ]
    assert [path for path, *_ in paths(landing)] == [
        "shop/orders/a.zip",
        "shop/orders/a.zip!/y.ndjson",
        "shop/orders/a.zip!/z.ndjson",
        "shop/orders/a.zip.ndjson",
    ]


def test_a_missing_zip_is_named_once_and_its_rows_stay(landing: Landing) -> None:
    path = landing.put("a.zip", zipped({"x.ndjson": one(0), "y.ndjson": one(1)}))
    landing.land()
    path.unlink()
    assert landing.land().missing_files == ["shop/orders/a.zip"]
    assert landing.live() == [("o1",), ("o2",)]


def test_a_bad_record_in_a_member_is_refused_and_the_rest_lands(landing: Landing) -> None:
    """The member goes the slow way, and those before and after it land once."""
    bad = one(1) + b'{"order_id": "half'
    landing.put(
        "a.zip", zipped({"x.ndjson": one(0), "y.json.gz": gzip.compress(bad), "z.ndjson": one(2), "z.txt": b"words"})
    )
    report = landing.land()
    assert landing.live() == [("o1",), ("o2",), ("o3",)]
    assert [(path.rpartition("!/")[2], line) for path, line, _ in report.refusals] == [("y.json.gz", 2), ("z.txt", 0)]
    assert [row[1:] for row in paths(landing)] == [(0, 0, 0), (1, 1, 0), (2, 1, 1), (1, 1, 0), (1, 0, 1)]


def test_a_gz_member_cut_short_gives_what_it_has(landing: Landing) -> None:
    whole = gzip.compress(b"".join(ndjson([{**ORDERS[0], "order_id": f"o{n}"}]) for n in range(500)))
    landing.put("a.zip", zipped({"x.ndjson.gz": whole[:-9]}))
    landing.land()
    assert ("the gz file ends early; what came before was read",) in [(reason,) for _, reason in landing.reasons()]
    assert len(landing.live()) >= 400


@pytest.mark.parametrize("cut", [1, 200])
def test_a_zip_cut_short_is_refused_until_it_comes_whole(landing: Landing, cut: int) -> None:
    whole = zipped({"x.ndjson": one(0), "y.ndjson": one(1)})
    landing.put("a.zip", whole[:-cut])
    landing.land()
    assert landing.reasons() == [(0, BROKEN)]
    assert paths(landing) == [("shop/orders/a.zip", 1, 0, 1)]
    landing.put("a.zip", whole)
    landing.land()
    assert landing.live() == [("o1",), ("o2",)]
    assert landing.reasons() == []


def test_what_is_no_zip_and_what_is_an_empty_one(landing: Landing) -> None:
    landing.put("a.zip", b"not a zip")
    landing.put("b.zip", zipped({}))
    landing.put("c.zip", b"")
    landing.land()
    assert landing.reasons() == [(0, BROKEN), (0, BROKEN)]
    assert paths(landing)[1] == ("shop/orders/b.zip", 0, 0, 0)


def test_a_damaged_member_is_left_and_the_others_land(landing: Landing) -> None:
    content = bytearray(zipped({"x.ndjson": one(0), "y.ndjson": one(1)}, packed=zipfile.ZIP_STORED))
    content[content.index(b'"o1"') + 2] ^= 1
    landing.put("a.zip", bytes(content))
    landing.land()
    assert landing.live() == [("o2",)]
    assert landing.reasons() == [(0, "member 1 of the zip is damaged; it was left")]


def test_a_member_that_tries_to_leave_is_refused(landing: Landing) -> None:
    names = ["../out.ndjson", "a/../../out.ndjson", "/out.ndjson", "..\\out.ndjson", "C:/out.ndjson"]
    landing.put("a.zip", zipped({name: one(0) for name in names} | {"x.ndjson": one(1)}))
    landing.land()
    assert landing.live() == [("o2",)]
    assert landing.reasons() == [
        (0, f"member {n} of the zip has a path that leads out of the zip; it was left") for n in (1, 2, 3, 4, 5)
    ]
    assert not list(landing.folder.parent.rglob("out.ndjson"))


def test_two_members_of_one_name(landing: Landing) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("x.ndjson", one(0))
        archive.writestr("x.ndjson", one(1))
    landing.put("a.zip", out.getvalue())
    landing.land()
    assert landing.live() == [("o1",)]
    assert landing.reasons() == [(0, "member 2 of the zip has the name of another; it was left")]


def test_what_unpacks_to_a_disk_full_is_refused(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "SMALL_BYTES", 1_000_000)
    much = b" " * 2_000_000
    landing.put("a.zip", zipped({"x.ndjson": one(0), "y.ndjson": much}))
    landing.put("b.zip", zipped({"x.ndjson": one(1), "y.ndjson.gz": gzip.compress(much)}, packed=zipfile.ZIP_STORED))
    landing.put("c.ndjson.zst", pa.compress(much, codec="zstd", asbytes=True))
    landing.put("d.csv.zst", pa.compress(b"order_id\n" + much, codec="zstd", asbytes=True))
    landing.land()
    assert landing.live() == [("o2",)]
    assert landing.reasons() == [
        (0, f"the {kind} file unpacks to more than 250 times its size; nothing of it was read")
        for kind in ("zip", "gz", "zst", "zst")
    ]


def test_zips_of_one_object_land_together_and_a_faulty_one_does_not_hold_the_others(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["signalhouse.landing.land"]
    real, read = module.read_together, []

    def note(*args: Any) -> Any:
        read.append([file.relative.removeprefix("shop/orders/") for file in args[2]])
        if len(read) == 1:
            growing.write_bytes(zipped({"x.ndjson": one(1), "y.ndjson": one(2)}))
        return real(*args)

    monkeypatch.setattr(module, "read_together", note)
    landing.put("a.zip", zipped({"x.ndjson": one(0), "cut.ndjson.gz": gzip.compress(one(2))[:-3]}))
    landing.put("b.zip", b"no zip")
    growing = landing.put("c.zip", zipped({"x.ndjson": one(1)}))
    report = landing.land()
    assert read[0] == ["a.zip!/x.ndjson", "a.zip!/cut.ndjson.gz", "c.zip!/x.ndjson"]
    assert report.moved_under_us == ["shop/orders/c.zip"]
    assert paths(landing) == [
        ("shop/orders/a.zip", 0, 0, 0),
        ("shop/orders/a.zip!/cut.ndjson.gz", 1, 1, 0),
        ("shop/orders/a.zip!/x.ndjson", 1, 1, 0),
        ("shop/orders/b.zip", 1, 0, 1),
    ]
    monkeypatch.undo()
    assert landing.land().records == {"shop/orders": 2}
    assert landing.live("file_path, order_id") == [
        ("shop/orders/a.zip!/cut.ndjson.gz", "o3"),
        ("shop/orders/a.zip!/x.ndjson", "o1"),
        ("shop/orders/c.zip!/x.ndjson", "o2"),
        ("shop/orders/c.zip!/y.ndjson", "o3"),
    ]


def test_what_macos_adds_and_half_written_members_are_no_members(landing: Landing) -> None:
    landing.put("a.zip", zipped({"x.ndjson": one(0), "__MACOSX/._x.ndjson": b"\0", ".part.ndjson": one(1)}))
    assert landing.land().refusals == []
    assert landing.live() == [("o1",)]


def test_a_folder_named_like_the_inside_of_a_zip_is_left(landing: Landing) -> None:
    landing.put("a.zip!/x.ndjson", one(0))
    report = landing.land()
    assert report.left_alone == ["shop/orders: the path reads like one inside a zip, 1 file"]
    assert landing.live() == []


def test_two_folders_of_one_kind_of_record_are_one_object(landing: Landing) -> None:
    landing.contract.write_text(
        CONTRACT.replace("class: mutable", "class: mutable\n            folders: [orders, pulled]")
    )
    landing.put("a.ndjson", one(0))
    landing.put("b.ndjson", one(1), kind="pulled")
    report = landing.land()
    assert dict(report.records) == {"shop/orders": 2}
    assert landing.live("file_path") == [("shop/orders/a.ndjson",), ("shop/pulled/b.ndjson",)]


def test_a_contract_may_say_the_format_that_names_do_not(landing: Landing) -> None:
    """Segment calls its files <number>.gz. A name that says more is believed, one without compression says nothing."""
    landing.contract.write_text(CONTRACT.replace("class: mutable", "class: mutable\n            format: ndjson"))
    landing.put("1390333202843.gz", gzip.compress(one(0)))
    landing.put("a.zip", zipped({"1390333202844.gz": gzip.compress(one(1))}))
    landing.put("b.csv.gz", gzip.compress(as_csv([ORDERS[2]])))
    landing.put("notes.txt", b"words")
    report = landing.land()
    assert landing.live() == [("o1",), ("o2",), ("o3",)]
    assert [path for path, _, _ in report.refusals] == ["shop/orders/notes.txt"]
