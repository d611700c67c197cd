"""Stamps of every common form -> UTC nanoseconds since 1970, exact to the last digit given.

A stamp is cut into the part up to the second, which is looked up in a cache, and the fraction, which is added as an
integer: in a stream a stamp costs 0.3 us, where ``datetime.strptime`` costs 5 us. Strings never pass through float.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache

NANOSECONDS = 1_000_000_000
_CACHE_SIZE = 8192
_CLOCK_SKEW_NS = 36 * 3600 * NANOSECONDS
"""A stamp without a year may lie this far after the file's last write: zones differ by up to 26 hours."""

MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_ZONE_HOURS = {
    "Z": 0, "z": 0, "UTC": 0, "GMT": 0, "UT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9,
}  # fmt: skip

_ZONE_NAMES = "|".join(sorted(_ZONE_HOURS, key=len, reverse=True))
ZONE = r"(?:Z|z|[+-]\d\d:?\d\d|[+-]\d\d|[A-Z]{2,4})"
FRACTION = r"[.,]\d{1,9}"
CLOCK = r"\d\d:\d\d:\d\d"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_ISO_ZONE = r"(?: ?(?:Z|z|[+-]\d\d:?\d\d|[+-]\d\d(?!\d)|UTC|GMT)(?![\w:]))?"

STAMP_PATTERNS: dict[str, str] = {
    "iso": rf"\d{{4}}[-/]\d\d[-/]\d\d[T ]{CLOCK}(?:{FRACTION}(?!\d))?{_ISO_ZONE}",
    "iso_named_zone": rf"\d{{4}}-\d\d-\d\d {CLOCK}(?:{FRACTION})? (?:(?:{_ZONE_NAMES})(?!\w)|[+-]\d\d(?:\d\d)?(?!\d))",
    "syslog": rf"{_MONTH} [ \d]\d {CLOCK}(?:{FRACTION})?",
    "apache": rf"\d\d/{_MONTH}/\d{{4}}[: ]{CLOCK}(?: [+-]\d{{4}})?",
    "ctime": rf"{_DAY} {_MONTH} [ \d]\d {CLOCK}(?:{FRACTION})?(?: [A-Z]{{2,4}})? \d{{4}}",
    "day_month": rf"\d\d?[- ]{_MONTH}[- ]\d{{4}} {CLOCK}(?:{FRACTION})?(?: [+-]\d{{4}})?",
    "short_year": rf"\d\d/\d\d/\d\d {CLOCK}(?:{FRACTION})?",
    "compact": r"\d{6} \d{6}",
    "epoch": r"\d{10}(?:\.\d{1,9}|\d{3}|\d{6}|\d{9})?(?![\d.])",
}
"""Form of a stamp -> the regular expression it is found with. The names are those a catalog format uses."""

_HEAD = r"(\d{4})[-/](\d\d)[-/](\d\d)[Tt ](\d\d):(\d\d):(\d\d)"
_TAIL = rf"(?:[.,](\d+))?(?: ?({ZONE}))?"
_NUMBER = r"(\d{9,19})(?:\.(\d+))?"
_PARTS: dict[str, str] = {
    "syslog": rf"(?P<b>\w{{3}}) (?P<d>[ \d]\d) (?P<clock>{CLOCK})(?:[.,](?P<f>\d+))?",
    "apache": rf"(?P<d>\d\d)/(?P<b>\w{{3}})/(?P<y>\d{{4}})[: ](?P<clock>{CLOCK})(?: (?P<z>{ZONE}))?",
    "ctime": rf"(?:\w{{3}} )?(?P<b>\w{{3}}) (?P<d>[ \d]\d) (?P<clock>{CLOCK})(?:[.,](?P<f>\d+))?"
    rf"(?: (?P<z>[A-Z]{{2,4}}))? (?P<y>\d{{4}})",
    "day_month": rf"(?:\w{{3}}, )?(?P<d>\d\d?)[- ](?P<b>\w{{3}})[- ](?P<y>\d{{4}}) (?P<clock>{CLOCK})"
    rf"(?:[.,](?P<f>\d+))?(?: (?P<z>{ZONE}))?",
    "short_year": rf"(?P<yy>\d\d)/(?P<m>\d\d)/(?P<d>\d\d) (?P<clock>{CLOCK})(?:[.,](?P<f>\d+))?",
    "compact": r"(?P<yy>\d\d)(?P<m>\d\d)(?P<d>\d\d) (?P<clock>\d{6})",
}


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


class StampReader:
    """Reads the stamps of one source.

    ``zone`` holds for stamps that name none (``None``: the machine's). ``reference_ns``: when the source was last
    written; a stamp without a year is read in the year that puts it nearest before. Every reading method returns
    UTC nanoseconds, or ``None`` for what is no time in the years 1990..2100; none raises.
    """

    def __init__(self, zone: tzinfo | None, reference_ns: int) -> None:
        if not _MICROS:
            _fill_fractions()
        self._zone = zone
        self._reference_ns = reference_ns
        self._utc_ns: dict[str, int] = {}
        self._local_ns: dict[str, int] = {}
        self._minutes: dict[str, tuple[int, int]] = {}
        self._whole: dict[tuple[str, str], int | None] = {}
        self._readers: dict[str, Callable[[str], int | None]] = {
            "iso": self.iso,
            "iso_named_zone": self.iso,
            "epoch": self.epoch,
            **{name: self._reader_of(name) for name in _PARTS},
        }

    def reader(self, form: str) -> Callable[[str], int | None]:
        """Return the reading function of one form of ``STAMP_PATTERNS``."""
        return self._readers[form]

    def text(self, stamp: str) -> int | None:
        """Read a stamp of any form by its shape."""
        if len(stamp) >= 19 and stamp[4] in "-/":
            return self.iso(stamp)
        if (time_ns := self.epoch(stamp)) is not None:
            return time_ns
        if len(stamp) > 48:
            return None
        for form in _PARTS:
            if (time_ns := self._readers[form](stamp)) is not None:
                return time_ns
        return None

    def iso(self, stamp: str) -> int | None:
        """Read ``YYYY-mm-dd HH:MM:SS`` with ``T`` or space, ``-`` or ``/``, any fraction, any zone or none."""
        # Every piece of the usual lengths is looked up, which also proves it well-formed: 0.35 us, int() alone is 0.19.
        length = len(stamp)
        try:
            if length == 27:
                return self._utc_ns[stamp[:19]] + _MILLIS[stamp[19:23]] + _MICROS[stamp[23:]]
            if length == 23:
                return self._local_ns[stamp[:19]] + _MILLIS[stamp[19:]]
            if length == 24:
                return self._utc_ns[stamp[:19]] + _MILLIS[stamp[19:]]
        except KeyError:
            pass
        return self._iso_any_tail(stamp[:19], stamp[19:])

    def epoch(self, stamp: str) -> int | None:
        """Read seconds (with or without fraction), milli-, micro- or nanoseconds since 1970, told by magnitude."""
        match = _compiled(_NUMBER).fullmatch(stamp)
        if match is None:
            return None
        whole, fraction = int(match[1]), match[2] or ""
        for scale in (9, 6, 3, 0):
            time_ns = whole * 10**scale
            if _EARLIEST_NS <= time_ns < _LATEST_NS:
                return time_ns + (int(fraction[:scale].ljust(scale, "0")) if fraction and scale else 0)
        return None

    def number(self, value: float) -> int | None:
        """Read a JSON number as ``epoch`` does; a float counts by its shortest decimal spelling."""
        return self.epoch(repr(value))

    def _iso_any_tail(self, head: str, tail: str) -> int | None:
        match = _compiled(_TAIL).fullmatch(tail)
        utc_ns = self._utc_ns.get(head)
        if utc_ns is None:
            utc_ns = self._learn(head)
        if match is None or utc_ns is None:
            return None
        zone = match[2]
        if zone is None:
            second_ns = self._local_ns[head]
        else:
            offset = _zone_seconds(zone)
            if offset is None:
                return None
            second_ns = utc_ns - offset * NANOSECONDS
        return second_ns + int((match[1] or "")[:9].ljust(9, "0"))

    def _learn(self, head: str) -> int | None:
        """Take note of a second, by its minute if that is known: 1 us instead of 8, a third of what a record costs."""
        known = self._minutes.get(head[:17])
        second_ns = _SECONDS.get(head[17:])
        if known is None or second_ns is None:
            return self._learn_minute(head)
        if len(self._utc_ns) >= _CACHE_SIZE:
            self._forget_seconds()
        utc_ns, local_ns = known
        self._local_ns[head] = local_ns + second_ns
        utc_ns = self._utc_ns[head] = utc_ns + second_ns
        return utc_ns

    def _forget_seconds(self) -> None:
        self._utc_ns.clear()
        self._local_ns.clear()
        self._minutes.clear()

    def _learn_minute(self, head: str) -> int | None:
        match = _compiled(_HEAD).fullmatch(head)
        if match is None:
            return None
        year, month, day, hour, minute, second = map(int, match.groups())
        moment = _moment(year, month, day, hour * 10000 + minute * 100 + second)
        if moment is None:
            return None
        if len(self._utc_ns) >= _CACHE_SIZE:
            self._forget_seconds()
        naive, leap = moment
        local_ns = self._local_ns[head] = (self._seconds_in_zone(naive) + leap) * NANOSECONDS
        utc_ns = self._utc_ns[head] = (_utc_seconds(naive) + leap) * NANOSECONDS
        if not leap:  # zones have changed their offset at full minutes only
            self._minutes[head[:17]] = utc_ns - second * NANOSECONDS, local_ns - second * NANOSECONDS
        return utc_ns

    def _seconds_in_zone(self, naive: datetime) -> int:
        # fold=0: of an hour that happens twice, the first; replace(tzinfo=None) reads the machine's zone.
        return int(naive.replace(tzinfo=self._zone).timestamp())

    def _reader_of(self, form: str) -> Callable[[str], int | None]:
        whole = self._whole

        def read(stamp: str) -> int | None:
            key = (form, stamp)
            try:
                return whole[key]
            except KeyError:
                time_ns = self._from_parts(_compiled(_PARTS[form]), stamp)
                if len(whole) >= _CACHE_SIZE:
                    whole.clear()
                whole[key] = time_ns
                return time_ns

        return read

    def _from_parts(self, parts: re.Pattern[str], stamp: str) -> int | None:
        match = parts.fullmatch(stamp)
        if match is None:
            return None
        found = match.groupdict()
        month = MONTHS.get(found["b"].lower()) if "b" in found else int(found["m"])
        if month is None:
            return None
        day, clock = int(found["d"]), int(found["clock"].replace(":", ""))
        if "y" in found:
            moment = _moment(int(found["y"]), month, day, clock)
        elif "yy" in found:
            moment = _moment(2000 + int(found["yy"]), month, day, clock)
        else:
            moment = self._nearest_year(month, day, clock)
        if moment is None:
            return None
        zone = found.get("z")
        if zone is None:
            seconds = self._seconds_in_zone(moment[0]) + moment[1]
        else:
            offset = _zone_seconds(zone)
            if offset is None:
                return None
            seconds = _utc_seconds(moment[0]) + moment[1] - offset
        return seconds * NANOSECONDS + int((found.get("f") or "")[:9].ljust(9, "0"))

    def _nearest_year(self, month: int, day: int, clock: int) -> tuple[datetime, int] | None:
        latest_ns = self._reference_ns + _CLOCK_SKEW_NS
        year = (_EPOCH + timedelta(seconds=latest_ns // NANOSECONDS)).year
        for candidate in range(year, year - 9, -1):  # 29 February can be eight years back (1904, 2104)
            moment = _moment(candidate, month, day, clock)
            if moment is not None and self._seconds_in_zone(moment[0]) * NANOSECONDS <= latest_ns:
                return moment
        return None


_MILLIS: dict[str, int] = {}
"""``.123``, ``,123``, ``.123Z`` -> nanoseconds. Filled, as ``_MICROS``, by the first reader, not by an import."""
_SECONDS = {f"{second:02}": second * NANOSECONDS for second in range(60)}
_MICROS: dict[str, int] = {}
"""``456Z``, the last three digits of microseconds -> nanoseconds."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (arithmetic on naive moments; the zone is applied afterwards)
_EARLIEST_NS = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp()) * NANOSECONDS
_LATEST_NS = int(datetime(2101, 1, 1, tzinfo=UTC).timestamp()) * NANOSECONDS


def _moment(year: int, month: int, day: int, clock: int) -> tuple[datetime, int] | None:
    """Return the naive moment and the seconds to add to it (1 for a leap second), ``None`` if there is no such one."""
    if not 1990 <= year <= 2100:
        return None
    second = clock % 100
    leap = 1 if second == 60 else 0
    try:
        moment = datetime(year, month, day, clock // 10000, clock // 100 % 100, second - leap)  # noqa: DTZ001
    except ValueError:
        return None
    return moment, leap


def _utc_seconds(naive: datetime) -> int:
    difference = naive - _EPOCH
    return difference.days * 86400 + difference.seconds


def _zone_seconds(zone: str) -> int | None:
    """Return what a zone is ahead of UTC in seconds, ``None`` if its name says nothing."""
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        hours, minutes = int(digits[:2]), int(digits[2:] or 0)
        if hours > 18 or minutes > 59:
            return None
        return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)
    hours_ahead = _ZONE_HOURS.get(zone)
    return None if hours_ahead is None else hours_ahead * 3600


def _fill_fractions() -> None:
    for number in range(1000):
        digits = f"{number:03}"
        _MICROS[f"{digits}Z"] = number * 1_000
        for mark in ".,":
            _MILLIS[f"{mark}{digits}"] = _MILLIS[f"{mark}{digits}Z"] = number * 1_000_000
