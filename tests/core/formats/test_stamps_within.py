"""Stamps that do not begin their line: behind other parts of a layout, in a pair, under a key that no list has."""

from __future__ import annotations

import time

import pytest

from loglama_core.formats.time_names import time_rank
from loglama_core.model import RecordFlag, level_name
from tests.core.formats.assembling import nanoseconds, row_of, rows_of

SECOND = "2026-03-04T05:06:07Z"


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        ("192.0.2.7 - - - [04/Mar/2026:05:06:07 ] shop.example GET /", None, "shop.example GET /"),
        ("192.0.2.7 - ann [03/04/2026 05:06:07] opens drawer 3", None, "opens drawer 3"),
        ("192.0.2.7 2026-03-04 05:06:07 UTC [711] ann@shop FATAL:  no such drawer", "critical", "no such drawer"),
        ("1772600767.4711.0 [04/Mar/2026 05:06:07] ann - till", None, "ann - till"),
        ("(W) 2026-03-04T05:06:07 - drawer 3 does not open", "warning", "drawer 3 does not open"),
        ("<W>2026-03-04 05:06:07.000 1 => <4:ann(-1)> leaves", "warning", "1 => <4:ann(-1)> leaves"),
        ("TillClosed SHOP_1 [04/Mar/2026:05:06:07 +0000] drawer 3", None, "drawer 3"),
        ("7f3a2 00cff -- none -- - 2026-03-04T05:06:07+00:00 WARN (4): no drawer", "warning", "(4): no drawer"),
        ("05:06:07 1|till  | 2026-03-04 05:06:07: drawer 3 is open", None, "drawer 3 is open"),
        ('"SHOP1","TILL",03/04/2026,05:06:07,2,,"ann"', None, '2,,"ann"'),
        ("Mar  4 05:06:07 till1 : #WARNING# drawer 3 jams", "warning", "drawer 3 jams"),
        ("[2026-03-04 05:06:07]LOGIN FAILED for ann", None, "LOGIN FAILED for ann"),
        ("Mar-04-26 05:06:07 drawer 3 is open", None, "drawer 3 is open"),
        ("2026:03:04-05:06:07: drawer 3 is open", None, "drawer 3 is open"),
        ("03-04 05:06:07.000000 [WARN] [TILL] [till.c:47] drawer 3 jams", "warning", None),
        (" WARN: [Mar  4 05:06:07.000] drawer 3 does not open", "warning", "drawer 3 does not open"),
        ("192.0.2.7 -  -  [04/mars/2026:05:06:07 +0000] GET /", None, "GET /"),
        ('<co ts="2026-03-04T05:06:07.00" sc="till" dr="+" mi="opened"/>', None, None),
        ("id=-1 user=ann lee till=3 seen_timestamp=2026-03-04 05:06:07 state=open", None, None),
        ('[till=3 owner="Ann" DateTime="03/04/2026 05:06:07" level="warning"]', "warning", None),
        ("a=1 b=two words last_time=2024-01-01T00:00:00Z end=2025-01-01T00:00:00Z rt=2026-03-04 05:06:07", None, None),
    ],
)
def test_a_stamp_behind_other_parts_of_a_layout_is_the_records(
    line: str, level: str | None, message: str | None
) -> None:
    time_ns, severity, _service, _logger, text, _fields, _offset, flags, _whole = row_of(line)
    assert not flags & RecordFlag.TIME_INFERRED
    assert time_ns == nanoseconds(SECOND)
    assert level_name(severity) == level
    assert message is None or text == message


@pytest.mark.parametrize(
    "line",
    [
        "drawer 3 was opened at 2026-03-04 05:06:07 by Ann",
        "Backup of 2026-03-04 05:06:07 restored",
        "next run [2026-03-04 05:06:07] is near",
        "the drawer [2026-03-04 05:06:07] jams",
        "[job 3] next run at [2026-03-04 05:06:07]",
        "valid until: 2026-03-04 05:06:07",
        " 42 | 2026-03-04 05:06:07 | open",
        "since=2026-03-04T05:06:07Z a=1 b=2 c=3",
        "start at x=1, y=2, z=3, time=2026-03-04 05:06:07",
        '{"drawer": 3, "expires_at": "2026-03-04T05:06:07Z"}',
        '{"drawer": 3, "last_update": "2026-03-04T05:06:07Z"}',
        '{"drawer": 3, "wait_time": 1772600767}',
        '{"drawer": 3, "birth_date": "2026-03-04T05:06:07Z"}',
    ],
)
def test_a_stamp_that_a_text_speaks_of_is_not_the_records(line: str) -> None:
    assert row_of(line)[7] & RecordFlag.TIME_INFERRED


@pytest.mark.parametrize(
    "pairs",
    [
        '"creationDate": "2026-03-04T05:06:07Z", "endDate": "2027-03-04T05:06:07Z"',
        '"endTime": "2027-03-04T05:06:07Z", "clickTime": "2026-03-04T05:06:07.000Z"',
        '"detectedAt": "2026-03-04T05:06:07Z", "lastSeenAt": "2027-03-04T05:06:07Z"',
        '"received": "Wed Mar  4 05:06:07 2026"',
        '"start": 1772600767, "end": 1772600768',
        '"time": "2026-03-04 06:06:07", "tz": "+0100"',
    ],
)
def test_the_time_of_an_object_is_told_by_the_name_of_its_key(pairs: str) -> None:
    assert row_of(f'{{"drawer": 3, {pairs}}}')[0] == nanoseconds(SECOND)


def test_a_time_of_day_of_writing_stands_before_one_of_begin_and_that_before_one_of_end() -> None:
    names = ["rt", "seen_time", "start_time", "end_time", "expiry_time"]
    assert [time_rank(name) for name in names] == [0, 1, 2, 3, None]


def test_levels_may_be_aligned_to_the_right() -> None:
    lines = [
        "ERROR: [Mar  4 05:06:07.000] drawer 3 jams",
        " WARN: [Mar  4 05:06:07.000] drawer 4 is slow",
        " it was oiled",
        " INFO: [Mar  4 05:06:07.000] drawer 3 is open",
    ]
    rows = rows_of("\n".join(lines) + "\n")
    assert [(level_name(row[1]), row[4].count("\n")) for row in rows] == [("error", 0), ("warning", 1), ("info", 0)]


def test_lines_indented_by_one_blank_are_records_each() -> None:
    rows = rows_of(" [TILL][2026-03-04 05:06:07] opened\n [TILL][2026-03-04 05:06:08] closed\n")
    assert [row[0] - nanoseconds(SECOND) for row in rows] == [0, 10**9]


@pytest.mark.parametrize(
    "part", ["[a]", "a=1 ", "(a) ", '"a",', "1.2.3.4 ", "a.b | ", "-- ", "x_time=2026 ", "[a] [", "<a b="]
)
def test_a_long_line_of_such_parts_is_read_in_time(part: str) -> None:
    line = part * (100_000 // len(part))
    begin = time.process_time()
    row_of(line)
    assert time.process_time() - begin < 0.25
