"""What ``field:value``, ``field>=value`` and their kin mean for one value."""

from __future__ import annotations

import operator as operators
import re
from typing import TYPE_CHECKING, Any

from loglama_core.query.field_values import value_text
from loglama_core.query.text_folding import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
}

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_LONGEST_NUMBER = 40
"""Characters. What is longer is an identifier, and int() of thousands of digits is slow."""

_WILDCARD = re.compile(r"(?<!\\)\*")


def number(text: str) -> int | float | None:
    """Return the number that ``text`` spells, ``None`` if none; beyond 64 bits it is a float, as in SQLite."""
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    if _INTEGER.fullmatch(text):
        integer = int(text)
        return integer if -(2**63) <= integer < 2**63 else float(integer)
    return float(text)


def wildcard_parts(pattern: str) -> list[str]:
    r"""Return the literal texts between the wildcards ``*`` of a pattern; one part: no wildcard. ``\*`` is a star."""
    return [part.replace(r"\*", "*") for part in _WILDCARD.split(pattern)]


def literal_pattern(text: str) -> str:
    """Return the pattern that matches exactly ``text``: the inverse of ``wildcard_parts`` for one part."""
    return text.replace("*", r"\*")


def matches_pattern(text: str, parts: Sequence[str]) -> bool:
    """Return whether the whole of ``text`` matches; both sides must be folded already."""
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def value_test(operator: str, values: Sequence[str]) -> Callable[[Any], bool]:
    """Return the test that ``Compare`` with these means for a field's value.

    ``:`` whole value, any case, ``*`` as wildcard; ``=`` the value exactly. ``< <= > >=`` with a number wants a number
    (or a string that spells one), with a text it wants a string and compares any case. An array matches if one of its
    elements does; an object and null never do.
    """
    tests = [_single_test(operator, value) for value in values]

    def test(actual: Any) -> bool:
        if isinstance(actual, list):
            return any(test(element) for element in actual)
        if actual is None or isinstance(actual, dict):
            return False
        return any(single(actual) for single in tests)

    return test


def _single_test(operator: str, value: str) -> Callable[[Any], bool]:
    wanted = number(value)
    if operator == ":":
        parts = wildcard_parts(fold(value))
        return lambda actual: matches_pattern(fold(value_text(actual)), parts) or _same_number(actual, wanted)
    if operator == "=":
        return lambda actual: value_text(actual) == value or _same_number(actual, wanted)
    compare = ORDERINGS[operator]
    if wanted is None:
        folded = fold(value)
        return lambda actual: isinstance(actual, str) and compare(fold(actual), folded)

    def ordered(actual: Any) -> bool:
        given = number(actual) if isinstance(actual, str) else actual
        return given is not None and compare(given, wanted)

    return ordered


def _same_number(actual: Any, wanted: float | None) -> bool:
    return wanted is not None and not isinstance(actual, str) and bool(actual == wanted)
