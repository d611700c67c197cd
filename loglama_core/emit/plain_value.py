"""Any Python value -> what JSON can hold. Nothing here raises, whatever a value's own methods do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from operator import index
from typing import Any

LONGEST_TEXT = 8_192
"""Characters kept of the text of an object that JSON knows no form for."""

_DEEPEST = 32
# A reader takes an object of more than 1,000 keys, or nested more than 64 deep, for plain text.
_MOST_KEYS = 300
_MOST_KEYS_BELOW = 500


def plain_object(value: Any) -> Any:
    """Return what stands for an object that JSON cannot hold: the ``default`` of an encoder."""
    try:
        return _known_object(value)
    except Exception as error:  # noqa: BLE001 - a field's own __str__ failed: that costs the field, not the service
        return f"<{type(value).__name__}: {type(error).__name__} while it was turned into text>"


def plain_value(value: Any, *, longest: int = 100_000) -> Any:
    """Return ``value`` with everything JSON cannot hold replaced, at any depth.

    ``longest``: characters kept of each text. What is deeper than 32 becomes text, keys past the 300 first and the 500
    first below them are left out and counted under ``…``, NaN and infinities become their names.
    """
    return _Plain(longest).of(value, 0)


def shortened(text: str, longest: int) -> str:
    """Return ``text`` cut to ``longest`` characters, with how many are missing at its end."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text) - longest} more characters)"


def _known_object(value: Any) -> Any:
    kind = type(value)  # never isinstance(): it asks the value itself, and a proxy of Flask's raises outside a request
    if issubclass(kind, BaseException):
        return shortened(repr(value), LONGEST_TEXT)
    if hasattr(kind, "isoformat"):
        return value.isoformat()
    if issubclass(kind, bytes | bytearray | memoryview):
        return shortened(bytes(value).decode("utf-8", "backslashreplace"), LONGEST_TEXT)
    if issubclass(kind, Mapping):
        return {str(key): item for key, item in value.items()}
    if issubclass(kind, set | frozenset):
        return sorted(value, key=repr)
    if hasattr(kind, "__index__"):
        return index(value)
    own_text: Any = kind.__str__
    # A path, a UUID, a decimal say what they are; repr() would say PosixPath('…').
    return shortened(repr(value) if own_text is object.__str__ else str(value), LONGEST_TEXT)


class _Plain:
    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._keys = 0

    def of(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if value is None or issubclass(kind, str | int | float):
            return self._of_scalar(value, kind)
        if depth >= _DEEPEST:
            return f"<{kind.__name__} nested deeper than {_DEEPEST}>"
        if issubclass(kind, dict):
            return self._of_pairs(_snapshot(dict.items, value), depth)
        if issubclass(kind, list):
            return [self.of(item, depth + 1) for item in _snapshot(list.__iter__, value)]
        if issubclass(kind, tuple):
            return [self.of(item, depth + 1) for item in tuple.__iter__(value)]
        return self._of_object(value, depth)

    def _of_scalar(self, value: Any, kind: type) -> Any:
        if value is None or kind is bool:
            return value
        if issubclass(kind, str):
            return shortened(str.__str__(value), self._longest)
        if issubclass(kind, int):
            return int.__int__(value)
        number = float.__float__(value)
        return number if math.isfinite(number) else str(number)

    def _of_object(self, value: Any, depth: int) -> Any:
        known = plain_object(value)
        return known if type(known) is type(value) else self.of(known, depth + 1)

    def _of_pairs(self, pairs: list[tuple[Any, Any]], depth: int) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for key, item in pairs:
            if len(kept) >= _MOST_KEYS if depth == 0 else self._keys >= _MOST_KEYS_BELOW:
                kept["…"] = f"{len(pairs) - len(kept)} more keys"
                break
            self._keys += depth > 0
            kept[key if type(key) is str else str(plain_object(key))] = self.of(item, depth + 1)
        return kept


def _snapshot(items: Callable[[Any], Iterable[Any]], value: Any) -> list[Any]:
    for _ in range(3):
        try:
            return list(items(value))
        except RuntimeError:  # another thread changed it meanwhile
            continue
    return []
