"""Which files there are, what changed, and what they are called.

A local folder is read in place. New and changed files of an object store (s3://, gs://) are copied into work/incoming first, so
that one way of reading serves all and a file cannot change under the reader.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

FORMATS = (".ndjson", ".jsonl", ".json", ".csv", ".parquet")
COMPRESSIONS = (".gz", ".zst")
CLOSED = "a folder that cannot be read"
BESIDE = "a file beside the folders of the objects; it belongs into one of them"
LOOSE = "a file beside the folders of the sources; it belongs into <source>/<object>/"
_INSIDE = "!/"
_MEMBER = re.compile(r"(.*?\.zip)!/", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Found:
    """One file of the landing folder. `relative` is its name everywhere; `local` is where its bytes are, for a file of an object
    store once `fetch` brought them (it raises OSError when it cannot). `problem` says why it is left alone whatever is in it."""

    vendor: str
    object: str
    relative: str
    local: Path
    size: int
    modified_ns: int
    fetch: Callable[[], None] | None = field(default=None, compare=False)
    problem: str | None = None


@dataclass(frozen=True)
class Kind:
    """Format and compression, by the file's name."""

    format: str
    compression: str | None


def kind_of(name: str, otherwise: str | None = None) -> Kind | None:
    """None when the name says nothing we can read. `otherwise` is the format of a compressed file whose name says none."""
    lower = name.lower()
    compression = None
    for suffix in COMPRESSIONS:
        if lower.endswith(suffix):
            lower, compression = lower[: -len(suffix)], suffix[1:]
    for suffix in FORMATS:
        if lower.endswith(suffix):
            return Kind("ndjson" if suffix in (".ndjson", ".jsonl") else suffix[1:], compression)
    return Kind(otherwise, compression) if otherwise and compression else None


def ending_of(name: str) -> str:
    """What the name says of format and compression, as the ending of a name of ours."""
    kind = kind_of(name, otherwise="other")
    if kind is None:
        return ""
    return f".{kind.format}" + (f".{kind.compression}" if kind.compression else "")


def is_zip(name: str) -> bool:
    """Whether the file holds others."""
    return name.lower().endswith(".zip")


def member_path(zip_path: str, member: str) -> str:
    """Name of a file in a zip, relative to the landing folder."""
    return f"{zip_path}{_INSIDE}{member}"


def file_of(path: str) -> str:
    """The file of the landing folder that holds this path: the zip of a member, else the path itself."""
    found = _MEMBER.match(path)
    return found[1] if found else path


def local_files(folder: Path) -> Iterator[Found]:
    """Every file of the landing folder, in order of path. Hidden files are somebody's half-written ones. Raises PermissionError when the
    folder itself cannot be read: nothing would be found in it."""
    root = folder.resolve()
    if not is_open(folder):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts):
            continue
        if path.is_dir() and not is_open(path):
            yield _left(relative, path, CLOSED)
        elif len(relative.parts) < 2:
            if not path.is_dir():
                yield _left(relative, path, LOOSE)
        elif path.is_symlink() and not path.resolve().is_relative_to(root):
            yield _left(relative, path, "a link that leads out of the landing folder")
        elif path.is_symlink() and not path.exists():
            yield _left(relative, path, "a link that leads nowhere")
        elif not path.is_file() or not path.resolve().is_relative_to(root):
            continue
        elif len(relative.parts) < 3:
            yield _left(relative, path, BESIDE)
        else:
            try:
                status = path.stat()
            except OSError:  # gone since the folder was listed
                continue
            yield Found(
                relative.parts[0], relative.parts[1], relative.as_posix(), path, status.st_size, status.st_mtime_ns
            )


def is_open(folder: Path) -> bool:
    """Whether its files can be listed and read."""
    return os.access(folder, os.R_OK | os.X_OK)


def _left(relative: Path, path: Path, problem: str) -> Found:
    vendor, name = (*relative.parts, "")[:2]
    return Found(vendor, name, relative.as_posix(), path, 0, 0, problem=problem)


def sha256_of(path: Path) -> str:
    """Hex digest of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
