"""Lines that are joined many at once: they give what they would give one by one, however they are cut into blocks."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglama_core.formats.catalog import samples
from loglama_core.formats.continuation import MAX_LINES
from loglama_core.formats.pending_record import PendingRecord
from loglama_core.model import RecordRow
from tests.core.formats.assembling import assembler, rows_of

FIRSTS = (
    b"2026-11-01 10:00:00,123 - app - ERROR - till is stuck",
    b"2026-11-01T10:00:01Z my own layout says hello",
    b"Mar  4 05:06:07 host app[7]: Traceback (most recent call last):",
    b"2026-03-04T05:06:07.000000001Z stdout P half",
    b"2026-03-04T05:06:07.000000002Z stdout F whole",
    b'{"timestamp": "2026-11-01T10:00:00.5Z", "level": "info", "event": "up"}',
    b"[",
    b"{",
    b"    2026-11-01T10:00:01.5Z [INFO]  agent: an indented record",
    b" WARN 2026-11-01 10:00:02 an aligned level",
    b"INFO:app:no stamp",
    b"2026-11-01 10:00:00,123 - app - INFO - [",
)
BELOW = (
    b"Traceback (most recent call last):",
    b'  File "/srv/app.py", line 17, in work',
    b"    raise KeyError(till)",
    b"KeyError: 3",
    b"app.errors.DrawerError",
    b"During handling of the above exception, another exception occurred:",
    b"\tat org.example.Till.open(Till.java:17)",
    b"Caused by: java.io.IOException: no drawer",
    b"goroutine 1 [running]:",
    b"panic: no drawer",
    b"}",
    b"",
    b"   ",
    b"\t\x0b",
    b"\xc2\xa0",
    b"   \x1b[31mred\x1b[0m",
    b"\x1b[31m",
    b'  {"level": "info", "msg": "x", "ts": 1793527200},',
    b"  \x1b[0m",
    b"   caf\xc3\xa9",
    b"   \xff",
    b"   \x00",
    b"   ends with a return\r",
    b"\x1e   begins with a separator",
    b"DrawerError: 2026-11-01 10:00:00 INFO in a line of its own",
)
SAMPLES = tuple(line.encode() for _, sample in samples() for line in sample["line"].split("\n"))
LINES = st.one_of(st.sampled_from(FIRSTS), st.sampled_from(BELOW), st.sampled_from(BELOW), st.sampled_from(SAMPLES))
MIXES = st.lists(LINES, min_size=1, max_size=6).flatmap(lambda few: st.lists(st.sampled_from(few), max_size=30))


def fed(lines: list[bytes], cuts: list[int]) -> list[RecordRow]:
    """Return the rows of lines that are cut into blocks before the lines numbered so."""
    reader = assembler()
    rows: list[RecordRow] = []
    offset = 0
    for first, last in pairwise(sorted({min(cut, len(lines)) for cut in cuts} | {0, len(lines)})):
        block = b"".join(line + b"\n" for line in lines[first:last])
        rows += reader.feed(block, offset)
        offset += len(block)
    return rows + reader.flush()


@given(MIXES, st.lists(st.integers(0, 30)))
def test_lines_joined_at_once_give_what_they_give_one_by_one(lines: list[bytes], cuts: list[int]) -> None:
    at_once = fed(lines, cuts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PendingRecord, "takes_indented", False)
        assert at_once == fed(lines, [])


@pytest.mark.parametrize("first", FIRSTS[:2])
@pytest.mark.parametrize("below", [b" x", b" " * 2_000 + b"x"])
def test_a_record_is_as_long_as_it_may_be_and_no_line_is_lost(first: bytes, below: bytes) -> None:
    lines = [first] + [below, b""] * MAX_LINES
    rows = fed(lines, [])
    assert rows == fed(lines, list(range(0, len(lines), 7)))
    assert sum(row[4].count("x") if row[8] is None else row[8].count("x") for row in rows) >= MAX_LINES
    assert max((row[8] or row[4]).count("\n") for row in rows) < MAX_LINES


def test_what_stands_below_the_head_of_an_event_is_its_text_whatever_it_looks_like() -> None:
    head = "Log Name:      Application\nSource:        Till\nDate:          3/4/2026 5:06:07 AM\nLevel:         Error\n"
    text = "\n".join(line.decode() for line in (*FIRSTS, *BELOW) if line.isascii() and b"\0" not in line)
    event = f"{head}Description:\n{text}\nend"
    rows = rows_of(f"{event}\n\n{event}\n")
    assert [row[3] for row in rows] == ["Till", "Till"]
    assert [(row[8] or row[4]).split("\n")[-1] for row in rows] == ["end", "end"]
    assert all("INFO:app:no stamp\n2026-11-01 10:00:00,123 - app - INFO - [" in (row[8] or row[4]) for row in rows)


def test_the_line_that_ends_a_trace_is_joined_and_the_next_record_is_none_of_it() -> None:
    trace = 'Traceback (most recent call last):\n  File "/srv/app.py", line 17, in work\nKeyError: 3'
    first = FIRSTS[0].decode()
    rows = rows_of(f"{first}\n{trace}\n{first}\nKeyError: 3\n2026-11-01 10:00:00 other\n")
    assert [row[4] for row in rows] == [f"till is stuck\n{trace}", "till is stuck\nKeyError: 3", "other"]


@pytest.mark.parametrize("first", [FIRSTS[0], FIRSTS[5], b"no layout"])
def test_empty_lines_without_end_cost_no_memory_and_end_the_record(first: bytes) -> None:
    reader = assembler()
    offset = 0
    rows: list[RecordRow] = []
    held = []
    tracemalloc.start()
    for block in (first + b"\n", *[b"\n" * 100_000] * 5, b"  more\n"):
        rows += reader.feed(block, offset)
        offset += len(block)
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[5] - held[1] < 100_000
    assert [row[6] for row in rows + reader.flush()] == [0, offset - len(b"  more\n")]
