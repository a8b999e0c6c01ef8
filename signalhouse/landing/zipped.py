"""Zip files: each member is a file of its own, named `<path of the zip>!/<path in the zip>`.

Members are unpacked under names of ours, so that what a zip calls them decides nothing about where bytes go, and names with `#` or
`//` (Amplitude writes both) are no pattern and no path to anybody.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from signalhouse.landing.compressed import MAX_RATIO, is_bomb
from signalhouse.landing.files import Found, ending_of, member_path
from signalhouse.landing.slow import Refusal
from signalhouse.space import is_full

MAX_MEMBERS = 100_000
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Member:
    """One member, unpacked. `version` is the sha256 of its bytes as they are in the zip: of a gz member, the packed ones."""

    file: Found
    version: str


@dataclass(frozen=True)
class Unpacked:
    """What came out of a zip: its members, and what is wrong with it, which names members by their position."""

    members: list[Member]
    refusals: list[Refusal]


def unpack(found: Found, folder: Path) -> Unpacked:
    """Unpack a zip into `folder`, which is the caller's to remove. What is wrong inside becomes a refusal.

    Raises OSError when the zip cannot be opened or the disk is full.
    """
    members: list[Member] = []
    refusals: list[Refusal] = []
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(found.local) as archive:
            infos = archive.infolist()
            wrong = _wrong_with_all(infos, found.size)
            if wrong:
                return Unpacked([], [Refusal(0, wrong)])
            seen: set[str] = set()
            for number, info in enumerate(infos, start=1):
                if info.is_dir() or _is_hidden(info.filename):
                    continue
                wrong = _wrong_with(info, seen)
                seen.add(info.filename)
                if wrong is None:
                    try:
                        members.append(_unpacked(archive, info, found, folder))
                        continue
                    except OSError as error:
                        if is_full(error):
                            raise
                        wrong = "is damaged"
                    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError):
                        wrong = "is damaged"
                refusals.append(Refusal(0, f"member {number} of the zip {wrong}; it was left"))
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError):
        # The list of members stands at the end: without it nothing says where one begins.
        return Unpacked([], [Refusal(0, "the zip file ends early or is damaged; nothing of it was read")])
    return Unpacked(members, refusals)


def _wrong_with_all(infos: list[zipfile.ZipInfo], packed_bytes: int) -> str | None:
    if len(infos) > MAX_MEMBERS:
        return f"the zip file has more than {MAX_MEMBERS:,} members; nothing of it was read"
    # Members may share their bytes, so that each looks harmless.
    if is_bomb(sum(info.file_size for info in infos), packed_bytes):
        return f"the zip file unpacks to more than {MAX_RATIO} times its size; nothing of it was read"
    return None


def _wrong_with(info: zipfile.ZipInfo, seen: set[str]) -> str | None:
    parts = info.filename.replace("\\", "/").split("/")
    if info.filename.startswith(("/", "\\")) or ".." in parts or parts[0].endswith(":"):
        return "has a path that leads out of the zip"
    if info.filename in seen:
        return "has the name of another"
    if info.flag_bits & 0x1:
        return "is encrypted"
    return None


def _is_hidden(name: str) -> bool:
    """As in a landing folder: what begins with a point, and what macOS adds to a zip."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.replace("\\", "/").split("/") if part not in ("", ".."))


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, found: Found, folder: Path) -> Member:
    path = member_path(found.relative, info.filename)
    local = folder / (hashlib.sha256(path.encode()).hexdigest() + ending_of(info.filename))
    digest = hashlib.sha256()
    with archive.open(info) as packed, local.open("wb") as out:
        for chunk in _chunks(packed, info.file_size):
            digest.update(chunk)
            out.write(chunk)
    file = Found(found.vendor, found.object, path, local, info.file_size, found.modified_ns)
    return Member(file, digest.hexdigest())


def _chunks(packed: IO[bytes], promised: int) -> Iterator[bytes]:
    taken = 0
    while chunk := packed.read(_CHUNK):
        taken += len(chunk)
        if taken > promised:
            raise ValueError("more than the zip's list says")
        yield chunk
