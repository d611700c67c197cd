"""Lines that are nearly those of a known format: nothing raises, hangs, is lost, or could not be stored."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from loglama_core.formats.catalog import samples
from tests.core.formats.assembling import assembler, rows_of

if TYPE_CHECKING:
    from loglama_core.model import RecordRow

LINES = [sample["line"].encode() for _, sample in samples()]
LINES += [
    b'{"timestamp":"2026-11-01T10:00:00.5Z","level":"info","event":"up","n":[1,{"a":null}]}',
    b'{"log":"{\\"level\\":\\"warn\\",\\"msg\\":\\"x\\"}\\n","stream":"stdout","time":"2026-11-01T10:00:00Z"}',
    b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1793527200000000000","body":{"stringValue":"m"}}]}]}]}',
    b'{"instant":{"epochSecond":1793527200,"nanoOfSecond":1},"level":"INFO","message":"m","thrown":{"name":"E"}}',
    b'time=2026-11-01T10:00:00Z level=info msg="a \\"b\\"" n=1.5',
    b"#Fields: date time cs-method cs-uri-stem sc-status",
    b"__CURSOR=s=1",
    b"MESSAGE=text",
]

Cut = tuple[int, int, int, bytes]
CUTS = st.tuples(
    st.integers(0, 400),
    st.integers(0, 12),
    st.sampled_from((0, 1, 1, 2)),
    st.binary(max_size=6) | st.sampled_from(LINES),
)


def mutated(line: bytes, cuts: list[Cut]) -> bytes:
    """Replace some bytes, each cut: where, how many, what is left of them (0), put in (1) or doubled (2)."""
    for where, length, kind, put in cuts:
        at = where % (len(line) + 1)
        piece = line[at : at + length]
        line = line[:at] + (b"" if kind == 0 else put if kind == 1 else piece * 3) + line[at + length :]
    return line.replace(b"\n", b" ")


def check(rows: list[RecordRow], data: bytes) -> None:
    starts = [row[6] for row in rows]
    assert starts == sorted(set(starts))
    assert all(0 <= start < max(1, len(data)) for start in starts)
    with sqlite3.connect(":memory:") as connection:
        for time_ns, severity, service, logger, message, fields, _, _, whole in rows:
            assert 0 <= severity <= 24
            assert 0 <= time_ns < 2**63
            assert isinstance(json.loads(fields or "{}"), dict)
            stored = connection.execute("SELECT ?, ?, ?, ?, ?", (service, logger, message, fields, whole)).fetchone()
            assert stored == (service, logger, message, fields, whole)
            assert all("\0" not in (text or "") for text in stored)
    connection.close()


@given(
    st.lists(st.tuples(st.sampled_from(LINES), st.lists(CUTS, max_size=3)), min_size=1, max_size=4), st.integers(0, 4)
)
def test_a_mutated_sample_is_a_record_that_can_be_stored(parts: list[tuple[bytes, list[Cut]]], cut: int) -> None:
    lines = [mutated(line, cuts) + b"\n" for line, cuts in parts]
    data = b"".join(lines)
    rows = rows_of(data, max_message=200)
    check(rows, data)
    if data.strip(b" \t\r\n\x0b\x0c\x00\xef\xbb\xbf\xff\xfe"):
        assert rows
    reader = assembler(max_message=200)
    first, rest = b"".join(lines[:cut]), b"".join(lines[cut:])
    assert reader.feed(first, 0) + reader.feed(rest, len(first)) + reader.flush() == rows


@given(st.sampled_from(LINES), st.lists(CUTS, max_size=4))
def test_text_that_no_format_reads_is_kept_whole(line: bytes, cuts: list[Cut]) -> None:
    text = mutated(line, cuts).decode("ascii", "ignore").strip().strip("\0")
    plain = f"~ no format begins so {text}"
    if "\0" in plain or "\x1b" in plain or "\r" in plain:
        return
    (row,) = rows_of(plain + "\n", max_message=10**6)
    assert row[4] == plain
