"""The query that finds what someone points at: a field with a value, or a piece of text."""

from __future__ import annotations

import re

from loglama_core.errors import QueryError
from loglama_core.query.tree import Compare, Text

_LONGEST_VALUE = 200
_PRINTABLE_RUN = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def value_query(field: str, value: str) -> str:
    """Return the query ``field:value`` for exactly this value.

    Where the query language has no words for it (an odd name, a value of several lines), the query for its text.
    """
    from loglama_core.query.comparison import literal_pattern
    from loglama_core.query.parser import parse_query
    from loglama_core.query.query_text import query_text

    wanted = Compare(field, ":", (literal_pattern(value),))
    if len(value) > _LONGEST_VALUE or not _PRINTABLE_RUN.fullmatch(value):
        return text_query(value)
    query = query_text(wanted)
    try:
        return query if parse_query(query) == wanted else text_query(value)
    except QueryError:
        return text_query(value)


def text_query(text: str) -> str:
    """Return the query for the longest part of the first line that can be typed; empty for blank text."""
    from loglama_core.query.query_text import query_text

    line = text.strip().split("\n", 1)[0]
    run = max(_PRINTABLE_RUN.findall(line), key=len, default="").strip()[:_LONGEST_VALUE]
    return query_text(Text(run)) if run else ""
