"""What a person means by ``since:15m``, ``yesterday`` or ``2026-11-01 12:00``: a moment in UTC nanoseconds."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from loglama_core.errors import UsageError

SECOND_NS = 1_000_000_000
_EARLIEST_NS, _LATEST_NS = -(2**63), 2**63 - 1

ACCEPTED_TIMES = (
    "2026-11-01, 2026-11-01 14:30, 2026-11-01T14:30:00Z, 14:30, today, yesterday, now,"
    " 15m, -15m, 2h, 1d, 1w, epoch seconds or milliseconds"
)
"""The accepted forms, as they are named in hints."""

_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
_MOMENT = re.compile(
    rf"(?P<date>\d{{4}}-\d{{2}}-\d{{2}})(?:[T ]{_CLOCK} ?(?P<zone>Z|[+-]\d{{2}}:?\d{{2}})?)?", re.ASCII | re.IGNORECASE
)
_TIME_OF_DAY = re.compile(_CLOCK, re.ASCII)
_AGO = re.compile(r"-?((?:\d{1,9}[smhdw])+)", re.ASCII | re.IGNORECASE)
_SPAN = re.compile(r"(\d+)([smhdw])", re.ASCII | re.IGNORECASE)
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_EPOCH = re.compile(r"(?P<seconds>\d{9,11})(?:\.(?P<fraction>\d{1,9}))?|(?P<milliseconds>\d{12,14})", re.ASCII)


def parse_time(text: str, now_ns: int, zone: tzinfo | None = None) -> int:
    """Return the moment that ``text`` names, in UTC nanoseconds.

    ``now_ns``: what ``15m`` and ``yesterday`` count back from. ``zone``: of times that name none, ``None`` for the
    machine's. A clock time is today's. Raises ``UsageError`` with the accepted forms for anything else.
    """
    try:
        moment = _moment(text.strip(), now_ns, zone)
    except (ValueError, OverflowError):  # a date such as 2026-02-30, a year beyond what this machine's zone data know
        moment = None
    if moment is None or not _EARLIEST_NS <= moment <= _LATEST_NS:
        raise UsageError(f"{text!r} is not a time", f"accepted: {ACCEPTED_TIMES}")
    return moment


def time_text(time_ns: int) -> str:
    """Return the ISO-8601 text in UTC that ``parse_time`` reads back as ``time_ns``."""
    seconds, fraction = divmod(time_ns, SECOND_NS)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    digits = f".{fraction:09d}".rstrip("0") if fraction else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{digits}Z"


def _moment(text: str, now_ns: int, zone: tzinfo | None) -> int | None:  # noqa: PLR0911 - one return per form
    if ago := _AGO.fullmatch(text):
        seconds = sum(int(count) * _UNIT_SECONDS[unit.lower()] for count, unit in _SPAN.findall(ago[1]))
        return now_ns - seconds * SECOND_NS
    today = datetime.fromtimestamp(now_ns // SECOND_NS, zone).date()
    match text.lower():
        case "now":
            return now_ns
        case "today":
            return _in_zone(today, zone)
        case "yesterday":
            return _in_zone(today - timedelta(days=1), zone)
    if epoch := _EPOCH.fullmatch(text):
        if epoch["milliseconds"]:
            return int(epoch["milliseconds"]) * 1_000_000
        return int(epoch["seconds"]) * SECOND_NS + _nanoseconds(epoch["fraction"])
    if clock := _TIME_OF_DAY.fullmatch(text):
        return _in_zone(today, zone, clock)
    if moment := _MOMENT.fullmatch(text):
        named = moment["zone"]
        clock_given = moment if moment["hour"] else None
        return _in_zone(date.fromisoformat(moment["date"]), _offset(named) if named else zone, clock_given)
    return None


def _in_zone(day: date, zone: tzinfo | None, clock: re.Match[str] | None = None) -> int:
    hour, minute, second = (int(clock[part] or 0) for part in ("hour", "minute", "second")) if clock else (0, 0, 0)
    moment = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone)
    fraction = _nanoseconds(clock["fraction"]) if clock else 0
    since_epoch = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since_epoch.days * 86_400 + since_epoch.seconds) * SECOND_NS + fraction


def _offset(text: str) -> tzinfo:
    if text in {"Z", "z"}:
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))


def _nanoseconds(fraction: str | None) -> int:
    return int((fraction or "0").ljust(9, "0"))
