"""Change the text of a query term by term, and leave the rest as it was typed."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from loglama_core.errors import QueryError
from loglama_core.query.tokens import QueryLexer, QueryToken


class QueryTerm(NamedTuple):
    """One term that every hit must match: where it stands in the text, and the text itself."""

    start: int
    end: int
    text: str


def query_terms(text: str) -> list[QueryTerm]:
    """Return the terms outside of parentheses, ``-term`` included.

    Empty when some of them are alternatives (``a OR b``): none of those must match. Empty too while the text is
    unfinished.
    """
    tokens = _tokens(text)
    if any(token.kind == "_OR" for token in _outside(tokens)):
        return []
    ends = {token.column: after.column for token, after in pairwise(tokens)}
    return [
        QueryTerm(token.column, token.column + len(found), found)
        for token in _outside(tokens)
        if token.kind == "TERM"
        for found in [text[token.column : ends.get(token.column)].rstrip()]
    ]


def with_term(text: str, term: str) -> str:
    """Return the query that ``term`` narrows further; unchanged when it is there already.

    What says the opposite (``-term`` for ``term``) is taken out first. Alternatives are put in parentheses, for AND
    binds closer than OR.
    """
    opposite = term[1:] if term.startswith("-") else f"-{term}"
    text = without_term(text, opposite)
    if any(known.text == term for known in query_terms(text)):
        return text
    if any(token.kind == "_OR" for token in _outside(_tokens(text))):
        text = f"({text.strip()})"
    return f"{text.strip()} {term}".strip()


def without_term(text: str, term: str) -> str:
    """Return the query without ``term``, where that stands outside of parentheses."""
    for known in reversed(query_terms(text)):
        if known.text == term:
            before, after = text[: known.start].rstrip(), text[known.end :].lstrip()
            before = re.sub(r"(?:^|\s)AND$", "", before) if after or before else before
            if not before:
                after = re.sub(r"^AND(?=\s)", "", after).lstrip()
            text = f"{before} {after}".strip()
    return text


def _tokens(text: str) -> list[QueryToken]:
    try:
        return list(QueryLexer(text, 0, None).tokens())
    except QueryError:
        return []


def _outside(tokens: list[QueryToken]) -> list[QueryToken]:
    """Return the tokens outside of parentheses; a word after NOT is no term of its own."""
    depth, negated, found = 0, False, []
    for token in tokens:
        depth += (token.kind == "_OPEN") - (token.kind == "_CLOSE")
        if depth == 0 and token.kind != "_CLOSE":
            if not (negated and token.kind == "TERM"):
                found.append(token)
            negated = token.kind == "_NOT"
        else:
            negated = False
    return found
