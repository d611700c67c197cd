"""The level that a program put at the start of its message, where the layout around it has no place for one."""

from __future__ import annotations

import re
from functools import cache

from loglama_core.formats.levels import SEVERITY_BY_WORD, severity_of_status

_WORDS = "warning|warn|error|err|fatal|critical|crit|panic|emerg|alert|notice|info|debug|severe|trace"
_LAST_OF_LEVEL = frozenset(":])>")
_FATAL = frozenset({"Fatal", "fatal"})


@cache
def _level() -> re.Pattern[str]:
    return re.compile(
        rf"[\[(<]((?i:{_WORDS}))[\])>]"
        rf"|((?i:{_WORDS}))(?:\[[\w.-]{{1,64}}\])?:(?=\s|$)"
        rf"|({_WORDS.upper()})(?=\s|\[)"
        r"|((?i:fatal)) [Ee]rror:"
        rf"|at=({_WORDS})\b"
        r"|[a-z][\w-]{0,32}(?:\([^()\s]{0,64}\))?(?:<[^<>\s]{0,64}>){0,2}: (Debug|Info|Warning|Error|Fatal|Panic): ",
        re.ASCII,
    )


@cache
def _pairs() -> re.Pattern[str]:
    """Match pairs of which one of the first four tells a level (1)."""
    return re.compile(
        r"(?:[\w.@-]{1,32}=(?:\"[^\"]{0,128}\"|[^\s\"]{0,128}) ){0,3}"
        rf"(?:log_?)?(?:level|lvl|severity)=[\"']?((?i:{_WORDS}))(?![\w.-])",
        re.ASCII,
    )


def level_of_pairs(text: str) -> int:
    """Return the severity that a text of ``key=value`` pairs names among its first, 0 if it does not begin with one."""
    if "=" not in text.partition(" ")[0] or (found := _pairs().match(text)) is None:
        return 0
    return SEVERITY_BY_WORD[found[1].lower()]


@cache
def _request() -> re.Pattern[str]:
    """Match a request of HTTP and the status (1, 2) that stands behind or before it."""
    asked = r"(?:GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|CONNECT) [^\s\"]{1,2000} HTTP/\d(?:\.\d)?"
    return re.compile(rf"{asked}\"?[ |]{{1,4}}([1-5]\d\d)(?![^\s|])|(?<!\S)([1-5]\d\d) \"{asked}\"", re.ASCII)


def level_of_request(text: str) -> int:
    """Return the severity that the status of a request in ``text`` tells, 0 if there is none."""
    if " HTTP/" not in text or (found := _request().search(text)) is None:
        return 0
    return severity_of_status(int(found[1] or found[2]))


def level_of_message(message: str) -> int:
    """Return the severity that a message begins with, 0 for none: postfix's ``warning: ``, Heroku's ``at=error``.

    The word is part of what the program said, and stays in the message.
    """
    word = message.partition(" ")[0]
    if word[-1:] not in _LAST_OF_LEVEL and not word.isupper() and word[:3] != "at=" and word not in _FATAL:
        return level_of_pairs(message)  # nearly every message, at a tenth of what the expression takes
    if (found := _level().match(message)) is None:
        return 0
    return SEVERITY_BY_WORD[found[found.lastindex or 0].lower()]
