"""Required text as an FTS5 expression over trigrams: which blocks of records may hold it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loglama_core.query.required_text import Every

if TYPE_CHECKING:
    from loglama_core.query.required_text import RequiredText

_MOST_PER_TEXT = 16
"""Of a longer text every second or third trigram is asked for: 16 rule out nearly every other block, and each costs
0.4 ms per 10 million records."""

_MOST_TERMS = 500
"""More than that is answered by reading: FTS5 needs memory and time for each."""

_NOT_AS_WRITTEN = re.compile(r'[\x00-\x1f"\\\x7f]')
"""These stand in the JSON of fields as escapes, so that no trigram with one of them is sure to be found."""

_CASELESS = (("\u3040", "\u9fff"), ("\uac00", "\ud7a3"))
_CASED = (("\u00c0", "\u017f"), ("\u0386", "\u03ce"), ("\u0400", "\u045f"))
_FOLDED_OTHERWISE = frozenset("вВдДоОсСтТъЪ")
"""Old Cyrillic forms of these are the same letter to a query, not to the index; a test asks SQLite for all others."""


def match_expression(required: RequiredText | None) -> str | None:
    """Return the FTS5 expression for the blocks that may hold ``required``; ``None`` if that could be any block."""
    if required is None:
        return None
    expression = _expression(required)
    if expression is None or expression.count('"') > 2 * _MOST_TERMS:
        return None
    return expression


def _expression(required: RequiredText) -> str | None:
    if isinstance(required, str):
        return _joined(" AND ", [f'"{trigram}"' for trigram in trigrams(required)])
    parts = [_expression(need) for need in required.needs]
    known = [part for part in parts if part is not None]
    if isinstance(required, Every):
        return _joined(" AND ", known)
    return None if len(known) < len(parts) else _joined(" OR ", known)


def _joined(word: str, parts: list[str]) -> str | None:
    unique = list(dict.fromkeys(parts))
    if not unique:
        return None
    return unique[0] if len(unique) == 1 else f"({word.join(unique)})"


def trigrams(text: str) -> list[str]:
    """Return trigrams that every text that holds ``text``, in any case and JSON-escaped or not, has in the index."""
    found = []
    for piece in _NOT_AS_WRITTEN.split(text):
        for run in _indexed_runs(piece):
            starts = range(len(run) - 2)
            step = -(-len(starts) // _MOST_PER_TEXT) if starts else 1
            chosen = {*starts[::step], *starts[-1:]}
            found += [run[start : start + 3] for start in sorted(chosen)]
    return list(dict.fromkeys(found))


def _indexed_runs(piece: str) -> list[str]:
    if piece.isascii():
        return [piece]
    runs, current = [], ""
    for character in piece:
        if _is_folded_alike(character):
            current += character
        else:
            runs.append(current)
            current = ""
    return [*runs, current]


def _is_folded_alike(character: str) -> bool:
    if character.isascii():
        return True
    if any(first <= character <= last for first, last in _CASELESS):
        return True
    return character not in _FOLDED_OTHERWISE and any(first <= character <= last for first, last in _CASED)
