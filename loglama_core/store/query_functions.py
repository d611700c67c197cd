"""What SQLite cannot test by itself: functions in Python that a query's SQL calls for single rows.

A call costs about 0.4 us plus its work, LIKE 0.1 us: the SQL lets cheap tests decide first wherever they can.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from loglama_core.errors import LogLamaError, QueryError, StoreError
from loglama_core.query.comparison import matches_pattern, value_test, wildcard_parts
from loglama_core.query.field_values import array_elements, field_value, value_text, value_texts
from loglama_core.query.pattern import compile_pattern, is_quick_pattern
from loglama_core.query.text_folding import fold

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

_PATTERN_SECONDS = 0.02
"""For one record: a query must be cancellable within 50 ms, nothing can stop a running match from outside, and
``regex`` may look at the clock only at twice its limit."""


class QueryFunctions:
    """The functions of one connection and the error that one of them raised last.

    SQLite reports only that a function failed, so the error waits here for the one who ran the statement.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.failure: LogLamaError | None = None
        functions: tuple[Callable[..., Any], ...] = (
            text_contains,
            values_contain,
            body_contains,
            text_matches,
            field_matches,
            field_is_there,
            field_json,
            pattern_in_text,
            pattern_in_values,
            pattern_in_field,
            whole_text,
        )
        for function in functions:
            arguments = function.__code__.co_argcount
            connection.create_function(function.__name__, arguments, self._guarded(function), deterministic=True)

    def _guarded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            try:
                return function(*arguments)
            except LogLamaError as error:
                self.failure = error
                raise
            except (orjson.JSONDecodeError, zlib.error, UnicodeDecodeError) as error:
                self.failure = StoreError(f"a stored record is damaged ({error})", "run `loglama check`")
                raise

        return call


def text_contains(text: str, folded: str) -> bool:
    """Return whether ``folded`` stands in ``text``, any case."""
    return folded in fold(text)


def values_contain(fields: str, folded: str) -> bool:
    """Return whether ``folded`` stands in the value of a field, any case; a hit in a key does not count.

    ``fields`` is compact JSON: the quote after a hit mostly tells a key from a value in 0.2 us; parsing costs 2 us.
    """
    text = fold(fields)
    if '"' not in folded and "\\" not in text:
        at = text.find(folded)
        while at >= 0:
            quote = text.find('"', at + len(folded))
            if (
                quote < 1 or text[quote - 1] in "{[,:"
            ):  # perhaps an opening quote: the hit may lie outside of any string
                break
            if text[quote + 1] != ":":
                return True
            at = text.find(folded, quote)
        else:
            return False
    return any(folded in fold(value) for value in value_texts(orjson.loads(fields)))


def body_contains(body: bytes, folded: str) -> bool:
    """Return whether ``folded`` stands in a whole text that was stored compressed."""
    return folded in fold(whole_text(body))


def whole_text(body: bytes) -> str:
    """Return a whole text that was stored compressed."""
    return zlib.decompress(body).decode()


def whole_text_or_nothing(body: bytes) -> str:
    """Return a whole text for the search index, nothing for one that is damaged: whoever reads it is told."""
    try:
        return whole_text(body)
    except (zlib.error, UnicodeDecodeError):
        return ""


def text_matches(text: str, pattern: str) -> bool:
    """Return whether the whole of ``text`` matches a pattern with wildcards, any case."""
    return matches_pattern(fold(text), _parts(pattern))


def field_matches(fields: str, name: str, comparison: str) -> bool:
    """Return whether a field's value passes ``comparison``: the JSON array ``[operator, value, …]``."""
    return _value_test(comparison)(field_value(orjson.loads(fields), name))


def field_is_there(fields: str, name: str) -> bool:
    """Return whether a field has a value other than null."""
    return field_value(orjson.loads(fields), name) is not None


def field_json(fields: str, name: str) -> str | None:
    """Return the JSON of a field's value, ``None`` if there is none."""
    value = field_value(orjson.loads(fields), name)
    return None if value is None else orjson.dumps(value).decode()


def pattern_in_text(text: str, pattern: str) -> bool:
    """Return whether a regular expression is found in ``text``; ``QueryError`` when it takes too long."""
    search, quick = _search(pattern)
    if quick:
        return search(text) is not None
    try:
        return search(text, timeout=_PATTERN_SECONDS) is not None
    except TimeoutError:
        message = f"the pattern {pattern!r} is too slow: one record took longer than {_PATTERN_SECONDS * 1000:.0f} ms"
        raise QueryError(message, "avoid nested repeats such as (a+)+, or narrow the query down") from None


def pattern_in_values(fields: str, pattern: str) -> bool:
    """Return whether a regular expression is found in the value of a field."""
    return any(pattern_in_text(text, pattern) for text in value_texts(orjson.loads(fields)))


def pattern_in_field(fields: str, name: str, pattern: str) -> bool:
    """Return whether a regular expression is found in the value of one field, or in an element if it is an array."""
    return any(
        pattern_in_text(value_text(element), pattern)
        for element in array_elements(field_value(orjson.loads(fields), name))
        if element is not None and not isinstance(element, dict)
    )


@lru_cache(maxsize=64)
def _parts(pattern: str) -> list[str]:
    return wildcard_parts(fold(pattern))


@lru_cache(maxsize=64)
def _value_test(comparison: str) -> Callable[[Any], bool]:
    operator, *values = orjson.loads(comparison)
    return value_test(operator, values)


@lru_cache(maxsize=64)
def _search(pattern: str) -> tuple[Callable[..., Any], bool]:
    return compile_pattern(pattern).search, is_quick_pattern(pattern)
