"""What a message looks like once what changes from one to the next is masked, and the query that finds its like."""

from __future__ import annotations

import re

from loglama_core.query.pattern import LONGEST_PATTERN
from loglama_core.query.tree import Node, Pattern

WILDCARD = "<*>"
"""A word that differs among the messages of one shape."""

LONGEST_SHAPED = 300
"""Characters of a message that are looked at: the rest of a long one is data, not shape."""

_MASKS = {
    "quoted": (r"""\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)""", r"""(?:"[^"]*"|'[^']*')"""),
    "url": (r"\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s,;)\]}>\"']+", r"[a-zA-Z][\w+.-]*://\S+?"),
    "id": (
        r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b|\b0x[0-9a-fA-F]+\b|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}\b",
        r"[0-9a-fA-Fx-]+",
    ),
    "path": (
        r"(?<![\w.:/<>*-])~?/[\w.@%+~:=-]+(?:/[\w.@%+~:=-]*)*|\b[A-Za-z]:\\[^\s,;)\]}>\"']+",
        r"(?:~?/|[A-Za-z]:\\)\S+?",
    ),
    "n": (r"[-+]?\d+(?:[.,:]\d+)*", r"[-+]?\d[\d.,:]*"),
}
"""Name -> (what is masked, in this order of preference; what stands for it in a query)."""

_MASK = re.compile("|".join(f"(?P<{name}>{found})" for name, (found, _) in _MASKS.items()))
_MASKED = re.compile("<(" + "|".join((*_MASKS, r"\*")) + ")>")


def masked(message: str) -> str:
    """Return the first line of a message with numbers, identifiers, paths, addresses and quoted parts masked."""
    return _MASK.sub(lambda found: f"<{found.lastgroup}>", message[:LONGEST_SHAPED].partition("\n")[0])


def shape_query(shape: str) -> Node:
    """Return the query for the messages that begin with a line of this shape."""
    parts, length = ["^"], 1
    for number, word in enumerate(shape.split()):
        part = (r"\s+" if number else r"\s*") + _word_pattern(word)
        if length + len(part) > LONGEST_PATTERN - 10:
            return Pattern("".join(parts), "message")
        parts.append(part)
        length += len(part)
    end = r"\s*(?:\n|$)" if len(shape) < LONGEST_SHAPED - 20 else ""
    return Pattern("".join(parts) + end, "message")


def _word_pattern(word: str) -> str:
    if word == WILDCARD:
        return r"\S+"
    pieces, at = [], 0
    for mask in _MASKED.finditer(word):
        pieces.append(_escaped(word[at : mask.start()]))
        pieces.append(r"\S*?" if mask[1] == "*" else _MASKS[mask[1]][1])
        at = mask.end()
    return "".join(pieces) + _escaped(word[at:])


def _escaped(text: str) -> str:
    """Return a pattern for the text itself; unlike ``re.escape`` it leaves alone what needs no escape."""
    return re.sub(r"([.^$*+?{}()\[\]|\\])", r"\\\1", text)
