"""Faults 60-72: what the machine around the logs does to a collector."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loglama_core.collector import collect_loop
from loglama_core.collector.daemon import daemon_status
from loglama_core.collector.folder_watch import FolderWatch
from tests.faults.numbered_lines import by_number, expected, lines

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def _without_root_rights() -> list[str]:
    """Return what runs a command so that it may not read every file: root without the capabilities that allow it."""
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


def _collect_without_root_rights(log_folder: LogFolder) -> None:
    subprocess.run(
        [*_without_root_rights(), sys.executable, "-m", "loglama_tui", "collect-logs"],
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
    assert log_folder.query("SELECT count(*), sum(state = 'active') FROM sources WHERE service <> 'loglama'") == [
        (200, 200)
    ]


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


def test_fault_72_its_own_store_is_no_source_and_its_own_log_one_like_others(log_folder: LogFolder) -> None:
    log_folder.write("loglama.log", lines(1, 2))
    (log_folder.logs / "link.log").symlink_to(log_folder.db_path)
    log_folder.write("app.log", lines(5, 6))
    log_folder.collect()
    assert log_folder.messages() == expected(5, 6)
    services = "SELECT count(*) FROM records JOIN services s ON s.id = service_id WHERE s.name = 'loglama'"
    assert log_folder.query(services) == [(2,)]


def test_fault_38_a_loop_of_links_and_a_dangling_one(log_folder: LogFolder) -> None:
    (log_folder.logs / "loop.log").symlink_to("loop.log")
    (log_folder.logs / "nowhere.log").symlink_to("missing")
    log_folder.write("app.log", lines(1, 2))
    reports = {report.source: report for report in log_folder.collect()}
    assert log_folder.messages() == expected(1, 2)
    assert reports[str(log_folder.logs / "loop.log")].error
    assert reports[str(log_folder.logs / "nowhere.log")].error


def test_fault_61_a_right_lost_while_a_file_is_followed_costs_nothing(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 5))
    log_folder.write("other.log", lines(50, 50))
    daemon = log_folder.start_daemon(prefix=tuple(_without_root_rights()))
    log_folder.wait_for(lambda: len(log_folder.messages()) == 6)
    path.chmod(0o000)
    log_folder.write_into(path, lines(6, 7))  # what is open stays readable
    log_folder.wait_for(lambda: len(log_folder.messages()) == 8)
    log_folder.kill(daemon)
    log_folder.write_into(path, lines(8, 9))
    log_folder.start_daemon(prefix=tuple(_without_root_rights()))
    log_folder.write("other.log", lines(51, 51))
    log_folder.wait_for(lambda: "line 51" in log_folder.messages())
    log_folder.wait_for(lambda: "app.log" in (daemon_status(log_folder.settings).last_error or ""))
    assert log_folder.query(f"SELECT offset FROM sources WHERE path = '{path}'") == [(len(lines(1, 7)),)]
    path.chmod(0o600)
    log_folder.wait_for(lambda: by_number(log_folder.messages()) == [*expected(1, 9), *expected(50, 51)])


def test_fault_63_ten_thousand_files_with_few_descriptors_and_one_that_is_busy(log_folder: LogFolder) -> None:
    count = int(os.environ.get("LOGLAMA_MANY_FILES", "1500"))
    folder = log_folder.logs
    for number in range(count):
        (folder / f"app{number:05}.log").write_text(lines(number, number))
    daemon = log_folder.start_daemon(prefix=("sh", "-c", 'ulimit -n 256; exec "$@"', "sh"))
    log_folder.wait_for(lambda: len(log_folder.messages()) == count, timeout_s=120)
    assert len(list(Path(f"/proc/{daemon.pid}/fd").iterdir())) < 200
    busy = folder / "busy.log"
    last = 0
    begin = time.monotonic()
    for number in range(count, count + 20):
        log_folder.write_into(busy, lines(900_000 + last, 900_000 + last + 400))
        last += 401
        log_folder.write(f"app{number % count:05}.log", lines(number, number))
    wanted = {f"line {number}" for number in range(count, count + 20)}
    log_folder.wait_for(lambda: wanted <= set(log_folder.messages()))
    assert time.monotonic() - begin < 20
    assert log_folder.query("SELECT count(*) FROM sources WHERE state <> 'active'") == [(0,)]


def test_fault_64_without_file_events_lines_are_found_and_status_says_so(log_folder: LogFolder) -> None:
    allow_none = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"'
    prefix = ("unshare", "--user", "--map-root-user", "sh", "-c", allow_none, "sh")
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here: inotify cannot be taken from one process alone")
    log_folder.start_daemon(prefix=prefix)
    log_folder.write("app.log", lines(1, 3))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 3))
    log_folder.wait_for(lambda: "no file events" in (daemon_status(log_folder.settings).last_error or ""))
    log_folder.write("app.log", lines(4, 6))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 6))


def test_fault_65_an_overflow_of_file_events_loses_no_line(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 3))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 3))
    time.sleep(2.5)  # the loop lets go of its watch while files grow: it must be quiet for two seconds to take it up
    daemon.send_signal(signal.SIGSTOP)
    room = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    names = [log_folder.logs / f"fleeting-{number}" for number in range(2)]
    for _ in range(room // 2):
        for name in names:
            name.touch()
    log_folder.write("app.log", lines(4, 300))
    log_folder.write("new.log", lines(301, 400))
    daemon.send_signal(signal.SIGCONT)
    log_folder.wait_for(lambda: by_number(log_folder.messages()) == expected(1, 400))


def test_every_line_is_found_by_an_event_or_the_look_that_follows_a_new_watch(
    log_folder: LogFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an hour between scans, a line that neither tells of would never come."""
    monkeypatch.setattr(collect_loop, "SCAN_INTERVAL_S", 3600.0)
    watch = FolderWatch.watch
    is_watched = threading.Event()

    def write_then_watch(self: FolderWatch, folders: Iterable[str]) -> bool:
        """Write in the moment between the last look at the files and the watch."""
        if "line 2" not in log_folder.messages():
            log_folder.write("app.log", lines(2, 2))
        is_taken_up = watch(self, folders)
        if not is_taken_up:
            is_watched.set()
        return is_taken_up

    log_folder.write("app.log", lines(1, 1))
    monkeypatch.setattr(FolderWatch, "watch", write_then_watch)
    loop = collect_loop.CollectLoop(log_folder.settings, kind="daemon")
    worker = threading.Thread(target=loop.run)
    worker.start()
    try:
        log_folder.wait_for(lambda: log_folder.messages() == expected(1, 2))
        assert is_watched.wait(30)
        log_folder.write("app.log", lines(3, 3))
        log_folder.wait_for(lambda: log_folder.messages() == expected(1, 3))
    finally:
        loop.stop()
        worker.join()


def test_fault_67_a_file_system_that_tells_of_no_change(log_folder: LogFolder) -> None:
    """What is written below an overlay is seen through it, but no event says so."""
    parts = {name: log_folder.folder / name for name in ("lower", "upper", "work")}
    for part in parts.values():
        part.mkdir()
    (parts["upper"] / "app.log").write_text(lines(1, 3))
    options = ",".join(f"{name}dir={part}" for name, part in parts.items())
    mounting = ["mount", "-t", "overlay", "overlay", "-o", options, str(log_folder.logs)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount an overlay here: run the suite as root to prove fault 67")
    try:
        daemon = log_folder.start_daemon()
        log_folder.wait_for(lambda: log_folder.messages() == expected(1, 3))
        with (parts["upper"] / "app.log").open("a") as file:
            file.write(lines(4, 9))
        log_folder.wait_for(lambda: log_folder.messages() == expected(1, 9))
        log_folder.check_it_flows()
        log_folder.stop(daemon)
    finally:
        subprocess.run(["umount", "-l", log_folder.logs], check=True)


def test_fault_72_the_store_inside_a_declared_pattern_is_not_collected(log_folder: LogFolder) -> None:
    (log_folder.folder / "loglama.toml").write_text('[services.app]\nlogs = ["logs/*", "logs/*.db"]\n')
    log_folder.db_path = log_folder.logs / "loglama.db"
    log_folder.write("app.log", lines(1, 3))
    for _ in range(3):
        log_folder.collect()
    assert log_folder.messages() == expected(1, 3)
    assert log_folder.query("SELECT path FROM sources WHERE path LIKE '%loglama%'") == []
