from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglama_core.formats.timestamps import StampReader
from tests.core.formats.assembling import MTIME_NS, nanoseconds

READER = StampReader(UTC, MTIME_NS)
WARSAW = StampReader(ZoneInfo("Europe/Warsaw"), MTIME_NS)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2026-11-01T10:00:00Z", "2026-11-01T10:00:00Z"),
        ("2026-11-01 10:00:00", "2026-11-01T10:00:00Z"),
        ("2026/11/01 10:00:00,5", "2026-11-01T10:00:00.5Z"),
        ("2026-11-01 10:00:00,123", "2026-11-01T10:00:00.123Z"),
        ("2026-11-01T10:00:00.123Z", "2026-11-01T10:00:00.123Z"),
        ("2026-11-01T10:00:00.123456Z", "2026-11-01T10:00:00.123456Z"),
        ("2026-11-01T10:00:00.123456789Z", "2026-11-01T10:00:00.123456789Z"),
        ("2026-11-01T10:00:00.000000001+02:00", "2026-11-01T08:00:00.000000001Z"),
        ("2026-11-01 10:00:00 -0330", "2026-11-01T13:30:00Z"),
        ("2026-11-01 10:00:00.5 UTC", "2026-11-01T10:00:00.5Z"),
        ("2026-11-01 10:00:00 GMT", "2026-11-01T10:00:00Z"),
        ("2026-11-01 10:00:00 PST", "2026-11-01T18:00:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("1793527200", "2026-11-01T10:00:00Z"),
        ("1793527200.123456789", "2026-11-01T10:00:00.123456789Z"),
        ("1793527200123", "2026-11-01T10:00:00.123Z"),
        ("1793527200123.5", "2026-11-01T10:00:00.1235Z"),
        ("1793527200123456", "2026-11-01T10:00:00.123456Z"),
        ("1793527200123456789", "2026-11-01T10:00:00.123456789Z"),
        ("01/Nov/2026:10:00:00 +0100", "2026-11-01T09:00:00Z"),
        ("Nov  1 10:00:00", "2026-11-01T10:00:00Z"),
        ("Nov 01 10:00:00.25", "2026-11-01T10:00:00.25Z"),
        ("Sun Nov 01 10:00:00.123456 2026", "2026-11-01T10:00:00.123456Z"),
        ("Sun Nov  1 10:00:00 EST 2026", "2026-11-01T15:00:00Z"),
        ("1 Nov 2026 10:00:00", "2026-11-01T10:00:00Z"),
        ("26/11/01 10:00:00", "2026-11-01T10:00:00Z"),
        ("261101 100000", "2026-11-01T10:00:00Z"),
        ("261101  9:00:00", "2026-11-01T09:00:00Z"),
        ("2026-11-01_10:00:00.000001", "2026-11-01T10:00:00.000001Z"),
        ("2026-11-01 10:00:00.123 CEST", "2026-11-01T08:00:00.123Z"),
        ("2026-11-01 10:00:00 +0530", "2026-11-01T04:30:00Z"),
        ("2026-11-01 10:00:00 IST", "2026-11-01T04:30:00Z"),
        ("2026-11-01T02:47:11 PM UTC", "2026-11-01T14:47:11Z"),
        ("2026-11-01T10:00:00.123456+00:00", "2026-11-01T10:00:00.123456Z"),
        ("Nov 1 10:00:00", "2026-11-01T10:00:00Z"),
        ("Nov  1 2025 10:00:00", "2025-11-01T10:00:00Z"),
        ("November 1, 2026 3:04:05 PM", "2026-11-01T15:04:05Z"),
        ("Nov 1, 2026, 12:04:05\u202fAM", "2026-11-01T00:04:05Z"),
        ("Sun, 01 Nov 2026 10:00:00 GMT", "2026-11-01T10:00:00Z"),
        ("Sun, 01 Nov 2026 10:00:00 -0700", "2026-11-01T17:00:00Z"),
        ("01-NOV-2026 10:00:00.123", "2026-11-01T10:00:00.123Z"),
        ("01 Nov 10:00:00.123", "2026-11-01T10:00:00.123Z"),
        ("26/Feb/2026:23:08:47.266", "2026-02-26T23:08:47.266Z"),
        ("11/1/2026 10:00:00 AM", "2026-11-01T10:00:00Z"),
        ("11/01/2026, 10:00:00.5", "2026-11-01T10:00:00.5Z"),
        ("24/12/2025 10:00:00", "2025-12-24T10:00:00Z"),
        ("24.12.2025 10:00:00,250", "2025-12-24T10:00:00.25Z"),
        ("12-24-2025 10:00:00", "2025-12-24T10:00:00Z"),
        ("20261101T100000Z", "2026-11-01T10:00:00Z"),
        ("20261101.100000,672", "2026-11-01T10:00:00.672Z"),
        ("20261101 10:00:00.123456", "2026-11-01T10:00:00.123456Z"),
        ("20261101-10:0:7:44", "2026-11-01T10:00:07.044Z"),
        ("20261101-10:0:17:4", "2026-11-01T10:00:17.004Z"),
        ("20261101-10:0:17.4", "2026-11-01T10:00:17.4Z"),
        ("2026-305T10:00:00,672", "2026-11-01T10:00:00.672Z"),
        ("2024/366 10:00:00", "2024-12-31T10:00:00Z"),
        ("2026-11-01-10.00.00.675872", "2026-11-01T10:00:00.675872Z"),
        ("2026.11.01 10:00:00", "2026-11-01T10:00:00Z"),
        ("11-01 10:00:00.811", "2026-11-01T10:00:00.811Z"),
        ("12-31 10:00:00.811", "2025-12-31T10:00:00.811Z"),
        ("@4000000043322583" + "3b6e1a8c", "2005-09-22T03:31:05.997071500Z"),
        ("Wed Oct 11 14:32:52.123456 2023", "2023-10-11T14:32:52.123456Z"),
        ("Wed Oct 11 14:32:52:123456 2023", "2023-10-11T14:32:52.123456Z"),
        ("2026-11-01 10:00:00:123", "2026-11-01T10:00:00.123Z"),
        ("2026-11-01T10:00:00.1234567Z", "2026-11-01T10:00:00.1234567Z"),
        ("2026-11-01T10:00:00.1234567+01:00", "2026-11-01T09:00:00.1234567Z"),
        ("2026-11-01T10:00:00.123456789", "2026-11-01T10:00:00.123456789Z"),
        ("2026-11-01T10:00:00.123+01:00", "2026-11-01T09:00:00.123Z"),
    ],
)
def test_a_stamp_is_read_to_the_digit_given(stamp: str, expected: str) -> None:
    assert READER.text(stamp) == nanoseconds(expected)
    assert READER.text(stamp) == nanoseconds(expected)  # the second time out of the cache


@pytest.mark.parametrize(
    "stamp",
    [
        "", "x", "2026-13-01 10:00:00", "2026-02-30 10:00:00", "2026-11-01 24:00:00", "1989-12-31 23:59:59",
        "2101-01-01 00:00:00", "0", "123456789", "99999999999999999999",
        "2026-11-01 10:00:00.", "2026-11-01 10:00:00 XYZ",
        "2026-11-01T10:00:00+99:00", "Foo 11 10:00:00", "Feb 30 10:00:00", "2026-11-01 10:00:00.١٢٣",
        "1e9", "-1793527200", "2026-000T10:00:00", "2025-366T10:00:00", "13:00:00 PM", "32.12.2025 10:00:00",
        "13/13/2026 10:00:00", "@400000004332258300000000ffffffff", "@4000000000000000" + "3b6e1a8c",
        "20261301T100000Z", "2026-11-01 10:00:00:12", "1793527200.1x",
        "@4000000043322583" + "0x6e1a8c", "@4000000043322583" + " 6e1a8c1",
        "2026-11-01T10:00:00x123456Z", "1793527200.",
    ],
)  # fmt: skip
def test_what_is_no_time_is_none(stamp: str) -> None:
    assert READER.text(stamp) is None


def test_a_stamp_without_zone_is_read_in_the_source_s_and_of_a_doubled_hour_the_first() -> None:
    assert WARSAW.text("2026-07-01 10:00:00,123") == nanoseconds("2026-07-01T08:00:00.123Z")
    assert WARSAW.text("2026-10-25 02:30:00") == nanoseconds("2026-10-25T00:30:00Z")
    assert WARSAW.text("2026-03-29 02:30:00") == nanoseconds("2026-03-29T01:30:00Z")


@pytest.mark.parametrize(
    "form", ["%Y-%m-%d %H:%M:%S,%f", "%b %d %H:%M:%S.%f", "%d/%b/%Y:%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
)
def test_in_an_hour_that_happens_twice_a_stream_goes_on_into_the_second(form: str) -> None:
    zone = ZoneInfo("Europe/Warsaw")
    start = datetime(2026, 10, 24, 23, 58, tzinfo=UTC)
    moments = [start + timedelta(seconds=7 * step) for step in range(1200)]  # 2 hours 20 minutes
    reader = StampReader(zone, MTIME_NS)
    read = [reader.text(moment.astimezone(zone).strftime(form)) for moment in moments]
    assert read == [round(moment.timestamp()) * 10**9 for moment in moments]
    later = StampReader(zone, MTIME_NS, nanoseconds("2026-10-25T01:29:00Z"))  # what was read before tells it, too
    assert later.text("2026-10-25 02:30:00") == nanoseconds("2026-10-25T01:30:00Z")


FORMS_OF_A_STREAM = (
    "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S,%f", "%Y-%m-%dT%H:%M:%S.%f+02:00", "%Y-%m-%d %H:%M:%S.%f789 -0330",
    "%a %b %d %H:%M:%S.%f %Y", "%a %b %d %H:%M:%S %Y", "%b %d %H:%M:%S", "%d/%b/%Y:%H:%M:%S +0100", "%y%m%d %H%M%S",
    "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S.%f", "%Y-%jT%H:%M:%S.%f", "%Y.%m.%d %H:%M:%S.%fZ", "%s.%f", "%s",
    "%Y-%m-%dT%H:%M:%S.%f7Z", "%Y-%m-%dT%H:%M:%S.%f78+02:00", "%Y-%m-%d %H:%M:%S.%f789", "%Y-%m-%d %H:%M:%S.%f+02",
    "%Y-%m-%d %H:%M:%S.%f UTC", "%Y-%m-%d %H:%M:%S.%f8 CEST", "%Y-%m-%d %I:%M:%S.%f %p", "%Y%m%dT%H%M%S.%fZ",
    "%a %b %d %H:%M:%S %Y us=%f", "%Y%m%d%H%M%S%f", "%d %b %Y %H:%M:%S.%f78", "%s.%f789",
)  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from(FORMS_OF_A_STREAM), st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 3))),  # noqa: DTZ001
        max_size=30,
    ),
    st.sampled_from([UTC, ZoneInfo("America/St_Johns")]),
)
def test_what_was_read_before_changes_no_stamp(stamps: list[tuple[str, datetime]], zone: tzinfo) -> None:
    reader = StampReader(zone, MTIME_NS)
    for form, moment in stamps:
        for stamp in (moment.strftime(form), moment.strftime(form).replace(f"{moment:%f}", f"{moment:%f}"[:3])):
            if moment.hour > 2:  # of the doubled hour see above
                assert reader.text(stamp) == StampReader(zone, MTIME_NS).text(stamp)


@pytest.mark.parametrize(
    ("form", "stamp"),
    [
        ("iso", "2026-11-02T10:00:01Z"),
        ("iso", "2026-11-02T10:00:01.123"),
        ("iso", "2026-11-02T10:00:01.123Z"),
        ("iso", "2026-11-02T10:00:01.123+0100"),
        ("iso", "2026-11-02T10:00:01.123456"),
        ("iso", "2026-11-02T10:00:01.123456Z"),
        ("iso", "2026-11-02T10:00:01.123456+01:00"),
        ("iso", "2026-11-02T10:00:01.1234567Z"),
        ("iso", "2026-11-02T10:00:01.1234567+01:00"),
        ("iso", "2026-11-02T10:00:01.123456789"),
        ("iso", "2026-11-02T10:00:01.123456789Z"),
        ("iso", "2026-11-02T10:00:01.123456789+01:00"),
        ("iso_named_zone", "2026-11-02 10:00:01.123456 UTC"),
        ("iso_12_hours", "2026-11-02 10:00:01.123 AM"),
        ("day_month", "02-Nov-2026 10:00:01.1234567"),
        ("basic", "20261102 10:00:01:123"),
        ("digits", "20261102100001123456"),
        ("websphere", "11/2/26 10:00:01:123"),
        ("epoch", "1793613601.123456"),
        ("epoch", "1793613601.123456789"),
        ("tai64n", "@400000006ae8a50b075bcd15"),
        ("tai64n", "@400000006ae8a500075bcd15"),
    ],
)
def test_what_is_no_stamp_is_none_right_after_one_that_differs_in_a_character(form: str, stamp: str) -> None:
    """What int() would take, for one: ``_``, ``+``, blanks, ``0x`` and the digits of other scripts."""
    zone = ZoneInfo("America/St_Johns")
    reader = StampReader(zone, MTIME_NS)
    read = reader.reader(form)
    assert read(stamp) is not None
    for at in range(len(stamp)):
        for put in ("_", "+", "-", " ", "x", "f", "\u0667", "9", ":", ",", "", "55"):
            if {put, stamp[at]} <= set(".,:"):
                continue  # any of these before a fraction is as good
            other = stamp[:at] + put + stamp[at + 1 :]
            alone = StampReader(zone, MTIME_NS).reader(form)(other)
            assert (read(stamp), read(other), read(other)) == (read(stamp), alone, alone), other


def test_a_label_of_multilog_has_less_than_a_second_of_nanoseconds() -> None:
    read = StampReader(UTC, MTIME_NS).reader("tai64n")
    assert read("@400000006ae8a50b3b9ac9ff") == (read("@400000006ae8a50b00000000") or 0) + 999_999_999
    assert read("@400000006ae8a50b3b9aca00") is None


def test_a_stamp_without_year_is_of_the_year_nearest_before_the_file_s_last_write() -> None:
    new_year = StampReader(UTC, nanoseconds("2026-01-01T00:00:05Z"))
    assert new_year.text("Dec 31 23:59:59") == nanoseconds("2025-12-31T23:59:59Z")
    assert new_year.text("Jan  1 00:00:01") == nanoseconds("2026-01-01T00:00:01Z")
    assert new_year.text("Jan  1 23:00:00") == nanoseconds("2026-01-01T23:00:00Z")  # a zone ahead of ours
    assert new_year.text("Feb 29 12:00:00") == nanoseconds("2024-02-29T12:00:00Z")


def test_a_stamp_without_a_date_is_of_the_day_nearest_before_the_file_s_last_write() -> None:
    for name in ("clock", "glog"):
        assert READER.reader(name)("nonsense") is None
    clock = READER.reader("clock")
    assert clock("11:59:59.250") == nanoseconds("2026-11-23T11:59:59.25Z")
    assert clock("12:00:30") == nanoseconds("2026-11-23T12:00:30Z")  # clocks differ by seconds
    assert clock("12:30:00") == nanoseconds("2026-11-22T12:30:00Z")
    assert READER.reader("glog")("1123 11:00:00.000001") == nanoseconds("2026-11-23T11:00:00.000001Z")
    assert READER.reader("glog")("20200308 23:47:32.089828") == nanoseconds("2020-03-08T23:47:32.089828Z")


def test_fault_58_a_stamp_of_before_1990_counts_only_where_a_record_names_it() -> None:
    assert READER.iso("1970-01-01T00:00:05Z") is None
    assert READER.any_year("1970-01-01T00:00:05Z") == 5 * 10**9
    assert READER.any_year("1969-12-31T23:59:59Z") is None
    assert READER.any_year("0001-01-01T00:00:00Z") is None


def test_numbers_of_json() -> None:
    assert READER.number(1793527200.123456) == nanoseconds("2026-11-01T10:00:00.123456Z")
    assert READER.number(1793527200123) == nanoseconds("2026-11-01T10:00:00.123Z")
    assert READER.number(12) is None
    assert READER.number(1e300) is None


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31)), st.sampled_from(["T", " "]), st.sampled_from(".,"))  # noqa: DTZ001
def test_iso_stamps_equal_what_datetime_makes_of_them(moment: datetime, middle: str, mark: str) -> None:
    stamp = f"{moment:%Y-%m-%d}{middle}{moment:%H:%M:%S}{mark}{moment.microsecond:06}"
    expected = round(moment.replace(tzinfo=UTC, microsecond=0).timestamp()) * 10**9 + moment.microsecond * 1000
    assert READER.text(stamp) == READER.text(f"{stamp}Z") == expected
    milliseconds = expected // 10**6 * 10**6
    assert READER.text(stamp[:23]) == READER.text(f"{stamp[:23]}Z") == milliseconds


@given(st.text(max_size=60))
def test_any_text_is_a_time_or_none(text: str) -> None:
    assert READER.text(text) is None or isinstance(READER.text(text), int)
    assert WARSAW.iso(text) is None or isinstance(WARSAW.iso(text), int)
