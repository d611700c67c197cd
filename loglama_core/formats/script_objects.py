"""Objects as the consoles of Node and Python print them: ``{ level: 'info' }``, ``{'level': 'info', 'n': None}``."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import orjson

from loglama_core.formats.decoding import clean_text
from loglama_core.formats.json_reading import MAX_DEPTH

_BEGIN = re.compile(rb"\{\s*(?:'[\w.@-]{1,64}'|[A-Za-z_$][\w$]{0,64}):\s")
_LONGEST = 100_000
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_NAMES = {"true": "true", "True": "true", "false": "false", "False": "false", "null": "null", "None": "null"}


@cache
def _token() -> re.Pattern[str]:
    """Match a text in single (1) or double quotes (2), a moment (3), number (4), name (5), mark (6), anything (7)."""
    return re.compile(
        r"'([^'\\]*+(?:\\.[^'\\]*+)*+)'|\"([^\"\\]*+(?:\\.[^\"\\]*+)*+)\"|(\d{4}-\d\d-\d\dT[\d:.]{8,18}Z)|(-?\d{1,15}(?:\.\d{1,9})?(?![\w.]))"
        r"|([A-Za-z_$][\w$]{0,127})|([{}\[\]:,])|\s+|(.)",
        re.DOTALL,
    )


def script_object(line: bytes) -> dict[str, Any] | None:
    """Return the object that a text is, ``None`` if it is none."""
    if len(line) > _LONGEST or _BEGIN.match(line) is None or line.count(b"{") + line.count(b"[") > MAX_DEPTH:
        return None
    parts: list[str] = []
    for token in _token().finditer(line.decode("utf-8", "surrogateescape")):
        single, double, moment, number, name, mark, other = token.groups()
        text = single if single is not None else double
        if text is not None:
            parts.append(_quoted(_ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text)))
        elif mark:
            if mark in "}]" and parts and parts[-1] == ",":
                parts.pop()
            parts.append(mark)
        elif other:
            return None
        elif name or moment:
            parts.append(_NAMES.get(name or "") or _quoted(name or moment))
        elif number:
            parts.append(number)
    try:
        value = orjson.loads("".join(parts))
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _quoted(text: str) -> str:
    return orjson.dumps(clean_text(text)[0]).decode()
