"""What stands between stamp and text in a layout that is not listed: level, logger, thread, place, by their looks."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from loglama_core.formats.levels import severity_of_word

_MOST_COLUMNS = 7
_SEPARATORS = {"|": r"\s*\|\s*", "::": r"\s*::\s*", "-": r"\s+-\s+", ";": r"\s*;\s*", ":": r"\s*:\s+", ",": r",\s*"}
_SURE = frozenset({"|", "::", ";"})
"""Separators that texts hardly hold: any single word between two of them is a column."""
_SOURCE_FILE = r"[\w./<>-]{1,200}\.(?:py|go|rs|js|ts|java|kt|scala|c|cc|cpp|h|hpp|rb|php|cs|swift|lua|pl|ex|exs)"


class Prefix(NamedTuple):
    """What a prefix tells: ``severity`` 0 for no level, the logger if any, other fields, and the text after it."""

    severity: int
    logger: str | None
    told: dict[str, Any]
    message: str


@cache
def _separator(mark: str) -> re.Pattern[str]:
    return re.compile(_SEPARATORS[mark], re.ASCII)


@cache
def _level_word() -> re.Pattern[str]:
    return re.compile(r"\s*[\[(<]?\s*([A-Za-z]{1,16}|Level \d{1,4})\s*[\])>]?\s*", re.ASCII)


@cache
def _column() -> re.Pattern[str]:
    """Match a column: something in brackets (1), a place (2, 3), a number (4), a line, a name (5)."""
    return re.compile(
        rf"\s*(?:[\[({{<]([^\[\](){{}}<>]{{1,200}})[\])}}>]|({_SOURCE_FILE}):(\d{{1,7}})|(\d{{1,12}})|line \d{{1,7}}"
        r"|([A-Za-z_][\w.$:/@<>-]{0,127}))\s*",
        re.ASCII,
    )


@cache
def _sure_name() -> re.Pattern[str]:
    """Match a name that no sentence has: with a dot, an underscore, a colon or a capital within."""
    return re.compile(
        r"[A-Za-z_]\w{0,64}(?:(?:[.$]|::)\w{1,64}){1,12}(?::\d{1,7})?|\w{0,64}_\w{0,64}|[A-Z][a-z]{1,32}[A-Z]\w{0,64}",
        re.ASCII,
    )


@cache
def _peeled() -> re.Pattern[str]:
    """Match what stands before a text: a thread, and a logger or a place that no sentence begins with."""
    dotted = r"[A-Za-z_]\w{0,40}(?:(?:[.$]|::)\w{1,64}){1,12}"
    return re.compile(
        rf"(?:[\[({{]?(?P<file>{_SOURCE_FILE})[: ](?P<line>\d{{1,7}})(?::\w{{1,64}})?[\])}}]?(?::? - |: | \| | :: | +)"
        r"|(?:\[(?P<caller>[\w. -]{1,64})\])?[\[(]"
        r"(?P<place>[A-Za-z_][\w.<>/$]{1,127}(?::[\w<>]{1,64})?\(\)(?::\d{1,7})?"
        r"|[A-Z][\w.$]{1,127}:\d{1,7}"
        rf"|{_SOURCE_FILE}:\d{{1,7}} in [\w.()*]{{1,64}})[\])](?::? ?-{{1,2}}>? |: | \| | :: | +)"
        r"|\{(?P<braced>[\w.]{1,64}:\d{1,7})\} "
        r"|\[(?P<worker>[A-Za-z_][\w. -]{1,63}) {0,16}\](?:: | - (?=\[|[a-z]\w{0,40}\.))"
        r"|(?:[\[(](?P<thread>[^\[\]()]{1,128})[\])] {1,4}"
        rf"|(?P<word>[\w-]{{1,64}}) (?={dotted}(?::\d{{1,7}})? {{1,32}}- ))?"
        rf"[\[(<]?(?P<name>{dotted}|[A-Z]\w{{0,64}}(?=:\d{{1,7}} )"
        r"|[A-Z][a-z]{1,32}[A-Z]\w{0,64}(?= {1,32}-{1,2} )"
        r"|\w{0,64}_\w{0,64}(?= {1,32}-{1,2} )|__main__)(?:\(\))?[\])>]?"
        r"(?::\d{1,7}(?= ))?(?: *\([\w.]{1,128}:\d{1,7}\))?"
        r"(?:(?: *\[[^\[\]]{0,128}\]){1,3}(?= *(?:--? |: ))| [^\s-]\S{0,64}(?= - ))?"
        r"(?: *(?:--? |: |\| |:: )|(?<=[\])>]) | {2,32}|(?:(?<=:\d)|(?<=:\d\d)|(?<=:\d\d\d)|(?<=:\d\d\d\d)) ))",
        re.ASCII,
    )


def peel(message: str) -> tuple[str | None, dict[str, Any], str]:
    """Return the logger and the fields that stand before a text, and the text."""
    word = message.partition(" ")[0]
    if word.isalpha() and (word[1:].islower() or len(word) == 1) and " - " not in message:
        return None, {}, message  # a sentence, as nearly all: the expression takes five times as long
    logger: str | None = None
    told: dict[str, Any] = {}
    for _ in range(2):
        found = _peeled().match(message)
        if found is None or (found["name"] and logger is not None) or found.end() == len(message):
            break
        if found["file"]:
            told |= {"file": found["file"], "line": int(found["line"])}
        elif place := found["place"] or found["braced"]:
            told |= {"place": place}
            told |= {"thread": found["caller"]} if found["caller"] else {}
        elif found["worker"]:
            told |= {"thread": found["worker"].strip()}
        else:
            logger = found["name"]
            thread = found["thread"] or found["word"]
            told |= {"thread": thread} if thread else {}
        message = message[found.end() :]
    return logger, told, message


def is_name(word: str) -> bool:
    """Return whether a word is a name that no sentence has."""
    return (
        (word.isupper() and len(word) > 1) or any(map(str.isdecimal, word)) or _sure_name().fullmatch(word) is not None
    )


def columns(text: str, mark: str) -> Prefix | None:
    """Read the columns that ``mark`` parts, of which one must be a level; ``None`` if none is."""
    if mark not in _SEPARATORS:
        return None
    separator = _separator(mark)
    severity = at = 0
    names: list[str] = []
    told: dict[str, Any] = {}
    for _ in range(_MOST_COLUMNS):
        end = separator.search(text, at, at + 300)
        if end is None:
            break
        word = None if severity else _level_word().fullmatch(text, at, end.start())
        if word is not None and (found := severity_of_word(word[1])):
            severity = found
        else:
            column = _column().fullmatch(text, at, end.start())
            if column is None or not (_is_column(column, mark) if severity else True):
                break
            _note(column, names, told)
        at = end.end()
    if not severity:
        return None
    if len(names) > 1:
        told["context"] = " ".join(name for name in names if name != _logger_of(names))
    return Prefix(severity, _logger_of(names), told, text[at:])


def _is_column(column: re.Match[str], mark: str) -> bool:
    """Return whether what stands behind the level is a column, and not the begin of the text."""
    return mark in _SURE or column[5] is None or _sure_name().fullmatch(column[5]) is not None


def _note(column: re.Match[str], names: list[str], told: dict[str, Any]) -> None:
    if column[2]:
        told |= {"file": column[2], "line": int(column[3])}
    elif column[4]:
        told["pid"] = int(column[4])
    elif name := column[1] or column[5]:
        names.append(name.strip())


def _logger_of(names: list[str]) -> str | None:
    return next((name for name in names if "." in name), names[0] if names else None)
