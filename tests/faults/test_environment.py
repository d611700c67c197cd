"""Faults 60-72: what the machine around the logs does to a collector."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from loglama_core.collector.daemon import daemon_status
from tests.faults.numbered_lines import expected, lines

if TYPE_CHECKING:
    from tests.faults.conftest import LogFolder


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
    daemon = log_folder.start_daemon(prefix=("sh", "-c", 'ulimit -n 100; exec "$@"', "sh"))
    log_folder.wait_for(lambda: sorted(log_folder.messages()) == sorted(expected(1, 200)))
    for number in range(1, 201):
        log_folder.write(f"app{number:03}.log", lines(200 + number, 200 + number))
    log_folder.wait_for(lambda: sorted(log_folder.messages()) == sorted(expected(1, 400)))
    assert daemon.poll() is None
    assert daemon_status(log_folder.settings).last_error is None
    assert log_folder.query("SELECT count(*), sum(state = 'active') FROM sources") == [(200, 200)]


def test_fault_66_a_log_folder_removed_and_made_anew(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 5))
    log_folder.start_daemon()
    log_folder.wait_for(lambda: len(log_folder.messages()) == 5)
    shutil.rmtree(log_folder.logs)
    time.sleep(1.5)  # at least one scan sees no folder at all
    log_folder.logs.mkdir()
    log_folder.write("app.log", lines(6, 9))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 9))


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


def test_fault_38_a_loop_of_links_and_a_dangling_one(log_folder: LogFolder) -> None:
    (log_folder.logs / "loop.log").symlink_to("loop.log")
    (log_folder.logs / "nowhere.log").symlink_to("missing")
    log_folder.write("app.log", lines(1, 2))
    reports = {report.source: report for report in log_folder.collect()}
    assert log_folder.messages() == expected(1, 2)
    assert reports[str(log_folder.logs / "loop.log")].error
    assert reports[str(log_folder.logs / "nowhere.log")].error
