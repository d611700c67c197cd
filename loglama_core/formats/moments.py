"""The parts of a stamp -> the moment it names: zones, doubled hours, stamps without a year or a date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from loglama_core.formats.date_order import DateOrder
from loglama_core.formats.stamp_forms import MONTHS, ZONE_MINUTES

NANOSECONDS = 1_000_000_000
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (arithmetic on naive moments; the zone is applied afterwards)
_FAR_YEARS = 2
_CLOCK_SKEW_NS = 36 * 3600 * NANOSECONDS
"""A stamp without a year may lie this far after the file's last write: zones differ by up to 26 hours."""


class Moments:
    """Knows what the stamps of one source mean; the arguments are those of ``StampReader``.

    ``is_doubled``: whether the moment told last is of an hour that happens twice, so that the same stamp may later
    mean another time.
    """

    def __init__(self, zone: tzinfo | None, reference_ns: int, previous_ns: int | None) -> None:
        self.is_doubled = False
        self._zone = zone
        self._reference_ns = reference_ns
        self._previous_ns = previous_ns or 0

    def time_of(
        self,
        found: dict[str, str | None],
        *,
        least_year: int = 1990,
        date_order: DateOrder | None = None,
        may_end_with_year: bool = False,
    ) -> int | None:
        """Return the time of the parts of a stamp (``stamp_forms``), ``None`` if there is no such moment.

        ``date_order``: of stamps whose day and month stand in either order.
        ``may_end_with_year``: whether a short year far from the source's is the month, as in 03/24/26 where the year
        stands first.
        """
        clock = _clock_of(found["clock"] or "", found.get("ap"))
        if clock is None:
            return None
        moment: tuple[datetime, int] | None
        if (day_of_year := found.get("j")) is not None:
            moment = moment_at(int(found["y"] or 0), 1, 1, clock)
            if moment is None:
                return None
            day_start = moment[0] + timedelta(int(day_of_year) - 1)
            moment = (day_start, moment[1]) if day_start.year == moment[0].year else None
        elif (week := found.get("w")) is not None:
            moment = _moment_of_week(int(found["y"] or 0), int(week), int(found["wd"] or 0), clock)
        elif found.get("d") is None:
            moment = self._nearest_day(clock)
        else:
            year, month, day = self._date_of(found, date_order, may_end_with_year=may_end_with_year)
            if year is None:
                moment = self._nearest_year(month, day, clock)
            else:
                moment = moment_at(year, month, day, clock, least_year)
        if moment is None:
            return None
        zone = found.get("z") or found.get("bias")
        offset = None if zone is None else zone_seconds(zone, is_bias=bool(found.get("bias")))
        self.is_doubled = False
        if zone is None:
            seconds = self.seconds_of(moment[0]) + moment[1]
        elif offset is None:
            return None
        else:
            seconds = utc_seconds(moment[0]) + moment[1] - offset
        fraction = found.get("f") or (found.get("us") or "").zfill(6 if "us" in found else 0)
        fraction = fraction or (found.get("ms") or "").zfill(3)
        return seconds * NANOSECONDS + int(fraction[:9].ljust(9, "0"))

    def _date_of(
        self, found: dict[str, str | None], date_order: DateOrder | None, *, may_end_with_year: bool
    ) -> tuple[int | None, int, int]:
        """Return year, if there is one, month and day."""
        name = found.get("b")
        month = _month_of(name) if name else int(found["m"] or 0)
        day = int(found["d"] or 0)
        year = int(found.get("y") or f"20{found['yy']}") if found.get("y") or found.get("yy") else None
        if date_order is not None:
            month, day = date_order.month_and_day(year or 0, month, day)
        if may_end_with_year and abs((year or 0) - self._year()) > _FAR_YEARS >= abs(2000 + day - self._year()):
            year, month, day = 2000 + day, int(found["yy"] or 0), month
            if month > 12:
                month, day = day, month
        return year, month, day

    def _year(self) -> int:
        """Return the year in which the source was last written."""
        return (EPOCH + timedelta(seconds=self._reference_ns // NANOSECONDS)).year

    def _nearest_year(self, month: int, day: int, clock: int) -> tuple[datetime, int] | None:
        latest_ns = self._reference_ns + _CLOCK_SKEW_NS
        year = (EPOCH + timedelta(seconds=latest_ns // NANOSECONDS)).year
        for candidate in range(year, year - 9, -1):  # 29 February can be eight years back (1904, 2104)
            moment = moment_at(candidate, month, day, clock)
            if moment is not None and self.seconds_in_zone(moment[0]) * NANOSECONDS <= latest_ns:
                return moment
        return None

    def _nearest_day(self, clock: int) -> tuple[datetime, int] | None:
        """Return the last time the clock showed this before the source was last written."""
        latest_s = self._reference_ns // NANOSECONDS + 60  # a minute for clocks that differ
        day = datetime.fromtimestamp(latest_s, self._zone)
        for _ in range(2):
            moment = moment_at(day.year, day.month, day.day, clock)
            if moment is not None and self.seconds_in_zone(moment[0]) <= latest_s:
                return moment
            day -= timedelta(days=1)
        return None

    def seconds_in_zone(self, naive: datetime) -> int:
        """Return when the clock of the zone showed this; of an hour that happens twice, in the first."""
        # replace(tzinfo=None) reads the machine's zone.
        return int(naive.replace(tzinfo=self._zone).timestamp())

    def repeats_after(self, naive: datetime) -> int:
        """Return after how many seconds the clock of the zone shows a time again; 0 but for an hour a year."""
        if self._zone is UTC:
            return 0
        again = int(naive.replace(tzinfo=self._zone, fold=1).timestamp())
        return max(0, again - self.seconds_in_zone(naive))

    def seconds_of(self, naive: datetime) -> int:
        """Return the time of a stamp without a zone: in an hour that happens twice, the second if the first is over.

        It is over once a stamp lies more than half of it before the last one: what lies less is out of order.
        """
        seconds = self.seconds_in_zone(naive)
        later = self.repeats_after(naive)
        self.is_doubled = later > 0
        if later:
            if self._previous_ns > (seconds + later // 2) * NANOSECONDS:
                seconds += later
            self._previous_ns = seconds * NANOSECONDS
        return seconds


def _month_of(name: str) -> int:
    """Return the number of a month whose name is in ``MONTHS``, perhaps with more letters."""
    return MONTHS.get(name[:4].lower()) or MONTHS[name[:3].lower()]


def _clock_of(text: str, half: str | None) -> int | None:
    """Return ``HHMMSS`` as a number. ``half``: AM or PM of a clock of twelve hours."""
    if not text.isdecimal():
        hour, minute, second = map(int, f"{text}:00".replace(".", ":").replace("-", ":").split(":")[:3])
    else:
        hour, minute, second = int(text[:2]), int(text[2:4]), int(text[4:])
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if (half[0] in "pP下" or half[-1] == "後") else 0)
    return hour * 10000 + minute * 100 + second


def moment_at(year: int, month: int, day: int, clock: int, least_year: int = 1990) -> tuple[datetime, int] | None:
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


def _moment_of_week(year: int, week: int, day: int, clock: int) -> tuple[datetime, int] | None:
    """Return what ``moment_at`` does of a day that is told by its week."""
    try:
        date = datetime.fromisocalendar(year, week, day)
    except ValueError:
        return None
    return moment_at(date.year, date.month, date.day, clock)


def utc_seconds(naive: datetime) -> int:
    """Return the seconds since 1970 of a moment in UTC."""
    difference = naive - EPOCH
    return difference.days * 86400 + difference.seconds


def zone_seconds(zone: str, *, is_bias: bool = False) -> int | None:
    """Return what a zone is ahead of UTC in seconds, ``None`` if its name says nothing.

    ``is_bias``: it is the minutes to add for UTC, as Windows counts.
    """
    if is_bias:
        return -60 * int(zone)
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        # DB2 writes three digits, all of them minutes.
        hours, minutes = divmod(int(digits), 60) if len(digits) == 3 else (int(digits[:2]), int(digits[2:] or 0))
        if hours > 18 or minutes > 59:
            return None
        return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)
    minutes_ahead = ZONE_MINUTES.get(zone)
    return None if minutes_ahead is None else minutes_ahead * 60
