"""Faults 41-56 as a collector meets them: lines that arrive in pieces, and bytes that are no text."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from loglama_core.store.store import Store
from tests.faults.numbered_lines import expected, lines

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


def test_fault_48_other_files_go_on_beside_a_flood_without_newline(log_folder: LogFolder) -> None:
    daemon = log_folder.start_daemon()
    log_folder.write("app.log", lines(1, 3))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 3))
    before = psutil.Process(daemon.pid).memory_info().rss
    for part in range(30):
        log_folder.write("flood.log", b"y" * (1 << 20))
        log_folder.write("app.log", lines(4 + part, 4 + part))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 33))
    assert psutil.Process(daemon.pid).memory_info().rss - before < 40 << 20


def test_fault_45_every_kind_of_line_end_and_empty_lines(log_folder: LogFolder) -> None:
    log_folder.write("app.log", b'\n\r\n{"event":"a"}\r\n{"event":"b"}\n\n\n{"event":"c"}\r\n\r\n')
    log_folder.write("text.log", b"2026-11-01 10:00:00 ERROR app progress 1%\rprogress 100%\r\nlast\r\n")
    log_folder.collect()
    log_folder.wait_for(lambda: len(log_folder.messages()) == 4)
    messages = log_folder.messages()
    assert [text for text in messages if len(text) == 1] == ["a", "b", "c"]
    assert messages[-1].endswith("progress 1%\rprogress 100%\nlast")


def test_fault_46_a_line_end_split_between_two_reads_leaves_no_return(log_folder: LogFolder) -> None:
    piece = 256 << 10  # what is read at once
    line = b'{"event":"%s"}\r\n'
    first = line % (b"x" * (piece - len(line) + 3))
    assert len(first) == piece + 1
    assert first[piece - 1 : piece + 1] == b"\r\n"
    log_folder.write("app.log", first + line % b"second")
    log_folder.write("slow.log", b'{"event":"third"}\r')
    log_folder.collect()
    log_folder.write("slow.log", b"\n")
    log_folder.collect()
    assert [text[-6:] for text in log_folder.messages()] == ["xxxxxx", "second", "third"]
    assert log_folder.query("SELECT count(*) FROM long_texts") == [(1,)]


def test_fault_49_bytes_that_are_no_utf_8_are_spelled_out(log_folder: LogFolder) -> None:
    log_folder.write(
        "latin.log", "ERROR zażółć gęślą jaźń\n".encode("iso-8859-2") + b"ERROR \xc5\n" + lines(1, 1).encode()
    )
    log_folder.write("json.log", b'{"event":"bad \xc5 byte"}\n{"event":"lone \\ud800 surrogate"}\n')
    log_folder.collect()
    log_folder.wait_for(lambda: len(log_folder.messages()) == 5)
    flagged = log_folder.query("SELECT message FROM records WHERE flags & 4 ORDER BY id")
    assert len(flagged) == 4
    assert any("\\xc5" in str(text) for (text,) in flagged)
    assert "line 1" in log_folder.messages()


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", "\ufeff"), ("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff")])
def test_fault_50_a_byte_order_mark_is_none_of_the_text(log_folder: LogFolder, encoding: str, mark: str) -> None:
    log_folder.write("app.log", (mark + lines(1, 30)).encode(encoding))
    log_folder.collect()
    log_folder.write("app.log", lines(31, 33).encode(encoding))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 33)


def test_fault_51_a_nul_hides_nothing_of_what_follows(log_folder: LogFolder) -> None:
    log_folder.write("app.log", b'ERROR one\0two findme\n{"event":"three\\u0000four findme"}\n')
    log_folder.collect()
    log_folder.wait_for(lambda: len(log_folder.messages()) == 2)
    assert sorted(log_folder.messages()) == ["one\\x00two findme", "three\\x00four findme"]
    with Store(log_folder.db_path) as store:
        assert store.count("findme") == 2
        assert store.count("two") == store.count("four") == 1


def test_fault_52_control_bytes_are_stored_as_they_came(log_folder: LogFolder) -> None:
    text = "ERROR \x1b]0;title\x07 \x08\x7f \x9b31m \u202eevil"
    log_folder.write("app.log", text + "\n")
    log_folder.collect()
    assert log_folder.messages() == [text.removeprefix("ERROR ")]


def test_fault_53_54_security_31_json_that_no_parser_likes(log_folder: LogFolder) -> None:
    deep = '{"event":"deep","a":' + "[" * 10_000 + "]" * 10_000 + "}"
    many = '{"event":"many",' + ",".join(f'"k{number}":{number}' for number in range(5_000)) + "}"
    texts = [
        '{"event":"large","number":9223372036854775808123}',
        deep,
        '{"event":"twice","event":"again"}',
        '{"event":"odd","number":NaN,"other":Infinity}',
        many,
        '{"event":"last"}',
    ]
    log_folder.write("app.log", "\n".join(texts) + "\n")
    log_folder.collect()
    assert len(log_folder.messages()) == 6
    assert log_folder.messages()[-1] == "last"
    fields = log_folder.query("SELECT fields ->> '$.number' FROM records WHERE message = 'large'")
    assert str(fields[0][0]).startswith("9223372036854775808")
    assert log_folder.query("SELECT max(length(fields)) < 1000000 FROM records") == [(1,)]


def test_fault_55_without_a_time_the_records_is_that_of_the_one_before_else_the_files(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", '{"event":"first"}\n{"time":"2026-11-01T10:00:00Z","event":"second"}\n')
    os.utime(path, (1_790_000_000, 1_790_000_000))
    log_folder.collect()
    log_folder.write("app.log", '{"event":"third"}\n')
    log_folder.collect()
    assert log_folder.query("SELECT message, time_ns / 1000000000, flags & 1 FROM records ORDER BY id") == [
        ("first", 1_790_000_000, 1),
        ("second", 1_793_527_200, 0),
        ("third", 1_793_527_200, 1),
    ]


def test_fault_56_the_last_event_is_stored_once_its_file_is_quiet(log_folder: LogFolder) -> None:
    log_folder.start_daemon()
    log_folder.write("app.log", TRACEBACK)
    log_folder.wait_for(lambda: log_folder.messages() == [WHOLE])
    log_folder.write("app.log", "  and what is said later\n" + NEXT)
    log_folder.wait_for(lambda: log_folder.messages() == [f"{WHOLE}\n  and what is said later", "and on"])


def test_fault_56_a_traceback_continued_after_kill_9_is_one_record(log_folder: LogFolder) -> None:
    daemon = log_folder.start_daemon()
    log_folder.write("app.log", TRACEBACK[:120])
    log_folder.wait_for(lambda: len(log_folder.messages()) == 1)
    log_folder.kill(daemon)
    log_folder.write("app.log", TRACEBACK[120:] + NEXT)
    log_folder.start_daemon()
    log_folder.wait_for(lambda: log_folder.messages() == [WHOLE, "and on"])


def test_fault_56_an_event_without_end_is_cut_at_a_thousand_lines(log_folder: LogFolder) -> None:
    log_folder.write("app.log", TRACEBACK + "".join(f"    more {number}\n" for number in range(2_500)) + NEXT)
    log_folder.collect()
    log_folder.wait_for(lambda: log_folder.messages()[-1:] == ["and on"])
    counts = log_folder.query("SELECT count(*) FROM records")
    assert counts == [(4,)]
