"""What a stamp of each form costs in a stream, where most stand in a second, and all in a minute, that is known."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

from loglama_core.formats.moments import EPOCH
from loglama_core.formats.timestamps import StampReader

STAMPS = 50_000
PIECE = 1_000
ROUNDS = 5
STEP = timedelta(milliseconds=37, microseconds=13)
BEGIN = datetime(2026, 3, 1, 9, 59, tzinfo=UTC)
BUDGET_US = 0.4

Write = Callable[[datetime, int], str]
SPELLINGS: dict[str, tuple[str, Write]] = {
    "iso Z": ("iso", lambda t, _ns: f"{t:%Y-%m-%dT%H:%M:%S}Z"),
    "iso .ms": ("iso", lambda t, ns: f"{t:%Y-%m-%d %H:%M:%S},{ns // 10**6:03}"),
    "iso .ms Z": ("iso", lambda t, ns: f"{t:%Y-%m-%dT%H:%M:%S}.{ns // 10**6:03}Z"),
    "iso .ms +01:00": ("iso", lambda t, ns: f"{t:%Y-%m-%dT%H:%M:%S}.{ns // 10**6:03}+01:00"),
    "iso .ms +0100": ("iso", lambda t, ns: f"{t:%Y-%m-%dT%H:%M:%S}.{ns // 10**6:03}+0100"),
    "iso .us": ("iso", lambda t, ns: f"{t:%Y-%m-%d %H:%M:%S}.{ns // 10**3:06}"),
    "iso .us Z": ("iso", lambda t, ns: f"{t:%Y-%m-%dT%H:%M:%S}.{ns // 10**3:06}Z"),
    "iso .us +01:00": ("iso", lambda t, ns: f"{t:%Y-%m-%dT%H:%M:%S}.{ns // 10**3:06}+01:00"),
    "iso .7 digits Z": ("iso", lambda t, ns: f"{t:%Y-%m-%dT%H:%M:%S}.{ns // 100:07}Z"),
    "iso .7 digits +01:00": ("iso", lambda t, ns: f"{t:%Y-%m-%dT%H:%M:%S}.{ns // 100:07}+01:00"),
    "iso .ns Z": ("iso", lambda t, ns: f"{t:%Y-%m-%dT%H:%M:%S}.{ns:09}Z"),
    "iso .ns +01:00": ("iso", lambda t, ns: f"{t:%Y-%m-%dT%H:%M:%S}.{ns:09}+01:00"),
    "iso .ns": ("iso", lambda t, ns: f"{t:%Y-%m-%dT%H:%M:%S}.{ns:09}"),
    "iso .us UTC": ("iso_named_zone", lambda t, ns: f"{t:%Y-%m-%d %H:%M:%S}.{ns // 10**3:06} UTC"),
    "iso .ms UTC": ("iso_named_zone", lambda t, ns: f"{t:%Y-%m-%d %H:%M:%S}.{ns // 10**6:03} UTC"),
    "iso of one digit": ("iso_loose", lambda t, ns: f"{t:%Y-%m-%d} {t.hour}:{t:%M:%S}.{ns // 10**6:03}"),
    "iso of one digit, no fraction": ("iso_loose", lambda t, _ns: f"{t:%Y-%m-%d} {t.hour}:{t:%M:%S}"),
    "12 hours": ("iso_12_hours", lambda t, _ns: f"{t:%Y-%m-%d %I:%M:%S %p}"),
    "12 hours .ms": ("iso_12_hours", lambda t, ns: f"{t:%Y-%m-%d %I:%M:%S}.{ns // 10**6:03} {t:%p}"),
    "12 hours, month first": ("month_first", lambda t, _ns: f"{t.month}/{t.day}/{t:%Y %I:%M:%S %p}"),
    "syslog": ("syslog", lambda t, _ns: f"{t:%b} {t.day:2} {t:%H:%M:%S}"),
    "apache": ("apache", lambda t, _ns: f"{t:%d/%b/%Y:%H:%M:%S} +0100"),
    "ctime": ("ctime", lambda t, _ns: f"{t:%a %b} {t.day:2} {t:%H:%M:%S %Y}"),
    "ctime .us": ("ctime", lambda t, ns: f"{t:%a %b %d %H:%M:%S}.{ns // 10**3:06} {t:%Y}"),
    "day month .ms": ("day_month", lambda t, ns: f"{t:%d-%b-%Y %H:%M:%S}.{ns // 10**6:03}"),
    "day month .us": ("day_month", lambda t, ns: f"{t:%d %b %Y %H:%M:%S}.{ns // 10**3:06}"),
    "short year": ("short_year", lambda t, _ns: f"{t:%y/%m/%d %H:%M:%S}"),
    "day first .ms": ("day_first", lambda t, ns: f"{t:%d.%m.%Y %H:%M:%S},{ns // 10**6:03}"),
    "basic .ms": ("basic", lambda t, ns: f"{t:%Y%m%d-%H:%M:%S}.{ns // 10**6:03}"),
    "basic .us": ("basic", lambda t, ns: f"{t:%Y%m%d %H:%M:%S}.{ns // 10**3:06}"),
    "basic :ms Z": ("basic", lambda t, ns: f"{t:%Y%m%dT%H%M%S}.{ns // 10**6:03}Z"),
    "compact": ("compact", lambda t, _ns: f"{t:%y%m%d %H:%M:%S}"),
    "split .ms": ("split", lambda t, ns: f"{t:%Y-%m-%d} - {t:%H:%M:%S}.{ns // 10**6:03}"),
    "month day .ms": ("month_day", lambda t, ns: f"{t:%m-%d %H:%M:%S}.{ns // 10**6:03}"),
    "glog": ("glog", lambda t, ns: f"{t:%m%d %H:%M:%S}.{ns // 10**3:06}"),
    "chromium .us": ("chromium", lambda t, ns: f"{t:%m%d/%H%M%S}.{ns // 10**3:06}"),
    "unreal": ("unreal", lambda t, ns: f"{t:%Y.%m.%d-%H.%M.%S}:{ns // 10**6:03}"),
    "websphere": ("websphere", lambda t, ns: f"{t.month}/{t.day}/{t:%y %H:%M:%S}:{ns // 10**6:03}"),
    "clock .us": ("clock", lambda t, ns: f"{t:%H:%M:%S}.{ns // 10**3:06}"),
    "digits": ("digits", lambda t, _ns: f"{t:%Y%m%d%H%M%S}"),
    "dotted .us": ("dotted", lambda t, ns: f"{t:%Y-%m-%d-%H.%M.%S}.{ns // 10**3:06}"),
    "tai64n": ("tai64n", lambda t, ns: f"@{seconds(t) + (1 << 62) + 10:016x}{ns:08x}"),
    "epoch": ("epoch", lambda t, _ns: f"{seconds(t)}"),
    "epoch .ms": ("epoch", lambda t, ns: f"{seconds(t)}.{ns // 10**6:03}"),
    "epoch .us": ("epoch", lambda t, ns: f"{seconds(t)}.{ns // 10**3:06}"),
    "epoch .ns": ("epoch", lambda t, ns: f"{seconds(t)}.{ns:09}"),
    "epoch in ms": ("epoch", lambda t, ns: f"{seconds(t)}{ns // 10**6:03}"),
    "epoch in us": ("epoch", lambda t, ns: f"{seconds(t)}{ns // 10**3:06}"),
    "epoch in ns": ("epoch", lambda t, ns: f"{seconds(t)}{ns:09}"),
}
"""Spelling -> its form and how a moment is written so."""


def seconds(moment: datetime) -> int:
    """Return the seconds since 1970."""
    return int((moment.replace(tzinfo=None) - EPOCH).total_seconds())


def test_a_stamp_of_each_spelling_in_a_stream() -> None:
    moments = [BEGIN + number * STEP for number in range(STAMPS)]
    slow = []
    for spelling, (form, write) in SPELLINGS.items():
        # The digits past microseconds differ, too.
        stamps = [write(at, at.microsecond * 1000 + at.microsecond * 7 % 1000) for at in moments]
        ahead = timedelta(hours=1) if "+01" in stamps[0] else timedelta()
        pieces = [stamps[at : at + PIECE] for at in range(0, STAMPS, PIECE)]
        best, times = [1e9] * len(pieces), list[int | None]()
        for _ in range(ROUNDS):
            read = StampReader(UTC, int(BEGIN.timestamp() + 3_600) * 10**9).reader(form)
            times = []
            for number, piece in enumerate(pieces):
                cut = [stamp[:1] + stamp[1:] for stamp in piece]  # as out of a line: just made, and never hashed
                begin = time.perf_counter()
                times += [read(stamp) for stamp in cut]
                best[number] = min(best[number], time.perf_counter() - begin)
        for at, time_ns in zip(moments, times, strict=True):
            assert time_ns is not None, spelling
            moment = datetime.fromtimestamp(time_ns // 10**9, timezone(ahead)).replace(tzinfo=UTC)
            assert moment == at.replace(microsecond=0), spelling
        cost_us = sum(best) / STAMPS * 1e6
        print(f"\n{spelling:30} {stamps[0]:38} {cost_us:.2f} us", end="")
        if cost_us > BUDGET_US:
            slow.append(f"{spelling} {cost_us:.2f}")
    print(f"\nabove {BUDGET_US} us: {', '.join(slow) or 'none'}")
