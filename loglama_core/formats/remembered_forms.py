"""Stamps of one form in a stream: what is known of the second, the fraction and the zone is looked up and added."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from loglama_core.formats.fractions import MICROS, MILLIS, NANOS, SECONDS
from loglama_core.formats.moments import NANOSECONDS, Moments

CACHE_SIZE = 8192


@dataclass(slots=True)
class _Known:
    """What stands before the fraction -> UTC nanoseconds, for stamps with the same text behind it, such as a zone."""

    seconds: dict[str, int] = field(default_factory=dict)
    minutes: dict[str, int] = field(default_factory=dict)
    """The same up to the two digits of the second."""


_Layout = tuple[int, int, int, int, int, int, str, dict[str, int]]
"""Where stamps of one length have what: ``(length, pieces, at, second, third, stop, tail, seconds)``.

``at``: the end of the clock, ``stop``: of the fraction, ``tail``: what follows it. The fraction is looked up in
``pieces`` of three digits: the first with its mark from ``at`` on, the second from ``second``, the third from
``third``. ``seconds``: of stamps with this tail; without a fraction of whole stamps.
"""

_NO_LAYOUT: _Layout = (-1, 0, 0, 0, 0, 0, "", {})


class RememberedForm:
    """Reads the stamps of one form. ``form``: returns its expression (``stamp_forms``), ``moments`` knows its parts.

    ``either_order``, ``may_end_with_year``: as for ``Moments.time_of``. ``millis``: fractions of up to three digits.
    """

    __slots__ = (
        "_either_order", "_form", "_kept", "_known", "_layout", "_layouts", "_may_end_with_year", "_millis", "_moments",
        "_whole",
    )  # fmt: skip

    def __init__(
        self,
        form: Callable[[], re.Pattern[str]],
        moments: Moments,
        *,
        either_order: bool = False,
        may_end_with_year: bool = False,
        millis: dict[str, int] = MILLIS,
    ) -> None:
        self._form = form  # compiled when first needed, at 0.5 ms each
        self._moments = moments
        self._either_order = either_order
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
        length, pieces, at, second, third, stop, tail, seconds = self._layout
        if len(stamp) == length:
            try:
                if not pieces:
                    return seconds[stamp]
                if not tail or stamp[stop:] == tail:
                    if pieces == 1:
                        return seconds[stamp[:at]] + self._millis[stamp[at:stop]]
                    if pieces == 2:
                        return seconds[stamp[:at]] + MILLIS[stamp[at:second]] + MICROS[stamp[second:stop]]
                    micros_ns = MICROS[stamp[second:third]] + NANOS[stamp[third:stop]]
                    return seconds[stamp[:at]] + MILLIS[stamp[at:second]] + micros_ns
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
        length, pieces, at, second, third, stop, last_tail, seconds = layout
        tail = stamp[stop:]
        known = self._known.get((at, tail))
        if known is None:
            return False
        changed = layout is not self._layout or tail != last_tail
        if changed:
            seconds = known.seconds if pieces else self._whole
            self._layout = self._layouts[length] = length, pieces, at, second, third, stop, tail, seconds
        key = stamp[:at] if pieces else stamp
        since_minute_ns, minute_ns = SECONDS.get(stamp[at - 2 : at]), known.minutes.get(stamp[: at - 2])
        if key in seconds or since_minute_ns is None or minute_ns is None or self._kept >= CACHE_SIZE:
            return changed
        seconds[key] = minute_ns + since_minute_ns
        self._kept += 1
        return True

    def _learn(self, stamp: str) -> int | None:
        found = self._form().fullmatch(stamp)
        if found is None:
            return None
        parts = found.groupdict()
        time_ns = self._moments.time_of(
            parts, either_order=self._either_order, may_end_with_year=self._may_end_with_year
        )
        if time_ns is None or self._moments.is_doubled:
            return time_ns
        if self._kept >= CACHE_SIZE:
            self._forget()
        clock_begin, at = found.span("clock")
        begin, stop = next((found.span(name) for name in ("f", "ms", "us") if parts.get(name)), (at, at))
        pieces = (stop - begin + 2) // 3
        if pieces > 3 or begin - at > 1:  # the fraction stands elsewhere
            return time_ns
        tail = stamp[stop:]
        second_ns = time_ns - time_ns % NANOSECONDS
        known = self._known.setdefault((at, tail), _Known())
        seconds = known.seconds if pieces else self._whole
        seconds[stamp[:at] if pieces else stamp] = second_ns
        since_minute_ns = SECONDS.get(stamp[at - 2 : at])
        if since_minute_ns is not None and at - clock_begin > len("05:06"):
            known.minutes[stamp[: at - 2]] = second_ns - since_minute_ns
        layout = len(stamp), pieces, at, begin + 3, begin + 6, stop, tail, seconds
        self._layouts[len(stamp)] = self._layout = layout
        self._kept += 1
        return time_ns
