"""Stamps of one form in a stream: what is known of the second and the zone is kept, and the fraction added."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from loglama_core.formats.date_order import DateOrder
from loglama_core.formats.fractions import MILLIS, SECONDS
from loglama_core.formats.moments import NANOSECONDS, Moments

CACHE_SIZE = 8192


@dataclass(slots=True)
class _Known:
    """What stands before the fraction -> UTC nanoseconds, for stamps with the same text behind it, such as a zone."""

    clock_end: int
    seconds: dict[str, int] = field(default_factory=dict)
    minutes: dict[str, int] = field(default_factory=dict)
    """The same without the two digits of the second, which ends at ``clock_end``."""


_Layout = tuple[int, str, int, str, dict[str, int], slice, slice, int]
"""Where stamps of one length have what.

``(length, second, second_ns, tail, seconds, head, fraction, unit)``: all begin with ``second`` as the last one did, or
with one of ``seconds`` in its place, ``head``, and end with ``tail``. ``fraction``: where its digits are; ``unit``: the
nanoseconds of the last one, 0 for a fraction that is looked up, with its mark. Without a fraction ``seconds`` are
whole stamps, and ``unit`` is -1.
"""

_NOWHERE = slice(0)
_NO_LAYOUT: _Layout = (-1, "", 0, "", {}, _NOWHERE, _NOWHERE, -1)


class RememberedForm:
    """Reads the stamps of one form. ``form``: returns its expression (``stamp_forms``), ``moments`` knows its parts.

    ``date_order``, ``may_end_with_year``: as for ``Moments.time_of``. ``millis``: fractions of up to three digits.
    """

    __slots__ = (
        "_date_order", "_form", "_kept", "_known", "_layout", "_layouts", "_may_end_with_year", "_millis", "_moments",
        "_whole",
    )  # fmt: skip

    def __init__(
        self,
        form: Callable[[], re.Pattern[str]],
        moments: Moments,
        *,
        date_order: DateOrder | None = None,
        may_end_with_year: bool = False,
        millis: dict[str, int] = MILLIS,
    ) -> None:
        self._form = form  # compiled when first needed, at 0.5 ms each
        self._moments = moments
        self._date_order = date_order
        self._may_end_with_year = may_end_with_year
        self._millis = millis
        self._forget()

    def _forget(self) -> None:
        self._kept = 0
        self._whole: dict[str, int] = {}
        self._known: dict[tuple[int, str], _Known] = {}
        self._layouts: dict[int, _Layout] = {}
        self._layout = _NO_LAYOUT

    def read(self, stamp: str) -> int | None:
        """Return the UTC nanoseconds of a stamp, ``None`` if it is not of this form or no time."""
        length, second, second_ns, tail, seconds, head, fraction, unit = self._layout
        if len(stamp) == length:
            try:
                if unit < 0:
                    return seconds[stamp]
                if not tail or stamp.endswith(tail):
                    if not stamp.startswith(second):
                        second_ns = seconds[stamp[head]]
                    digits = stamp[fraction]
                    if not unit:
                        return second_ns + self._millis[digits]
                    if digits.isdecimal() and digits.isascii():
                        return second_ns + int(digits) * unit
            except KeyError:
                pass
        if self._recall(stamp):
            return self.read(stamp)
        return self._learn(stamp)

    def _recall(self, stamp: str) -> bool:
        """Turn to stamps of another length or with another zone, or to another second of a minute that is known.

        That costs 1 us, where learning costs 5, and in a sparse log each second is a new one. Returns whether
        something changed, so that the stamp may be read now.
        """
        layout = self._layouts.get(len(stamp))
        if layout is None:
            return False
        length, _, _, last_tail, seconds, head, fraction, unit = layout
        tail = stamp[fraction.stop :]
        known = self._known.get((head.stop, tail))
        if known is None:
            return False
        second = stamp[head] if unit >= 0 else stamp
        if tail != last_tail:
            seconds = known.seconds if unit >= 0 else self._whole
        is_new = second not in seconds
        if is_new:
            at = known.clock_end
            since_minute_ns = SECONDS.get(stamp[at - 2 : at])
            minute_ns = known.minutes.get(stamp[: at - 2] + second[at:])
            if since_minute_ns is None or minute_ns is None or self._kept >= CACHE_SIZE:
                return False
            seconds[second] = minute_ns + since_minute_ns
            self._kept += 1
        if layout is self._layout and tail == last_tail and not is_new:
            return False
        self._layout = length, second, seconds[second], tail, seconds, head, fraction, unit
        self._layouts[length] = self._layout
        return True

    def _learn(self, stamp: str) -> int | None:
        found = self._form().fullmatch(stamp)
        if found is None:
            return None
        parts = found.groupdict()
        time_ns = self._moments.time_of(parts, date_order=self._date_order, may_end_with_year=self._may_end_with_year)
        if time_ns is None or self._moments.is_doubled:
            return time_ns
        if self._kept >= CACHE_SIZE:
            self._forget()
        clock_begin, at = found.span("clock")
        begin, stop = next((found.span(name) for name in ("f", "ms", "us") if parts.get(name)), (at, at))
        if stop - begin > 9 or begin - at > 1:  # the fraction stands elsewhere
            return time_ns
        unit = -1 if begin == stop else 0 if stop - begin <= 3 else 10 ** (9 - stop + begin)
        head = slice(begin if unit > 0 else at)
        tail = stamp[stop:]
        second, second_ns = stamp[head] if unit >= 0 else stamp, time_ns - time_ns % NANOSECONDS
        known = self._known.setdefault((head.stop, tail), _Known(at))
        seconds = known.seconds if unit >= 0 else self._whole
        seconds[second] = second_ns
        since_minute_ns = SECONDS.get(stamp[at - 2 : at])
        if since_minute_ns is not None and at - clock_begin > len("05:06"):
            known.minutes[stamp[: at - 2] + second[at:]] = second_ns - since_minute_ns
        self._layout = len(stamp), second, second_ns, tail, seconds, head, slice(head.stop, stop), unit
        self._layouts[len(stamp)] = self._layout
        self._kept += 1
        return time_ns
