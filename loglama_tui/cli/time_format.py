"""Times as a person reads them, local or in UTC."""

from __future__ import annotations

import time
from functools import lru_cache

NANOSECONDS = 1_000_000_000


def readable_time(time_ns: int, *, utc: bool) -> str:
    """Return ``2026-11-01 01:00:00.084`` in local time, with a ``Z`` in UTC: ``--since`` takes both."""
    seconds, fraction = divmod(time_ns, NANOSECONDS)
    return f"{_date_time(seconds, utc)}.{fraction // 1_000_000:03}{'Z' if utc else ''}"


@lru_cache(maxsize=64)
def _date_time(seconds: int, utc: bool) -> str:  # noqa: FBT001 - lru_cache is quicker without keywords
    parts = time.gmtime(seconds) if utc else time.localtime(seconds)
    return (
        f"{parts.tm_year:04}-{parts.tm_mon:02}-{parts.tm_mday:02} "
        f"{parts.tm_hour:02}:{parts.tm_min:02}:{parts.tm_sec:02}"
    )
