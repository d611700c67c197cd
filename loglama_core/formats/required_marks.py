"""Which marks a line must hold to match a pattern: most formats need one that most lines of no known layout lack."""

from __future__ import annotations

import re
from functools import cache

from loglama_core.formats.stamp_forms import STAMP_PATTERNS

_MARKS = "[]<>|#(){}=\"'@\t;~!*%:"
_TOKEN = re.compile(
    r"%\{(\w+)\}|\{\d{1,5}(?:,\d{0,5})?\}[+?]?|\\(.)"
    r"|\[\^?(?:\\.|\][^\]]*|[^\]\\])(?:\\.|[^\]\\])*\]|\((?:\?(?:P<\w+>|[:=!]|<[=!]))?|(.)"
)
_BITS = {mark: 1 << place for place, mark in enumerate(_MARKS)}
_DIGIT = 1 << len(_MARKS)
_LOOK_AROUND = frozenset(("(?=", "(?!", "(?<"))
_ANY_DIGIT = re.compile("[0-9]")
_MAY_BE_LEFT_OUT = re.compile(r"[?*]|\{0|\{,")


def marks_of(text: str) -> int:
    """Return the marks that ``text`` holds, as bits."""
    held = 0 if _ANY_DIGIT.search(text) is None else _DIGIT
    for mark, bit in _BITS.items():
        if mark in text:
            held |= bit
    return held


@cache
def required_marks(pattern: str) -> int:
    """Return the marks, as bits, that every text matched by ``pattern`` holds: not those of alternatives and classes.

    A digit is one of them: most layouts have a stamp, and most lines of no known layout are sentences.
    """
    # What each group, from the outermost to the one being read, requires; that of alternatives is not told.
    required = [0]
    told = [True]
    for token in _TOKEN.finditer(pattern):
        whole = token[0]
        may_be_left_out = _MAY_BE_LEFT_OUT.match(pattern, token.end()) is not None
        if whole[0] == "(":
            required.append(0)
            told.append(whole[:3] not in _LOOK_AROUND)
        elif whole == ")":
            inner = required.pop()
            if told.pop() and not may_be_left_out:
                required[-1] |= inner
        elif whole == "|":
            told[-1] = False
        elif not may_be_left_out:
            required[-1] |= _marks_of_token(whole, token[1], token[2], token[3])
    return required[0] if told[0] else 0


def _marks_of_token(whole: str, macro: str | None, escaped: str | None, literal: str | None) -> int:
    if macro is not None:
        return required_marks(STAMP_PATTERNS[macro]) if macro in STAMP_PATTERNS else 0
    if escaped == "d":
        return _DIGIT
    if escaped is not None:
        return _BITS.get("\t" if escaped == "t" else escaped, 0)
    return _BITS.get(literal or "", 0) if whole not in ".*+?^$" else 0
