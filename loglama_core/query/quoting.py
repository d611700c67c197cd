r"""Text between double quotes: ``\"`` is a quote and ``\\`` a backslash; any other backslash is just that."""

from __future__ import annotations

import re

from loglama_core.errors import QueryError

_ESCAPE = re.compile(r"\\([\"\\])")
_BACKSLASH_PAIR = re.compile(r"\\.|\"", re.DOTALL)


def quoted_end(text: str, column: int) -> int:
    """Return the index after the quote that closes the one at ``column``; ``QueryError`` if there is none."""
    at = column + 1
    while at < len(text):
        if text[at] == '"':
            return at + 1
        at += 2 if text[at] == "\\" and text[at + 1 : at + 2] in {'"', "\\"} else 1
    raise QueryError("this quote is not closed", 'close it with ", or write \\" for a quote inside', column=column)


def unquoted(quoted: str) -> str:
    """Return the text that stands between quotes."""
    return _ESCAPE.sub(r"\1", quoted[1:-1])


def quote(text: str) -> str:
    """Return ``text`` between quotes, so that ``unquoted`` gives it back."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquoted_pattern(quoted: str) -> str:
    r"""Return the regular expression that stands between quotes: its backslashes stay, only ``\"`` is a quote."""
    return _ESCAPE.sub(lambda escape: '"' if escape[1] == '"' else escape[0], quoted[1:-1])


def quote_pattern(pattern: str) -> str:
    """Return a regular expression between quotes, so that ``unquoted_pattern`` gives it back.

    A quote that is escaped in the pattern comes back unescaped, which means the same to a regular expression.
    """
    return '"' + _BACKSLASH_PAIR.sub(lambda pair: '\\"' if pair[0][-1] == '"' else pair[0], pattern) + '"'
