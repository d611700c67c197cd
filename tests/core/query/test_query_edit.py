from __future__ import annotations

import pytest

from loglama_core.query.parser import parse_query
from loglama_core.query.query_edit import query_terms, with_term, without_term


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        ("", "service:a", "service:a"),
        ("timeout", "service:a", "timeout service:a"),
        ("timeout service:a", "service:a", "timeout service:a"),
        ("timeout -service:a", "service:a", "timeout service:a"),
        ("service:a timeout", "-service:a", "timeout -service:a"),
        ("a OR b", "service:a", "(a OR b) service:a"),
        ("(a OR b) c", "service:a", "(a OR b) c service:a"),
        ('since:15m "two words"', 'user:"Ann Lee"', 'since:15m "two words" user:"Ann Lee"'),
        ("(service:a)", "service:a", "(service:a) service:a"),
    ],
)
def test_a_term_narrows_the_query_and_keeps_what_was_typed(text: str, term: str, expected: str) -> None:
    assert with_term(text, term) == expected
    assert parse_query(expected)


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        ("service:a", "service:a", ""),
        ("x service:a y", "service:a", "x y"),
        ("x AND service:a AND y", "service:a", "x AND y"),
        ("service:a AND y", "service:a", "y"),
        ("x AND service:a", "service:a", "x"),
        ("a OR service:a", "service:a", "a OR service:a"),
        ("NOT service:a", "service:a", "NOT service:a"),
        ("half (typed", "typed", "half (typed"),
    ],
)
def test_a_term_is_taken_out(text: str, term: str, expected: str) -> None:
    assert without_term(text, term) == expected


def test_terms_are_those_every_hit_must_match() -> None:
    assert [term.text for term in query_terms('a -b (c OR d) x:"1 2" NOT e')] == ["a", "-b", 'x:"1 2"']
    assert query_terms("a OR b") == []
    assert query_terms('"unfinished') == []
