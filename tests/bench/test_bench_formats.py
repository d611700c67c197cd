"""How many records a second one core reads out of 1 MiB blocks, beside what ``orjson.loads`` alone takes."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING

import orjson
import pytest

from loglama_core.formats.assembler import RecordAssembler
from loglama_core.formats.catalog import samples
from loglama_core.model import level_name
from tests.bench.event_stream import Truth, write_events

if TYPE_CHECKING:
    from pathlib import Path

    from loglama_core.model import RecordRow

RECORDS = 60_000
ROUNDS = 5
BLOCK = 1 << 20


def as_logfmt(line: bytes) -> bytes:
    """Return a JSON line as logfmt."""
    pairs = ((key, str(value)) for key, value in json.loads(line).items())
    return " ".join(f"{key}={json.dumps(text) if ' ' in text else text}" for key, text in pairs).encode() + b"\n"


def as_access(line: bytes) -> bytes:
    """Return a JSON line as a request in nginx's log."""
    event = json.loads(line)
    status = {"error": 500, "warning": 404}.get(event["level"], 200)
    stamp = f"01/Mar/2026:{event['timestamp'][11:19]} +0000"
    return f'10.0.0.1 - - [{stamp}] "GET /{event["request_id"]} HTTP/1.1" {status} 17 "-" "curl/8"\n'.encode()


def with_traces(data: bytes) -> bytes:
    """Return lines with a trace of Python's of ten lines below the first of every fifth record."""
    frames = b"".join(
        b'  File "/srv/till/%d.py", line %d, in work\n    return self.next()\n' % (at, at) for at in range(4)
    )
    trace = b"Traceback (most recent call last):\n" + frames + b"till.errors.DrawerError: stuck\n"
    firsts = itertools.count()
    return b"".join(
        line + trace if line.startswith(b"2026-") and next(firsts) % 5 == 0 else line
        for line in data.splitlines(keepends=True)
    )


def blocks_of(data: bytes) -> list[tuple[bytes, int]]:
    """Return whole lines in blocks of at most 1 MiB, each with its offset."""
    blocks = []
    start = 0
    while start < len(data):
        end = data.rfind(b"\n", start, start + BLOCK) + 1
        blocks.append((data[start:end], start))
        start = end
    return blocks


def read(blocks: list[tuple[bytes, int]], keep: list[RecordRow] | None) -> tuple[int, float]:
    """Return the number of records and the seconds they took; rows are dropped as a writer would, unless kept."""
    assembler = RecordAssembler(
        service="own", format_name=None, zone=None, max_message=2000, fallback_time_ns=0, previous_time_ns=None
    )
    count = 0
    seconds = 0.0
    for block, offset in blocks:
        begin = time.perf_counter()
        rows = assembler.feed(block, offset)
        seconds += time.perf_counter() - begin
        count += len(rows)
        if keep is not None:
            keep += rows
    rows = assembler.flush()
    if keep is not None:
        keep += rows
    return count + len(rows), seconds


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytes, Truth]]:
    folder: Path = tmp_path_factory.mktemp("formats")
    found = {}
    for line_format in ("json", "text"):
        truth = write_events(folder / line_format, RECORDS, line_format)
        found[line_format] = ((folder / line_format).read_bytes(), truth)
    data, truth = found["text"]
    found["traces"] = with_traces(data), truth
    data, truth = found["json"]
    for name, convert in (("logfmt", as_logfmt), ("access", as_access)):
        found[name] = (b"".join(map(convert, data.splitlines())), truth)
    return found


@pytest.mark.parametrize("line_format", ["json", "text", "traces", "logfmt", "access"])
def test_records_a_second(events: dict[str, tuple[bytes, Truth]], line_format: str) -> None:
    data, truth = events[line_format]
    blocks = blocks_of(data)
    rows: list[RecordRow] = []
    read(blocks, rows)
    assert len(rows) == truth.records
    levels = Counter(level_name(row[1]) for row in rows)
    if line_format == "access":
        assert (levels["error"], levels["warning"]) == (truth.by_level["error"], truth.by_level["warning"])
    else:
        assert levels == truth.by_level
    if line_format == "traces":
        assert sum("\ntill.errors.DrawerError: stuck" in row[4] for row in rows) == truth.records // 5
    rows.clear()
    best = min(read(blocks, None)[1] for _ in range(ROUNDS))
    print(f"\n{line_format}: {truth.records / best:,.0f} records/s, {best / truth.records * 1e6:.2f} us each", end="")
    if line_format == "json":
        lines = data.splitlines()
        alone = []
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            for line in lines:
                orjson.loads(line)
            alone.append(time.perf_counter() - begin)
        print(f" (orjson.loads alone {min(alone) / truth.records * 1e6:.2f} us)")


def assembler_of(format_name: str | None) -> RecordAssembler:
    return RecordAssembler(
        service="own",
        format_name=format_name,
        zone=UTC,
        max_message=2000,
        fallback_time_ns=10**18,
        previous_time_ns=None,
    )


def test_catalog_formats_each_on_its_own_samples() -> None:
    lines: dict[str, list[str]] = {}
    for name, sample in samples():
        lines.setdefault(name, []).append(sample["line"])
    speeds = []
    for name, own in lines.items():
        data = ("\n".join(own) + "\n").encode() * (4_000 // len(own))
        best = 1e9
        for _ in range(3):
            assembler = assembler_of(name)
            begin = time.perf_counter()
            assembler.feed(data, 0)
            best = min(best, time.perf_counter() - begin)
        speeds.append((4_000 // len(own) * len(own) / best, name, data.count(b"\n") / best, len(data) / best / 1e6))
    speeds.sort()
    # What a record of many lines costs is told by its lines and bytes.
    slow = [
        f"\n  {name}: {records:,.0f} records/s" + (f", {lines:,.0f} lines/s" if lines > 1.1 * records else "")
        + f", {megabytes:.0f} MB/s"
        for records, name, lines, megabytes in speeds
        if records < 150_000
    ]  # fmt: skip
    median = speeds[len(speeds) // 2][0]
    print(f"\n{len(speeds)} formats, median {median:,.0f} records/s; below 150,000:{''.join(slow)}")


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-04 05:06:07 my own layout says hello",
        "2026-03-04T05:06:07.123Z something happened in the till [42]",
        "[2026-03-04 05:06:07] (main) something happened in the till",
        "a sentence that no format knows",
    ],
)
def test_a_layout_that_is_not_listed(line: str) -> None:
    """Each line of it is asked of every format, after a while of all at once."""
    lines = f"{line}\n".encode()
    best = 1e9
    for _ in range(5):
        assembler = assembler_of(None)
        assembler.feed(lines * 1_000, 0)
        begin = time.perf_counter()
        rows = assembler.feed(lines * 4_000, len(lines) * 1_000)
        best = min(best, time.perf_counter() - begin)
        assert rows[-1][4].endswith(line[-8:])
    print(f"\n{4_000 / best:,.0f} lines/s: {line}", end="")


def test_detection_of_an_unknown_file() -> None:
    """In a process that has read no text before: the catalogue is read, and what might fit compiled."""
    script = (
        "import sys, time\nfrom datetime import UTC\nfrom loglama_core.formats.assembler import RecordAssembler\n"
        "data = sys.stdin.buffer.read()\nbegin = time.perf_counter()\n"
        "a = RecordAssembler(service='own', format_name=None, zone=UTC, max_message=2000, fallback_time_ns=10**18,"
        " previous_time_ns=None)\na.feed(data, 0)\nprint((time.perf_counter() - begin) * 1e3)\n"
    )
    chosen = {
        name: sample["line"] for name, sample in samples() if name in {"logback", "syslog-3164", "access", "redis"}
    }
    for name, line in [*chosen.items(), ("none", "a sentence that no format knows")]:
        times = [
            float(subprocess.check_output([sys.executable, "-c", script], input=f"{line}\n".encode() * 20))
            for _ in range(5)
        ]
        print(f"\ndetection of {name}: {min(times):.1f} ms", end="")


def test_import() -> None:
    script = (
        "import time, orjson, dataclasses, enum, typing, re, datetime, loglama_core.model\n"
        "begin = time.perf_counter()\nimport loglama_core.formats.assembler\n"
        "print((time.perf_counter() - begin) * 1e3)\n"
    )
    times = [float(subprocess.check_output([sys.executable, "-c", script])) for _ in range(5)]
    print(f"\nimport of formats: {min(times):.1f} ms")
