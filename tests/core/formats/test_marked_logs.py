"""Logs marked by hand (``marked/README.md``): time, level, logger, message and boundaries of every record."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loglama_core.model import RecordFlag, RecordRow, level_name
from tests.core.formats.assembling import nanoseconds, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).with_name("marked")
LEVELS = {"T": 1, "D": 5, "V": 7, "I": 9, "N": 10, "S": 10, "W": 13, "E": 17, "F": 21, "C": 21, "-": 0}
NOT_JUDGED = "?"
SPAN_NS = 2 * 3600 * 10**9
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


@dataclass
class Marked:
    level: str
    lines: list[str]

    @property
    def marked(self) -> str:
        return "\n".join(self.lines)

    @property
    def text(self) -> str:
        return re.sub("[«»‹›]", "", self.marked)

    @property
    def message(self) -> str | None:
        found = re.search("«(.*?)(?:»|$)" if "»" in self.marked else "«(.*)", self.marked, re.DOTALL)
        return None if found is None else re.sub("[«»‹›]", "", found[1])

    @property
    def logger(self) -> str | None:
        found = re.search("‹(.*?)›", self.marked)
        return None if found is None else found[1]


@dataclass
class MarkedLog:
    name: str
    time: str
    records: list[Marked] = field(default_factory=list)


def logs_of(text: str) -> Iterator[MarkedLog]:
    log: MarkedLog | None = None
    for line in text.rstrip("\n").split("\n"):
        if line.startswith("=== "):
            if log is not None:
                yield log
            name, _, time = line[4:].partition(" @ ")
            log = MarkedLog(name, time)
        elif log is not None and line[1:2] == "¦":
            log.records.append(Marked(line[0], [line[2:]]))
        elif log is not None:
            log.records[-1].lines.append(line)
    if log is not None:
        yield log


def misses(log: MarkedLog) -> Iterator[str]:
    """Yield what is read otherwise than it is marked, named by log and line."""
    starts = [0]
    for record in log.records:
        starts.append(starts[-1] + len(record.text.encode()) + 1)
    rows = {row[6]: row for row in rows_of("".join(record.text + "\n" for record in log.records), max_message=10**6)}
    judged = [(start, record) for start, record in zip(starts, log.records, strict=False) if record.level != NOT_JUDGED]
    for start, record in judged:
        place = f"{log.name}: {record.text[:100]!r}"
        row = rows.get(start)
        if row is None:
            yield f"{place}: joined to the record before"
            continue
        end = start + len(record.text.encode()) + 1
        if any(start < other < end for other in rows):
            yield f"{place}: cut"
        yield from (f"{place}: {miss}" for miss in record_misses(log, record, row, is_first=start == judged[0][0]))


def record_misses(log: MarkedLog, record: Marked, row: RecordRow, *, is_first: bool) -> Iterator[str]:
    time_ns, severity, service, logger, message, _fields, _offset, flags, _whole = row
    if log.time != "none":
        begin_ns = nanoseconds(log.time)
        is_right = time_ns == begin_ns if is_first else begin_ns <= time_ns < begin_ns + SPAN_NS
        if flags & RecordFlag.TIME_INFERRED or not is_right:
            yield f"time {time_ns}"
    if severity != LEVELS[record.level]:
        yield f"level {level_name(severity)} ({severity})"
    if record.message is not None and message.strip() != record.message.strip():
        yield f"message {message[:100]!r}"
    if record.logger is not None and record.logger not in {logger, service}:
        yield f"logger {logger}"


@pytest.mark.parametrize("name", NAMES)
def test_every_record_is_read_as_it_is_marked(name: str) -> None:
    logs = list(logs_of((FOLDER / f"{name}.txt").read_text(encoding="utf-8")))
    assert sum(len(log.records) for log in logs) >= 40
    assert [miss for log in logs for miss in misses(log)] == []
