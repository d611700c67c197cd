"""The careful fallback: a stamp or a level at the start of a line of no known layout."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import orjson

from loglama_core.formats.decoding import restore_escapes
from loglama_core.formats.keyed_stamps import read_pairs_with_time
from loglama_core.formats.layout_prefix import columns, is_name, peel
from loglama_core.formats.levels import LEVEL_WORDS, SEVERITY_BY_WORD, severity_of_word
from loglama_core.formats.stamp_forms import STAMP_PATTERNS
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord, RecordFlag

_UNPARSED = int(RecordFlag.UNPARSED)
_FORMS = (
    "iso_12_hours", "iso_named_zone", "iso_comma", "iso_columns", "iso", "iso_loose", "apache", "ctime",
    "date_command_12", "day_month", "month_day_year", "month_first_columns", "month_first", "day_first",
    "day_first_short", "dotted_date", "day_of_year", "short_year", "ctime_bare", "date_command", "syslog_zone",
    "month_name_dashes", "colons", "iso_bar", "month_day_fraction", "basic", "compact", "digits", "iso_week",
    "iso_minute", "iso_odd_clock", "day_month_short", "month_first_half_days", "east_asian", "epoch_exponent", "epoch",
)  # fmt: skip
_WORD = "|".join(LEVEL_WORDS)
_LEVEL_WORDS = frozenset(LEVEL_WORDS)
_WORD_AT = re.compile(r"[\[(<#*]?\s*([A-Za-z0-9]+)", re.ASCII)
_PHP_LEVELS = {
    "Fatal error": "critical", "Parse error": "critical", "Recoverable fatal error": "error",
    "Warning": "warning", "Deprecated": "warning", "Notice": "notice",
}  # fmt: skip
_MOST_BEFORE_LEVEL = 5
_MOST_BEFORE_STAMP = 8
_MOST_WORDS = 3
_LETTERS = frozenset("TDIVWEF")
_STAMP_BEGINS = frozenset('0123456789[(<"JFMASONDTW')
_PROCESS = re.compile(r"[\[(](\d{1,10})[\])]:? (?=\S)", re.ASCII)
_LENGTH_OF_CLOCK = len("10:00:00")
_MAY_BE_STAMP = re.compile(r"\d:\d\d?:\d|\d{6}|\d:\d\d\D|\d[.-]\d\d[.-]\d|\d\.\d{9}e", re.ASCII)
"""What every stamp has: in a short text it is found missing in a sixth of the time that trying all forms takes."""
_SHORT = 256


@cache
def _stamp() -> re.Pattern[str]:
    forms = "|".join(STAMP_PATTERNS[form] for form in _FORMS)
    return re.compile(
        rf"(?:\[\d{{1,10}}\] )?[\[(<\"{{']?({forms})(?: [A-Z]{{3,4}}(?=[\])]))?"
        r"(?:(?<=[+-]\d{4}) (?!CRIT)(?:UTC|[A-Z]{1,3}T|[+-]\d{2,4})(?: m=[+-][\d.]{1,24})?(?= |$))?(?: ?[\])>\"}'])?"
        r"(\s*(?:[-|:,;]|::)\s+|\s+|::|[:,;|]|(?=\[)|(?<=[\])])(?=[A-Z])|$)",
        re.ASCII,
    )


@cache
def _before_stamp() -> re.Pattern[str]:
    """Match what a layout has before its stamp: things in brackets or quotes, addresses, dashes, numbers, names.

    A name (2) may also be a word of a sentence.
    """
    mark = r"(?: {0,4}[,:|;] ?| {1,4}|(?<=[\])>])(?=[\[\d]))"
    return re.compile(
        rf"(?:(?:\[[^\[\]]{{0,64}}\]|\([^()]{{1,64}}\)|<[^<>]{{1,64}}>|\"[^\"]{{0,64}}\"|-{{1,2}}>?"
        r"|(?=[\da-f]{0,19}[.:]|\d{1,19}[,| ]|[\da-f]{5,32} )[\da-fA-F.:/%-]{1,45}"
        rf"|([A-Za-z_][\w.$@/:-]{{0,63}}(?<!:))){mark})",
        re.ASCII,
    )


@cache
def _clock() -> re.Pattern[str]:
    """Match a clock without a date: a stamp only where a level or a fraction stands beside it."""
    return re.compile(
        r"[\[(]?((?:\d\d/\d\d )?\d\d:\d\d:\d\d(?:[.,]\d{1,9}|-\d{6}(?= ))?(?!:?\d)"
        r"(?: UTC| GMT| ?[AaPp]\.?[Mm]\b\.?)?)[\])]?"
        r"(\s*(?:[-|:,;]|::)\s+|\s+|[|;]|(?=\[))",
        re.ASCII,
    )


@cache
def _short_date() -> re.Pattern[str]:
    return re.compile(r"\[(\d\d[-/]\d\d \d\d:\d\d:\d\d) ", re.ASCII)


@cache
def _name() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z_][\w.$-]{0,127}", re.ASCII)


@cache
def _half_day_clock() -> re.Pattern[str]:
    return re.compile(rf"[\[(]?({STAMP_PATTERNS['clock_12']})[\])]?(?:: |:? - | )", re.ASCII)


@cache
def _bracket() -> re.Pattern[str]:
    """Match what stands in the bracket that a stamp begins (1), or a level before a stamp (2, 3)."""
    return re.compile(r"(?:: |,)?([^\[\]]{1,128})\](?:::? ?| - | |$)", re.ASCII)


@cache
def _level_bracket() -> re.Pattern[str]:
    """Match a bracket that a level (1) begins: the rest of it, and the stamp that may be in it or follow it."""
    return re.compile(r"\[([A-Za-z]{1,16}) {0,4}(?:\|([^\[\]| ]{1,128})\] | )", re.ASCII)


@cache
def _before_level() -> re.Pattern[str]:
    """Match up to four names, numbers or things in brackets, a layout's own: no sentence begins so."""
    # Not followed by what it could itself match: a text of many brackets is walked once.
    return re.compile(
        r"(?:\[[^\[\]]{0,128}\](?: - |::|: | {0,8})|\([^()]{0,128}\) {1,8}|<[^<>]{1,128}> "
        r"|\d{1,10}(?:#\d{1,10})?(?:: | \| | - | {1,8}(?=[\[(A-Z]))|0x[0-9a-f]{1,16} "
        r"|[A-Za-z_][\w-]{0,64}[\d._:$@][\w.:$/@-]{0,64}(?:\(\):)? +(?=[A-Z]{4}|\[)"
        r"|[A-Za-z_]\w{0,64}\[[^\[\]]{1,64}\] (?=[A-Z]{4})"
        r"|[A-Za-z_][\w.$/-]{0,128}(?: {2,64}(?=[A-Za-z_\[(])| - | \| |[,;|\t](?=\S)|(?: {1,8}(?=\[))"
        r"| ?: (?=[\[#]|[A-Z]{4})"
        r"| (?=(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)(?:\s*[:|\]]| +- |  "
        r"| [A-Za-z_]\w{0,64}[.$]\w))))",
        re.ASCII,
    )


@cache
def _level() -> re.Pattern[str]:
    """Match a level in brackets (1), before a mark or two spaces (2), in capitals (3) or as a mere word (4)."""
    return re.compile(
        rf"(?:[\[(<#*]\s*((?i:{_WORD})|[TDIVWEF])\s*(?:[#|][^\[\]]{{1,128}}|(?<=[a-z])-[A-Z][^\[\]]{{1,128}})?[\])>#*]|((?i:{_WORD})|[TDIVWEF])(?=\s*[|:\t>,;]|\s+-\s|\s\s)|({_WORD.upper()})(?=\s|$)"
        rf"|((?i:{_WORD}))(?=\s|$))(?:\s*(?:[-|:>]|::|-{{1,2}}>)(?:\s+|$)|\s*[:,;|]|\s+|$|(?=\[))",
        re.ASCII,
    )


def _level_at(text: str, at: int = 0) -> re.Match[str] | None:
    """Return the level that stands in ``text`` at ``at``. To look the word up first takes a tenth of the time."""
    word = _WORD_AT.match(text, at)
    if word is None or (word[1] not in _LETTERS and word[1].lower() not in _LEVEL_WORDS):
        return None
    return _level().match(text, at)


def _severity_of(level: re.Match[str]) -> int:
    """Return the severity of the last group that matched."""
    return severity_of_word(level[level.lastindex or 0])


@cache
def _named_level() -> re.Pattern[str]:
    """Match a name and the level behind it, or a level and what stands in brackets behind it, before a text."""
    names = _WORD.upper()
    return re.compile(
        rf"(?:\[(?P<name>[A-Za-z_][\w.-]{{0,40}})\] \[(?P<a>(?i:{_WORD}))\] "
        rf"|[A-Za-z_][\w.-]{{0,31}}: (?P<b>{names}):? (?=\S)"
        rf"| {{1,4}}(?P<c>{names})(?:  (?=\S)| (?=[\w:.]{{1,64}}: ))|(?P<d>error|warning|info|debug)"
        rf"(?:\[\w{{1,16}}\]|(?=\([\w.]{{1,64}}\): ))(?:\((?P<scope>[\w.]{{1,64}})\))?: )",
        re.ASCII,
    )


@cache
def _php() -> re.Pattern[str]:
    return re.compile(rf"PHP ({'|'.join(_PHP_LEVELS)}):  ")


def parse_stamped(text: str, stamps: StampReader) -> ParsedRecord | None:
    """Return the record of a line that begins with a stamp, before or after which a level may stand; else ``None``."""
    if len(text) < _SHORT and _MAY_BE_STAMP.search(text) is None:
        return None
    stamp = _stamp().match(text)
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
        level = _level_at(rest, at)
        if level is not None and (at == 0 or not level[4]):
            severity = _severity_of(level)
            # "Error while reading": the word is also part of the sentence.
            message = rest if level[4] else rest[level.end() :]
            before = rest[:at].strip(" -|,;\t")
            names, _, name = before.rpartition(" ")
            own = name if _name().fullmatch(name) and (not names or names[0] in "[(" or names.isdecimal()) else None
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
        passed = _before_level().match(rest, at)
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
    return time_ns, 0, None, None, rest, None, 0


def _parse_bracket(
    text: str, stamp: re.Match[str] | None, time_ns: int | None, stamps: StampReader
) -> ParsedRecord | None:
    """Read a line whose first bracket holds more than a stamp, as in ``[2026-03-04 05:06:07 worker ERROR] text``.

    ``stamp``, ``time_ns``: of a stamp that begins the bracket.
    """
    begin = _short_date().match(text) if stamp is None else stamp
    if stamp is None and begin is not None:
        time_ns = stamps.reader("month_day")(begin[1])
    if begin is not None and time_ns is not None:
        end = begin.end(1)
        inner = None if text[end] == "]" else _bracket().match(text, end)
        if inner is None:
            return None
        return _told_in_bracket(inner[1], text[inner.end() :], time_ns)
    head = _level_bracket().match(text)
    if head is None or not (severity := severity_of_word(head[1])):
        return None
    stamp = _stamp().match(text, head.end())
    time_ns = None if stamp is None else stamps.text(stamp[1])
    if stamp is None or time_ns is None:
        stamp = None if head[2] else _clock().match(text, head.end())
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
    if not severity and (level := _level_at(message)) is not None and not level[4]:
        severity, message = _severity_of(level), message[level.end() :]
    context = " ".join(word for word in words if not _severity_of_bare(word))
    fields = orjson.dumps({"context": context}).decode() if context else None
    return time_ns, severity, None, None, message, fields, 0


def _severity_of_bare(word: str) -> int:
    bare = word.strip(":,|")
    return severity_of_word(bare) if bare in _LETTERS or bare.lower() in _LEVEL_WORDS else 0


def _parse_clock(text: str, stamps: StampReader) -> ParsedRecord | None:
    if (half := _half_day_clock().match(text)) is not None:
        time_ns = stamps.reader("clock_12")(half[1])
        return None if time_ns is None else _parse_rest(text[half.end() :], time_ns, "")
    clock = _clock().match(text)
    if clock is None:
        return None
    form = "month_day" if clock[1][2] == "/" else "clock"
    if (time_ns := stamps.reader(form)(clock[1].replace("-", "."))) is None:
        return None
    parsed = _parse_rest(text[clock.end() :], time_ns, clock[2].strip())
    return parsed if parsed[1] or len(clock[1]) > _LENGTH_OF_CLOCK else None


def _parse_level_first(text: str, stamps: StampReader) -> ParsedRecord | None:
    level = _level_at(text)
    if level is None:
        return None
    stamp = _stamp().match(text, level.end())
    time_ns = None if stamp is None else stamps.text(stamp[1])
    if time_ns is None:
        stamp = None if level[4] else _clock().match(text, level.end())
        time_ns = None if stamp is None else stamps.reader("clock")(stamp[1])
    if stamp is None or time_ns is None:
        return None
    severity = _severity_of(level)
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
        passed = _before_stamp().match(text, at)
        if passed is None:
            return None
        if passed[1]:
            words.append(passed[1])
            if len(words) > _MOST_WORDS or sum(word.islower() and word.isalpha() for word in words) > 1:
                return None  # a sentence
        elif not severity and text[at] in "[(<":
            severity = severity_of_word(passed[0].strip(" :,|;[]()<>"))
        at = passed.end()
        stamp = _stamp().match(text, at) if text[at : at + 1] in _STAMP_BEGINS else None
        if stamp is not None and not stamp[1].isdecimal() and (time_ns := stamps.text(stamp[1])) is not None:
            break
    else:
        return None
    if text[:at].strip(" |").isdecimal():  # a row of a table
        return None
    parsed = _parse_rest(text[stamp.end() :], time_ns, stamp[2].strip())
    is_bracketed = text[stamp.start() : stamp.start(1)].endswith("[")
    is_column = is_bracketed or text[:at].endswith("| ")
    are_names = _begins_with_address(text) or all(is_name(word) for word in words)
    if words and not parsed[1] and not (is_column and are_names):
        return None
    told = orjson.loads(parsed[5]) if parsed[5] else {}
    before = text[:at].strip(" -|,;:")
    told |= {"before": before} if before else {}
    fields = orjson.dumps(told).decode() if told else None
    return time_ns, parsed[1] or severity, None, parsed[3], parsed[4], fields, 0


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
    if text.startswith("PHP ") and (php := _php().match(text)) is not None:
        return None, SEVERITY_BY_WORD[_PHP_LEVELS[php[1]]], None, None, text[php.end() :], None, 0
    level = _level_at(text)
    if level is None and (named := _named_level().match(text)) is not None:
        severity = severity_of_word(named["a"] or named["b"] or named["c"] or named["d"])
        return None, severity, None, named["name"] or named["scope"], text[named.end() :], None, 0
    if level is None or level[4] or (level[2] in _LETTERS and (level[2] not in "IWE" or text[1:3] != ": ")):
        return None
    if text.startswith("panic: "):  # Go's own word, which its trace is told by
        return None, SEVERITY_BY_WORD["panic"], None, None, text, None, 0
    severity = _severity_of(level)
    if level[1] or level[3] or (level[2] and (level[2].isupper() or level[2].islower())):
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
