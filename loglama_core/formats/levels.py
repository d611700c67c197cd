"""The one table of level words and numbers: every spelling met in logs -> OpenTelemetry's severity 0..24."""

from __future__ import annotations

UNKNOWN = 0

_WORDS: dict[int, str] = {
    1: "trace trc trac trce t silly blat finest all trace1 trace5 trace6 trace7 trace8",
    3: "finer",
    5: "debug dbg d dbug debu debg ddebug subdebug fine debug1 debug2 debug3 debug5 d1 d2 d3 d4 d5 dbg1",
    7: "verbose verb v config http",
    9: "info information informational inf i log default audit statement detail hint context lifecycle",
    10: "notice noti ntc note success",
    13: "warning warn wrn w warnings warni deprecation deprecated",
    17: "error err e eror erro severe failure failed fail exception",
    21: "critical crit criti c fatal ftl fata pani pnc f dpanic panic emergency emerg alert disaster fault",
}

_OTHER_LANGUAGES: dict[int, str] = {
    5: "调试 デバッグ отладка",
    9: "infos informazioni información informações 信息 情報 정보 информация сообщение",
    10: "hinweis замечание",
    13: "warnung avertissement attention advertencia advertência avvertenza aviso waarschuwing 警告 경고 внимание "
    "предупреждение",
    17: "fehler schwerwiegend erreur grave erro errore 严重 嚴重 错误 錯誤 エラー 重大 심각 오류 ошибка",
    21: "panik 致命错误 致命的エラー важно паника",
}
"""What Java's logging and PostgreSQL print for a user whose language is not English."""

SEVERITY_BY_WORD: dict[str, int] = {
    word: number for table in (_WORDS, _OTHER_LANGUAGES) for number, words in table.items() for word in words.split()
}
"""Level word in lower case, capitals or Capitalised -> severity, OpenTelemetry's ``info2`` and ``error4`` included."""

for _start, _name in ((1, "trace"), (5, "debug"), (9, "info"), (13, "warn"), (17, "error"), (21, "fatal")):
    SEVERITY_BY_WORD.update({f"{_name}{step}": _start + step - 1 for step in (2, 3, 4)})

# As most loggers spell them: found at once instead of by a second look.
SEVERITY_BY_WORD.update(
    {spelling: number for word, number in SEVERITY_BY_WORD.items() for spelling in (word.upper(), word.capitalize())}
)

del SEVERITY_BY_WORD["HTTP"], SEVERITY_BY_WORD["Http"]

_PROSE_WORDS = frozenset(
    {
        "all",
        "audit",
        "config",
        "context",
        "d1",
        "d2",
        "d3",
        "d4",
        "d5",
        "default",
        "deprecated",
        "deprecation",
        "detail",
        "disaster",
        "exception",
        "fail",
        "failed",
        "failure",
        "fault",
    }
    | {"attention", "aviso", "hinweis"}
    | {"fine", "finer", "finest", "hint", "http", "log", "note", "statement", "verb", "warnings"}
)

LEVEL_WORDS: tuple[str, ...] = tuple(
    sorted(
        (
            word
            for word in SEVERITY_BY_WORD
            if len(word) > 1
            and (word.islower() if word.isascii() else word.upper() == word)
            and word.lower() not in _PROSE_WORDS
        ),
        key=lambda word: (-len(word), word),
    )
)
"""Words that name a level wherever a layout has a place for one; words of ordinary prose are left out.

In small letters, but those of other letters than English ones as they are printed.
"""

_SYSLOG = (21, 21, 21, 17, 13, 10, 9, 5)

_LOG4J = {5000: 1, 10000: 5, 20000: 9, 30000: 13, 40000: 17, 50000: 21}

_known: dict[str, int] = {}


def severity_of_word(word: str) -> int:
    """Return the severity a level word means in any case, padding or brackets; 0 if it means none.

    A number in a string is read as ``severity_of_number`` reads it, and ``Level 25`` as Python's number 25.
    """
    severity = _known.get(word)
    if severity is None:
        severity = _read_word(word)
        if len(word) <= 16 and len(_known) < 1024:
            _known[word] = severity
    return severity


def _read_word(word: str) -> int:
    bare = word.strip(" \t[]()<>:").lower()
    if bare == "http" and bare not in word:  # winston's level is in small letters; a logger is named in capitals
        return UNKNOWN
    severity = SEVERITY_BY_WORD.get(bare)
    if severity is not None:
        return severity
    for mark in "+-":  # Go's slog: "WARN+2"
        name, _, step = bare.partition(mark)
        if step.isdecimal() and len(step) < 3 and (base := SEVERITY_BY_WORD.get(name)):
            return min(24, max(1, base + int(mark + step)))
    if bare.startswith("level "):
        number = bare[6:].strip()
        return severity_of_python(int(number)) if _is_small_number(number) else UNKNOWN
    if bare.startswith("severity_number_"):  # the names of OTLP's protocol buffers
        return SEVERITY_BY_WORD.get(bare[16:], UNKNOWN)
    return severity_of_number(int(bare)) if _is_small_number(bare) else UNKNOWN


def _is_small_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 4


def severity_of_number(number: int) -> int:
    """Return the severity of a bare numeric level: syslog's 0..7, tens of pino and bunyan, thousands of log4j."""
    if 0 <= number <= 7:
        return _SYSLOG[number]
    if 10 <= number <= 69:
        return 1 + (number - 10) * 4 // 10
    if number in _LOG4J:
        return _LOG4J[number]
    return UNKNOWN


def severity_of_python(number: int) -> int:
    """Return the severity of a level number of Python's logging: 10 debug, 20 info … 50 critical, others between."""
    if number <= 0:
        return UNKNOWN
    return min(24, 1 + number * 4 // 10)


def severity_of_syslog(priority: int) -> int:
    """Return the severity of a syslog priority (facility times 8 plus severity)."""
    return _SYSLOG[priority & 7]


def severity_of_status(status: int) -> int:
    """Return the severity of an HTTP status: 5xx error, 4xx warning, else info."""
    if status >= 500:
        return 17
    return 13 if status >= 400 else 9
