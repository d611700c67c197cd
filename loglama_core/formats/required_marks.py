"""Which marks a line must hold to match a pattern: most formats need one that most lines of no known layout lack."""

from __future__ import annotations

import re

_MARKS = "[]<>|#(){}=\"'@\t;~!*"
_TOKEN = re.compile(
    r"%\{\w+\}|\{\d{1,5}(?:,\d{0,5})?\}[+?]?|\\(.)"
    r"|\[\^?(?:\\.|\][^\]]*|[^\]\\])(?:\\.|[^\]\\])*\]|\((?:\?(?:P<\w+>|[:=!]|<[=!]))?|(.)"
)
_BITS = {mark: 1 << place for place, mark in enumerate(_MARKS)}


def marks_of(text: str) -> int:
    """Return the marks that ``text`` holds, as bits."""
    held = 0
    for mark, bit in _BITS.items():
        if mark in text:
            held |= bit
    return held


def required_marks(pattern: str) -> int:
    """Return the marks, as bits, that every text matched by ``pattern`` holds: those outside of groups and classes."""
    required = depth = 0
    end = len(pattern)
    for token in _TOKEN.finditer(pattern):
        whole = token[0]
        if whole[0] == "(":
            depth += 1
        elif whole == ")":
            depth -= 1
        elif depth == 0:
            if whole == "|":
                return 0
            literal = token[1] or token[2] or ""
            follows = pattern[token.end()] if token.end() < end else ""
            if token[1] == "t":
                literal = "\t"
            if follows not in {"?", "*", "{"} and (token[1] or whole not in ".*+?^$"):
                required |= _BITS.get(literal, 0)
    return required
