"""Stamps of one form in a stream: what stands before the fraction is looked up, a new second costs 1 us."""

from __future__ import annotations

from loglama_core.formats.fractions import MICROS, MILLIS, SECONDS
from loglama_core.formats.moments import Moments
from loglama_core.formats.stamp_forms import form

CACHE_SIZE = 8192


class RememberedForm:
    """Reads the stamps of one form; ``name``: of the form, ``moments``: what they mean."""

    __slots__ = (
        "_at", "_clock_end", "_either_order", "_end", "_heads", "_match", "_may_end_with_year", "_middle", "_minutes",
        "_moments", "_seconds", "_tail", "_usual",
    )  # fmt: skip

    def __init__(self, name: str, moments: Moments) -> None:
        self._moments = moments
        self._match = form(name).fullmatch
        self._either_order = name in {"month_first", "day_first"}
        self._may_end_with_year = name == "short_year"
        self._seconds: dict[str, int] = {}
        self._minutes: dict[tuple[str, str], int] = {}
        self._clock_end = 0
        # Where the last stamp with a fraction of six digits had them, and what followed: the next has them there too.
        self._heads: dict[str, int] = {}
        self._usual = self._at = self._middle = self._end = 0
        self._tail = ""

    def read(self, stamp: str) -> int | None:
        """Return the UTC nanoseconds of a stamp, ``None`` if it is not of this form or no time."""
        if len(stamp) == self._usual:
            try:
                if not self._tail:
                    return self._heads[stamp[:-7]] + MILLIS[stamp[-7:-3]] + MICROS[stamp[-3:]]
                if stamp.endswith(self._tail):
                    at, middle, end = self._at, self._middle, self._end
                    return self._heads[stamp[:at]] + MILLIS[stamp[at:middle]] + MICROS[stamp[middle:end]]
            except KeyError:
                pass
        elif (time_ns := self._seconds.get(stamp)) is not None:
            return time_ns
        fraction_ns = MILLIS.get(stamp[-4:])
        if fraction_ns is not None and (second_ns := self._seconds.get(stamp[:-4])) is not None:
            return second_ns + fraction_ns
        return self._by_minute(stamp, fraction_ns) or self._learn(stamp, fraction_ns)

    def _by_minute(self, stamp: str, fraction_ns: int | None) -> int | None:
        """Read a second of a minute that is known: 1 us instead of 5, and in a sparse log each is a new one."""
        has_micros = len(stamp) == self._usual and stamp.endswith(self._tail)
        if has_micros:
            millis_ns, micros_ns = (
                MILLIS.get(stamp[self._at : self._middle]),
                MICROS.get(stamp[self._middle : self._end]),
            )
            if millis_ns is None or micros_ns is None:
                return None
            fraction_ns = millis_ns + micros_ns
            head, after = stamp[: self._at], self._tail
        else:
            head = stamp if fraction_ns is None else stamp[:-4]
            after = head[self._clock_end :]
        second_ns = SECONDS.get(head[self._clock_end - 2 : self._clock_end])
        minute_ns = self._minutes.get((head[: self._clock_end - 2], after))
        if second_ns is None or minute_ns is None:
            return None
        (self._heads if has_micros else self._seconds)[head] = minute_ns + second_ns
        return minute_ns + second_ns + (fraction_ns or 0)

    def _learn(self, stamp: str, fraction_ns: int | None) -> int | None:
        found = self._match(stamp)
        if found is None:
            return None
        time_ns = self._moments.time_of(
            found.groupdict(), either_order=self._either_order, may_end_with_year=self._may_end_with_year
        )
        if time_ns is None or self._moments.is_doubled:
            return time_ns
        if len(self._seconds) + len(self._heads) >= CACHE_SIZE:
            self._seconds.clear()
            self._heads.clear()
            self._minutes.clear()
        begin, stop = found.span("f") if "f" in found.re.groupindex else (-1, -1)
        clock_end = self._clock_end = found.end("clock")
        if stop - begin == 6:
            if self._tail != stamp[stop:]:
                self._heads.clear()  # a zone or a year follows: the same head means another time
            self._usual, self._at, self._middle, self._end = len(stamp), begin - 1, begin + 3, stop
            head, after = stamp[: begin - 1], stamp[stop:]
            self._tail = after
            second_ns = self._heads[head] = time_ns - int(stamp[begin:stop]) * 1000
        else:
            has_millis = fraction_ns is not None and stop == len(stamp)
            head = stamp[:-4] if has_millis else stamp
            after = head[clock_end:]
            second_ns = self._seconds[head] = time_ns - ((fraction_ns or 0) if has_millis else 0)
        since_minute_ns = SECONDS.get(stamp[clock_end - 2 : clock_end])
        has_seconds = clock_end - found.start("clock") > len("05:06")
        if since_minute_ns is not None and has_seconds and (stop < 0 or stop > clock_end):
            self._minutes[head[: clock_end - 2], after] = second_ns - since_minute_ns
        return time_ns
