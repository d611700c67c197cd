from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from loglama_core.formats.assembler import RecordAssembler
from loglama_core.formats.catalog import samples, text_formats
from loglama_core.formats.text_format import TextFormat
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import RecordFlag, RecordRow, level_name

FORMATS = text_formats()
REFERENCE_NS = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()) * 10**9
SAMPLES = list(samples())


def read(line: str) -> tuple[RecordRow, str | None]:
    assembler = RecordAssembler(
        service="own",
        format_name=None,
        zone=UTC,
        max_message=2000,
        fallback_time_ns=REFERENCE_NS,
        previous_time_ns=None,
    )
    rows = assembler.feed(line.encode() + b"\n", 0) + assembler.flush()
    assert len(rows) == 1
    return rows[0], assembler.format_name


@pytest.mark.parametrize(("name", "sample"), SAMPLES, ids=[f"{name}-{s['line'][:40]}" for name, s in SAMPLES])
def test_a_sample_is_found_to_be_of_its_format_and_read_as_it_says(name: str, sample: dict[str, Any]) -> None:
    row, found = read(sample["line"])
    time_ns, severity, service, logger, message, fields, _offset, flags, _whole = row
    assert found == name
    assert message == sample["message"]
    assert logger == sample.get("logger")
    assert service == sample.get("service", "own")
    assert json.loads(fields or "{}") == sample.get("fields", {})
    if "severity" in sample:
        assert severity == sample["severity"]
    else:
        assert level_name(severity) == sample.get("level")
    if "time" in sample:
        assert flags & ~RecordFlag.MULTI_LINE == 0
        assert time_ns == StampReader(UTC, 0).iso(sample["time"])
    else:
        assert flags == RecordFlag.TIME_INFERRED
        assert time_ns == REFERENCE_NS


def test_every_format_has_a_name_of_its_own_and_a_sample() -> None:
    assert len({each.name for each in FORMATS}) == len(FORMATS)
    assert {name for name, _ in SAMPLES} == {each.name for each in FORMATS}


LINES = {name: sample["line"] for name, sample in SAMPLES}


@pytest.mark.parametrize("text_format", FORMATS, ids=[each.name for each in FORMATS])
def test_no_pattern_backtracks_badly_on_near_misses(text_format: TextFormat) -> None:
    """Lines that begin like a sample and go wrong late: time grows with the length, not its square."""
    parse = text_format.bind(StampReader(UTC, REFERENCE_NS), lambda *_wrapped: None)
    line = LINES[text_format.name]
    for at in range(0, len(line), max(1, len(line) // 8)):
        for filler in (" ", "a", "0", '"', "[", '\\"', "a=", "-", ":"):
            for length in (1_000, 10_000, 100_000):  # what is bad is seen before it would take hours
                started = time.process_time()
                parse(line[:at] + filler * (length // len(filler)) + "\r" + line[at:])
                assert time.process_time() - started < 2.0, (line[:at], filler, length)
    # A run of blanks that two parts of a pattern may share between them takes 0.05 to 0.13 s, all else 1 ms.
    for at in [at for at in range(1, len(line)) if not (line[at - 1].isalnum() and line[at].isalnum())]:
        started = time.process_time()
        parse(line[:at] + " " * 4_000 + "\r")
        assert time.process_time() - started < 0.04, line[:at]


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        ("2026-03-04 05:06:07 [a][b] ERROR it broke", "error", "it broke"),
        ("2026-03-04 05:06:07.089 shop - [main] - WARN - it broke", "warning", "it broke"),
        ("2026-03-04 05:06:07 Till: ERROR it broke", "error", "it broke"),
        ("2026-03-04 05:06:07;WARN;it broke", "warning", "it broke"),
        ("2026-03-04 05:06:07 WARN> it broke", "warning", "it broke"),
        ("[WARN] 2026-03-04 05:06:07 it broke", "warning", "it broke"),
        ("WARN: 2026-03-04 05:06:07: it broke", "warning", "it broke"),
        ("04.03.2026 05:06:07,089 WARN it broke", "warning", "it broke"),
        ("03/04/2026 05:06:07 AM WARN it broke", "warning", "it broke"),
        ("20260304T050607.089Z WARN it broke", "warning", "it broke"),
        ("20260304050607 WARN it broke", "warning", "it broke"),
        ("[4711] 2026-03-04 05:06:07 +0000 it broke", None, "it broke"),
        ("05:06:07 WARN it broke", "warning", "it broke"),
        ("05:06:07.089 it broke", None, "it broke"),
        ("2026-03-04 05:06:07:089 WARN it broke", "warning", "it broke"),
        ("2026-03-04 05:06:07 :: WARN :: till :: it broke", "warning", "it broke"),
        ("04.03.2026 05:06:07 | [till] | WARN | main | it broke", "warning", "it broke"),
        ("(04/Mar/2026 05:06:07)|till|till.py:42|WARNING |it broke - twice", "warning", "it broke - twice"),
        ("WARN |Wed Mar 04 05:06:07 2026|shop.till|it broke", "warning", "it broke"),
        ("04 Mar 2026 05:06:07,089 WARN  [main] shop.Till:42 - it broke", "warning", "it broke"),
        ("20260304 05:06:07 till.py:42 WARN it broke", "warning", "it broke"),
        ("[2026-03-04 05:06:07]  shop_till  [WARNING ] it broke", "warning", "it broke"),
        ("05:06:07,089 WARN  shop.till - it broke", "warning", "it broke"),
        ("WARN     05:06:07,089: it broke", "warning", "it broke"),
        ("[WARN] 2026-03-04 05:06:07,089 till.py:42 - it broke", "warning", "it broke"),
        ("2026-03-04 05:06:07,089,89 WARNING  [till.py:42] it broke", "warning", "it broke"),
        ("2026-03-04 05:06:07 [4711] it broke", None, "it broke"),
        ("2026-03-04 05:06:07 - WARN - it broke - twice", "warning", "it broke - twice"),
        ("2026-03-04 05:06:07 | WARN | it broke | twice", "warning", "it broke | twice"),
        ("04.03.2026 05:06:07 WARN www.example.com refused", "warning", "www.example.com refused"),
        ("2026-03-04 05:06:07 Received ERROR from the server", None, "Received ERROR from the server"),
        ("2026-03-04 05:06:07 info@example.com wrote", None, "info@example.com wrote"),
        ("2026-03-04 05:06:07 12 errors found", None, "12 errors found"),
    ],
)
def test_a_layout_that_is_not_listed_is_read_by_its_stamp_and_its_level(
    line: str, level: str | None, message: str
) -> None:
    row, _ = read(line)
    assert (level_name(row[1]), row[4]) == (level, message)
    assert not row[7] & RecordFlag.TIME_INFERRED


@pytest.mark.parametrize("line", ["12:00:00 noon it was", "at 2026-03-04 05:06:07 it broke", "2 errors on 2026-03-04"])
def test_a_stamp_in_a_sentence_is_not_the_record_s(line: str) -> None:
    row, _ = read(line)
    assert row[7] & RecordFlag.TIME_INFERRED
    assert row[4] == line
