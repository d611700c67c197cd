"""The careful fallback: a stamp or a level at the start of a line of no known layout."""

from __future__ import annotations

import re
from typing import Any

import orjson

from loglama_core.formats.decoding import restore_escapes
from loglama_core.formats.keyed_stamps import read_pairs_with_time
from loglama_core.formats.layout_prefix import columns, is_name, peel
from loglama_core.formats.levels import SEVERITY_BY_WORD, severity_of_word
from loglama_core.formats.line_starts import (
    LEVEL_LETTERS,
    LINE_LEVELS,
    PHP_LEVELS,
    before_level,
    before_stamp,
    bracket_rest,
    clock_start,
    diagnostic,
    half_day_clock,
    level_at,
    level_bracket,
    named_bracket,
    named_level,
    php_error,
    plain_name,
    severity_of,
    short_date,
    stamp_start,
)
from loglama_core.formats.message_levels import level_of_pairs, level_of_request
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord, RecordFlag

_UNPARSED = int(RecordFlag.UNPARSED)
_MOST_BEFORE_LEVEL = 7
_MOST_BEFORE_STAMP = 8
_MOST_WORDS = 3
_STAMP_BEGINS = frozenset('0123456789[(<"JFMASONDTW')
_PROCESS = re.compile(r"[\[(](\d{1,10})[\])]:? (?=\S)", re.ASCII)
_LENGTH_OF_CLOCK = len("10:00:00")
_MAY_BE_STAMP = re.compile(r"\d:\d\d?:\d|\d{6}|\d:\d\d\D|\d[.-]\d\d[.-]\d|\d\.\d{9}e", re.ASCII)
"""What every stamp has: in a short text it is found missing in a sixth of the time that trying all forms takes."""
_SHORT = 256


def parse_stamped(text: str, stamps: StampReader) -> ParsedRecord | None:
    """Return the record of a line that begins with a stamp, before or after which a level may stand; else ``None``."""
    if len(text) < _SHORT and _MAY_BE_STAMP.search(text) is None:
        return None
    stamp = stamp_start().match(text)
    time_ns = None if stamp is None else stamps.text(stamp[1])
    if text[0] == "[" and (parsed := _parse_bracket(text, stamp, time_ns, stamps)) is not None:
        return parsed
    if stamp is None or time_ns is None:
        return (
            _parse_clock(text, stamps)
            or _parse_level_first(text, stamps)
            or _parse_late(text, stamps)
            or _parse_pairs(text, stamps)
        )
    return _parse_rest(text[stamp.end() :], time_ns, stamp[2].strip())


def _parse_rest(rest: str, time_ns: int, mark: str) -> ParsedRecord:
    """Read what follows a stamp; ``mark``: what stands between."""
    if (prefix := columns(rest, mark)) is not None:
        columned = orjson.dumps(prefix.told).decode() if prefix.told else None
        return time_ns, prefix.severity, None, prefix.logger, prefix.message, columned, 0
    at = 0
    for _ in range(_MOST_BEFORE_LEVEL):
        level = level_at(rest, at)
        # A mere word is a level at the begin, or behind a bracket: elsewhere it is of a sentence.
        if level is not None and (at == 0 or not level[4] or rest[:at].endswith(("] ", ") "))):
            severity = severity_of(level)
            # "Error while reading": the word is also part of the sentence.
            message = rest if level[4] else rest[level.end() :]
            before = rest[:at].strip(" -|,;\t")
            names, _, name = before.rpartition(" ")
            own = _own_name(names, name)
            context = names if own else before
            told: dict[str, Any] = {"context": context} if context else {}
            logger: str | None = None
            if not level[4]:
                if (process := _PROCESS.match(message)) is not None and message[0] == "[":
                    told["pid"] = int(process[1])
                    message = message[process.end() :]
                logger, peeled, message = peel(message)
                told |= peeled
            if own and logger:
                told["context"] = before
            logger = logger or own
            fields = orjson.dumps(told).decode() if told else None
            return time_ns, severity, None, logger, message, fields, 0
        passed = before_level().match(rest, at)
        if passed is None:
            break
        at = passed.end()
    process = _PROCESS.match(rest)
    if process is not None:
        return time_ns, 0, None, None, rest[process.end() :], f'{{"pid":{int(process[1])}}}', 0
    if rest[:1] == "[":
        _, placed, message = peel(rest)
        if "()" in placed.get("place", ""):
            return time_ns, 0, None, None, message, orjson.dumps(placed).decode(), 0
    return time_ns, level_of_pairs(rest) or level_of_request(rest), None, None, rest, None, 0


def _own_name(names: str, name: str) -> str | None:
    """Return the logger that ``name``, the last of what stands before a level, is; ``names``: what precedes it."""
    bare = name[1:-1] if name[:1] == "[" and "." in name else name
    return bare if plain_name().fullmatch(bare) and (not names or names[0] in "[(" or names.isdecimal()) else None


def _parse_bracket(
    text: str, stamp: re.Match[str] | None, time_ns: int | None, stamps: StampReader
) -> ParsedRecord | None:
    """Read a line whose first bracket holds more than a stamp, as in ``[2026-03-04 05:06:07 worker ERROR] text``.

    ``stamp``, ``time_ns``: of a stamp that begins the bracket.
    """
    begin = short_date().match(text) if stamp is None else stamp
    if stamp is None and begin is not None:
        time_ns = stamps.reader("month_day")(begin[1])
    if begin is not None and time_ns is not None:
        end = begin.end(1)
        inner = None if text[end] == "]" else bracket_rest().match(text, end)
        if inner is None:
            return None
        return _told_in_bracket(inner[1], text[inner.end() :], time_ns)
    head = level_bracket().match(text)
    if head is None or not (severity := severity_of_word(head[1])):
        return None
    stamp = stamp_start().match(text, head.end())
    time_ns = None if stamp is None else stamps.text(stamp[1])
    if stamp is None or time_ns is None:
        stamp = None if head[2] else clock_start().match(text, head.end())
        time_ns = None if stamp is None else stamps.reader("clock")(stamp[1])
        if stamp is None or time_ns is None or text[stamp.end(1)] != "]":
            return None
    elif not head[2] and text[stamp.end(1)] != "]":
        return None
    rest = text[stamp.end() :].removeprefix(">> ")
    logger, told, message = peel(rest)
    if head[2]:
        told["context"] = head[2]
    return time_ns, severity, None, logger, message, orjson.dumps(told).decode() if told else None, 0


def _told_in_bracket(inner: str, message: str, time_ns: int) -> ParsedRecord:
    """Return the record of a text before which ``inner`` stands beside a stamp in a bracket."""
    words = inner.split()
    severity = next((found for word in words if (found := _severity_of_bare(word))), 0)
    if not severity and (level := level_at(message)) is not None and not level[4]:
        severity, message = severity_of(level), message[level.end() :]
    context = " ".join(word for word in words if not _severity_of_bare(word))
    fields = orjson.dumps({"context": context}).decode() if context else None
    return time_ns, severity, None, None, message, fields, 0


def _severity_of_bare(word: str) -> int:
    bare = word.strip(":,|")
    return severity_of_word(bare) if bare in LEVEL_LETTERS or bare.lower() in LINE_LEVELS else 0


def _parse_clock(text: str, stamps: StampReader) -> ParsedRecord | None:
    if (half := half_day_clock().match(text)) is not None:
        time_ns = stamps.reader("clock_12")(half[1])
        return None if time_ns is None else _parse_rest(text[half.end() :], time_ns, "")
    clock = clock_start().match(text)
    if clock is None:
        return None
    form = "month_day" if clock[1][2] == "/" else "clock"
    if (time_ns := stamps.reader(form)(clock[1].replace("-", "."))) is None:
        return None
    parsed = _parse_rest(text[clock.end() :], time_ns, clock[2].strip())
    return parsed if parsed[1] or len(clock[1]) > _LENGTH_OF_CLOCK else None


def _parse_level_first(text: str, stamps: StampReader) -> ParsedRecord | None:
    level = level_at(text)
    if level is None:
        return None
    stamp = stamp_start().match(text, level.end())
    time_ns = None if stamp is None else stamps.text(stamp[1])
    if time_ns is None:
        stamp = None if level[4] else clock_start().match(text, level.end())
        time_ns = None if stamp is None else stamps.reader("clock")(stamp[1])
    if stamp is None or time_ns is None:
        return None
    severity = severity_of(level)
    mark, rest = stamp[2].strip(), text[stamp.end() :].removeprefix(": ")
    prefix = columns(f"INFO {mark} {rest}", mark) if mark else None
    logger, peeled, message = peel(rest) if prefix is None else prefix[1:]
    return time_ns, severity, None, logger, message, orjson.dumps(peeled).decode() if peeled else None, 0


def _parse_late(text: str, stamps: StampReader) -> ParsedRecord | None:
    """Read a line whose stamp stands behind other parts of its layout.

    Words before it, of which sentences consist too, are such parts if the stamp is in brackets and they look like
    names, or if a level follows it.
    """
    at = 0
    words: list[str] = []
    severity = 0
    for _ in range(_MOST_BEFORE_STAMP):
        passed = before_stamp().match(text, at)
        if passed is None:
            return None
        if passed[1] and not severity and passed[1].isupper() and (found := _severity_of_bare(passed[1])):
            severity = found
        elif passed[1]:
            words.append(passed[1])
            if len(words) > _MOST_WORDS or sum(word.islower() and word.isalpha() for word in words) > 1:
                return None  # a sentence
        elif not severity and text[at] in "[(<":
            severity = _severity_of_bare(passed[0].strip(" :,|;[]()<>"))
        at = passed.end()
        stamp = stamp_start().match(text, at) if text[at : at + 1] in _STAMP_BEGINS else None
        if stamp is not None and not stamp[1].isdecimal() and (time_ns := stamps.text(stamp[1])) is not None:
            break
    else:
        return None
    parsed = _parse_rest(text[stamp.end() :], time_ns, stamp[2].strip())
    if not parsed[1] and text[:at].strip(" |").isdecimal():  # a row of a table
        return None
    is_bracketed = text[stamp.start() : stamp.start(1)].endswith("[")
    is_column = is_bracketed or text[:at].endswith("| ")
    are_names = _begins_with_address(text) or all(is_name(word) for word in words)
    if words and not parsed[1] and not ((is_column or severity) and are_names):
        return None
    told = orjson.loads(parsed[5]) if parsed[5] else {}
    before = text[:at].strip(" -|,;:")
    logger = parsed[3]
    if severity and not parsed[1] and (named := named_bracket().match(before)) is not None:
        logger = named[1]
    told |= {"before": before} if before else {}
    fields = orjson.dumps(told).decode() if told else None
    return time_ns, parsed[1] or severity, None, logger, parsed[4], fields, 0


def _begins_with_address(text: str) -> bool:
    address = text.partition(" ")[0]
    return text[0] in "0123456789abcdef:" and ("." in address or ":" in address)


def _parse_pairs(text: str, stamps: StampReader) -> ParsedRecord | None:
    found = read_pairs_with_time(text, stamps)
    return None if found is None else (*found, None, None, text, None, 0)


def parse_levelled(text: str) -> ParsedRecord | None:
    """Return the record of a line that begins with a level and no stamp; else ``None``.

    ``[info] text``, ``ERROR text`` and ``error: text`` are layouts; of ``Error: text``, an exception as a rule, the
    level is taken and the line kept whole.
    """
    if text.startswith("PHP ") and (php := php_error().match(text)) is not None:
        return None, SEVERITY_BY_WORD[PHP_LEVELS[php[1]]], None, None, text[php.end() :], None, 0
    level = level_at(text)
    is_named = level is None and (text.startswith(("[", " ")) or ": " in text)
    if is_named and (place := diagnostic().match(text)) is not None:
        return None, severity_of_word(place[1]), None, None, text, None, _UNPARSED
    if is_named and (named := named_level().match(text)) is not None:
        severity = severity_of_word(named["a"] or named["b"] or named["c"] or named["d"] or named["e"])
        return None, severity, None, named["name"] or named["scope"], text[named.end() :], None, 0
    if level is None or level[4] or (level[2] in LEVEL_LETTERS and (level[2] not in "IWE" or text[1:3] != ": ")):
        return None
    if text.startswith("panic: "):  # Go's own word, which its trace is told by
        return None, SEVERITY_BY_WORD["panic"], None, None, text, None, 0
    severity = severity_of(level)
    if level[1] or level[3] or (level[2] and (level[2].isupper() or level[2].islower() or not level[2].isascii())):
        return None, severity, None, None, text[level.end() :] or text, None, 0
    if text[level.end(2) :].lstrip().startswith(":"):
        return None, severity, None, None, text, None, _UNPARSED
    return None


def parse_plain(text: str) -> ParsedRecord:
    """Return the record of a line of which nothing is known."""
    return None, 0, None, None, text, None, _UNPARSED


def with_escapes(parsed: ParsedRecord, text: str, plain: str) -> ParsedRecord:
    """Return the record of a line ``plain`` with the escape sequences that ``text`` has within the message."""
    if plain is text:
        return parsed
    message = text if parsed[4] == plain else restore_escapes(text, plain, parsed[4])
    return (*parsed[:4], message, *parsed[5:])
