"""Stamps of every common form -> UTC nanoseconds since 1970, exact to the last digit given.

A stamp is cut into the part up to the second, which is that of the last one or looked up, and the fraction, which is
added as an integer: in a stream a stamp costs 0.3 us, where ``datetime.strptime`` costs 5 us. Strings never pass
through float.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import cache, partial

from loglama_core.formats.date_order import DateOrder
from loglama_core.formats.fractions import MICROS, MILLIS, NANOS, SECONDS, UNPADDED_MILLIS, fill_fractions
from loglama_core.formats.moments import NANOSECONDS, Moments, moment_at, utc_seconds
from loglama_core.formats.remembered_forms import CACHE_SIZE, RememberedForm
from loglama_core.formats.stamp_forms import FORMS, ZONE, form

_HEAD = r"(\d{4})[-/](\d\d)[-/](\d\d)[Tt _](\d\d):(\d\d):(\d\d)"
_ISO = (
    r"(?P<y>\d{4})[-/](?P<m>\d\d)[-/](?P<d>\d\d)[Tt _](?P<clock>\d\d:\d\d:\d\d)"
    rf"(?:(?:[.,]|:(?=\d{{3}}(?!\d)))(?P<f>\d+))?(?: ?(?:(?:UTC|GMT)(?=[+-]\d))?(?P<z>{ZONE}))?"
)
"""With any fraction and the name of any zone."""
_OWN_READERS = ("iso", "iso_named_zone", "epoch", "epoch_exponent", "hex_epoch", "tai64n")
_IN_EITHER_ORDER = frozenset({"month_first", "month_first_columns", "day_first"})
_NOT_ALONE = frozenset(
    {"any", "clock", "glog", "month_first_short", "day_first_dashes", "hex_epoch", "kitchen", "clock_12"}
    | {"kernel_minute", "day_month_minute", "month_first_dashes", "clock_ms", "month_day_minute", "short_year_dashes"}
    | {"month_first_comma", "short_year_dashes_fraction"}
)
"""Forms that mean a time only where a layout has a place for it."""
_TAI64_EPOCH = (1 << 62) + 10


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


class StampReader:
    """Reads the stamps of one source.

    ``zone`` holds for stamps that name none (``None``: the machine's). ``reference_ns``: when the source was last
    written; a stamp without a year is read in the year that puts it nearest before. ``previous_ns``: the time of the
    source's last record: of an hour that happens twice it tells which. Every reading method returns
    UTC nanoseconds, or ``None`` for what is no time in the years 1990..2100; none raises.
    """

    def __init__(self, zone: tzinfo | None, reference_ns: int, previous_ns: int | None = None) -> None:
        if not MICROS:
            fill_fractions()
        self._moments = Moments(zone, reference_ns, previous_ns)
        self._date_order = partial(DateOrder, reference_ns, previous_ns)
        self._usual: dict[tuple[int, str], Callable[[str], int | None]] = {}
        self._tai_second: str | tuple[()] = ()  # nothing begins with a word of none
        self._tai_ns = self._tai_carry = 0
        self._epoch_second: str | tuple[()] = ()
        self._epoch_ns = 0
        self._epoch_seconds: dict[str, int] = {}
        self._second: str | tuple[()] = ()
        self._utc_ns = self._local_ns = 0
        self._seconds: dict[str, tuple[int, int] | None] = {}
        self._minutes: dict[str, tuple[int, int]] = {}
        self._ends: dict[str, int] = {}
        self.iso_named_zone = RememberedForm(partial(_compiled, _ISO), self._moments).read
        self._readers: dict[str, Callable[[str], int | None]] = {
            "iso": self.iso,
            "iso_named_zone": self.iso_named_zone,
            "epoch": self.epoch,
            "tai64n": self.tai64n,
            "epoch_exponent": self.epoch_exponent,
            "hex_epoch": self.hex_epoch,
            "any": self.text,
            **{name: self._remembered(name) for name in FORMS if name not in _OWN_READERS},
        }

    def _remembered(self, name: str) -> Callable[[str], int | None]:
        return RememberedForm(
            partial(form, name),
            self._moments,
            date_order=self._date_order() if name in _IN_EITHER_ORDER else None,
            may_end_with_year=name == "short_year",
            millis=UNPADDED_MILLIS if name == "basic" else MILLIS,
        ).read

    def reader(self, name: str) -> Callable[[str], int | None]:
        """Return the reading function of one form of ``STAMP_PATTERNS``."""
        return self._readers[name]

    def text(self, stamp: str) -> int | None:
        """Read a stamp of any form by its shape; the form that stamps of this shape had is tried first."""
        shape = len(stamp), stamp[4:5]
        usual = self._usual.get(shape)
        if usual is not None and (time_ns := usual(stamp)) is not None:
            return time_ns
        readers: list[Callable[[str], int | None]] = [self.iso] if stamp[4:5] in {"-", "/"} else []
        readers.append(self.epoch)
        if 8 <= len(stamp) <= 80:
            readers += [read for name, read in self._readers.items() if name not in _NOT_ALONE]
        for read in readers:
            if (time_ns := read(stamp)) is not None:
                if len(self._usual) >= CACHE_SIZE:
                    self._usual.clear()
                self._usual[shape] = read
                return time_ns
        return None

    def any_year(self, stamp: str) -> int | None:
        """Read an ISO stamp that a structured record gives as its own, of 1970 to 1989 too: clocks start there."""
        if stamp[:2] != "19" or (match := form("iso").fullmatch(stamp)) is None:
            return None
        return self._moments.time_of(match.groupdict(), least_year=1970)

    def in_zone(self, stamp: str, zone: str) -> int | None:
        """Read an ISO stamp of a zone that stands beside it: an offset, an abbreviation or a place."""
        if (time_ns := self.iso(stamp + zone)) is not None or self.iso(stamp) is None:
            return time_ns
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            place = ZoneInfo(zone[:64])
        except (ValueError, OSError, ZoneInfoNotFoundError):
            return None
        return StampReader(place, 0).iso(stamp)

    def iso(self, stamp: str) -> int | None:  # noqa: C901, PLR0911 (each usual length in as few steps as can be)
        """Read ``YYYY-mm-dd HH:MM:SS`` with ``T`` or space, ``-`` or ``/``, any fraction, any zone or none."""
        # Most stamps are of the second of the last one. What follows is looked up in pieces, which also proves them
        # well-formed: of up to seven digits that takes less than int() and what has to be asked before.
        if not stamp.startswith(self._second) and not self._turn_to(stamp[:19]):
            return self.iso_named_zone(stamp)
        length = len(stamp)
        try:
            if length == 27:
                return self._utc_ns + MILLIS[stamp[19:23]] + MICROS[stamp[23:]]
            if length < 27:
                if length == 23:
                    return self._local_ns + MILLIS[stamp[19:]]
                if length == 24:
                    return self._utc_ns + MILLIS[stamp[19:]]
                if length == 26:
                    return self._local_ns + MILLIS[stamp[19:23]] + MICROS[stamp[23:]]
                if length == 19:
                    return self._local_ns
                if stamp[19:] == "Z":
                    return self._utc_ns
            elif length == 30 or length > 33:
                digits = stamp[20:29]  # nine are read sooner by int() than from three tables: 0.4 us, not 0.55
                if digits.isdecimal() and digits.isascii() and stamp[19] in ".,":
                    return self._utc_ns + int(digits) + self._ends[stamp[29:]]
            elif length == 33 or (length < 30 and stamp[23] >= "0"):
                second_ns = self._local_ns if length == 29 else self._utc_ns
                last_ns = NANOS[stamp[26:]] if length == 29 else self._ends[stamp[26:]]
                return second_ns + MILLIS[stamp[19:23]] + MICROS[stamp[23:26]] + last_ns
            else:
                return self._utc_ns + MILLIS[stamp[19:23]] + self._ends[stamp[23:]]
        except KeyError:
            pass
        time_ns = self.iso_named_zone(stamp)
        if time_ns is not None and length > 27:
            self._learn_end(stamp, time_ns)
        return time_ns

    def _turn_to(self, second: str) -> bool:
        """Have ``iso`` read stamps that begin so; return false for what is no second, or one that may come twice."""
        if second not in self._seconds:
            self._learn(second)
        known = self._seconds.get(second)
        if known is None:
            return False
        self._utc_ns, self._local_ns = known
        self._second = second
        return True

    def _learn_end(self, stamp: str, time_ns: int) -> None:
        """Take note of what a zone, and the digits just before it, add to a known second and the digits before them."""
        length = len(stamp)
        at = 29 if length == 30 or length > 33 else 26 if length == 33 or (length < 30 and stamp[23] >= "0") else 23
        digits, end = stamp[20:at], stamp[at:]
        if not (digits.isdecimal() and digits.isascii()) or stamp[19] not in ".," or end.isdecimal():
            return
        if len(self._ends) >= CACHE_SIZE:
            self._ends.clear()
        self._ends[end] = time_ns - self._utc_ns - int(digits.ljust(9, "0"))

    def epoch(self, stamp: str) -> int | None:
        """Read seconds (with or without fraction), milli-, micro- or nanoseconds since 1970, told by magnitude."""
        length = len(stamp)
        try:
            if length in {17, 20}:
                digits = stamp[11:]
                if stamp.startswith(self._epoch_second) and digits.isdecimal() and digits.isascii():
                    return self._epoch_ns + (int(digits) if length == 20 else int(digits) * 1000)
            elif length == 14:
                return self._epoch_seconds[stamp[:10]] + MILLIS[stamp[10:]]
        except KeyError:
            pass
        digits = stamp
        unit = _EPOCH_UNITS.get(length)
        if stamp[10:11] == ".":
            digits = stamp[:10] + stamp[11:]
            unit = _FRACTION_UNITS.get(length)
        if unit is not None and digits.isdecimal() and digits.isascii():
            time_ns = int(digits) * unit
            if _EARLIEST_NS <= time_ns < _LATEST_NS:
                if digits is not stamp:
                    if len(self._epoch_seconds) >= CACHE_SIZE:
                        self._epoch_seconds.clear()
                    self._epoch_second, self._epoch_ns = stamp[:11], int(stamp[:10]) * NANOSECONDS
                    self._epoch_seconds[stamp[:10]] = self._epoch_ns
                return time_ns
        return self._odd_epoch(stamp)

    @staticmethod
    def _odd_epoch(stamp: str) -> int | None:
        """Read a count of unusual length, of 1990 to 2001 or with a fraction of smaller units."""
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

    def epoch_exponent(self, stamp: str) -> int | None:
        """Read seconds since 1970 as zap's console writes them: ``1.772600767089e+09``."""
        if form("epoch_exponent").fullmatch(stamp) is None:
            return None
        digits = stamp[0] + stamp[2 : stamp.index("e")].ljust(9, "0")
        return self.epoch(f"{digits[:10]}.{digits[10:] or 0}")

    @staticmethod
    def hex_epoch(stamp: str) -> int | None:
        """Read hexadecimal seconds since 1970; OpenLDAP's fraction is of nanoseconds (8 digits) or microseconds (5)."""
        if form("hex_epoch").fullmatch(stamp) is None:
            return None
        fraction_ns = int(stamp[9:] or "0", 16) * (1000 if len(stamp) == 14 else 1)
        time_ns = int(stamp[:8], 16) * NANOSECONDS + fraction_ns
        return time_ns if fraction_ns < NANOSECONDS and _EARLIEST_NS <= time_ns < _LATEST_NS else None

    def number(self, value: float) -> int | None:
        """Read a JSON number as ``epoch`` does; a float counts by its shortest decimal spelling."""
        if type(value) is int:
            for low, high, unit in _EPOCH_RANGES:
                if low <= value < high:
                    return value * unit
            return None
        if _EARLIEST_S <= value < _LATEST_S:
            microseconds = round(value * 1e6)
            if microseconds / 1e6 == value:  # so that is how it is spelled: doubles are closer than microseconds here
                return microseconds * 1000
        return self.epoch(repr(value))

    def tai64n(self, stamp: str) -> int | None:
        """Read a label of multilog, ``@`` and 24 hexadecimal digits; it counts ten seconds more than UTC has."""
        if len(stamp) != 25 or not (stamp.startswith(self._tai_second) or self._turn_to_tai(stamp)):
            return None
        digits = stamp[15:]  # the last two of the second before them: so "0x" is no number
        if not digits.isalnum() or not digits.isascii():
            return None
        try:
            nanoseconds = int(digits, 16) - self._tai_carry
        except ValueError:
            return None
        return self._tai_ns + nanoseconds if nanoseconds < NANOSECONDS else None

    def _turn_to_tai(self, stamp: str) -> bool:
        """Have ``tai64n`` read labels of the second that this one is of; return false if it is none."""
        if form("tai64n").fullmatch(stamp) is None:
            return False
        second_ns = (int(stamp[1:17], 16) - _TAI64_EPOCH) * NANOSECONDS
        if not _EARLIEST_NS <= second_ns < _LATEST_NS:
            return False
        self._tai_second, self._tai_ns, self._tai_carry = stamp[:17], second_ns, int(stamp[15:17], 16) << 32
        return True

    def _learn(self, second: str) -> None:
        """Take note of a second, by its minute if that is known: 1 us instead of 8, a third of what a record costs."""
        minute, since_ns = self._minutes.get(second[:17]), SECONDS.get(second[17:])
        if minute is None or since_ns is None:
            self._learn_minute(second)
            return
        self._keep(second, (minute[0] + since_ns, minute[1] + since_ns))

    def _keep(self, second: str, known: tuple[int, int] | None) -> None:
        if len(self._seconds) >= CACHE_SIZE:
            self._seconds.clear()
            self._minutes.clear()
        self._seconds[second] = known

    def _learn_minute(self, second: str) -> None:
        match = _compiled(_HEAD).fullmatch(second)
        if match is None:
            return
        year, month, day, hour, minute, whole = map(int, match.groups())
        moment = moment_at(year, month, day, hour * 10000 + minute * 100 + whole)
        if moment is None:
            return
        naive, leap = moment
        if self._moments.repeats_after(naive):
            self._keep(second, None)
            return
        utc_ns = (utc_seconds(naive) + leap) * NANOSECONDS
        local_ns = (self._moments.seconds_in_zone(naive) + leap) * NANOSECONDS
        self._keep(second, (utc_ns, local_ns))
        if not leap:  # zones have changed their offset at full minutes only
            self._minutes[second[:17]] = utc_ns - whole * NANOSECONDS, local_ns - whole * NANOSECONDS


_EARLIEST_NS = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp()) * NANOSECONDS
_LATEST_NS = int(datetime(2101, 1, 1, tzinfo=UTC).timestamp()) * NANOSECONDS
_EARLIEST_S, _LATEST_S = _EARLIEST_NS // NANOSECONDS, _LATEST_NS // NANOSECONDS
_EPOCH_RANGES = tuple((_EARLIEST_NS // unit, _LATEST_NS // unit, unit) for unit in (10**6, 10**9, 10**3, 1))
"""(first, end, nanoseconds in the unit) of numbers that count milliseconds, seconds, micro- or nanoseconds."""
_EPOCH_UNITS = {10: 10**9, 13: 10**6, 16: 10**3, 19: 1}
"""Digits of a whole number -> nanoseconds in its unit."""
_FRACTION_UNITS: dict[int, int] = {11 + digits: 10 ** (9 - digits) for digits in range(1, 10)}
"""Length of seconds with a fraction -> nanoseconds in the last digit's unit."""
