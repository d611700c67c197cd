"""Faults 7-9, 15, 60, 62, 66, 71, 72, 84: trouble around the collector, each made for real."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loglama_core.collector.daemon import daemon_status, start_daemon, stop_daemon
from loglama_core.collector.daemon_lock import pid_path
from loglama_core.collector.own_log import collector_log
from loglama_core.collector.thread import CollectorThread
from loglama_core.errors import CollectorError, StoreFullError
from loglama_core.store.sqlite_reader import SqliteReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

    from tests.faults.conftest import LogFolder


def lines(first: int, last: int) -> str:
    return "".join(f'{{"level":"info","event":"line {number}"}}\n' for number in range(first, last + 1))


def expected(first: int, last: int) -> list[str]:
    return [f"line {number}" for number in range(first, last + 1)]


def fill(file: FileIO) -> None:
    write_on(file, b"x" * 65_536)


def write_on(file: FileIO, data: bytes) -> None:
    while True:
        file.write(data)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("no right to mount a file system here: run the suite as root to prove fault 7")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_fault_7_a_full_disk_stops_nothing_for_good(log_folder: LogFolder, small_disk: Path) -> None:
    log_folder.db_path = small_disk / "store.db"
    filler = small_disk / "filler"
    log_folder.write("app.log", lines(1, 100))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: len(log_folder.messages()) == 100)
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        fill(file)
    log_folder.write("app.log", lines(101, 20_000))
    log_folder.wait_for(
        lambda: "disk" in (daemon_status(log_folder.settings).last_error or "") or _says_full(log_folder)
    )
    assert daemon.poll() is None
    assert len(log_folder.messages()) >= 100
    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    log_folder.wait_for(lambda: len(log_folder.messages()) == 20_000, timeout_s=60)
    assert log_folder.messages() == expected(1, 20_000)
    log_folder.kill(daemon)
    log_folder.check_invariants()


def test_fault_7_with_everything_on_the_full_disk_status_says_so(log_folder: LogFolder, small_disk: Path) -> None:
    log_folder.db_path = small_disk / "store.db"
    log_folder.logs = small_disk / "logs"
    log_folder.logs.mkdir()
    path = log_folder.write("app.log", lines(1, 100))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: len(log_folder.messages()) == 100)
    with (small_disk / "filler").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        fill(file)
    with path.open("ab", buffering=0) as file, pytest.raises(OSError, match="No space"):
        write_on(file, lines(101, 101).encode())
    log_folder.wait_for(lambda: "full" in (daemon_status(log_folder.settings).last_error or ""))
    assert daemon.poll() is None
    (small_disk / "filler").unlink()
    log_folder.wait_for(lambda: daemon_status(log_folder.settings).last_error is None, timeout_s=60)
    log_folder.wait_for(lambda: len(log_folder.messages()) == path.read_bytes().count(b"\n"))
    assert daemon.poll() is None
    log_folder.kill(daemon)
    log_folder.check_invariants()


def test_fault_7_opening_the_store_on_a_full_disk_names_the_disk(log_folder: LogFolder, small_disk: Path) -> None:
    log_folder.db_path = small_disk / "store.db"
    log_folder.write("app.log", lines(1, 3))
    log_folder.collect()
    with (small_disk / "filler").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        fill(file)
    with pytest.raises(StoreFullError, match="is full"):
        SqliteReader(log_folder.db_path)
    with pytest.raises(StoreFullError, match="is full"):
        log_folder.collect()
    (small_disk / "filler").unlink()
    assert log_folder.messages() == expected(1, 3)


def test_fault_7_a_log_of_its_own_that_cannot_be_written_ends_nothing(log_folder: LogFolder, small_disk: Path) -> None:
    log_folder.logs = small_disk / "logs"
    with collector_log(log_folder.settings) as log:
        with (small_disk / "filler").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            fill(file)
        for _ in range(100):
            log("store trouble", {"error": "the disk is full"})
        (small_disk / "filler").unlink()
        log("collector stopped", {})
    assert b'"collector stopped"' in (log_folder.logs / "log_collector.log").read_bytes().splitlines()[-1]


def test_fault_10_a_damaged_store_is_refused_by_the_collector(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 100))
    log_folder.collect()
    damaged = log_folder.db_path.read_bytes()[:8192].ljust(log_folder.db_path.stat().st_size, b"A")
    log_folder.db_path.write_bytes(damaged)
    with pytest.raises(CollectorError, match="is damaged"):
        start_daemon(log_folder.settings, 300)
    assert not daemon_status(log_folder.settings).running
    assert log_folder.db_path.read_bytes() == damaged


def _says_full(log_folder: LogFolder) -> bool:
    return "full" in (log_folder.logs / "log_collector.log").read_text()


def test_fault_8_a_locked_store_is_waited_for(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 10))
    log_folder.collect()
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: pid_path(log_folder.db_path).exists())
    other = sqlite3.connect(log_folder.db_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    log_folder.write("app.log", lines(11, 20))
    time.sleep(1.0)  # the lock is held while the collector wants it: there is nothing to wait for but time
    assert log_folder.messages() == expected(1, 10)
    other.execute("ROLLBACK")
    other.close()
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 20))
    log_folder.kill(daemon)


def test_fault_9_a_replaced_store_is_never_written_into_unseen(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 10))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: len(log_folder.messages()) == 10)
    for name in (log_folder.db_path.name, log_folder.db_path.name + "-wal", log_folder.db_path.name + "-shm"):
        (log_folder.folder / name).unlink(missing_ok=True)
    log_folder.write("app.log", lines(11, 20))
    log_folder.wait_for(lambda: len(log_folder.messages()) == 20)
    assert daemon.poll() is None
    log_folder.kill(daemon)


def test_fault_15_two_collectors_at_once_are_exact(log_folder: LogFolder) -> None:
    script = (
        "import sys, time; from pathlib import Path; from loglama_core.config.settings import load_settings\n"
        "from loglama_core.collector.one_pass import collect_once\n"
        "settings = load_settings(folder=Path(sys.argv[1]))\n"
        "end = time.monotonic() + 6\n"
        "while time.monotonic() < end: collect_once(settings)\n"
    )
    collectors = [
        subprocess.Popen(
            [sys.executable, "-c", script, log_folder.folder], env={**os.environ, **log_folder.environment}
        )
        for _ in range(2)
    ]
    daemon = log_folder.start_daemon()
    path = log_folder.logs / "app.log"
    last = 0
    while any(collector.poll() is None for collector in collectors):
        log_folder.write("app.log", lines(last + 1, last + 20))
        last += 20
        if last % 400 == 0:
            path.rename(log_folder.logs / f"app.log.{last}")
        elif last % 1000 == 20:
            shutil.copyfile(path, log_folder.logs / f"app.log.{last}")
            os.truncate(path, 0)
        time.sleep(0.005)
    assert [collector.returncode for collector in collectors] == [0, 0]
    log_folder.collect()
    log_folder.kill(daemon)
    assert sorted(log_folder.messages(), key=lambda text: int(text.split()[1])) == expected(1, last)
    log_folder.check_invariants()


def test_fault_15_a_second_daemon_refuses(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 3))
    first = start_daemon(log_folder.settings, 300)
    try:
        second = log_folder.start_daemon()
        assert second.wait(timeout=20) == 3
        assert daemon_status(log_folder.settings).pid == first.pid
    finally:
        assert stop_daemon(log_folder.settings)


def test_start_collects_before_it_returns_and_stop_ends_it(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 3))
    status = start_daemon(log_folder.settings, 300)
    assert status.running
    assert log_folder.messages() == expected(1, 3)
    assert (log_folder.logs / "log_collector.log").stat().st_mode & 0o777 == 0o600
    assert stop_daemon(log_folder.settings)
    assert not daemon_status(log_folder.settings).running
    assert not stop_daemon(log_folder.settings)


def test_a_stale_pid_file_is_no_running_daemon(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 3))
    start_daemon(log_folder.settings, 300)
    pid = daemon_status(log_folder.settings).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    log_folder.wait_for(lambda: not daemon_status(log_folder.settings).running)
    assert pid_path(log_folder.db_path).exists()
    log_folder.write("app.log", lines(4, 5))
    assert start_daemon(log_folder.settings, 300).pid != pid
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 5))
    assert stop_daemon(log_folder.settings)


@pytest.mark.parametrize("pid", ["1", "-1", "0", "99999999999999999999", '"x"', "null"])
def test_security_23_a_pid_file_that_names_anything_is_no_running_daemon(log_folder: LogFolder, pid: str) -> None:
    pid_path(log_folder.db_path).write_text(f'{{"pid":{pid},"created":0,"interval_s":1,"ready":true}}')
    assert not daemon_status(log_folder.settings).running
    assert not stop_daemon(log_folder.settings)


def test_fault_60_a_file_that_may_not_be_read_is_read_once_it_may(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 5))
    path.chmod(0o000)
    log_folder.write("other.log", lines(6, 7))
    _collect_without_root_rights(log_folder)
    assert log_folder.messages() == expected(6, 7)
    path.chmod(0o600)
    _collect_without_root_rights(log_folder)
    assert sorted(log_folder.messages()) == [*expected(1, 5), *expected(6, 7)]


def _collect_without_root_rights(log_folder: LogFolder) -> None:
    """Run a pass; root may read every file, so as root without the capabilities that allow it."""
    drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    subprocess.run(
        [*drop, sys.executable, "-m", "loglama_tui", "collect-logs"],
        env={**os.environ, **log_folder.environment},
        cwd=log_folder.folder,
        check=False,
        capture_output=True,
    )


def test_fault_62_more_files_than_may_be_open(log_folder: LogFolder) -> None:
    for number in range(1, 201):
        log_folder.write(f"app{number:03}.log", lines(number, number))
    daemon = log_folder.start_daemon(open_files=100)
    log_folder.wait_for(lambda: sorted(log_folder.messages()) == sorted(expected(1, 200)))
    for number in range(1, 201):
        log_folder.write(f"app{number:03}.log", lines(200 + number, 200 + number))
    log_folder.wait_for(lambda: sorted(log_folder.messages()) == sorted(expected(1, 400)))
    assert daemon.poll() is None
    assert daemon_status(log_folder.settings).last_error is None
    assert log_folder.query("SELECT count(*), sum(state = 'active') FROM sources") == [(200, 200)]
    log_folder.kill(daemon)
    log_folder.check_invariants()


def test_fault_66_a_log_folder_removed_and_made_anew(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 5))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: len(log_folder.messages()) == 5)
    shutil.rmtree(log_folder.logs)
    time.sleep(1.5)  # at least one scan sees no folder at all
    log_folder.logs.mkdir()
    log_folder.write("app.log", lines(6, 9))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 9))
    log_folder.kill(daemon)


def test_fault_71_what_is_no_regular_file_is_never_opened(log_folder: LogFolder) -> None:
    os.mkfifo(log_folder.logs / "pipe.log")
    (log_folder.logs / "folder.log").mkdir()
    (log_folder.logs / "device.log").symlink_to("/dev/zero")
    log_folder.write("app.log", lines(1, 2))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 2)


def test_fault_72_its_own_logs_are_not_collected(log_folder: LogFolder) -> None:
    log_folder.write("log_collector.log", lines(1, 2))
    log_folder.write("loglama.log", lines(3, 4))
    log_folder.write("app.log", lines(5, 6))
    log_folder.collect()
    assert log_folder.messages() == expected(5, 6)


def test_fault_84_sigterm_in_the_middle_of_a_backlog(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 150_000))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: len(log_folder.messages()) > 0)
    daemon.send_signal(signal.SIGTERM)
    begin = time.monotonic()
    assert daemon.wait(timeout=10) == 0
    assert time.monotonic() - begin < 5
    log_folder.collect()
    assert log_folder.messages() == expected(1, 150_000)
    log_folder.check_invariants()


def test_the_explorers_collector_leaves_it_to_a_daemon_and_takes_over_from_it(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 3))
    collector = CollectorThread(log_folder.settings, lambda _records: None)
    collector.start()
    try:
        log_folder.wait_for(lambda: log_folder.messages() == expected(1, 3))
        daemon = start_daemon(log_folder.settings, 300)
        log_folder.wait_for(lambda: collector.daemon_pid == daemon.pid)
        assert not collector.status().collecting
        log_folder.write("app.log", lines(4, 6))
        log_folder.wait_for(lambda: log_folder.messages() == expected(1, 6))
        assert stop_daemon(log_folder.settings)
        log_folder.wait_for(lambda: collector.status().collecting)
        log_folder.write("app.log", lines(7, 8))
        log_folder.wait_for(lambda: log_folder.messages() == expected(1, 8))
    finally:
        collector.stop()
    assert not collector.status().collecting
