from __future__ import annotations

import json

from loglama_core.formats.assembler import RecordAssembler
from loglama_core.model import RecordFlag, level_name
from tests.core.formats.assembling import MTIME_NS, nanoseconds, rows_of

HEADER = """#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Date: 2026-03-04 05:06:00
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port c-ip cs(User-Agent) sc-status time-taken
"""
LINE = "2026-03-04 05:06:07 192.0.2.1 GET /till drawer=3 443 198.51.100.7 curl/8.5.0 503 42\n"


def test_lines_of_iis_are_read_by_their_header() -> None:
    rows = rows_of(HEADER + LINE * 2)
    assert len(rows) == 6
    row = rows[-1]
    assert (row[0], level_name(row[1]), row[4]) == (
        nanoseconds("2026-03-04T05:06:07Z"),
        "error",
        "GET /till?drawer=3 503",
    )
    assert json.loads(row[5] or "") == {
        "s-ip": "192.0.2.1", "cs-method": "GET", "cs-uri-stem": "/till", "cs-uri-query": "drawer=3", "s-port": 443,
        "c-ip": "198.51.100.7", "cs(User-Agent)": "curl/8.5.0", "sc-status": 503, "time-taken": 42,
    }  # fmt: skip
    assert not row[7] & RecordFlag.TIME_INFERRED


def test_a_source_read_on_from_further_below_knows_its_header() -> None:
    reader = RecordAssembler(
        service="own", format_name="columns", zone=None, max_message=2000, fallback_time_ns=MTIME_NS,
        previous_time_ns=None, head=HEADER.encode(),
    )  # fmt: skip
    (row,) = reader.feed(LINE.encode(), len(HEADER)) + reader.flush()
    assert row[4] == "GET /till?drawer=3 503"


def test_a_header_may_change_and_its_date_stand_above_the_times() -> None:
    text = "#Version: 1.0\n#Date: 04-Mar-2026\n#Date: 2026-03-04\n#Fields: time cs-method cs-uri\n05:06:07 GET /a\n"
    text += '#Fields: time cs-method cs-uri x\n05:06:08 PUT /b "one two"\n'
    rows = [row for row in rows_of(text) if not row[4].startswith("#")]
    assert [(row[0] - nanoseconds("2026-03-04T05:06:00Z"), row[4]) for row in rows] == [
        (7 * 10**9, "GET /a"),
        (8 * 10**9, "PUT /b"),
    ]
    assert json.loads(rows[1][5] or "")["x"] == "one two"


def test_lines_of_zeek_are_read_by_their_header() -> None:
    header = "#separator \\x09\n#path\thttp\n#fields\tts\tuid\tid.orig_h\tmethod\turi\tstatus_code\n"
    rows = rows_of(header + "1772600767.000089\tCx1\t192.0.2.7\tGET\t/till\t404\n")
    row = rows[-1]
    assert (row[0], level_name(row[1]), row[4]) == (
        nanoseconds("2026-03-04T05:06:07.000089Z"), "warning", "GET /till 404",
    )  # fmt: skip
    assert json.loads(row[5] or "")["id.orig_h"] == "192.0.2.7"


def test_an_empty_value_in_quotes_is_no_field() -> None:
    text = '#Fields: date time cs-method cs-uri x\n2026-03-04 05:06:07 GET /a ""\n'
    row = rows_of(text)[-1]
    assert (row[4], "x" in json.loads(row[5] or "")) == ("GET /a", False)
