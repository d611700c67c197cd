"""Faults 19, 20, 28, 37, 43, 69, 73, 74: files that vanish, come back, or hold most of what they held."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.faults.numbered_lines import by_number, expected, lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.conftest import LogFolder

    Lines = Callable[[int, int], str]

by_passes_and_by_a_loop = pytest.mark.parametrize("log_folder", ["passes", "loop"], indirect=True)
by_a_loop = pytest.mark.parametrize("log_folder", ["loop"], indirect=True)


def stamped(first: int, last: int) -> str:
    return "".join(
        f'{{"time":"2026-11-01T00:00:00.{number:06}Z","event":"line {number}"}}\n' for number in range(first, last + 1)
    )


@by_a_loop
def test_fault_19_renamed_out_of_the_pattern_with_an_unread_tail(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 5))
    log_folder.collect()
    with path.open("a") as file:
        file.write(lines(6, 9))
        file.flush()
        path.rename(log_folder.folder / "put-away")
        log_folder.collect()
        file.write(lines(10, 12))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 12)
    assert log_folder.gaps() == []


@by_passes_and_by_a_loop
def test_fault_19_renamed_out_of_the_pattern_while_nobody_collects_is_a_gap(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 5))
    log_folder.collect()
    log_folder.stop_following()
    size = path.stat().st_size
    log_folder.write("app.log", lines(6, 9))
    path.rename(log_folder.folder / "put-away")
    log_folder.collect()
    log_folder.wait_for(lambda: log_folder.gaps() == [(str(path), size, size)])
    assert log_folder.messages() == expected(1, 5)


@by_passes_and_by_a_loop
def test_fault_19_a_gap_is_taken_back_when_the_bytes_turn_up(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 50))
    log_folder.collect()
    log_folder.stop_following()
    log_folder.write("app.log", lines(51, 60))
    path.rename(log_folder.folder / "put-away")
    log_folder.collect()
    log_folder.wait_for(lambda: len(log_folder.gaps()) == 1)
    (log_folder.folder / "put-away").rename(log_folder.logs / "app.log.1")
    log_folder.collect()
    assert log_folder.messages() == expected(1, 60)
    assert log_folder.gaps() == []


def rotate(log_folder: LogFolder, kept: int) -> None:
    for number in range(kept, 0, -1):
        source = log_folder.logs / (f"app.log.{number - 1}" if number > 1 else "app.log")
        if source.exists():
            source.rename(log_folder.logs / f"app.log.{number}")


@by_passes_and_by_a_loop
def test_fault_20_rotations_that_destroy_what_was_not_read_are_a_gap(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 10))
    log_folder.collect()
    log_folder.stop_following()
    for turn in range(1, 11):
        rotate(log_folder, 3)
        log_folder.write("app.log", lines(turn * 10 + 1, turn * 10 + 10))
    log_folder.collect()
    assert by_number(log_folder.messages()) == expected(1, 10) + expected(71, 110)
    log_folder.wait_for(lambda: len(log_folder.gaps()) == 1)


@by_a_loop
def test_fault_28_deleted_while_open_with_unread_bytes(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 5))
    log_folder.collect()
    with path.open("a") as file:
        path.unlink()
        file.write(lines(6, 9))
        file.flush()
        log_folder.collect()
        assert log_folder.messages() == expected(1, 9)
        log_folder.write("app.log", lines(20, 22))
        file.write(lines(10, 12))
    log_folder.collect()
    assert by_number(log_folder.messages()) == expected(1, 12) + expected(20, 22)
    assert log_folder.gaps() == []


@by_a_loop
def test_fault_37_what_was_added_to_the_old_target_before_the_link_moved_is_read_too(log_folder: LogFolder) -> None:
    targets = [log_folder.folder / f"target-{number}" for number in range(2)]
    targets[0].write_text(lines(1, 5))
    link = log_folder.logs / "current.log"
    link.symlink_to(targets[0])
    log_folder.collect()
    with targets[0].open("a") as file:
        file.write(lines(6, 8))
    targets[1].write_text(lines(9, 12))
    fresh = log_folder.folder / "fresh"
    fresh.symlink_to(targets[1])
    fresh.replace(link)
    log_folder.collect()
    assert by_number(log_folder.messages()) == expected(1, 12)


def test_fault_28_deleted_while_the_collector_is_suspended(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 5))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 5))
    daemon.send_signal(signal.SIGSTOP)
    log_folder.write("app.log", lines(6, 9))
    path.unlink()
    daemon.send_signal(signal.SIGCONT)
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 9))
    assert log_folder.gaps() == []


@by_passes_and_by_a_loop
def test_fault_43_a_last_line_without_end_is_stored_once_its_file_is_rotated(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 5) + '{"event":"line 6"}')
    log_folder.collect()
    assert log_folder.messages() == expected(1, 5)
    path.rename(log_folder.logs / "app.log.1")
    log_folder.write("app.log", lines(7, 8))
    log_folder.collect()
    log_folder.wait_for(lambda: by_number(log_folder.messages()) == expected(1, 8))
    assert log_folder.query("SELECT message FROM records WHERE flags & 32") == [("line 6",)]


@by_passes_and_by_a_loop
def test_fault_43_what_continues_a_stored_last_line_is_no_repetition(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 1) + '{"event":"line 2"')
    log_folder.collect()
    rotated = path.rename(log_folder.logs / "app.log.1")
    log_folder.collect()
    log_folder.wait_for(lambda: log_folder.messages() == ["line 1", '{"event":"line 2"'])
    with rotated.open("a") as file:
        file.write("}\n" + lines(3, 3))
    log_folder.collect()
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 3))
    assert log_folder.query("SELECT message FROM records WHERE flags & 32") == []


@pytest.fixture
def mounted_logs(log_folder: LogFolder) -> Path:
    """A folder whose contents stand in ``logs/`` while it is mounted there."""
    real = log_folder.folder / "real"
    real.mkdir()
    if subprocess.run(["mount", "--bind", real, log_folder.logs], capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a folder here: run the suite as root to prove fault 69")
    return real


@by_passes_and_by_a_loop
@pytest.mark.parametrize("count", [1, 30])
def test_fault_69_an_unmounted_root_wipes_no_offset(log_folder: LogFolder, mounted_logs: Path, count: int) -> None:
    log_folder.write("app.log", lines(1, count))
    log_folder.write("tiny.log", "ready\n")
    log_folder.collect()
    log_folder.stop_following()
    with (mounted_logs / "app.log").open("a") as file:
        file.write(lines(count + 1, 40))
    subprocess.run(["umount", "-l", log_folder.logs], check=True)
    log_folder.collect()
    log_folder.collect()
    log_folder.stop_following()
    subprocess.run(["mount", "--bind", mounted_logs, log_folder.logs], check=True)
    log_folder.collect()
    assert sorted(log_folder.messages()) == sorted([*expected(1, 40), "ready"])
    log_folder.wait_for(lambda: log_folder.gaps() == [])
    log_folder.stop_following()
    subprocess.run(["umount", "-l", log_folder.logs], check=True)


@by_a_loop
def test_fault_69_unmounted_under_a_running_collector(log_folder: LogFolder, mounted_logs: Path) -> None:
    log_folder.write("app.log", lines(1, 30))
    log_folder.write("tiny.log", "ready\n")
    log_folder.collect()
    subprocess.run(["umount", "-l", log_folder.logs], check=True)
    log_folder.collect()
    with (mounted_logs / "app.log").open("a") as file:
        file.write(lines(31, 40))
    log_folder.collect()
    assert sorted(log_folder.messages()) == sorted([*expected(1, 40), "ready"])
    subprocess.run(["mount", "--bind", mounted_logs, log_folder.logs], check=True)
    log_folder.write("app.log", lines(41, 45))
    log_folder.wait_for(lambda: sorted(log_folder.messages()) == sorted([*expected(1, 45), "ready"]))
    assert log_folder.gaps() == []
    log_folder.stop_following()
    subprocess.run(["umount", "-l", log_folder.logs], check=True)


@by_passes_and_by_a_loop
@pytest.mark.parametrize("made", [lines, stamped])
def test_fault_73_an_editor_that_saves_adds_only_what_it_changed(log_folder: LogFolder, made: Lines) -> None:
    path = log_folder.write("app.log", made(1, 200))
    log_folder.collect()
    saved = log_folder.folder / "saved"
    saved.write_text(made(1, 199) + made(1000, 1000))
    saved.replace(path)
    log_folder.collect()
    assert by_number(log_folder.messages()) == expected(1, 200) + expected(1000, 1000)


@by_passes_and_by_a_loop
def test_fault_73_lines_with_a_time_are_known_again_wherever_they_stand(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", stamped(1, 200))
    log_folder.collect()
    saved = log_folder.folder / "saved"
    saved.write_text(stamped(1, 99) + '{"event":"a remark in between"}\n' + stamped(101, 200) + stamped(201, 210))
    saved.replace(path)
    log_folder.collect()
    messages = log_folder.messages()
    messages.remove("a remark in between")
    assert by_number(messages) == expected(1, 210)


@by_passes_and_by_a_loop
@pytest.mark.parametrize("made", [lines, stamped])
@pytest.mark.parametrize("count", [3, 200])
def test_fault_74_a_file_without_its_last_line_adds_nothing(log_folder: LogFolder, made: Lines, count: int) -> None:
    path = log_folder.write("app.log", made(1, count))
    log_folder.collect()
    os.truncate(path, len(made(1, count - 1)))
    log_folder.collect()
    assert log_folder.messages() == expected(1, count)
    log_folder.write("app.log", made(count + 1, count + 3))
    log_folder.collect()
    assert log_folder.messages() == expected(1, count + 3)


@by_passes_and_by_a_loop
def test_fault_24_27_a_service_that_begins_its_file_anew_with_the_same_greeting(log_folder: LogFolder) -> None:
    greeting = "".join(f"starting up, step {number} of 9: reading the configuration\n" for number in range(1, 10))
    path = log_folder.write("app.log", greeting + lines(1, 100))
    log_folder.collect()
    path.write_text(greeting + lines(101, 103))
    log_folder.collect()
    starts = [text for text in log_folder.messages() if text.startswith("starting")]
    assert len(starts) == 18
    assert [text for text in log_folder.messages() if text.startswith("line")] == expected(1, 103)


@by_passes_and_by_a_loop
def test_fault_13_14_a_continuation_of_a_record_that_was_pruned_changes_no_other(log_folder: LogFolder) -> None:
    """Retention deletes while files are followed: offsets stay, nothing comes back, ids given anew are no danger."""
    log_folder.write("app.log", "2026-11-01 10:00:00,000 - app - ERROR - line 1\nTraceback (most recent call last):\n")
    log_folder.collect()
    log_folder.wait_for(lambda: len(log_folder.messages()) == 1)
    app = "service_id = (SELECT id FROM services WHERE name = 'app')"
    log_folder.execute(f"DELETE FROM records WHERE {app}", f"DELETE FROM minute_counts WHERE {app}")
    log_folder.write("other.log", lines(2, 4))
    log_folder.collect()
    log_folder.write("app.log", "ValueError: no\n2026-11-01 10:00:01,000 - app - INFO - line 5\n")
    log_folder.collect()
    log_folder.wait_for(lambda: by_number(log_folder.messages()) == expected(2, 5))


def test_a_folder_of_logs_removed_with_the_files_in_it(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 5))
    log_folder.start_daemon()
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 5))
    shutil.rmtree(log_folder.logs)
    log_folder.logs.mkdir()
    log_folder.write("app.log", lines(6, 9))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 9))


def test_fault_27_the_inode_of_a_file_of_which_nothing_was_stored_makes_no_other_its_successor(
    log_folder: LogFolder,
) -> None:
    """The lines of one service went by the name of another whose file had been deleted before it had a whole line."""
    path = log_folder.write("app.log", "half a li")
    log_folder.collect()
    os.truncate(path, 0)  # with the rename: what a new file is that was given the inode of a deleted one
    path.rename(log_folder.logs / "other.log")
    log_folder.write("other.log", lines(1, 3))
    log_folder.collect()
    services = "SELECT DISTINCT name FROM records JOIN services ON services.id = service_id"
    assert log_folder.query(services) == [("other",)]
    assert log_folder.messages() == expected(1, 3)
    assert [(path, start, end) for path, start, end in log_folder.gaps()] == [(str(log_folder.logs / "app.log"), 0, 9)]


def test_fault_27_an_archive_with_the_inode_of_a_log_is_unpacked(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", "half a li")
    log_folder.collect()
    os.truncate(path, 0)
    path.rename(log_folder.logs / "app.log.1.gz")
    log_folder.write("app.log.1.gz", gzip.compress(lines(1, 3).encode()))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 3)
