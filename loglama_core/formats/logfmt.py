"""Logfmt: ``key=value key="quoted value" bare`` -> records and fields."""

from __future__ import annotations

import re
from typing import Any

import orjson

from loglama_core.formats.decoding import clean_text
from loglama_core.formats.json_keys import LEVEL_KEYS, TIME_KEYS
from loglama_core.formats.json_lines import JsonLines
from loglama_core.model import ParsedRecord

# Possessive, so that a line is walked once whatever is in it; but not around a group that may itself backtrack, which
# Python before 3.11.5 matches wrongly (Debian 12 brings 3.11.2).
# Blanks are spelled out, because a set with \\s in it is matched half as quickly.
_BLANK = r" \t\n\r\x0b\x0c"
_QUOTED = rf""""[^"\\]*+(?:\\.[^"\\]*+)*+"|'[^'\\]*+(?:\\.[^'\\]*+)*+'(?=[{_BLANK}]|$)"""
_KEY = rf"""[^{_BLANK}="']++"""
_NUMBER = r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?"
_PAIRS = re.compile(rf"""(?:{_KEY}(?:=(?:{_QUOTED}|[^{_BLANK}"]*+))?+(?:[{_BLANK}]++|$))+""")
_PAIR = re.compile(
    rf"""({_KEY})(=(?:({_NUMBER})(?=[{_BLANK}]|$)|([^{_BLANK}"'][^{_BLANK}"]*+)|"([^"\\]*+)"|{_QUOTED}|[^{_BLANK}"]*+))?"""
)
"""A key, all that follows it, and of that a number, a bare or a quoted value, whichever it is."""
_Pair = tuple[str, str, str, str, str]
_FIRST = re.compile(r"[A-Za-z_@][\w.@/-]{0,63}+=")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_NEVER_NUMBERS = frozenset(TIME_KEYS + LEVEL_KEYS)


class LogfmtLines:
    """Reads logfmt lines; what a key means is known to ``json_lines``."""

    def __init__(self, objects: JsonLines) -> None:
        self._objects = objects

    def parse(self, text: str) -> ParsedRecord | None:
        """Return the record of a line that is logfmt throughout and has the keys of a log record, else ``None``."""
        if _FIRST.match(text) is None:
            return None
        pairs = _PAIR.findall(text)
        # Pairs one blank apart are the line; one with other blanks is matched as a whole, which is twice the work.
        if " ".join([pair[0] + pair[1] for pair in pairs]) != text and _PAIRS.fullmatch(text) is None:
            return None
        return self._objects.interpret_if_evident(_fields_of(pairs))


def read_pairs(text: str) -> dict[str, Any]:
    """Return the pairs in ``text``: bare keys are true, unquoted decimal numbers numbers, repeated keys lists."""
    return _fields_of(_PAIR.findall(text))


def _fields_of(pairs: list[_Pair]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, raw, number, bare, quoted in pairs:
        if bare:
            fields[key] = bare
        elif quoted:
            fields[key] = quoted
        elif number:
            fields[key] = number if key in _NEVER_NUMBERS else _number(number)
        else:
            fields[key] = _unusual(raw)
    if len(fields) < len(pairs):
        _join_repeated(fields, pairs)
    return fields


def _unusual(raw: str) -> str | bool:
    """Return a value in single quotes or with escapes, an empty one, and true for a key without one."""
    if len(raw) > 2 and raw[1] == raw[-1] and raw[1] in "\"'":
        return raw[2:-1] if "\\" not in raw else _unquote(raw[1:])
    return raw[1:] if raw else True


def _join_repeated(fields: dict[str, Any], pairs: list[_Pair]) -> None:
    """Make the value of a key given more than once a list of all its values."""
    values: dict[str, list[Any]] = {}
    for pair in pairs:
        values.setdefault(pair[0], []).append(_fields_of([pair])[pair[0]])
    fields |= {key: given for key, given in values.items() if len(given) > 1}


def _unquote(quoted: str) -> str:
    try:
        text = str(orjson.loads(quoted))
    except orjson.JSONDecodeError:
        text = _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[0]), quoted[1:-1])
    return clean_text(text)[0]


def _number(digits: str) -> int | float | str:
    if "." not in digits:
        return int(digits) if digits != "-0" else digits
    number = float(digits)
    # Of at most 15 digits none is lost, unless zeros stand at either end.
    if digits[-1] != "0" and len(digits) < 16 and not digits.startswith(("0.0", "-0.0")):
        return number
    return number if repr(number) == digits else digits
