"""On which line of a TOML file a key is written: ``tomllib`` does not tell, and a person wants to go there."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path


def place_of(file: Path, keys: Sequence[str]) -> str:
    """Return ``loglama.toml line 12`` for the assignment or table with this path of keys, only the file if unknown."""
    try:
        line = line_of(file.read_bytes().decode("utf-8-sig"), keys)
    except (OSError, UnicodeDecodeError):
        line = None
    return str(file) if line is None else f"{file} line {line}"


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """Return the line, from 1, at which the statement starts that brings ``keys`` into being, else that of their table.

    A line is such a start if the text before it is whole TOML without the keys, and the shortest whole TOML that
    includes it has them: that holds for every way to write a key. Only lines that show its last part are tried.
    """
    lines = text.splitlines(keepends=True)
    for depth in range(len(keys), 0, -1):
        wanted = keys[:depth]
        for number, line in enumerate(lines, 1):
            if wanted[-1] in line and _begins(lines, number, wanted):
                return number
    return None


def _begins(lines: Sequence[str], number: int, keys: Sequence[str]) -> bool:
    before = _parsed("".join(lines[: number - 1]))
    if before is None or _has(before, keys):
        return False
    for end in range(number, len(lines) + 1):
        after = _parsed("".join(lines[:end]))
        if after is not None:
            return _has(after, keys)
    return False


def _parsed(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _has(document: object, keys: Sequence[str]) -> bool:
    for key in keys:
        if not isinstance(document, dict) or key not in document:
            return False
        document = document[key]
    return True
