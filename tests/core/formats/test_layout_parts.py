"""Lines of layouts that are not listed, put together of the parts that layouts have: each part is told by its looks."""

from __future__ import annotations

import time

import pytest

from loglama_core.model import RecordFlag, level_name
from tests.core.formats.assembling import nanoseconds, row_of

STAMPS = {
    "2026-03-04 05:06:07": "2026-03-04T05:06:07Z",
    "04/Mar/2026:05:06:07 +0000": "2026-03-04T05:06:07Z",
    "2026/03/04 05:06:07.089": "2026-03-04T05:06:07.089Z",
    "Wed Mar  4 05:06:07 2026": "2026-03-04T05:06:07Z",
    "20260304 05:06:07": "2026-03-04T05:06:07Z",
    "2026-03-04 05:06:07 AM": "2026-03-04T05:06:07Z",
    "2026-03-04 05:06:07 PM": "2026-03-04T17:06:07Z",
}
LAYOUTS = (
    "{s} {L} {m}", "{s} [{L}] {m}", "{s} {L}: {m}", "{s} - {L} - {m}", "{s} | {L} | {m}", "{s}\t{L}\t{m}",
    "{s},{L},{m}", "{s};{L};{m}", "{s} ({L}) {m}", "{s} <{L}> {m}", "{s} {{{L}}} {m}", "{s} |{L}| {m}",
    "[{s}] {L} {m}", "[{s}] [{L}] {m}", "[{s}][{L}] {m}", "[{s}] {L}: {m}", "[{s} {L}] {m}",
    "{s} [shop.till] {L} {m}", "{s} shop.till {L} {m}", "{s} shop.till: {L}: {m}", "{s} - shop.till - {L} - {m}",
    "{s} [main] {L} {m}", "{s} (main) {L} {m}", "{s} 4711 {L} {m}", "{s} [4711] {L} {m}", "{s} #4711 {L} {m}",
    "{s} pid=4711 {L} {m}", "{s} {L}[4711] {m}", "{s} {L}[4711]: {m}", "{s} till[4711]: {L} {m}",
    "{s} till[4711]: [{L}] {m}", "{s} till1 till[4711]: {L} {m}", "{s} till.py:47 {L} {m}", "{s} 0x7f3a {L} {m}",
    "{L} {s} {m}", "{L} [{s}] {m}", "{L} | {s} | {m}", "[{L}] {s} {m}", "[{L}] [{s}] {m}", "<{L}> {s} {m}",
    "{L} [main] {s} {m}", "{L} shop.till {s} {m}", "[main] {L} {s} {m}", "[main] {s} {L} {m}", "shop.till {L} {s} {m}",
    "4711 {s} {L} {m}", "[4711] {s} {L} {m}",
)  # fmt: skip


@pytest.mark.parametrize("stamp", STAMPS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_time_and_level_are_told_wherever_they_stand(layout: str, stamp: str) -> None:
    for word, level in (("WARN", "warning"), ("ERROR", "error")):
        line = layout.format(s=stamp, L=word, m="it broke")
        time_ns, severity, _service, _logger, message, _fields, _offset, flags, _whole = row_of(line)
        assert not flags & RecordFlag.TIME_INFERRED, line
        assert time_ns == nanoseconds(STAMPS[stamp]), line
        assert level_name(severity) == level, line
        assert message.endswith("it broke"), line


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-03-04 05:06:07 [main] warning it broke", "warning"),
        ("2026-03-04 05:06:07 [4711] Error while opening", "error"),
        ("2026-03-04 05:06:07 shop.till warning: it broke", "warning"),
        ("2026-03-04 05:06:07 Received ERROR from the server", None),
        ("2026-03-04 05:06:07 the drawer's error log is full", None),
    ],
)
def test_a_word_of_a_sentence_is_no_level(line: str, level: str | None) -> None:
    assert level_name(row_of(line)[1]) == level


@pytest.mark.parametrize("priority", ["", "<11>", "<134>"])
@pytest.mark.parametrize(
    "stamp",
    [
        "Mar  4 05:06:07", "Mar 04 2026 05:06:07", "2026 Mar  4 05:06:07", "Mar  4 05:06:07 UTC",
        "2026-03-04T05:06:07Z", "2026-03-04 05:06:07", "1772600767",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "rest",
    [
        "till1 till[4711]: it broke",
        "192.0.2.7 till: it broke",
        "till: it broke",
        "till1 till it broke",
        "till1 till 4711 - it broke",
    ],
)
def test_a_line_of_syslog_has_its_time_and_the_level_of_its_priority(priority: str, stamp: str, rest: str) -> None:
    line = f"{priority}{stamp} {rest}"
    time_ns, severity, _service, _logger, message, _fields, _offset, flags, _whole = row_of(line)
    assert not flags & RecordFlag.TIME_INFERRED, line
    assert time_ns == nanoseconds("2026-03-04T05:06:07Z"), line
    assert level_name(severity) == {"": None, "<11>": "error", "<134>": "info"}[priority], line
    assert message.endswith("it broke"), line


@pytest.mark.parametrize(
    "piece",
    [
        "GET /", "GET / HTTP/1.1 ", "a=b ", 'a="', '200 "GET ', "a=1 level=", "At ", "+ ", "1 a 0x", "==1==ERROR: ",
        "/x:", "2026-5-5 ", "15. Mai ", "[main] [a] (b) ", "till[1]: ", "#1 ", "pid=1 ", "1/1/1 1:1 ", "{WARN} ",
    ],
)  # fmt: skip
def test_no_part_is_looked_for_longer_than_a_line_is_long(piece: str) -> None:
    row_of("warm")
    for begin in ("", "2026-03-04 05:06:07 ", "<11>", "Mar  4 05:06:07 till: "):
        line = begin + piece * (100_000 // len(piece))
        started = time.process_time()
        row_of(line)
        assert time.process_time() - started < 1.0, (begin, piece)
