"""Rows of data as lines for programs: JSON, CSV and logfmt, each harmless where its reader is known to obey text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from loglama_tui.display_safe import display_safe_block

# A spreadsheet takes a cell that begins so for a formula (OWASP ASVS 1.2.10), also in its full-width forms.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\0", "\r", "\n", "＝", "＋", "－", "＠")
_BARE_VALUE = re.compile(r"[^\s\"=\\]+")
_KEY_BREAKERS = re.compile(r"[\s\"=\\]")


def json_text(value: object) -> str:
    """Return ``value`` as JSON on one line, in UTF-8 without escapes where JSON needs none."""
    import orjson

    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # Integers beyond 64 bits and lone surrogates: legal JSON that orjson refuses.
        import json

        return json.dumps(value, separators=(",", ":"))


def json_line(value: object, *, terminal: bool) -> str:
    r"""Return a JSON line; for a terminal what it might obey (C1, bidirectional controls) becomes ``\uNNNN``."""
    text = json_text(value)
    return f"{_json_escaped(text) if terminal else text}\n"


def csv_line(cells: Iterable[object], *, terminal: bool) -> str:
    """Return a CSV line (RFC 4180, LF at its end). A text that a spreadsheet would run is preceded by ``'``."""
    line = ",".join(_csv_cell(cell) for cell in cells)
    return f"{display_safe_block(line) if terminal else line}\n"


def _csv_cell(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return str(cell)
    text = cell if isinstance(cell, str) else json_text(cell)
    if text.startswith(_FORMULA_STARTS):
        text = f"'{text}"
    if any(character in text for character in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


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


def field_value(fields: Mapping[str, Any], path: str) -> object:
    """Return the value at a dotted path, ``None`` when there is none; a key that itself has dots wins."""
    if path in fields:
        return fields[path]
    head, _, rest = path.partition(".")
    while rest:
        inner = fields.get(head)
        if isinstance(inner, dict):
            found = field_value(inner, rest)
            if found is not None:
                return found
        more, _, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None


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
