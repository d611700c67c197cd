"""One expression for many formats: a line that it does not match is of none of them.

A line of no known layout is tried with some 190 formats, 50 to 90 us; the one expression takes 4 to 15. What they have
in common, the stamp and the character after it, is in it once: it is compiled in 40 ms and not in 200.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from loglama_core.formats.levels import SEVERITY_BY_WORD
from loglama_core.formats.text_format import LEAD, LEVEL, LITERAL, TextFormat, filled

_NAMED = re.compile(r"\(\?P<\w+>")
_MAY_BE_LEFT_OUT = ("?", "*", "{")
_sieves: dict[tuple[str, ...], re.Pattern[str]] = {}


def sieve_of(formats: Iterable[TextFormat]) -> re.Pattern[str]:
    """Return an expression that matches every line that one of the catalog's formats reads, and few others."""
    by_name = {each.name: each for each in formats}
    names = tuple(by_name)
    sieve = _sieves.get(names)
    if sieve is None:
        sieve = _sieves[names] = re.compile(_expression(by_name.values()), re.ASCII)
    return sieve


def _expression(formats: Iterable[TextFormat]) -> str:
    stamped: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    others = []
    for each in formats:
        lead = LEAD.match(each.pattern)
        if lead is None or each.lead is None:
            others.append(_unnamed(each.pattern))
            continue
        literal = LITERAL.match(each.pattern, lead.end())
        begin = lead.end() if literal is None else literal.end()
        rest = each.pattern[begin:]
        before = literal[0] if literal else ""
        if rest.startswith(LEVEL) and not each.levels and not rest.removeprefix(LEVEL).startswith(_MAY_BE_LEFT_OUT):
            before += _KNOWN_LEVEL  # as the format demands it of the word
        stamped[lead[0]][before].append(_unnamed(rest))
    begins = [
        _unnamed(lead) + _any_of(before + _any_of(rests) for before, rests in by_begin.items())
        for lead, by_begin in stamped.items()
    ]
    return _any_of([*begins, *others])


def _unnamed(pattern: str) -> str:
    """Return a pattern with its macros filled in, as a group without names: those of many formats are the same."""
    return f"(?:{_NAMED.sub('(?:', filled(pattern))})"


def _any_of(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


def _words(words: set[str]) -> str:
    """Return an expression for words in any case, which looks at each letter once."""
    ends = defaultdict(set)
    for word in words:
        if word:
            ends[word[0]].add(word[1:])
    choices = "|".join(f"[{first}{first.upper()}]{_words(rest)}" for first, rest in sorted(ends.items()))
    return f"(?:{choices}){'?' if '' in words else ''}" if choices else ""


_KNOWN_LEVEL = rf"(?={_words({word.lower() for word in SEVERITY_BY_WORD})}(?!\w)|Level \d)"
