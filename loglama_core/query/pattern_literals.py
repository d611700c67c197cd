"""Which literal texts a regular expression cannot match without."""

from __future__ import annotations

import re

_PLAIN_ESCAPES = frozenset("bBdDwWsSAZnrtfvaGRXKhmM")
"""After a backslash: stands for itself alone, a class or an assertion; what follows is read as usual."""

_FLAGS = re.compile(r"\(\?([imsa]+)\)")
"""The flags that leave literal text what it is, at the begin of a pattern."""

_QUANTIFIER = re.compile(r"[*+?]|\{[^{}]*\}")
_NOT_FOLDED_ALIKE = frozenset("iIkKsS")
"""With the flag ``i`` they match the dotless i, the Kelvin sign and the long s, too, which LIKE tells apart."""


class _Unreadable(Exception):  # noqa: N818 - never leaves this module
    """The pattern holds something whose literal text is not worth finding out."""


def pattern_literals(pattern: str) -> list[list[str]] | None:
    """Return the literal texts of each alternative of a pattern, ``None`` if one of them can do without any.

    ``"GET /(a|b)/c+d?|^POST"`` is ``[["GET /", "/c"], ["POST"]]``: every match of one alternative holds all its texts.
    Groups are not looked into. What is not understood is left out, never guessed.
    """
    flags = _FLAGS.match(pattern)
    try:
        found = _Reader(pattern, flags.end() if flags else 0, bool(flags) and "i" in (flags[1] if flags else "")).read()
    except _Unreadable:
        return None
    return found if all(found) else None


class _Reader:
    """Reads one pattern from left to right."""

    def __init__(self, pattern: str, start: int, ignore_case: bool) -> None:  # noqa: FBT001 - one caller, above
        self._pattern, self._at, self._ignore_case = pattern, start, ignore_case
        self._alternatives: list[list[str]] = [[]]
        self._run = ""

    def read(self) -> list[list[str]]:
        """Return the literal texts of each alternative."""
        while self._at < len(self._pattern):
            self._next(self._pattern[self._at])
        self._end_run()
        return self._alternatives

    def _next(self, character: str) -> None:
        match character:
            case "|":
                self._end_run()
                self._alternatives.append([])
                self._at += 1
            case "(":
                self._end_run()
                self._at = _group_end(self._pattern, self._at)
                self._skip_quantifiers()
            case "[":
                self._end_run()
                self._at = _class_end(self._pattern, self._at)
                self._skip_quantifiers()
            case "\\":
                self._escape()
            case "." | "^" | "$":
                self._end_run()
                self._at += 1
                self._skip_quantifiers()
            case "*" | "+" | "?" | "{" | ")":
                raise _Unreadable
            case _:
                self._at += 1
                self._literal(character)

    def _escape(self) -> None:
        character = self._pattern[self._at + 1 : self._at + 2]
        self._at += 2
        if character in _PLAIN_ESCAPES:
            self._end_run()
            self._skip_quantifiers()
        elif not character or (character.isascii() and character.isalnum()):
            raise _Unreadable  # \x41, \N{…}, \p{…}, \1: what follows belongs to it
        else:
            self._literal(character)

    def _literal(self, character: str) -> None:
        """Take a character, unless what follows lets a match do without it."""
        quantifier = _QUANTIFIER.match(self._pattern, self._at)
        if self._ignore_case and (character in _NOT_FOLDED_ALIKE or not character.isascii()):
            self._end_run()
            self._skip_quantifiers()
        elif quantifier is None:
            self._run += character
        else:
            if quantifier[0] == "+":  # once at least; what comes after need not follow the first
                self._run += character
            self._end_run()
            self._skip_quantifiers()

    def _skip_quantifiers(self) -> None:
        """Step over quantifiers and their ``?`` and ``+``."""
        while quantifier := _QUANTIFIER.match(self._pattern, self._at):
            self._at = quantifier.end()

    def _end_run(self) -> None:
        if self._run:
            self._alternatives[-1].append(self._run)
        self._run = ""


def _group_end(pattern: str, at: int) -> int:
    """Return the index after the parenthesis that closes the one at ``at``."""
    if re.compile(r"\(\?[a-zA-Z0-9-]*\)").match(pattern, at):
        raise _Unreadable  # flags change what stands outside of the parentheses
    depth = 0
    while at < len(pattern):
        match pattern[at]:
            case "\\":
                at += 1
            case "[":
                at = _class_end(pattern, at) - 1
            case "(":
                depth += 1
            case ")":
                depth -= 1
                if depth == 0:
                    return at + 1
        at += 1
    raise _Unreadable


def _class_end(pattern: str, at: int) -> int:
    """Return the index after the bracket that closes the set at ``at``."""
    at += 2 if pattern[at + 1 : at + 2] == "^" else 1
    if pattern[at : at + 1] == "]":  # a bracket that comes first is one of the set
        at += 1
    while at < len(pattern):
        match pattern[at]:
            case "\\":
                at += 1
            case "[":
                raise _Unreadable  # a class such as [:alpha:], or a nested set
            case "]":
                return at + 1
        at += 1
    raise _Unreadable
