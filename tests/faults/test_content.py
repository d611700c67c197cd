"""Faults 41-48, 56 as a collector meets them: lines that arrive in pieces."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.faults.conftest import LogFolder

TRACEBACK = (
    "2026-11-01 10:00:01,000 - app - ERROR - it broke\n"
    "Traceback (most recent call last):\n"
    '  File "app.py", line 1, in run\n'
    "    work()\n"
    "ValueError: no\n"
)
NEXT = "2026-11-01 10:00:02,000 - app - INFO - and on\n"
WHOLE = TRACEBACK.removeprefix("2026-11-01 10:00:01,000 - app - ERROR - ").rstrip("\n")


def test_fault_41_42_a_partial_line_is_held_and_becomes_one_row(log_folder: LogFolder) -> None:
    log_folder.write("app.log", '{"event":"first"}\n{"event":"sec')
    log_folder.collect()
    assert log_folder.messages() == ["first"]
    log_folder.write("app.log", 'ond"}\n')
    log_folder.collect()
    assert log_folder.messages() == ["first", "second"]


@pytest.mark.parametrize("cut", range(1, len(TRACEBACK), 23))
def test_fault_56_a_traceback_in_two_parts_is_one_record(log_folder: LogFolder, cut: int) -> None:
    log_folder.write("app.log", TRACEBACK[:cut])
    log_folder.collect()
    log_folder.write("app.log", TRACEBACK[cut:] + NEXT)
    log_folder.collect()
    assert log_folder.messages() == [WHOLE, "and on"]
    assert log_folder.query("SELECT level FROM logs ORDER BY id") == [("error",), ("info",)]


def test_fault_56_a_traceback_continued_after_rotation_is_one_record(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", TRACEBACK[:120])
    log_folder.collect()
    with path.open("a") as writer:
        path.rename(log_folder.logs / "app.log.1")
        writer.write(TRACEBACK[120:])
    log_folder.write("app.log", NEXT)
    log_folder.collect()
    assert log_folder.messages() == [WHOLE, "and on"]


def test_fault_47_a_line_longer_than_a_block(log_folder: LogFolder) -> None:
    long = "x" * 10_000_000
    log_folder.write("app.log", f'{{"event":"before"}}\n{long}\n{{"event":"after"}}\n')
    log_folder.collect()
    messages = log_folder.messages()
    assert messages[0] == "before"
    assert messages[-1] == "after"
    assert len(messages) == 3
    assert messages[1] == "x" * 2000
    (fields,) = log_folder.query("SELECT fields ->> '$.original_length' FROM records WHERE id = 2")[0]
    assert fields == len(long)


def test_fault_48_a_hundred_megabytes_without_newline(log_folder: LogFolder) -> None:
    path = log_folder.logs / "flood.log"
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"y" * (1 << 20))
    log_folder.write("app.log", '{"event":"other"}\n')
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    log_folder.collect()
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert log_folder.messages() == ["other"]
    assert grown_mib < 40
    log_folder.write("flood.log", "\n" + '{"event":"after"}\n')
    log_folder.collect()
    assert sorted(text[:5] for text in log_folder.messages()) == ["after", "other", "yyyyy"]


def test_fault_44_lines_and_characters_across_blocks(log_folder: LogFolder) -> None:
    texts = [f"{number} " + "łódź" * (number % 300) for number in range(9_000)]
    log_folder.write("app.log", "".join(f'{{"event":"{text}"}}\n' for text in texts))
    log_folder.collect()
    assert log_folder.messages() == texts


def test_empty_file_and_empty_lines_are_nothing(log_folder: LogFolder) -> None:
    log_folder.write("empty.log", "")
    log_folder.write("blank.log", "\n\n\r\n")
    log_folder.collect()
    assert log_folder.messages() == []


def test_a_file_whose_name_is_no_text_is_reported_and_costs_no_other(log_folder: LogFolder) -> None:
    log_folder.write("app.log", '{"event":"other"}\n')
    strange = os.fsdecode(b"strange\xff.log")
    log_folder.write(strange, '{"event":"strange"}\n')
    (log_folder.logs / os.fsdecode(b"dangling\xff.log")).symlink_to("nowhere")
    reports = {Path(report.source).name: report.error for report in log_folder.collect()}
    assert reports["app.log"] is None
    assert "not UTF-8" in (reports[r"strange\xff.log"] or "")
    assert "nowhere" in (reports[r"dangling\xff.log"] or "")
    assert log_folder.messages() == ["other"]
    (log_folder.logs / strange).rename(log_folder.logs / "strange.log")
    log_folder.collect()
    assert log_folder.messages() == ["other", "strange"]
