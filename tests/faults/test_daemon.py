"""The background collector: started, asked, stopped, and beside an explorer that collects too."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loglama_core.collector.daemon import daemon_status, start_daemon, stop_daemon
from loglama_core.collector.daemon_lock import pid_path
from loglama_core.collector.pass_schedule import PassSchedule
from loglama_core.collector.thread import CollectorThread
from loglama_tui.header_feed import HeaderFeed
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


def test_status_tells_of_every_source_what_cannot_be_read_and_what_was_lost(log_folder: LogFolder) -> None:
    (log_folder.logs / "nowhere.log").symlink_to("missing")
    (log_folder.logs / "loop.log").symlink_to("loop.log")
    path = log_folder.write("app.log", lines(1, 5))
    log_folder.collect()
    path.unlink()
    log_folder.start_daemon()
    log_folder.wait_for(lambda: len(log_folder.gaps()) == 1)
    log_folder.wait_for(lambda: len(daemon_status(log_folder.settings).problems) == 2)
    done = log_folder.run("log-collector", "status", "--format", "jsonl")
    assert done.returncode == 0
    collector, *sources = map(json.loads, done.stdout.splitlines())
    assert collector["wal_bytes"] > 0
    by_name = {Path(source["source"]).name: source for source in sources}
    assert "points nowhere" in by_name["nowhere.log"]["error"]
    assert by_name["loop.log"]["state"] == "failed"
    (gap,) = by_name["app.log"]["gaps"]
    assert (gap["start"], gap["end"]) == (path_size := len(lines(1, 5)), path_size)
    pretty = log_folder.run("log-collector", "status", "--format", "pretty").stdout
    (shown,) = [line.split() for line in pretty.splitlines() if "gone or rewritten" in line]
    assert shown[3:7] == [str(path_size), "not", "known", "gone"]
    assert "lost before it could be read" in pretty
    assert "gone or rewritten while nobody collected" in pretty


def test_the_explorers_header_tells_how_far_behind_a_daemon_is(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 300_000))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: daemon_status(log_folder.settings).backlog_bytes > 0)
    daemon.send_signal(signal.SIGSTOP)  # what it said last stands
    collector = CollectorThread(log_folder.settings, lambda _records: None)
    feed = HeaderFeed("store", "path")
    feed.collector = collector
    collector.start()
    try:
        log_folder.wait_for(lambda: collector.daemon_backlog_bytes > 0)
        feed.refresh()
        assert feed.header.facts.collector_note == f"{collector.daemon_backlog_bytes / 1e6:,.0f} MB behind"
        daemon.send_signal(signal.SIGCONT)
        log_folder.wait_for(lambda: collector.daemon_backlog_bytes == 0, timeout_s=60)
        feed.refresh()
        assert not feed.header.facts.collector_note
    finally:
        daemon.send_signal(signal.SIGCONT)
        collector.stop()


def test_status_tells_how_fast_each_source_is_read(log_folder: LogFolder) -> None:
    log_folder.write("quiet.log", lines(1, 3))
    log_folder.collect()
    log_folder.start_daemon()
    written = 0

    def rates() -> dict[str, tuple[float, float]]:
        """Write as a busy service does, and return what status says of records and bytes per second."""
        nonlocal written
        log_folder.write("busy.log", lines(written + 1, written + 100))
        written += 100
        done = log_folder.run("log-collector", "status", "--format", "jsonl")
        _, *sources = map(json.loads, done.stdout.splitlines())
        return {Path(each["source"]).name: (each["records_per_s"], each["bytes_per_s"]) for each in sources}

    log_folder.wait_for(lambda: rates().get("busy.log", (0, 0))[0] > 0)
    found = rates()
    records, size = found["busy.log"]
    assert size / records == pytest.approx(len(lines(written - 99, written)) / 100, rel=0.2)
    assert sum(found["quiet.log"]) == 0
    log_folder.wait_for(lambda: not daemon_status(log_folder.settings).rates)
    assert "RECORDS/s" in log_folder.run("log-collector", "status", "--format", "pretty").stdout


def test_a_scheduled_pass_stores_a_last_line_that_nobody_ends(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 2) + '{"event":"line 3"}')
    os.utime(path, (time.time() - 60, time.time() - 60))
    log_folder.start_daemon(interval="1")
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 3))
    log_folder.write("app.log", "\n" + lines(4, 4))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 4))


def test_scheduled_passes_neither_drift_nor_pile_up() -> None:
    schedule = PassSchedule(10, begin=1000)
    begun = [now / 10 for now in range(10_000, 10_700) if schedule.is_due(now / 10)]
    assert begun == [1000, 1010, 1020, 1030, 1040, 1050, 1060]
    assert schedule.is_due(1097.5)  # the last pass took 37 s
    assert not schedule.is_due(1099.9)
    assert schedule.is_due(1100.3)
    assert schedule.is_due(1110.0)


@pytest.mark.parametrize("name", ["plain", "with blank", 'with "quotes" 100%', "with $HOME and 'ticks'", "back\\slash"])
def test_the_unit_is_one_that_systemd_accepts(log_folder: LogFolder, name: str) -> None:
    folder = log_folder.folder / name
    folder.mkdir()
    log_folder.logs, log_folder.db_path = folder / "logs", folder / "store.db"
    done = log_folder.run("log-collector", "unit", "--interval", "60", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--interval 60" in done.stdout
    log_folder.is_store_lost = True
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed: nothing here can verify a unit")
    unit = log_folder.folder / "loglama.service"
    unit.write_text(done.stdout)
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_a_unit_runs_what_it_says(log_folder: LogFolder) -> None:
    """Its command, given its environment, is a collector of the same store."""
    text = log_folder.run("log-collector", "unit").stdout
    (command,) = [line.removeprefix("ExecStart=") for line in text.splitlines() if line.startswith("ExecStart=")]
    given = [line.removeprefix("Environment=") for line in text.splitlines() if line.startswith("Environment=")]
    environment = dict(word.split("=", 1) for word in (shlex.split(each)[0] for each in given))
    log_folder.write("app.log", lines(1, 3))
    log_folder.start_daemon(
        prefix=("env", *(f"{name}={value}" for name, value in environment.items())),
        program=tuple(shlex.split(command)[:4]),
    )
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 3))


def test_security_21_root_follows_no_link_that_another_made_to_what_is_not_theirs(log_folder: LogFolder) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can read what is not its own: run the suite as root to prove security 21")
    secret = log_folder.folder / "shadow"
    secret.write_text("root:secret\n")
    theirs = log_folder.logs / "theirs.log"
    theirs.symlink_to(secret)
    os.chown(theirs, 12345, 12345, follow_symlinks=False)
    inner = log_folder.folder / "inner"
    inner.symlink_to(log_folder.folder)
    os.chown(inner, 12345, 12345, follow_symlinks=False)
    (log_folder.logs / "through.log").symlink_to(inner / "shadow")
    own = log_folder.folder / "own"
    own.write_text(lines(1, 1))
    os.chown(own, 12345, 12345)
    (log_folder.logs / "own.log").symlink_to(own)
    os.chown(log_folder.logs / "own.log", 12345, 12345, follow_symlinks=False)
    reports = {Path(report.source).name: report.error for report in log_folder.collect()}
    assert log_folder.messages() == ["line 1"]
    assert "another user's link" in (reports["theirs.log"] or "")
    assert "another user's link" in (reports["through.log"] or "")


def test_security_17_an_empty_file_that_all_may_read_becomes_a_private_store(log_folder: LogFolder) -> None:
    log_folder.db_path.touch()
    log_folder.db_path.chmod(0o644)
    log_folder.write("app.log", lines(1, 3))
    log_folder.collect()
    assert log_folder.db_path.stat().st_mode & 0o777 == 0o600
