"""Rows of data as lines for programs: JSON, CSV and logfmt, each harmless where its reader is known to obey text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from loglama_core.export.csv_row import csv_row
from loglama_core.export.record_json import json_text
from loglama_tui.display_safe import display_safe_block

_BARE_VALUE = re.compile(r"[^\s\"=\\]+")
_KEY_BREAKERS = re.compile(r"[\s\"=\\]")


def json_line(value: object, *, terminal: bool) -> str:
    r"""Return a JSON line; for a terminal what it might obey (C1, bidirectional controls) becomes ``\uNNNN``."""
    text = json_text(value)
    return f"{_json_escaped(text) if terminal else text}\n"


def csv_line(cells: Iterable[object], *, terminal: bool) -> str:
    """Return a CSV line (RFC 4180, LF at its end). A text that a spreadsheet would run is preceded by ``'``."""
    line = csv_row(cells)
    return f"{display_safe_block(line) if terminal else line}\n"


def logfmt_line(pairs: Iterable[tuple[str, object]]) -> str:
    r"""Return ``key=value …``, values with blanks or controls as JSON strings, everything hostile as ``\uNNNN``."""
    return (
        " ".join(f"{_KEY_BREAKERS.sub('_', _json_escaped(key))}={_logfmt_value(value)}" for key, value in pairs) + "\n"
    )


def _logfmt_value(value: object) -> str:
    if value is None:
        return "null"
    text = value if isinstance(value, str) else json_text(value)
    if _BARE_VALUE.fullmatch(text) and display_safe_block(text) == text:
        return text
    return _json_escaped(json_text(text))


def flattened(fields: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, object]]:
    """Yield the leaves of nested objects under dotted names: ``user.name``."""
    for key, value in fields.items():
        if isinstance(value, dict) and value:
            yield from flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def raw_line(cells: Sequence[object], *, terminal: bool) -> str:
    """Return the bare values separated by tabs."""
    line = "\t".join("" if cell is None else cell if isinstance(cell, str) else json_text(cell) for cell in cells)
    return f"{display_safe_block(line) if terminal else line}\n"


_JSON_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
_JSON_HOSTILE_ASTRAL = re.compile("[\U000e0000-\U000e007f]")


def _json_escaped(text: str) -> str:
    r"""Return JSON (or a key) with every character a terminal might obey as ``\uNNNN``, which JSON reads back alike."""
    if text.isascii() and text.isprintable():
        return text
    text = _JSON_HOSTILE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
    return _JSON_HOSTILE_ASTRAL.sub(_surrogate_pair, text)


def _surrogate_pair(match: re.Match[str]) -> str:
    code = ord(match.group()) - 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
