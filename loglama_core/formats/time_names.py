"""How surely the name of a value tells that it is the time of the record: of keys that no list has."""

from __future__ import annotations

import re
from functools import cache

_BEST = frozenset(
    {"rt", "time", "timestamp", "@timestamp", "datetime", "date_time", "ts", "date", "systemtime"}
    | {"eventtime", "event_time", "eventtimestamp", "event_timestamp", "devtime", "logtime", "log_time", "utctime"}
)
_BEGINS = frozenset({"start", "begin", "created", "received", "occurred", "detected", "generated", "published"})
_STAMPS = ("stamp", "eventtime", "event_time", "epoch", "rt", "start", "end")


@cache
def _times() -> re.Pattern[str]:
    return re.compile(
        r"(?:[Tt]ime|TIME|[Dd]ate|DATE|[Ss]tamp|STAMP|_ts|At|_at)(?:_?(?:epoch|utc|UTC|Utc|ms|local|[Ss]ec|MSec|s))?$"
        r"|^[Tt]ime_?(?i:generated|received|logged|created|occurred|reported|written|detected)"
    )


@cache
def _others() -> re.Pattern[str]:
    """Match names of times that are not when the record was written."""
    return re.compile(
        r"expir|until|valid|next|birth|boot|modif|updat|last|install|uptime|release|since|deadline|due|previous"
        r"|first|join|changed|schedul|build|commit|renew|retry|purge|delete"
    )


@cache
def _happened() -> re.Pattern[str]:
    """Match names that say when something happened: ``detectedTime``, ``started_at``, ``reqTimeSec``."""
    return re.compile(
        r"(?<!elaps)(?<!us)ed_?(?:time|date|at)(?:_?ms)?$|(?:req|request|event|log)_?time(?:_?m?sec|_?ms|_s)$"
        r"|date|start|begin|utc|unix|epoch|creat|generat|writ"
    )


def time_rank(name: str) -> int | None:
    """Return how surely a name is that of the record's time, 0 best; ``None`` if it is not."""
    lower = name.lower()
    if lower in _BEST:
        return 0
    if lower in _BEGINS:
        return 2
    if lower == "end":
        return 3
    if _times().search(name) is None or _others().search(lower) is not None:
        return None
    if "end" in lower or "finish" in lower or "complet" in lower:
        return 3
    return 2 if "start" in lower or "begin" in lower or "creat" in lower else 1


def is_number_time(name: str) -> bool:
    """Return whether a mere number under a name is a time, and not how long something took."""
    lower = name.lower()
    return lower in _BEST or lower.endswith(_STAMPS) or _happened().search(lower) is not None


def is_local(stamp: str) -> bool:
    """Return whether a text has the shape of a stamp up to the second that names no zone."""
    return len(stamp) == len("2026-03-04 05:06:07") and stamp[4] == stamp[7] == "-" and stamp[13] == ":"
