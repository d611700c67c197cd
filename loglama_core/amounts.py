"""Amounts as a person reads them, short enough for a table: bytes, lengths of time, ages."""

from __future__ import annotations

_SECOND_NS = 1_000_000_000
_BYTE_UNITS = ("kB", "MB", "GB", "TB", "PB")
_TIME_UNITS = ((60, "s"), (60, "m"), (24, "h"), (365, "d"))


def byte_size(number: int) -> str:
    """Return a number of bytes in its largest decimal unit: ``512 B``, ``1.2 MB``, ``61 GB``."""
    if number < 1000:
        return f"{number} B"
    power = 1
    while number >= 999.5 * 1000**power and power < len(_BYTE_UNITS):
        power += 1
    amount = number / 1000**power
    unit = _BYTE_UNITS[power - 1]
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"


def counted(number: int, noun: str) -> str:
    """Return how many of something there are: ``1 service``, ``1,200 services``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """Return a length of time in its largest unit: ``12 s``, ``4 m``, ``3 h``, ``9 d``, ``2 y``."""
    amount = int(seconds)
    for size, unit in _TIME_UNITS:
        if amount < size:
            return f"{amount} {unit}"
        amount //= size
    return f"{amount} y"


def age(time_ns: int, now_ns: int) -> str:
    """Return how long ago a time was, ``4 m ago`` or ``now``; one that is still to come is ``in 3 h``."""
    seconds = abs(now_ns - time_ns) // _SECOND_NS
    if seconds == 0:
        return "now"
    return f"in {duration(seconds)}" if time_ns > now_ns else f"{duration(seconds)} ago"


def compact_duration(seconds: float) -> str:
    """Return a length of time in its two largest units: ``12s``, ``3h12m``, ``9d4h``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (rest, "s")]
    while len(parts) > 1 and not parts[0][0]:
        parts.pop(0)
    return "".join(f"{value}{unit}" for value, unit in parts[:2])
