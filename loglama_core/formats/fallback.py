"""The careful fallback: a stamp or a level at the start of a line of no known layout."""

from __future__ import annotations

import re
from functools import cache

from loglama_core.formats.levels import LEVEL_WORDS, severity_of_word
from loglama_core.formats.stamp_forms import STAMP_PATTERNS
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord, RecordFlag

_UNPARSED = int(RecordFlag.UNPARSED)
_FORMS = ("iso_named_zone", "iso", "apache", "ctime", "day_month", "short_year", "syslog", "epoch")
_WORD = "|".join(LEVEL_WORDS)


@cache
def _stamp() -> re.Pattern[str]:
    forms = "|".join(STAMP_PATTERNS[form] for form in _FORMS)
    return re.compile(rf"[\[(<\"]?({forms})[\])>\"]?(?:\s*[-|:,;]\s+|\s+|[:,;|]|(?=\[)|$)", re.ASCII)


@cache
def _level() -> re.Pattern[str]:
    """Match a level in brackets (1), before a mark or two spaces (2), in capitals (3) or as a mere word (4)."""
    return re.compile(
        rf"(?:[\[(<]\s*((?i:{_WORD}))\s*[\])>]|((?i:{_WORD}))(?=\s*[|:\t]|\s+-\s|\s\s)|({_WORD.upper()})(?=\s|$)"
        rf"|((?i:{_WORD}))(?=\s|$))(?:\s*[-|:](?:\s+|$)|:|\s+|$|(?=\[))",
        re.ASCII,
    )


def parse_stamped(text: str, stamps: StampReader) -> ParsedRecord | None:
    """Return the record of a line that begins with a stamp, perhaps followed by a level; else ``None``."""
    stamp = _stamp().match(text)
    if stamp is None:
        return None
    time_ns = stamps.text(stamp[1])
    if time_ns is None:
        return None
    rest = text[stamp.end() :]
    level = _level().match(rest)
    if level is None:
        return time_ns, 0, None, None, rest, None, 0
    severity = severity_of_word(level[level.lastindex or 0])
    # "Error while reading": the word is also part of the sentence.
    message = rest if level[4] else rest[level.end() :]
    return time_ns, severity, None, None, message, None, 0


def parse_levelled(text: str) -> ParsedRecord | None:
    """Return the record of a line that begins with a level and no stamp; else ``None``.

    ``[info] text``, ``ERROR text`` and ``error: text`` are layouts; of ``Error: text``, an exception as a rule, the
    level is taken and the line kept whole.
    """
    level = _level().match(text)
    if level is None or level[4]:
        return None
    severity = severity_of_word(level[level.lastindex or 0])
    if level[1] or level[3] or (level[2] and (level[2].isupper() or level[2].islower())):
        return None, severity, None, None, text[level.end() :] or text, None, 0
    if text[level.end(2) :].lstrip().startswith(":"):
        return None, severity, None, None, text, None, _UNPARSED
    return None


def parse_plain(text: str) -> ParsedRecord:
    """Return the record of a line of which nothing is known."""
    return None, 0, None, None, text, None, _UNPARSED
