"""Small files of text in the work folder, each there whole or not at all."""

from __future__ import annotations

from pathlib import Path


def read(path: Path) -> str | None:
    """What the file holds; None where it is not there or cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None


def write(path: Path, text: str) -> None:
    """Puts the text in the place of what the file held."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def restore(path: Path, text: str | None) -> None:
    """Makes the file what `read` gave: without a text, it is gone."""
    if text is None:
        path.unlink(missing_ok=True)
    else:
        write(path, text)
