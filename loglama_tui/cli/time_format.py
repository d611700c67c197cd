"""Times as they are printed: ISO-8601 in UTC for programs, local (or UTC) for a person."""

from __future__ import annotations

import time
from functools import lru_cache

NANOSECONDS = 1_000_000_000


def utc_time(time_ns: int) -> str:
    """Return UTC nanoseconds as ``2026-11-01T00:00:00.084891Z``: 3, 6 or 9 digits, the fewest that lose nothing."""
    seconds, fraction = divmod(time_ns, NANOSECONDS)
    if fraction % 1_000_000 == 0:
        digits = f"{fraction // 1_000_000:03}"
    elif fraction % 1_000 == 0:
        digits = f"{fraction // 1_000:06}"
    else:
        digits = f"{fraction:09}"
    return f"{_date_time(seconds, True, 'T')}.{digits}Z"


def readable_time(time_ns: int, *, utc: bool) -> str:
    """Return ``2026-11-01 01:00:00.084`` in local time, with a ``Z`` in UTC: ``--since`` takes both."""
    seconds, fraction = divmod(time_ns, NANOSECONDS)
    return f"{_date_time(seconds, utc, ' ')}.{fraction // 1_000_000:03}{'Z' if utc else ''}"


@lru_cache(maxsize=64)
def _date_time(seconds: int, utc: bool, separator: str) -> str:  # noqa: FBT001 - lru_cache is quicker without keywords
    parts = time.gmtime(seconds) if utc else time.localtime(seconds)
    return (
        f"{parts.tm_year:04}-{parts.tm_mon:02}-{parts.tm_mday:02}{separator}"
        f"{parts.tm_hour:02}:{parts.tm_min:02}:{parts.tm_sec:02}"
    )
