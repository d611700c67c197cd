"""What lines of no known layout may begin with: stamps, levels, and what a layout has before either."""

from __future__ import annotations

import re
from functools import cache

from loglama_core.formats.levels import LEVEL_WORDS, severity_of_word
from loglama_core.formats.stamp_forms import STAMP_PATTERNS

_FORMS = (
    "iso_12_hours", "iso_named_zone", "iso_comma", "iso_columns", "iso", "iso_loose", "apache", "ctime",
    "date_command_12", "day_month", "month_day_year", "month_first_columns", "month_first", "day_first",
    "day_first_short", "dotted_date", "day_of_year", "short_year", "ctime_bare", "date_command", "syslog_zone",
    "year_month_name", "month_name_dashes", "colons", "iso_bar", "iso_month_name", "month_day_fraction", "basic",
    "compact", "digits", "iso_week", "iso_minute_12", "iso_minute",
    "iso_odd_clock", "day_month_short", "month_first_half_days",
    "east_asian", "epoch_exponent", "epoch",
)  # fmt: skip
_WORD = "|".join(LEVEL_WORDS)
LINE_LEVELS = frozenset(word.lower() for word in LEVEL_WORDS)
_WORD_AT = re.compile(
    r"[\[(<#*{|]?\s*(?:[a-z]\w{0,32}\.)?([A-Za-z0-9\u00c0-\u04ff\u3040-\u9fff\uac00-\ud7af]+)", re.ASCII
)
PHP_LEVELS = {
    "Fatal error": "critical", "Parse error": "critical", "Recoverable fatal error": "error",
    "Warning": "warning", "Deprecated": "warning", "Notice": "notice",
}  # fmt: skip
_SURE = r"\[?(?i:trace|debug|info|notice|warn|warning|error|err|critical|fatal)[:\]] "
LEVEL_LETTERS = frozenset("TDIVWEF")


@cache
def stamp_start() -> re.Pattern[str]:
    """Match a stamp (1), in brackets or quotes or bare, and the mark that parts it from what follows (2)."""
    forms = "|".join(STAMP_PATTERNS[form] for form in _FORMS)
    return re.compile(
        rf"(?:\[\d{{1,10}}\] )?(?:[\[(<\"{{'] ?|--)?({forms})(?: [A-Z]{{3,4}}(?=[\])]))?"
        r"(?:(?<=[+-]\d{4}) (?!CRIT)(?:UTC|[A-Z]{1,3}T|[+-]\d{2,4})(?: m=[+-][\d.]{1,24})?(?= |$))?"
        r"(?: ?[\])>\"}']|--)?"
        r"(\s*(?:[-|:,;]|::)\s+|\s+|::|[:,;|]|(?=\[)|(?<=[\])])(?=[A-Z])|$)",
        re.ASCII,
    )


@cache
def before_stamp() -> re.Pattern[str]:
    """Match what a layout has before its stamp: things in brackets or quotes, addresses, dashes, numbers, names.

    A name (2) may also be a word of a sentence.
    """
    mark = r"(?: {0,4}[,:|;] ?| {1,4}|(?<=[\])>])(?=[\[\d]))"
    return re.compile(
        rf"(?:(?:\[[^\[\]]{{0,64}}\]|\([^()]{{1,64}}\)|<[^<>]{{1,64}}>|\"[^\"]{{0,64}}\"|-{{1,2}}>?|[<>!.*](?= )"
        r"|[\w.-]{1,64} (?:stdout|stderr)(?= \|)"
        r"|(?=[\da-f]{0,19}[.:]|\d{1,19}[,| ]|[\da-f]{5,32} )[\da-fA-F.:/%-]{1,45}"
        rf"|([A-Za-z_][\w.$@/:-]{{0,63}}(?<!:))){mark})",
        re.ASCII,
    )


@cache
def clock_start() -> re.Pattern[str]:
    """Match a clock without a date: a stamp only where a level or a fraction stands beside it."""
    return re.compile(
        r"[\[(]?((?:\d\d/\d\d )?\d\d:\d\d:\d\d(?:[.,]\d{1,9}|-\d{6}(?= ))?(?!:?\d)"
        r"(?: UTC| GMT| ?[AaPp]\.?[Mm]\b\.?)?)[\])]?"
        r"(\s*(?:[-|:,;]|::)\s+|\s+|[|;]|(?=\[))",
        re.ASCII,
    )


@cache
def short_date() -> re.Pattern[str]:
    """Match a bracket that begins with month, day and clock (1), and holds more."""
    return re.compile(r"\[(\d\d[-/]\d\d \d\d:\d\d:\d\d) ", re.ASCII)


@cache
def plain_name() -> re.Pattern[str]:
    """Match a name of a logger."""
    return re.compile(r"[A-Za-z_][\w.$-]{0,127}", re.ASCII)


@cache
def half_day_clock() -> re.Pattern[str]:
    """Match a clock of twelve hours (1)."""
    return re.compile(rf"[\[(]?({STAMP_PATTERNS['clock_12']})[\])]?(?:: |:? - | )", re.ASCII)


@cache
def bracket_rest() -> re.Pattern[str]:
    """Match what stands in the bracket that a stamp begins (1), or a level before a stamp (2, 3)."""
    return re.compile(r"(?:: |,)?([^\[\]]{1,128})\](?:::? ?| - | |$)", re.ASCII)


@cache
def level_bracket() -> re.Pattern[str]:
    """Match a bracket that a level (1) begins: the rest of it, and the stamp that may be in it or follow it."""
    return re.compile(r"\[([A-Za-z]{1,16}) {0,4}(?:\|([^\[\]| ]{1,128})\] | )", re.ASCII)


@cache
def named_bracket() -> re.Pattern[str]:
    """Match a name in brackets (1) before a level in capitals."""
    return re.compile(r"\[([A-Za-z_][\w.-]{0,63}) {0,16}\] [A-Z]{4,8}$", re.ASCII)


@cache
def before_level() -> re.Pattern[str]:
    """Match up to four names, numbers or things in brackets, a layout's own: no sentence begins so."""
    # Not followed by what it could itself match: a text of many brackets is walked once.
    return re.compile(
        r"(?:\[[^\[\]]{0,128}\](?: - |::|: | {0,8})|\([^()]{0,128}\) {1,8}|<[^<>]{1,128}> "
        r"|\d{1,10}(?:#\d{1,10})?(?:: | \| | - | {1,8}(?=[\[(A-Z]|\d{1,10} {1,8}[A-Z]))|0x[0-9a-f]{1,16} "
        r"|[A-Za-z_][\w-]{0,64}[\d._:$@][\w.:$/@-]{0,64}(?:\(\):)? +(?=[A-Z]{4}|\[|[\w.-]{1,64}\[\d{1,10}\]:)"
        rf"|[A-Za-z_][\w.-]{{0,64}} (?={_SURE})"
        rf"|[A-Za-z_][\w.-]{{0,64}}\[[^\[\]]{{1,64}}\]:? (?=[A-Z]{{4}}|{_SURE})|#\d{{1,10}} |(?:pid|tid)=\d{{1,10}} "
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
        rf"(?:[\[(<#*{{|]\s*(?:[a-z]\w{{0,32}}\.(?=[A-Z]))?((?i:{_WORD})|[TDIVWEF])\s*"
        r"(?:(?:[#|]|(?<=[A-Z])/)[^\[\]]{1,128}|(?<=[a-z])-[A-Z][^\[\]]{1,128})?[\])>#*}|]"
        rf"|((?i:{_WORD})|[TDIVWEF])(?=\s*[|:\t>,;]|\s+-\s|\s\s|\[\d{{1,10}}\]:?\s)|({_WORD.upper()})(?=\s|$)"
        rf"|((?i:{_WORD}))(?=\s|$))(?:\s*(?:[-|:>│]|::|-{{1,2}}>)(?:\s+|$)|\s*[:,;|]|\s+|$|(?=\[))",
        re.ASCII,
    )


def level_at(text: str, at: int = 0) -> re.Match[str] | None:
    """Return the level that stands in ``text`` at ``at``. To look the word up first takes a tenth of the time."""
    word = _WORD_AT.match(text, at)
    if word is None or (word[1] not in LEVEL_LETTERS and word[1].lower() not in LINE_LEVELS):
        return None
    return _level().match(text, at)


def severity_of(level: re.Match[str]) -> int:
    """Return the severity of the last group that matched."""
    return severity_of_word(level[level.lastindex or 0])


@cache
def named_level() -> re.Pattern[str]:
    """Match a name and the level behind it, or a level and what stands in brackets behind it, before a text."""
    names = _WORD.upper()
    return re.compile(
        rf"(?:\[(?P<name>[A-Za-z_][\w.-]{{0,40}})\] ?\[(?P<a>(?i:{_WORD}))\] "
        rf"|(?:[A-Za-z_][\w.-]{{0,31}}: |\d{{1,9}} (?=[A-Z]{{4,8}}: ))(?P<b>{names}):? (?=\S)"
        rf"| {{1,4}}(?P<c>{names})(?:  (?=\S)| (?=[\w:.]{{1,64}}: ))|(?P<e>NOTE): |(?P<d>error|warning|info|debug)"
        rf"(?:\[\w{{1,16}}\]|(?=\([\w.]{{1,64}}\): ))(?:\((?P<scope>[\w.]{{1,64}})\))?: )",
        re.ASCII,
    )


@cache
def diagnostic() -> re.Pattern[str]:
    """Match what a compiler writes of a place in a file: ``till.c:47:5: error: …``, ``Till.cs(47,5): error CS1: …``."""
    return re.compile(
        r"[^\s:()\[\]]{0,2}:?[^\s:()\[\]]{1,200}(?::\d{1,7}(?::\d{1,5})?|\(\d{1,7}(?:,\d{1,5})?\)): (?:fatal )?"
        r"((?i:error|warning))(?: \w{1,16})?: ",
        re.ASCII,
    )


@cache
def php_error() -> re.Pattern[str]:
    """Match the head of an error that PHP prints (1)."""
    return re.compile(rf"PHP ({'|'.join(PHP_LEVELS)}):  ")
