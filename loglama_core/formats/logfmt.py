"""Logfmt: ``key=value key="quoted value" bare`` -> records and fields."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

import orjson

from loglama_core.formats.decoding import clean_text
from loglama_core.formats.json_keys import LEVEL_KEYS, TIME_KEYS
from loglama_core.formats.json_lines import JsonLines
from loglama_core.model import ParsedRecord

# Possessive, so that a line is walked once whatever is in it; but not around a group that may itself backtrack, which
# Python before 3.11.5 matches wrongly (Debian 12 brings 3.11.2).
_VALUE = r"""=(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'(?=\s|$)|[^\s"]*+)"""
_KEY = r"""[^\s="']++"""
_PAIRS = re.compile(rf"(?:{_KEY}(?:{_VALUE})?+(?:\s++|$))+")
_PAIR = re.compile(rf"({_KEY})({_VALUE})?+")
_FIRST = re.compile(r"[A-Za-z_@][\w.@/-]{0,63}+=")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?", re.ASCII)
_DIGITS = frozenset("-0123456789")
_SPECIAL = _DIGITS | {'"', "'", ""}
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
        kept = "".join(chain.from_iterable(pairs))
        # What stands between pairs one blank apart is blanks alone; otherwise they are looked at one by one, which is
        # twice the work.
        is_filled = len(kept) + len(pairs) - 1 == len(text) and all(
            kept.count(mark) == text.count(mark) for mark in "\"'="
        )
        if not is_filled and _PAIRS.fullmatch(text) is None:
            return None
        return self._objects.interpret_if_evident(_fields_of(pairs))


def read_pairs(text: str) -> dict[str, Any]:
    """Return the pairs in ``text``: bare keys are true, unquoted decimal numbers numbers, repeated keys lists."""
    return _fields_of(_PAIR.findall(text))


def _fields_of(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, raw in pairs:
        value: Any = raw[1:]
        first = value[:1]
        if first in _SPECIAL:
            if first in _DIGITS:
                if key not in _NEVER_NUMBERS and _NUMBER.fullmatch(value):
                    value = _number(value)
            elif first == '"' or (len(value) > 1 and value[-1] == "'"):
                value = value[1:-1] if "\\" not in value else _unquote(value)
            elif not raw:
                value = True
        if key in fields:
            earlier = fields[key]
            if isinstance(earlier, list):
                earlier.append(value)
                continue
            value = [earlier, value]
        fields[key] = value
    return fields


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
    return number if repr(number) == digits else digits
