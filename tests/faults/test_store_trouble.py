"""Faults 6-15: trouble with the store, each made for real."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loglama_core.collector.daemon import daemon_status, start_daemon, stop_daemon
from loglama_core.collector.daemon_lock import pid_path
from loglama_core.collector.discovery import Discovery
from loglama_core.collector.own_log import collector_log
from loglama_core.collector.scanner import Scanner, ScanResult
from loglama_core.errors import CollectorError, StoreFullError
from loglama_core.store.backup import backup
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_core.store.writer import RecordWriter
from tests.faults.conftest import PROGRAM, REPOSITORY
from tests.faults.numbered_lines import by_number, expected, lines

if TYPE_CHECKING:
    from io import FileIO

    from loglama_core.config.settings import Settings
    from tests.faults.conftest import LogFolder


def fill(file: FileIO) -> None:
    write_on(file, b"x" * 65_536)


def write_on(file: FileIO, data: bytes) -> None:
    while True:
        file.write(data)


def test_fault_7_a_full_disk_stops_nothing_for_good(small_disk: Path, log_folder: LogFolder) -> None:
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


def test_fault_7_with_everything_on_the_full_disk_status_says_so(small_disk: Path, log_folder: LogFolder) -> None:
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


def test_fault_7_opening_the_store_on_a_full_disk_names_the_disk(small_disk: Path, log_folder: LogFolder) -> None:
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


def test_fault_7_a_log_of_its_own_that_cannot_be_written_ends_nothing(small_disk: Path, log_folder: LogFolder) -> None:
    log_folder.logs = small_disk / "logs"
    with collector_log(log_folder.settings) as log:
        with (small_disk / "filler").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            fill(file)
        for _ in range(100):
            log("store trouble", {"error": "the disk is full"})
        (small_disk / "filler").unlink()
        log("collector stopped", {})
    assert b'"collector stopped"' in (log_folder.logs / "loglama.log").read_bytes().splitlines()[-1]


def test_fault_10_a_damaged_store_is_refused_by_the_collector(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 100))
    log_folder.collect()
    damaged = log_folder.db_path.read_bytes()[:8192].ljust(log_folder.db_path.stat().st_size, b"A")
    log_folder.db_path.write_bytes(damaged)
    with pytest.raises(CollectorError, match="is damaged"):
        start_daemon(log_folder.settings, 300)
    assert not daemon_status(log_folder.settings).running
    assert log_folder.db_path.read_bytes() == damaged
    log_folder.is_store_lost = True


def _own_log(log_folder: LogFolder) -> str:
    return (log_folder.logs / "loglama.log").read_text()


def _says_full(log_folder: LogFolder) -> bool:
    return "full" in _own_log(log_folder)


def test_fault_8_a_locked_store_is_waited_for(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 10))
    log_folder.collect()
    log_folder.start_daemon()
    log_folder.wait_for(lambda: pid_path(log_folder.db_path).exists())
    other = sqlite3.connect(log_folder.db_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    log_folder.write("app.log", lines(11, 20))
    time.sleep(1.0)  # the lock is held while the collector wants it: there is nothing to wait for but time
    assert log_folder.messages() == expected(1, 10)
    other.execute("ROLLBACK")
    other.close()
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 20))


def test_fault_9_a_replaced_store_is_never_written_into_unseen(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 10))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: len(log_folder.messages()) == 10)
    for name in (log_folder.db_path.name, log_folder.db_path.name + "-wal", log_folder.db_path.name + "-shm"):
        (log_folder.folder / name).unlink(missing_ok=True)
    log_folder.write("app.log", lines(11, 20))
    log_folder.wait_for(lambda: len(log_folder.messages()) == 20)
    assert daemon.poll() is None


def test_fault_9_a_store_replaced_by_its_backup_goes_on_where_that_stands(
    log_folder: LogFolder, tmp_path: Path
) -> None:
    """The file that lost its name gets no row more."""
    log_folder.write("app.log", lines(1, 10))
    log_folder.collect()
    copy = tmp_path / "copy.db"
    backup(log_folder.db_path, copy)
    log_folder.start_daemon()
    log_folder.write("app.log", lines(11, 20))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 20))
    replaced = tmp_path / "replaced.db"
    os.link(log_folder.db_path, replaced)
    os.link(f"{log_folder.db_path}-wal", f"{replaced}-wal")
    for suffix in ("-wal", "-shm"):
        Path(f"{log_folder.db_path}{suffix}").unlink()
    copy.replace(log_folder.db_path)
    log_folder.write("app.log", lines(21, 30))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 30))
    with closing(sqlite3.connect(replaced)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        stored = connection.execute("SELECT message FROM records WHERE message LIKE 'line %' ORDER BY id").fetchall()
    assert [message for (message,) in stored] == expected(1, 20)


def test_fault_9_what_is_no_store_in_its_place_is_left_alone(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 10))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 10))
    away = log_folder.folder / "away"
    away.mkdir()
    for suffix in ("-wal", "-shm", ""):
        Path(f"{log_folder.db_path}{suffix}").rename(away / f"store.db{suffix}")
    log_folder.db_path.write_text("a letter to my aunt\n" * 100)
    log_folder.write("app.log", lines(11, 20))
    log_folder.wait_for(lambda: "database" in (daemon_status(log_folder.settings).last_error or ""))
    assert daemon.poll() is None
    assert log_folder.db_path.read_text() == "a letter to my aunt\n" * 100
    log_folder.db_path.unlink()
    for suffix in ("-wal", "-shm", ""):
        if (there := away / f"store.db{suffix}").exists():
            there.rename(f"{log_folder.db_path}{suffix}")
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 20))


@pytest.mark.parametrize("command", [("collect-logs",), ("log-collector", "start"), ("log-collector", "run")])
def test_fault_11_a_folder_that_may_not_be_written_is_an_error_at_once(
    log_folder: LogFolder, command: tuple[str, ...]
) -> None:
    locked = log_folder.folder / "locked"
    locked.mkdir()
    log_folder.db_path = locked / "store.db"
    locked.chmod(0o500)
    log_folder.write("app.log", lines(1, 3))
    without_rights = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
    done = subprocess.run(
        [*without_rights, *PROGRAM, *command],
        cwd=log_folder.folder,
        env={**os.environ, **log_folder.environment, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "cannot be created" in done.stderr
    assert "hint:" in done.stderr
    assert not log_folder.db_path.exists()
    locked.chmod(0o700)
    log_folder.collect()
    assert log_folder.messages() == expected(1, 3)


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
    log_folder.start_daemon()
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
    assert by_number(log_folder.messages()) == expected(1, last)
    log_folder.check_invariants()


def scanner_of(settings: Settings, writer: RecordWriter) -> Scanner:
    return Scanner(settings, writer, discovery=Discovery(settings), on_stored=lambda *_: None)


def scan_all(*scanners: Scanner) -> None:
    """Let one after the other scan until it has read everything, as a pass does."""
    for scanner in scanners:
        while scanner.scan(final=True).is_rescan_due:
            pass


def copy_truncate(log_folder: LogFolder) -> None:
    """Rotate by a copy, and let the service write on."""
    path = log_folder.logs / "app.log"
    shutil.copyfile(path, log_folder.logs / "app.log.1")
    os.truncate(path, 0)
    log_folder.write("app.log", lines(101, 102))


def test_fault_15_what_one_collector_stored_since_another_looked_is_known_in_a_copy(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 100))
    with closing(RecordWriter(log_folder.db_path)) as one, closing(RecordWriter(log_folder.db_path)) as other:
        quick = scanner_of(log_folder.settings, one)
        quick.streams.match(quick.discovery.candidates(), final=False)
        slow = scanner_of(log_folder.settings, other)
        quick.scan(final=True)
        copy_truncate(log_folder)
        scan_all(slow, quick)
    assert by_number(log_folder.messages()) == expected(1, 102)


def test_fault_15_what_one_collector_is_about_to_store_is_not_stored_from_a_copy_too(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 100))
    with closing(RecordWriter(log_folder.db_path)) as one, closing(RecordWriter(log_folder.db_path)) as other:
        quick = scanner_of(log_folder.settings, one)
        quick.streams.match(quick.discovery.candidates(), final=False)
        slow = scanner_of(log_folder.settings, other)
        (stream,) = quick.streams
        batch = stream.reader.read(stream.open(), stream.source, flush=True, flush_partial=True)
        assert batch is not None
        copy_truncate(log_folder)
        slow.streams.match(slow.discovery.candidates(), final=False)
        one.commit(stream.source, batch)
        scan_all(slow, quick)
    assert by_number(log_folder.messages()) == expected(1, 102)


def test_fault_15_what_grew_is_read_although_sources_were_asked_for_anew_meanwhile(log_folder: LogFolder) -> None:
    """A copy had the store asked; the size another file was found to have was forgotten, and not looked at again."""
    log_folder.write("app.log", lines(1, 1))
    log_folder.write("other.log", lines(201, 201))
    with closing(RecordWriter(log_folder.db_path)) as writer:
        ended_early = scanner_of(log_folder.settings, writer)
        ended_early.streams.match(ended_early.discovery.candidates(), final=True)
        (other,) = [stream for stream in ended_early.streams if stream.source.service == "other"]
        ended_early.read_one(other, ScanResult(), final=True)
        log_folder.write("other.log", lines(202, 240))
        time.sleep(0.02)  # longer than the clock of files lags behind
        copy_truncate(log_folder)
        log_folder.collect()
    assert by_number(log_folder.messages()) == [*expected(1, 1), *expected(101, 102), *expected(201, 240)]


def test_fault_15_a_second_daemon_refuses(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 3))
    first = start_daemon(log_folder.settings, 300)
    try:
        second = log_folder.start_daemon()
        assert second.wait(timeout=20) == 3
        log_folder.daemons.remove(second)
        assert daemon_status(log_folder.settings).pid == first.pid
    finally:
        assert stop_daemon(log_folder.settings)
