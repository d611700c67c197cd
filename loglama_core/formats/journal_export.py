"""``journalctl -o export``: a record is a block of ``KEY=value`` lines, the first of which is its cursor."""

from __future__ import annotations

import re
from typing import Any

START = "__CURSOR="
_PAIR = re.compile(r"[A-Z_][A-Z0-9_]*=")


def is_pair(text: str) -> bool:
    """Return whether a line is one of a block."""
    return _PAIR.match(text) is not None and not text.startswith(START)


def read_block(text: str) -> dict[str, Any]:
    """Return the pairs of a block; a line that is none belongs to the value before it."""
    fields: dict[str, Any] = {}
    last = ""
    for line in text.split("\n"):
        if _PAIR.match(line):
            last, _, fields[line.partition("=")[0]] = line.partition("=")
        elif last:
            fields[last] += f"\n{line}"
    return fields
