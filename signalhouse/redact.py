"""Keeps personal values out of messages: an engine's error text quotes the value it choked on."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_CONVERTED_VALUE = re.compile(r"(?i)((?:convert|conversion of|parse|cast|invalid input)[^'\n]{0,60})'[^'\n]*'")
_DUPLICATE_KEY = re.compile(r"(?i)(duplicate key )\"[^\"\n]*\"")


def redact(text: str) -> str:
    """The text without e-mail addresses and without the values DuckDB quotes in conversion and key errors."""
    text = _CONVERTED_VALUE.sub(r"\1'...'", text)
    text = _DUPLICATE_KEY.sub(r'\1"..."', text)
    return _EMAIL.sub("<e-mail>", text)
