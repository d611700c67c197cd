"""The level that a program put at the start of its message, where the layout around it has no place for one."""

from __future__ import annotations

import re

from loglama_core.formats.levels import SEVERITY_BY_WORD

_WORDS = "warning|warn|error|err|fatal|critical|crit|panic|emerg|alert|notice|info|debug|severe|trace"
_LEVEL = re.compile(
    rf"[\[(<]\s*((?i:{_WORDS}))\s*[\])>]"
    rf"|((?i:{_WORDS}))(?:\[[\w.-]{{1,64}}\])?:(?=\s|$)"
    rf"|({_WORDS.upper()})(?=\s|\[)"
    rf"|at=({_WORDS})\b"
    r"|[a-z][\w-]{0,32}(?:\([^()\s]{0,64}\))?(?:<[^<>\s]{0,64}>){0,2}: (Debug|Info|Warning|Error|Fatal|Panic): ",
    re.ASCII,
)
_LEVEL_BEGINS = frozenset("[(<abcdefghijklmnopqrstuvwxyzWEFCPANIDST")


def level_of_message(message: str) -> int:
    """Return the severity that a message begins with, 0 for none: postfix's ``warning: ``, Heroku's ``at=error``.

    The word is part of what the program said, and stays in the message.
    """
    if message[0] not in _LEVEL_BEGINS or (found := _LEVEL.match(message)) is None:
        return 0
    return SEVERITY_BY_WORD[found[found.lastindex or 0].lower()]
