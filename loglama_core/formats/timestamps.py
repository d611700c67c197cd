"""Stamps of every common form -> UTC nanoseconds since 1970, exact to the last digit given.

A stamp is cut into the part up to the second, which is looked up in a cache, and the fraction, which is added as an
integer: in a stream a stamp costs 0.3 us, where ``datetime.strptime`` costs 5 us. Strings never pass through float.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache

from loglama_core.formats.stamp_forms import FORMS, MONTHS, ZONE, ZONE_MINUTES, form

NANOSECONDS = 1_000_000_000
_CACHE_SIZE = 8192
_CLOCK_SKEW_NS = 36 * 3600 * NANOSECONDS
"""A stamp without a year may lie this far after the file's last write: zones differ by up to 26 hours."""

_HEAD = r"(\d{4})[-/](\d\d)[-/](\d\d)[Tt _](\d\d):(\d\d):(\d\d)"
_TAIL = rf"(?:[.,](\d+))?(?: ?({ZONE}))?"
_OWN_READERS = ("iso", "iso_named_zone", "epoch", "tai64n")
_NOT_ALONE = frozenset({"any", "clock", "glog"})
"""Forms that mean a time only where a layout has a place for it."""
_TAI64_EPOCH = (1 << 62) + 10


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
        self._zones: dict[str, int] = {"Z": 0}
        self._readers: dict[str, Callable[[str], int | None]] = {
            "iso": self.iso,
            "iso_named_zone": self.iso_named_zone,
            "epoch": self.epoch,
            "tai64n": self.tai64n,
            "any": self.text,
            **{name: self._reader_of(name) for name in FORMS if name not in _OWN_READERS},
        }
        loose = self._readers["iso_loose"]
        self._readers["iso_loose"] = lambda stamp: self.iso(stamp) or loose(stamp)

    def reader(self, name: str) -> Callable[[str], int | None]:
        """Return the reading function of one form of ``STAMP_PATTERNS``."""
        return self._readers[name]

    def text(self, stamp: str) -> int | None:
        """Read a stamp of any form by its shape."""
        if stamp[4:5] in {"-", "/"} and (time_ns := self.iso(stamp)) is not None:
            return time_ns
        if (time_ns := self.epoch(stamp)) is not None:
            return time_ns
        if not 8 <= len(stamp) <= 48:
            return None
        for name, read in self._readers.items():
            if name not in _NOT_ALONE and (time_ns := read(stamp)) is not None:
                return time_ns
        return None

    def any_year(self, stamp: str) -> int | None:
        """Read an ISO stamp that a structured record gives as its own, of 1970 to 1989 too: clocks start there."""
        if stamp[:2] != "19" or (match := form("iso").fullmatch(stamp)) is None:
            return None
        return self._moment_of(match.groupdict(), least_year=1970)

    def iso(self, stamp: str) -> int | None:  # noqa: PLR0911 - one return for each usual length, as quick as can be
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
            if length == 19:
                return self._local_ns[stamp]
            if length == 32:
                second_ns = self._utc_ns[stamp[:19]] - self._zones[stamp[26:]]
                return second_ns + _MILLIS[stamp[19:23]] + _MICROS[stamp[23:26]]
            if length == 25:
                return self._utc_ns[stamp[:19]] - self._zones[stamp[19:]]
            if length == 26:
                return self._local_ns[stamp[:19]] + _MILLIS[stamp[19:23]] + _MICROS[stamp[23:]]
            if length == 30:
                second_ns = self._utc_ns[stamp[:19]] + _NANOS[stamp[26:]]
                return second_ns + _MILLIS[stamp[19:23]] + _MICROS[stamp[23:26]]
        except KeyError:
            pass
        return self.iso_named_zone(stamp)

    def iso_named_zone(self, stamp: str) -> int | None:
        """Read any stamp that ``iso`` reads; quicker for those of unusual length, such as with a zone's name."""
        head, tail = stamp[:19], stamp[19:]
        utc_ns = self._utc_ns.get(head) or self._learn(head)
        if utc_ns is None:
            return None
        fraction_ns = _MILLIS.get(tail[:4])
        zone = tail if fraction_ns is None else tail[4:]
        if (zone_ns := self._zones.get(zone)) is not None:
            return utc_ns - zone_ns + (fraction_ns or 0)
        match = _compiled(_TAIL).fullmatch(tail)
        if match is None:
            return None
        fraction_ns = int((match[1] or "")[:9].ljust(9, "0"))
        if match[2] is None:
            return self._local_ns[head] + fraction_ns
        offset = _zone_seconds(match[2])
        if offset is None:
            return None
        self._zones[tail[match.end(1) :] if match[1] else tail] = offset * NANOSECONDS
        return utc_ns - offset * NANOSECONDS + fraction_ns

    def epoch(self, stamp: str) -> int | None:
        """Read seconds (with or without fraction), milli-, micro- or nanoseconds since 1970, told by magnitude."""
        if stamp[10:11] == "." and len(stamp) == 17:
            digits = stamp[:10] + stamp[11:]
            if digits.isdecimal() and digits.isascii():
                time_ns = int(digits) * 1000
                return time_ns if _EARLIEST_NS <= time_ns < _LATEST_NS else None
        whole, _, fraction = stamp.partition(".")
        if not (9 <= len(whole) <= 19 and whole.isdecimal() and stamp.isascii()):
            return None
        if (fraction and not fraction.isdecimal()) or stamp[-1] == ".":
            return None
        number = int(whole)
        for scale in (9, 6, 3, 0):
            time_ns = number * 10**scale
            if _EARLIEST_NS <= time_ns < _LATEST_NS:
                return time_ns + (int(fraction[:scale].ljust(scale, "0")) if fraction and scale else 0)
        return None

    def number(self, value: float) -> int | None:
        """Read a JSON number as ``epoch`` does; a float counts by its shortest decimal spelling."""
        if type(value) is int and 1_000_000_000_000 <= value < 10_000_000_000_000:  # milliseconds from 2001 to 2286
            time_ns = value * 1_000_000
            return time_ns if time_ns < _LATEST_NS else None
        return self.epoch(repr(value))

    def tai64n(self, stamp: str) -> int | None:
        """Read a label of multilog, ``@`` and 24 hexadecimal digits; it counts ten seconds more than UTC has."""
        if form("tai64n").fullmatch(stamp) is None:
            return None
        nanoseconds = int(stamp[17:], 16)
        time_ns = (int(stamp[1:17], 16) - _TAI64_EPOCH) * NANOSECONDS + nanoseconds
        return time_ns if _EARLIEST_NS <= time_ns < _LATEST_NS and nanoseconds < NANOSECONDS else None

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

    def _reader_of(self, name: str) -> Callable[[str], int | None]:
        """Return the function that reads stamps of one form; what stands before a fraction is looked up."""
        seconds: dict[str, int] = {}
        match = form(name).fullmatch
        either_order = name in {"month_first", "day_first"}

        known = seconds.get

        def read(stamp: str) -> int | None:
            if (time_ns := known(stamp)) is not None:
                return time_ns
            head, fraction_ns = stamp[:-4], _MILLIS.get(stamp[-4:])
            if fraction_ns is None:
                head, fraction_ns = _cut(stamp)
            if (second_ns := known(head)) is not None:
                return second_ns + fraction_ns
            found = match(stamp)
            time_ns = None if found is None else self._moment_of(found.groupdict(), either_order=either_order)
            if time_ns is not None:
                if len(seconds) >= _CACHE_SIZE:
                    seconds.clear()
                seconds[head] = time_ns - fraction_ns
            return time_ns

        return read

    def _moment_of(
        self, found: dict[str, str | None], *, least_year: int = 1990, either_order: bool = False
    ) -> int | None:
        """Return the time of the parts of a stamp (``stamp_forms``), ``None`` if there is no such moment.

        ``either_order``: whether a month that cannot be one is the day, as in 24/12/2026 where the month stands first.
        """
        clock = _clock_of(found["clock"] or "", found.get("ap"))
        if clock is None:
            return None
        moment: tuple[datetime, int] | None
        if (day_of_year := found.get("j")) is not None:
            moment = _moment(int(found["y"] or 0), 1, 1, clock)
            if moment is None:
                return None
            day_start = moment[0] + timedelta(int(day_of_year) - 1)
            moment = (day_start, moment[1]) if day_start.year == moment[0].year else None
        elif found.get("d") is None:
            moment = self._nearest_day(clock)
        else:
            name = found.get("b")
            month = MONTHS[name[:3].lower()] if name else int(found["m"] or 0)
            day = int(found["d"] or 0)
            year = found.get("y") or (f"20{found['yy']}" if found.get("yy") else None)
            if either_order and month > 12 >= day:
                month, day = day, month
            if year is None:
                moment = self._nearest_year(month, day, clock)
            else:
                moment = _moment(int(year), month, day, clock, least_year)
        if moment is None:
            return None
        zone = found.get("z")
        offset = None if zone is None else _zone_seconds(zone)
        if zone is None:
            seconds = self._seconds_in_zone(moment[0]) + moment[1]
        elif offset is None:
            return None
        else:
            seconds = _utc_seconds(moment[0]) + moment[1] - offset
        fraction = found.get("f") or (found.get("ms") or "").zfill(3)
        return seconds * NANOSECONDS + int(fraction[:9].ljust(9, "0"))

    def _nearest_year(self, month: int, day: int, clock: int) -> tuple[datetime, int] | None:
        latest_ns = self._reference_ns + _CLOCK_SKEW_NS
        year = (_EPOCH + timedelta(seconds=latest_ns // NANOSECONDS)).year
        for candidate in range(year, year - 9, -1):  # 29 February can be eight years back (1904, 2104)
            moment = _moment(candidate, month, day, clock)
            if moment is not None and self._seconds_in_zone(moment[0]) * NANOSECONDS <= latest_ns:
                return moment
        return None

    def _nearest_day(self, clock: int) -> tuple[datetime, int] | None:
        """Return the last time the clock showed this before the source was last written."""
        latest_s = self._reference_ns // NANOSECONDS + 60  # a minute for clocks that differ
        day = datetime.fromtimestamp(latest_s, self._zone)
        for _ in range(2):
            moment = _moment(day.year, day.month, day.day, clock)
            if moment is not None and self._seconds_in_zone(moment[0]) <= latest_s:
                return moment
            day -= timedelta(days=1)
        return None


_MILLIS: dict[str, int] = {}
"""``.123``, ``,123``, ``.123Z`` -> nanoseconds. Filled, as ``_MICROS``, by the first reader, not by an import."""
_SECONDS = {f"{second:02}": second * NANOSECONDS for second in range(60)}
_MICROS: dict[str, int] = {}
"""``456``, ``456Z``, the last three digits of microseconds -> nanoseconds."""
_NANOS: dict[str, int] = {}
"""``789Z``, the last three digits of nanoseconds."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (arithmetic on naive moments; the zone is applied afterwards)
_EARLIEST_NS = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp()) * NANOSECONDS
_LATEST_NS = int(datetime(2101, 1, 1, tzinfo=UTC).timestamp()) * NANOSECONDS


def _cut(stamp: str) -> tuple[str, int]:
    """Return a stamp without its fraction of six digits, and that in nanoseconds; any other as it is."""
    millis_ns, micros_ns = _MILLIS.get(stamp[-7:-3]), _MICROS.get(stamp[-3:])
    if millis_ns is not None and micros_ns is not None:
        return stamp[:-7], millis_ns + micros_ns
    if stamp[26:27] == " ":  # "Wed Oct 11 14:32:52.123456 2026"
        millis_ns, micros_ns = _MILLIS.get(stamp[19:23]), _MICROS.get(stamp[23:26])
        if millis_ns is not None and micros_ns is not None:
            return stamp[:19] + stamp[26:], millis_ns + micros_ns
    return stamp, 0


def _clock_of(text: str, half: str | None) -> int | None:
    """Return ``HHMMSS`` as a number. ``half``: AM or PM of a clock of twelve hours."""
    if ":" in text or "." in text:
        hour, minute, second = map(int, text.replace(".", ":").split(":"))
    else:
        hour, minute, second = int(text[:2]), int(text[2:4]), int(text[4:])
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    return hour * 10000 + minute * 100 + second


def _moment(year: int, month: int, day: int, clock: int, least_year: int = 1990) -> tuple[datetime, int] | None:
    """Return the naive moment and the seconds to add to it (1 for a leap second), ``None`` if there is no such one."""
    if not least_year <= year <= 2100:
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
    minutes_ahead = ZONE_MINUTES.get(zone)
    return None if minutes_ahead is None else minutes_ahead * 60


def _fill_fractions() -> None:
    for number in range(1000):
        digits = f"{number:03}"
        _MICROS[digits] = _MICROS[f"{digits}Z"] = number * 1_000
        _NANOS[f"{digits}Z"] = number
        for mark in ".,":
            _MILLIS[f"{mark}{digits}"] = _MILLIS[f"{mark}{digits}Z"] = number * 1_000_000
