"""Times as people write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglama_core.errors import UsageError
from loglama_core.query.time_expression import parse_time, time_text

WARSAW = ZoneInfo("Europe/Warsaw")
NOW = datetime(2026, 11, 2, 0, 30, 15, tzinfo=WARSAW)
NOW_NS = int(NOW.timestamp()) * 10**9 + 5


def ns(*parts: int, zone: timezone | ZoneInfo = WARSAW, extra: int = 0) -> int:
    year, month, day, *clock = parts
    hour, minute, second = (*clock, 0, 0, 0)[:3]
    return int(datetime(year, month, day, hour, minute, second, tzinfo=zone).timestamp()) * 10**9 + extra


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW_NS),
        ("today", ns(2026, 11, 2)),
        ("Yesterday", ns(2026, 11, 1)),
        ("15m", NOW_NS - 900 * 10**9),
        ("-15m", NOW_NS - 900 * 10**9),
        ("2h", NOW_NS - 7200 * 10**9),
        ("1d", NOW_NS - 86400 * 10**9),
        ("1w", NOW_NS - 7 * 86400 * 10**9),
        ("1h30m", NOW_NS - 5400 * 10**9),
        ("14:30", ns(2026, 11, 2, 14, 30)),
        ("14:30:05.25", ns(2026, 11, 2, 14, 30, 5, extra=250_000_000)),
        ("2026-11-01", ns(2026, 11, 1)),
        ("2026-11-01 12:00", ns(2026, 11, 1, 12)),
        (" 2026-11-01T12:00:07 ", ns(2026, 11, 1, 12, 0, 7)),
        ("2026-11-01T12:00:07.123456789Z", ns(2026, 11, 1, 12, 0, 7, zone=ZoneInfo("UTC"), extra=123_456_789)),
        ("2026-11-01T12:00:07+02:00", ns(2026, 11, 1, 12, 0, 7, zone=timezone(timedelta(hours=2)))),
        ("2026-11-01 12:00 -0330", ns(2026, 11, 1, 12, zone=timezone(-timedelta(hours=3, minutes=30)))),
        ("2026-07-01 12:00", ns(2026, 7, 1, 12)),
        ("1790000000", 1_790_000_000 * 10**9),
        ("1790000000.5", 1_790_000_000 * 10**9 + 500_000_000),
        ("1790000000123", 1_790_000_000_123 * 10**6),
        ("1969-12-31T23:59:59.5Z", -500_000_000),
    ],
)
def test_accepted_forms(text: str, expected: int) -> None:
    assert parse_time(text, NOW_NS, WARSAW) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "m", "15", "15x", "25:00", "14:61", "2026-02-30", "2026-13-01", "2026-11-01T", "20261101", "1" * 30,
        "0001-01-01", "9999-12-31", "999999999w", "2026-11-01T12:00+99:00", "١٤:٣٠", "2026-11-01 12:00 Mars",
    ],
)  # fmt: skip
def test_anything_else_names_the_accepted_forms(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_time(text, NOW_NS, WARSAW)
    assert "2026-11-01" in caught.value.hint


def test_local_zone_is_the_machine_s() -> None:
    expected = int(datetime(2026, 11, 1, 12).timestamp()) * 10**9  # noqa: DTZ001 - local is what is tested
    assert parse_time("2026-11-01 12:00", NOW_NS) == expected


@given(st.integers(-(2**63), 2**63 - 1))
def test_time_text_is_read_back_exactly(moment: int) -> None:
    assert parse_time(time_text(moment), NOW_NS, UTC) == moment


@given(st.text())
def test_any_text_is_a_time_or_a_usage_error(text: str) -> None:
    with suppress(UsageError):
        parse_time(text, NOW_NS, WARSAW)
