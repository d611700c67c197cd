"""Regular expressions in queries: bounded, compiled once, and told apart by what they may cost."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from loglama_core.errors import QueryError

LONGEST_PATTERN = 500
"""Characters. A longer one is a program, not a search."""

_QUICK = re.compile(r"[^*+{?]*([^(*+{?]\??[^*+{?]*){0,4}")


@lru_cache(maxsize=64)
def compile_pattern(pattern: str) -> Any:
    """Return the compiled ``regex`` pattern; ``QueryError`` if it is not one or too long.

    ``regex`` and not ``re``: only its matching can be given a time limit.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise QueryError(
            f"the pattern has {len(pattern)} characters, at most {LONGEST_PATTERN} are allowed",
            "search for a shorter pattern, or for plain text",
        )
    import regex

    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise QueryError(
            f"{pattern!r} is no regular expression: {error}",
            "put text between quotes to search for it as it stands",
        ) from None


def is_quick_pattern(pattern: str) -> bool:
    """Return whether a pattern cannot take long on any text, so it may run without a time limit (2 us less).

    True without repeats and with at most four optional parts: it can only try 16 ways at each place.
    """
    return "(?" not in pattern and _QUICK.fullmatch(pattern) is not None
