"""``MESSAGE [key=value …]`` as a shell gives it -> message and fields, by the rules of the shell functions."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*)=(.*)", re.DOTALL | re.ASCII)
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]", re.ASCII)
_SET_BY_THE_WRITER = frozenset({"timestamp", "level", "message", "component"})

Value = str | int | float


def read_arguments(arguments: Sequence[str]) -> tuple[str, dict[str, Value]]:
    """Return the message (the first argument and what is no ``key=value``) and the fields.

    A number is a number if it keeps its spelling: ``007``, ``1.10`` and a number of twenty digits stay texts. A key
    given twice, or one that a line has itself, gets an underscore.
    """
    words = list(arguments[:1])
    fields: dict[str, Value] = {}
    for argument in arguments[1:]:
        pair = _PAIR.fullmatch(argument)
        if pair is None:
            words.append(argument)
            continue
        key, value = pair.groups()
        while key in fields or key in _SET_BY_THE_WRITER:
            key += "_"
        fields[key] = _number_or_text(value)
    return " ".join(words), fields


def _number_or_text(text: str) -> Value:
    if len(text.removeprefix("-")) > 15:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
