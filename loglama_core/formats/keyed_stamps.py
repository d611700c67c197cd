"""The time of a line of pairs, ``key=value`` of any kind: CEF, LEEF, XML attributes, values with blanks in them."""

from __future__ import annotations

import re
from functools import cache

from loglama_core.formats.levels import severity_of_word
from loglama_core.formats.stamp_forms import STAMP_PATTERNS
from loglama_core.formats.time_names import is_local, is_number_time, time_rank
from loglama_core.formats.timestamps import StampReader

_FORMS = (
    "iso_named_zone", "iso", "iso_loose", "month_first", "ctime", "month_day_year", "day_month", "dotted", "epoch",
)  # fmt: skip
_MOST_CHARACTERS = 8_000
_MOST_STAMPS = 8
_FEWEST_PAIRS = 3


@cache
def _keyed() -> re.Pattern[str]:
    forms = "|".join(STAMP_PATTERNS[form] for form in _FORMS)
    return re.compile(
        r"(?<![\w.@-])([A-Za-z_@][\w.@-]{0,63})[\"']?[=:] ?[\"'\[]?"
        rf"(?=\d{{4}}[-/]|\d\d?/\d|\d{{10}}|[A-Z][a-z]|\d\d? [A-Z])({forms})(?![\w/])",
        re.ASCII,
    )


@cache
def _zone() -> re.Pattern[str]:
    return re.compile(r"(?<![\w.@-])tz=\"?([+-]\d{4})(?!\d)", re.ASCII)


@cache
def _pairs_begin() -> re.Pattern[str]:
    """Match the begin of a line that is made of pairs, perhaps in brackets or in a tag."""
    return re.compile(r"[\[({]?(?:<\w{1,32} )?[A-Za-z_@][\w.:@-]{0,63}=", re.ASCII)


@cache
def _level() -> re.Pattern[str]:
    return re.compile(r"(?<![\w.@-])(?i:log_?)?(?i:level|severity|sev|lvl)=[\"']?([A-Za-z]{1,16})(?!\w)", re.ASCII)


def keyed_time(text: str, stamps: StampReader) -> int | None:
    """Return the time that a pair in ``text`` gives as the record's, ``None`` if none does."""
    best_rank, best = 9, ""
    for count, found in enumerate(_keyed().finditer(text, 0, _MOST_CHARACTERS)):
        rank = time_rank(found[1])
        if rank is not None and rank < best_rank and (not found[2].isdecimal() or is_number_time(found[1])):
            best_rank, best = rank, found[2]
        if not best_rank or count >= _MOST_STAMPS:
            break
    if is_local(best) and (zone := _zone().search(text, 0, _MOST_CHARACTERS)) is not None:
        return stamps.text(best + zone[1])
    return stamps.text(best) if best else None


def read_pairs_with_time(text: str, stamps: StampReader) -> tuple[int, int] | None:
    """Return time and severity of a line that begins with a pair and has more of them; ``None`` if it has no time."""
    if _pairs_begin().match(text) is None or text.count("=", 0, _MOST_CHARACTERS) < _FEWEST_PAIRS:
        return None
    time_ns = keyed_time(text, stamps)
    if time_ns is None:
        return None
    level = _level().search(text, 0, _MOST_CHARACTERS)
    return time_ns, 0 if level is None else severity_of_word(level[1])
