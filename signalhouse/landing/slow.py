"""The slow way: what the fast way left, single lines or a file, is taken apart over its bytes, where a truncated gzip, an invalid
byte and a line's number are what they are. Good records go on; each bad one becomes a refusal with line and reason.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from signalhouse.landing.compressed import decompressed
from signalhouse.landing.contract import Contract
from signalhouse.landing.files import Kind
from signalhouse.landing.typed import MAX_RECORD_BYTES

MAX_DEPTH = 200


@dataclass
class Refusal:
    """One record that is not loaded. Line 0 is the file as a whole."""

    line: int
    reason: str


@dataclass
class Taken:
    """What the slow way found: lines of good JSON text, and refusals."""

    records: list[tuple[int, str]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


def take(path: Path, kind: Kind, contract: Contract) -> Taken:
    """Read a file record by record. Never raises for what is in the file."""
    taken = Taken()
    content, cut = (path.read_bytes(), None) if kind.compression is None else decompressed(path, kind.compression)
    if kind.format != "parquet" and is_utf16(content):
        taken.refusals.append(Refusal(0, "the file is UTF-16, not UTF-8: save it as UTF-8"))
    elif kind.format == "ndjson":
        _take_lines(content, taken, cut is not None)
    elif kind.format == "json":
        _take_document(content, contract, taken, cut is not None)
    elif kind.format == "csv":
        _take_csv(content, taken)
    elif cut is None:
        _take_parquet(content, taken)
    if cut is not None:
        taken.refusals.append(Refusal(0, cut))
    return taken


def is_utf16(content: bytes) -> bool:
    """Whether a text that begins so is UTF-16. By its mark, or because every other byte of plain text is a NUL there; a lone NUL is a fault of its record."""
    start = content[:4096]
    return start.startswith((b"\xff\xfe", b"\xfe\xff")) or start.count(0) > len(start) // 4


def _take_lines(content: bytes, taken: Taken, cut: bool) -> None:
    """NDJSON."""
    last = content.count(b"\n") + 1
    for number, line in numbered_lines(content):
        if cut and number == last:
            taken.refusals.append(Refusal(number, "the line is cut off where the file ends early"))
        else:
            take_line(number, line, taken)


def numbered_lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers. Split on the newline byte alone: text may hold U+2028 and its like."""
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        stripped = line.strip()
        if stripped:
            yield number, stripped


def take_line(number: int, line: bytes, taken: Taken) -> None:
    """One line of NDJSON."""
    text, reason = _json_text(line)
    if text is None:
        taken.refusals.append(Refusal(number, reason))
    else:
        taken.records.append((number, text))


def _json_text(line: bytes) -> tuple[str | None, str]:
    if len(line) > MAX_RECORD_BYTES:
        return None, f"the record has {len(line):,} bytes, more than {MAX_RECORD_BYTES:,}"
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, f"byte {error.start + 1} of the line is not UTF-8"
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        return None, "the record is nested too deep"
    except ValueError as error:
        at = getattr(error, "colno", None)
        return None, "not valid JSON" + (f" at character {at}" if at else "")
    # To walk a record takes five times as long as to read it; one with few brackets cannot be deep.
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        return None, f"the record is nested deeper than {MAX_DEPTH} levels"
    if "\\u0000" in text:
        return None, "the record holds a NUL character"
    return text, ""


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _depth(value: Any) -> int:
    deepest, stack = 0, [(value, 1)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        stack.extend((child, depth + 1) for child in children if isinstance(child, dict | list))
    return deepest


def _take_document(content: bytes, contract: Contract, taken: Taken, cut: bool) -> None:
    """One JSON document: an object, a list, or a page that wraps a list; or NDJSON under the name .json."""
    document, reason = _document(content)
    if reason:
        if b"\n" in content.strip() and content.lstrip().startswith(b"{"):
            _take_lines(content, taken, cut)
        else:
            taken.refusals.append(Refusal(0, reason))
        return
    for number, record in enumerate(_records(document, contract.envelope), start=1):
        if _depth(record) > MAX_DEPTH:
            taken.refusals.append(Refusal(number, f"the record is nested deeper than {MAX_DEPTH} levels"))
        else:
            taken.records.append((number, _dumped(record)))


def _document(content: bytes) -> tuple[Any, str]:
    """The document, or why there is none."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant), ""
    except UnicodeDecodeError as error:
        return None, f"byte {error.start + 1} of the file is not UTF-8"
    except RecursionError:
        return None, "the document is nested too deep"
    except ValueError as error:
        return None, f"not valid JSON at line {getattr(error, 'lineno', '?')}, character {getattr(error, 'colno', '?')}"


def _records(document: Any, envelope: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(document, list):
        for item in document:
            yield from _records(item, envelope) if isinstance(item, dict) else (item,)
        return
    if isinstance(document, dict):
        for path in envelope:
            inner: Any = document
            for key in path.split("."):
                inner = inner.get(key) if isinstance(inner, dict) else None
            if isinstance(inner, list):
                yield from inner
                return
    yield document


def _take_csv(content: bytes, taken: Taken) -> None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("utf-8-sig", errors="surrogateescape")
    csv.field_size_limit(MAX_RECORD_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, None)
        if not header:
            return
        if len(set(header)) < len(header):
            taken.refusals.append(Refusal(1, "the header names a column twice; the file was left"))
            return
        for row in reader:
            number = reader.line_num
            if not row:
                continue
            if len(row) != len(header):
                taken.refusals.append(Refusal(number, f"the row has {len(row)} columns, the header {len(header)}"))
            elif any("\udc80" <= ch <= "\udcff" for value in row for ch in value):
                taken.refusals.append(Refusal(number, "the row holds bytes that are not UTF-8"))
            else:
                record = {name: value for name, value in zip(header, row, strict=True) if value != ""}
                taken.records.append((number, _dumped(record)))
    except csv.Error as error:
        taken.refusals.append(
            Refusal(reader.line_num, f"the row cannot be read as CSV ({error}); the rest of the file was left")
        )


def _take_parquet(content: bytes, taken: Taken) -> None:
    """All records as JSON; types are judged record by record afterwards."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        record = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError):
        taken.refusals.append(Refusal(0, "the file cannot be read as Parquet"))
        return
    with duckdb.connect() as connection:
        connection.register("records", record)
        taken.records.extend(
            connection.execute(
                "select row_number() over (), cast(to_json(record) as varchar) from records as record"
            ).fetchall()
        )


def _dumped(record: Any) -> str:
    text = json.dumps(record, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair: escaped, it can at least be passed on and refused
        return json.dumps(record)
    return text
