"""Faults 16-29, 36-40: rotation in all its ways costs no line and repeats none."""

from __future__ import annotations

import gzip
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.faults.numbered_lines import by_number, expected, lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.conftest import LogFolder

by_passes_and_by_a_loop = pytest.mark.parametrize("log_folder", ["passes", "loop"], indirect=True)
"""A pass sees what two moments left behind, a loop holds files open in between."""

pytestmark = by_passes_and_by_a_loop


def test_fault_16_rename_with_everything_read(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 50))
    log_folder.collect()
    path.rename(log_folder.logs / "app.log.1")
    log_folder.write("app.log", lines(51, 60))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 60)


def test_fault_17_rename_with_unread_tail_old_first(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 50))
    log_folder.collect()
    log_folder.write("app.log", lines(51, 55))
    path.rename(log_folder.logs / "app.log.1")
    log_folder.write("app.log", lines(56, 60))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 60)


def test_fault_18_writer_goes_on_in_the_renamed_file(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 5))
    log_folder.collect()
    with path.open("a") as writer:
        path.rename(log_folder.logs / "app.log.1")
        writer.write(lines(6, 8))
        writer.flush()
        log_folder.collect()
        log_folder.write("app.log", lines(9, 9))
        writer.write(lines(10, 10))
        writer.flush()
        log_folder.collect()
    assert by_number(log_folder.messages()) == expected(1, 10)


def test_fault_20_many_rotations_between_two_scans(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 10))
    log_folder.collect()
    for turn in range(1, 11):
        for number in range(turn, 0, -1):
            source = log_folder.logs / (f"app.log.{number - 1}" if number > 1 else "app.log")
            if source.exists():
                source.rename(log_folder.logs / f"app.log.{number}")
        log_folder.write("app.log", lines(turn * 10 + 1, turn * 10 + 10))
    log_folder.collect()
    assert by_number(log_folder.messages()) == expected(1, 110)


def copy_truncate(log_folder: LogFolder, number: int = 1) -> None:
    path = log_folder.logs / "app.log"
    shutil.copyfile(path, log_folder.logs / f"app.log.{number}")
    os.truncate(path, 0)


def test_fault_21_copytruncate_with_everything_read(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 50))
    log_folder.collect()
    copy_truncate(log_folder)
    log_folder.write("app.log", lines(51, 60))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 60)


def test_fault_22_copytruncate_with_unread_tail(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 50))
    log_folder.collect()
    log_folder.write("app.log", lines(51, 55))
    copy_truncate(log_folder)
    log_folder.write("app.log", lines(56, 60))
    log_folder.collect()
    assert by_number(log_folder.messages()) == expected(1, 60)
    assert log_folder.query("SELECT count(*) FROM gaps") == [(0,)]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("is_seen", [True, False])
def test_fault_22_23_a_copy_that_ends_before_what_was_read(
    log_folder: LogFolder, pack: Callable[[bytes], bytes], *, is_seen: bool
) -> None:
    """What is written between the copy and the truncation is in no copy, but may have been read."""
    path = log_folder.write("app.log", lines(1, 40))
    copied = pack(path.read_bytes())
    name = "app.log.1" if pack is bytes else "app.log.1.gz"
    log_folder.write("app.log", lines(41, 50))
    if is_seen:
        log_folder.write(name, copied)
    log_folder.collect()
    os.truncate(path, 0)
    if not is_seen:
        log_folder.write(name, copied)
    log_folder.write("app.log", lines(51, 90))
    log_folder.collect()
    log_folder.wait_for(lambda: by_number(log_folder.messages()) == expected(1, 90))
    (log_folder.logs / name).rename(log_folder.logs / name.replace("1", "2"))
    log_folder.collect()
    assert by_number(log_folder.messages()) == expected(1, 90)


def test_fault_23_a_copy_in_progress_is_no_new_source(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 50))
    log_folder.collect()
    data = path.read_bytes()
    copy = log_folder.logs / "app.log.1"
    for part in (data[:700], data[:1500], data):
        copy.write_bytes(part)
        log_folder.collect()
    os.truncate(path, 0)
    log_folder.write("app.log", lines(51, 60))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 60)


def test_fault_24_truncated_and_grown_past_the_offset_meanwhile(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 50))
    log_folder.collect()
    os.truncate(path, 0)
    log_folder.write("app.log", lines(51, 200))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 200)


def test_fault_25_truncated_and_left_empty(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 5))
    log_folder.collect()
    os.truncate(path, 0)
    log_folder.collect()
    assert log_folder.messages() == expected(1, 5)
    log_folder.write("app.log", lines(6, 7))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 7)


def test_fault_26_a_run_of_nul_bytes_leaves_the_line_after_it_whole(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 5))
    log_folder.collect()
    size = path.stat().st_size
    os.truncate(path, 0)
    with path.open("r+b") as stale:
        stale.seek(size)
        stale.write(lines(6, 6).encode() + lines(7, 7).encode())
    log_folder.collect()
    assert log_folder.messages() == expected(1, 7)
    assert log_folder.query("SELECT sum(end - start) FROM gaps") == [(size,)]


def test_fault_27_deleted_and_made_anew(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 5))
    log_folder.collect()
    path.unlink()
    log_folder.write("app.log", lines(6, 20))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 20)


def test_fault_29_chain_of_renames_with_the_last_overwritten(log_folder: LogFolder) -> None:
    for turn in range(6):
        for number in range(3, 0, -1):
            source = log_folder.logs / (f"app.log.{number - 1}" if number > 1 else "app.log")
            if source.exists():
                source.rename(log_folder.logs / f"app.log.{number}")
        log_folder.write("app.log", lines(turn * 5 + 1, turn * 5 + 5))
        log_folder.collect()
    assert log_folder.messages() == expected(1, 30)


def test_fault_36_a_new_file_every_day(log_folder: LogFolder) -> None:
    log_folder.write("app-2026-11-01.log", lines(1, 5))
    log_folder.collect()
    log_folder.write("app-2026-11-02.log", lines(6, 9))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 9)
    assert log_folder.query("SELECT DISTINCT service FROM sources WHERE service <> 'barrier'") == [("app",)]


def test_fault_37_a_link_that_moves_on(log_folder: LogFolder) -> None:
    link = log_folder.logs / "current.log"
    for turn in range(30):
        target = log_folder.folder / f"target-{turn}"
        target.write_text(lines(turn * 3 + 1, turn * 3 + 3))
        fresh = log_folder.folder / "fresh"
        fresh.symlink_to(target)
        fresh.replace(link)
        log_folder.collect()
    assert log_folder.messages() == expected(1, 90)


def test_fault_39_40_link_target_and_hard_link_are_one_source(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 5))
    (log_folder.logs / "soft.log").symlink_to(path)
    os.link(path, log_folder.logs / "hard.log")
    log_folder.collect()
    log_folder.collect()
    assert log_folder.messages() == expected(1, 5)


def test_identical_files_of_two_services_are_both_collected(log_folder: LogFolder) -> None:
    log_folder.write("one.log", "hello\nworld\n")
    log_folder.write("two.log", "hello\nworld\n")
    log_folder.collect()
    assert sorted(log_folder.messages()) == ["hello", "hello", "world", "world"]


def test_fault_23_a_rotated_file_of_which_the_new_one_is_the_beginning_is_no_copy(log_folder: LogFolder) -> None:
    """Found together: what was copied and truncated unseen, and the first bytes of what follows."""
    log_folder.write("app.log.1", lines(1, 5))
    log_folder.write("app.log", lines(1, 5)[:9])
    log_folder.collect()
    assert log_folder.messages() == expected(1, 5)
