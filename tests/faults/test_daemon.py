"""The background collector: started, asked, stopped, and beside an explorer that collects too."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from loglama_core.collector.daemon import daemon_status, start_daemon, stop_daemon
from loglama_core.collector.daemon_lock import pid_path
from loglama_core.collector.thread import CollectorThread
from tests.faults.numbered_lines import expected, lines

if TYPE_CHECKING:
    from tests.faults.conftest import LogFolder


def test_start_collects_before_it_returns_and_stop_ends_it(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 3))
    status = start_daemon(log_folder.settings, 300)
    assert status.running
    assert log_folder.messages() == expected(1, 3)
    assert (log_folder.logs / "loglama.log").stat().st_mode & 0o777 == 0o600
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
