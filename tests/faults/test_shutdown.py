"""Faults 84-88: stopped, suspended, far behind, held up by a reader."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from loglama_core.collector.collect_loop import CollectLoop
from loglama_core.collector.daemon import daemon_status
from loglama_core.collector.daemon_lock import pid_path
from tests.faults.numbered_lines import expected, lines

if TYPE_CHECKING:
    from tests.faults.conftest import LogFolder


def test_fault_84_sigterm_in_the_middle_of_a_backlog(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 150_000))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: len(log_folder.messages()) > 0)
    begin = time.monotonic()
    log_folder.stop(daemon)
    assert time.monotonic() - begin < 5
    log_folder.collect()
    assert log_folder.messages() == expected(1, 150_000)


def test_fault_85_suspended_and_resumed_it_catches_up(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 10))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 10))
    daemon.send_signal(signal.SIGSTOP)
    path = log_folder.write("app.log", lines(11, 500))
    path.rename(log_folder.logs / "app.log.1")
    log_folder.write("app.log", lines(501, 600))
    time.sleep(3)  # longer than any grace the collector gives on its own clock
    daemon.send_signal(signal.SIGCONT)
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 600))
    assert log_folder.gaps() == []


def test_fault_86_a_backlog_is_worked_off_newest_file_first_with_progress_and_little_memory(
    log_folder: LogFolder,
) -> None:
    names = ["oldest.log", "newest.log", "middle.log"]
    for age, name in ((3, names[0]), (1, names[1]), (2, names[2])):
        path = log_folder.write(name, lines(1, 60_000))
        os.utime(path, (time.time() - age * 60, time.time() - age * 60))
    daemon = log_folder.start_daemon()
    seen: list[int] = []
    log_folder.wait_for(lambda: pid_path(log_folder.db_path).exists())
    stored = "records r JOIN sources s ON s.id = r.source_id WHERE s.service <> 'loglama'"

    def all_is_stored() -> bool:
        seen.append(daemon_status(log_folder.settings).backlog_bytes)
        return log_folder.query(f"SELECT count(*) FROM {stored}") == [(180_000,)]

    log_folder.wait_for(all_is_stored, timeout_s=120)
    assert max(seen) > 1_000_000
    log_folder.wait_for(lambda: daemon_status(log_folder.settings).backlog_bytes == 0)
    first = f"SELECT s.path FROM {stored} GROUP BY s.id ORDER BY min(r.id)"
    assert [Path(str(path)).name for (path,) in log_folder.query(first)] == [names[1], names[2], names[0]]
    family = [psutil.Process(daemon.pid), *psutil.Process(daemon.pid).children()]
    assert sum(process.memory_info().rss for process in family) < 200 << 20


def test_fault_86_a_backlog_gives_way_to_the_screen_in_its_program(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 150_000))
    loop = CollectLoop(log_folder.settings, kind="explorer")
    loop.give_way(3_600)
    collecting = threading.Thread(target=loop.run)
    collecting.start()
    log_folder.wait_for(lambda: len(log_folder.messages()) > 0)
    loop.stop()
    collecting.join(30)
    assert not collecting.is_alive(), "the end is waited for by nobody"
    assert 0 < len(log_folder.messages()) < 150_000
    log_folder.collect()
    assert log_folder.messages() == expected(1, 150_000)


def test_fault_87_a_long_reader_lets_the_write_ahead_log_grow_and_status_tells_its_size(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 10))
    log_folder.start_daemon()
    log_folder.wait_for(lambda: len(log_folder.messages()) == 10)
    with closing(sqlite3.connect(log_folder.db_path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        seen = reader.execute("SELECT count(*) FROM records").fetchone()
        log_folder.write("app.log", lines(11, 150_000))
        log_folder.wait_for(lambda: len(log_folder.messages()) == 150_000, timeout_s=60)
        size = daemon_status(log_folder.settings).wal_bytes
        assert size == Path(f"{log_folder.db_path}-wal").stat().st_size
        assert size > 4 << 20
        assert reader.execute("SELECT count(*) FROM records").fetchone() == seen
    log_folder.write("app.log", lines(150_001, 150_010))
    log_folder.wait_for(lambda: len(log_folder.messages()) == 150_010)


def test_fault_88_no_child_of_the_collector_holds_the_store(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 300_000))
    daemon = log_folder.start_daemon()
    held: list[str] = []

    def a_child_was_seen() -> bool:
        for child in psutil.Process(daemon.pid).children():
            folder = Path(f"/proc/{child.pid}/fd")
            try:
                # Until it has become another program it is a copy of the collector, and holds what that holds.
                if "loglama_core.collector.parser_process" in child.cmdline():
                    held.extend(str(each.readlink()) for each in folder.iterdir())
            except (OSError, psutil.Error):
                continue
        return any(name.endswith("app.log") for name in held)

    log_folder.wait_for(a_child_was_seen)
    assert [name for name in held if "store.db" in name] == []
    log_folder.wait_for(lambda: len(log_folder.messages()) == 300_000, timeout_s=60)
