from __future__ import annotations

import json
import time
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglama_core.formats.json_lines import JsonLines
from loglama_core.formats.logfmt import LogfmtLines, read_pairs
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import RecordFlag
from tests.core.formats.assembling import MTIME_NS, nanoseconds, row_of, rows_of


def test_quoting_escapes_bare_keys_numbers_and_repeats() -> None:
    text = (
        r"""a=1 b=2.50 c="x \"y\"\nz" d e= f="" g='one two' h=it's i=007 j=x=y k=1 k=2 l="ż🦙" m="\ud83e\udd99" n=-3"""
    )
    assert read_pairs(text) == {
        "a": 1, "b": "2.50", "c": 'x "y"\nz', "d": True, "e": "", "f": "", "g": "one two", "h": "it's", "i": "007",
        "j": "x=y", "k": [1, 2], "l": "ż🦙", "m": "🦙", "n": -3,
    }  # fmt: skip


def test_a_logfmt_line_is_a_record() -> None:
    row = row_of(
        'time="2026-11-01T10:00:00.123Z" level=warning msg="slow query" logger=a.b component=api status=500 ok'
    )
    assert row[:5] == (nanoseconds("2026-11-01T10:00:00.123Z"), 13, "api", "a.b", "slow query")
    assert json.loads(row[5] or "") == {"status": 500, "ok": True}
    row = row_of(r'ts=1793527200.123456789 lvl=E event=failed exception="Traceback:\n  x\nValueError: y"')
    assert (row[0], row[1]) == (nanoseconds("2026-11-01T10:00:00.123456789Z"), 17)
    assert (row[4], row[5], row[7]) == ("failed\nTraceback:\n  x\nValueError: y", None, RecordFlag.MULTI_LINE)


@pytest.mark.parametrize(
    "prose",
    ["the answer is a=b", "x=1", "size=3 name=foo", 'level=info msg="unclosed', "see level=info in the docs msg=x"],
)
def test_prose_with_an_equals_sign_is_not_logfmt(prose: str) -> None:
    row = row_of(prose)
    assert (row[4], row[7] & RecordFlag.UNPARSED) == (prose, RecordFlag.UNPARSED)


VALUES = st.sampled_from(
    (
        "1", "-0", "0", "2.50", "2.5", "0.001", "0.00001", "007", "12345678901234.5", "1e5", "a", "it's", '"two words"',
        '""', r'"a \"b\""', '"tab\there"', "'one two'", "", "x=y", "żółw", '"\x7f"', "10.0.0.1", "1.5ms", "-", "\x01",
        '"\x01"', '"',
    )
)  # fmt: skip
KEYS = st.sampled_from(["a", "b.c", "status", "exception", "ts", "level", "s", "priority", "logger", "component", "a"])
PAIRS = st.lists(st.tuples(KEYS, VALUES), max_size=4)
STAMPS = st.sampled_from(["2026-11-01T10:00:00Z", '"2026-11-01 10:00:00"', "1793527200.5", "yesterday", ""])
LEVELS = st.sampled_from(["info", "WARN", '"error"', "loud", ""])


@given(
    st.lists(st.tuples(PAIRS, STAMPS, PAIRS, LEVELS, VALUES, PAIRS, st.sampled_from(["", " ", " bare"])), max_size=6)
)
def test_a_line_is_read_the_same_whatever_was_learnt_from_those_before_it(parts: list[tuple[Any, ...]]) -> None:
    stamps = StampReader(UTC, MTIME_NS)
    learnt = LogfmtLines(JsonLines(stamps, lambda _text: None), stamps)
    for before, stamp, between, level, message, after, end in parts:
        pairs = [*before, ("time", stamp), *between, ("level", level), ("msg", message), *after]
        line = " ".join(f"{key}={value}" for key, value in pairs) + end
        expected = LogfmtLines(JsonLines(stamps, lambda _text: None), stamps).parse(line)
        for _ in range(2):
            assert learnt.parse(line) == expected


@pytest.mark.parametrize("filler", ['"', "\\", "a", "=", "a=", 'a="', "a ", "' ", "='", ' a="x'])
def test_near_misses_take_linear_time(filler: str) -> None:
    started = time.process_time()
    line = "level=info msg=" + filler * (100_000 // len(filler)) + "\n"
    rows_of(line + "time=2026-11-01T10:00:00Z level=info msg=x a=1 b=2\ntime=2026-11-01T10:00:00Z " + line * 2)
    assert time.process_time() - started < 2.0
