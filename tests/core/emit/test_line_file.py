"""Several processes, one file: whole lines, also while it is rotated by one of them or by others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from loglama_core.emit.line_file import LineFile
from tests.core.emit.collecting import collected, service_environment

WRITER = """
import sys
from loglama_core.emit import setup_logging
log = setup_logging("shop", max_bytes=int(sys.argv[2]), backups=int(sys.argv[3]))
sys.stdin.readline()
for number in range(500):
    texts = {"text": "x" * (number * 37 % 3_000), "long": "y" * 70_000 * (number == 250)}
    log.info("written", process=int(sys.argv[1]), number=number, **texts)
"""


def start_writers(folder: Path, count: int, max_bytes: int, backups: int) -> list[subprocess.Popen[bytes]]:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(process), str(max_bytes), str(backups)],
            cwd=folder,
            env=service_environment(),
            stdin=subprocess.PIPE,
        )
        for process in range(count)
    ]
    for writer in writers:  # all are told to begin once all are started
        assert writer.stdin is not None
        writer.stdin.write(b"\n")
        writer.stdin.flush()
    return writers


def finish(writers: list[subprocess.Popen[bytes]]) -> None:
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
        assert writer.wait(60) == 0


def test_eight_processes_write_4000_whole_lines_into_one_file(tmp_path: Path) -> None:
    finish(start_writers(tmp_path, 8, 0, 0))
    lines = (tmp_path / "logs" / "shop.log").read_bytes().split(b"\n")
    assert lines.pop() == b""
    written = [json.loads(line) for line in lines]
    assert Counter((line["process"], line["number"]) for line in written) == Counter(
        (process, number) for process in range(8) for number in range(500)
    )
    records = collected(tmp_path)
    assert len(records) == 4_000
    read_back = {(record.fields["process"], record.fields["number"]): record for record in records}
    for line in written:
        record = read_back[line["process"], line["number"]]
        assert (record.level, record.message, record.service) == (line["level"], line["message"], line["component"])
        assert record.fields == {key: line[key] for key in ("process", "number", "text", "long")}


def test_one_of_eight_processes_rotates_and_no_line_is_lost_or_torn(tmp_path: Path) -> None:
    finish(start_writers(tmp_path, 8, 400_000, 100))
    files = sorted((tmp_path / "logs").iterdir())
    assert len(files) > 5
    assert {file.name for file in files} == {"shop.log", *(f"shop.log.{number}" for number in range(1, len(files)))}
    written = [json.loads(line) for file in files for line in file.read_bytes().splitlines()]
    assert Counter((line["process"], line["number"]) for line in written) == Counter(
        (process, number) for process in range(8) for number in range(500)
    )
    assert len(collected(tmp_path)) == 4_000


def test_a_killed_writer_has_lost_nothing_it_was_told_is_written(tmp_path: Path) -> None:
    """``kill -9`` between two lines or within one: every line whose call returned is there, and whole."""
    script = """
import sys
from loglama_core.emit import setup_logging
log = setup_logging("shop", max_bytes=200_000, backups=1000)
number = 0
while True:
    log.info("written", number=number, text="x" * 900)
    sys.stdout.write(f"{number}\\n"); sys.stdout.flush()
    number += 1
"""
    for _ in range(3):
        start = time.monotonic()
        with subprocess.Popen(
            [sys.executable, "-c", script], cwd=tmp_path, env=service_environment(), stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            confirmed = [writer.stdout.readline() for _ in range(700)]
            writer.send_signal(signal.SIGKILL)
            confirmed += writer.stdout.readlines()
        last = max(int(line) for line in confirmed if line.endswith(b"\n"))
        records = [record for record in collected(tmp_path) if record.time_ns >= 0]
        numbers = Counter(record.fields["number"] for record in records)
        assert all(numbers[number] for number in range(last + 1)), time.monotonic() - start
        assert not [record for record in records if record.flags & 16]
        for file in (tmp_path / "logs").iterdir():
            file.unlink()


def line_file(path: Path, *, max_bytes: int = 0, backups: int = 3) -> LineFile:
    file = LineFile(str(path))
    file.max_bytes, file.backups = max_bytes, backups
    return file


def test_the_oldest_goes_and_never_more_than_it(tmp_path: Path) -> None:
    file = line_file(tmp_path / "a.log", max_bytes=20, backups=2)
    for number in range(1, 7):
        file.write(b"%015d\n" % number)
    names = ["a.log", "a.log.1", "a.log.2"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert [int((tmp_path / name).read_bytes()) for name in names] == [6, 5, 4]
    (tmp_path / "a.log.1").unlink()
    file.write(b"%015d\n" % 7)
    assert [int((tmp_path / name).read_bytes()) for name in names] == [7, 6, 4]


def test_a_line_larger_than_a_file_may_be_gets_a_file_of_its_own(tmp_path: Path) -> None:
    file = line_file(tmp_path / "a.log", max_bytes=20)
    for line in (b"first\n", b"x" * 100 + b"\n", b"last\n"):
        file.write(line)
    assert [(tmp_path / name).stat().st_size for name in ("a.log", "a.log.1", "a.log.2")] == [5, 101, 6]


@pytest.mark.parametrize("compress_by", ["rename", "rename and remove", "copy and truncate"])
def test_rotation_by_others_is_followed_at_the_next_line(tmp_path: Path, compress_by: str) -> None:
    path = tmp_path / "a.log"
    file = line_file(path)
    file.write(b"first\n")
    if compress_by == "copy and truncate":
        (tmp_path / "a.log.1").write_bytes(path.read_bytes())
        os.truncate(path, 0)
    else:
        path.rename(tmp_path / "a.log.1")
        if compress_by == "rename and remove":
            (tmp_path / "a.log.1").unlink()
    file.write(b"second\n")
    assert path.read_bytes() == b"second\n"


def test_where_files_may_be_written_but_not_renamed_writing_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    (tmp_path / "a.log.1").mkdir()
    (tmp_path / "a.log.1" / "in the way").touch()
    file = line_file(path, max_bytes=20, backups=1)
    for number in range(5):
        assert file.write(b"%015d\n" % number)
    assert path.read_bytes().count(b"\n") == 5
    assert file.lost == 0


def test_an_append_only_file_without_permission_to_read_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"torn")
    file = line_file(path)
    assert file.write(b"next\n")
    assert path.read_bytes() == b"torn\nnext\n"
