"""The spellings of one moment at the begin of a line that no layout of the catalog has."""

from __future__ import annotations

import pytest

from loglama_core.model import RecordFlag, level_name
from tests.core.formats.assembling import nanoseconds, row_of

SECOND = "2026-05-15T16:14:56Z"
MINUTE = "2026-05-15T16:14:00Z"
MILLISECOND = "2026-05-15T16:14:56.374Z"


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("2026-05-15T16:14Z", MINUTE),
        ("2026-05-15T17:14+01:00", MINUTE),
        ("2026-05-15 17:14+0100", MINUTE),
        ("2026-05-15 16:14", MINUTE),
        ("15.05.2026 16:14", MINUTE),
        ("15/05/2026 16:14", MINUTE),
        ("05/15/2026 4:14 PM", MINUTE),
        ("Fri, 15 May 2026 17:14:56 +01:00", SECOND),
        ("2026-05-15 17:14:56 GMT+01:00", SECOND),
        ("2026-05-15 17:14:56 UTC+1", SECOND),
        ("2026-05-15 18:14:56.374 +0200 CEST", MILLISECOND),
        ("2026-05-15 16:14:56.374 +0000 UTC m=+0.000000001", MILLISECOND),
        ("05-15-2026-16:14:56.374", MILLISECOND),
        ("15-05-2026-16:14:56,374", MILLISECOND),
        ("5/15/26 4:14:56 PM", SECOND),
        ("5/15/26, 4:14:56 PM", SECOND),
        ("15/05/26 16:14:56", SECOND),
        ("26-05-15 16:14:56", SECOND),
        ("2026/5/15 16:14:56", SECOND),
        ("2026-5-15 16:14:56", SECOND),
        ("2026-05-15_16-14-56", SECOND),
        ("2026-05-15T16-14-56Z", SECOND),
        ("2026-05-15T161456Z", SECOND),
        ("2026-05-15 16.14.56", SECOND),
        ("15-May-26 16:14:56", SECOND),
        ("15-MAY-26 04.14.56.374000 PM", MILLISECOND),
        ("May 15, 2026 @ 16:14:56.374", MILLISECOND),
        ("May-15-2026 16:14:56", SECOND),
        ("May 15 2026 17:14:56.374+0100", MILLISECOND),
        ("May 15 2026 11:14:56 -0500", SECOND),
        ("15 mai 2026 16:14:56", SECOND),
        ("15. Mai 2026 16:14:56", SECOND),
        ("2026年05月15日 16:14:56", SECOND),
        ("1.778861696374e9", MILLISECOND),
        ("{2026-05-15 16:14:56}", SECOND),
        ("'2026-05-15 16:14:56'", SECOND),
    ],
)
def test_a_stamp_is_read_however_it_is_spelled(stamp: str, moment: str) -> None:
    time_ns, severity, _service, _logger, message, _fields, _offset, flags, _whole = row_of(f"{stamp} WARN it broke")
    assert not flags & RecordFlag.TIME_INFERRED
    assert (time_ns, level_name(severity), message) == (nanoseconds(moment), "warning", "it broke")


@pytest.mark.parametrize(
    ("line", "hour"),
    [("04:14:56.374 PM WARN it broke", 16), ("04:14:56 AM WARN it broke", 4), ("12:14:56 AM WARN x", 0)],
)
def test_a_clock_of_twelve_hours_is_one(line: str, hour: int) -> None:
    time_ns, *_ = row_of(line)
    assert time_ns // 3_600_000_000_000 % 24 == hour


@pytest.mark.parametrize(
    "line", ["16:14 it was", "the drawer of 2026-05-15 16:14 jams", "4:3 is a ratio", "2026-05-15 it was"]
)
def test_a_number_in_a_sentence_is_no_stamp(line: str) -> None:
    row = row_of(line)
    assert row[7] & RecordFlag.TIME_INFERRED
    assert row[4] == line
