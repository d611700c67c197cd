from __future__ import annotations

import json
import time

import pytest

from loglama_core.formats.logfmt import read_pairs
from loglama_core.model import RecordFlag
from tests.core.formats.assembling import nanoseconds, row_of, rows_of


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


@pytest.mark.parametrize("filler", ['"', "\\", "a", "=", "a=", 'a="', "a ", "' ", "='", ' a="x'])
def test_near_misses_take_linear_time(filler: str) -> None:
    started = time.process_time()
    rows_of("level=info msg=" + filler * (100_000 // len(filler)) + "\n")
    assert time.process_time() - started < 2.0
