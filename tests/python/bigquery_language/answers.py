"""Answers that were computed before, kept in the user's cache folder from one run of the tests to the next."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import zlib
from pathlib import Path

LIMIT = 20_000  # answers; beyond it the file is begun anew


class KnownAnswers:
    """Bytes by method and request. What cannot be read or written counts as unknown. Safe between threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = off")
        self._connection.execute("create table if not exists answer (key blob primary key, answer blob) without rowid")
        if self._connection.execute("select count(*) from answer").fetchone()[0] > LIMIT:
            self._connection.execute("delete from answer")

    def get(self, method: str, request: bytes) -> bytes | None:
        """The answer, or None."""
        with self._lock:
            found = self._connection.execute(
                "select answer from answer where key = ?", [_key(method, request)]
            ).fetchone()
        return zlib.decompress(found[0]) if found else None

    def put(self, method: str, request: bytes, answer: bytes) -> None:
        """Keep an answer; if another process is writing, do without."""
        row = [_key(method, request), zlib.compress(answer, 1)]
        with self._lock:
            try:
                self._connection.execute("insert or ignore into answer values (?, ?)", row)
            except sqlite3.OperationalError:
                return


def _key(method: str, request: bytes) -> bytes:
    return hashlib.sha256(method.encode() + b"\0" + request).digest()
