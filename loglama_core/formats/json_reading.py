"""Reading JSON that orjson refuses or would bend: nothing is lost, nothing raises, SQLite can hold all of it.

Slow (10 us a line) and exact. A number no SQLite integer or float can hold, NaN and infinities become text; bytes that
are not UTF-8, NUL and lone surrogates become their escapes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from loglama_core.formats.decoding import clean_text

if TYPE_CHECKING:
    import json

MAX_DEPTH = 64
MAX_KEYS = 1_000
_INTEGER_DIGITS = 19  # of 2**63 - 1


class JsonObjectReading:
    """What came of one line.

    ``record`` is ``None`` when the line is not a JSON object. ``faithful`` is false when it cannot stand for the line:
    keys given twice with different values, nesting deeper than 64, more than 1,000 keys. ``flags`` are those
    earned by replaced bytes.
    """

    def __init__(self, line: bytes) -> None:
        self.record: dict[str, Any] | None = None
        self.faithful = True
        self.flags = 0
        self._keys = 0
        try:
            value = self._decoder().decode(line.decode("utf-8", "surrogateescape"))
        except (ValueError, RecursionError):
            return
        if isinstance(value, dict):
            self.record = self._clean(value, 1)

    def _decoder(self) -> json.JSONDecoder:
        import json

        return json.JSONDecoder(
            object_pairs_hook=self._collect,
            parse_int=_whole_number,
            parse_float=_number,
            parse_constant=str,
            strict=False,
        )

    def _collect(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        collected = dict(pairs)
        self._keys += len(pairs)
        if self._keys > MAX_KEYS or (
            len(collected) != len(pairs) and any(collected[key] != value for key, value in pairs)
        ):
            self.faithful = False
        return collected

    def _clean(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            text, flags = clean_text(value)
            self.flags |= flags
            return text
        if not isinstance(value, dict | list):
            return value
        if depth > MAX_DEPTH:
            self.faithful = False
            return None
        if isinstance(value, list):
            return [self._clean(item, depth + 1) for item in value]
        return {self._clean(key, depth): self._clean(item, depth + 1) for key, item in value.items()}


def _whole_number(digits: str) -> int | str:
    if len(digits) < _INTEGER_DIGITS:
        return int(digits)
    if len(digits) > _INTEGER_DIGITS + 1:
        return digits
    number = int(digits)
    return number if -(2**63) <= number < 2**63 else digits


def _number(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits
