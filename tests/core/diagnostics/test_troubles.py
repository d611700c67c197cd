"""Trouble made for real: each is found by its check, named, and mended where a fix is offered."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

import loglama_core
from loglama_core.collector.daemon import daemon_status, start_daemon, stop_daemon
from loglama_core.collector.daemon_lock import pid_path
from loglama_core.collector.one_pass import collect_once
from loglama_core.config.settings import load_settings
from loglama_core.diagnostics.checks.files import mount_of
from loglama_core.diagnostics.context import TerminalFacts
from loglama_core.formats.own_folder import use_folder
from loglama_core.model import FindingStatus
from loglama_core.query.parser import parse_query
from loglama_core.store.schema import APPLICATION_ID, MIGRATIONS
from loglama_core.store.search_database import search_path
from loglama_core.store.sqlite_reader import SqliteReader
from tests.core.diagnostics.house import NOBODY, TOML, House, json_line

OK, WARN, FAIL = FindingStatus.OK, FindingStatus.WARN, FindingStatus.FAIL
MINUTE_NS = 60_000_000_000
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="giving a file away, or mounting, takes root: run it as root")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "house").build()


@pytest.fixture
def open_house() -> Iterator[House]:
    """A house that other users can walk into, owned by nobody."""
    folder = Path(tempfile.mkdtemp(prefix="loglama-house-"))
    folder.chmod(0o755)
    house = House(folder).build()
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    yield house
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o700)
    shutil.rmtree(folder)


@pytest.fixture
def daemon(house: House) -> Iterator[int]:
    """A daemon at work in the house; its pid."""
    pid = start_daemon(house.settings, 300).pid
    assert pid is not None
    yield pid
    if psutil.pid_exists(pid):
        os.kill(pid, signal.SIGCONT)
    stop_daemon(house.settings)


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Path]:
    """Mount a file system in memory."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no right to mount a file system here: run it as root to prove a full disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def until(condition: Callable[[], bool], within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.02)


@contextmanager
def holder(path: Path, *statements: str) -> Iterator[int]:
    """Have another program hold the store open after these statements; yields its pid."""
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "[c.execute(s).fetchone() for s in sys.argv[2:]]; print('done', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(path), *statements]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        try:
            yield process.pid
        finally:
            process.kill()


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_a_house_in_order_has_no_trouble_at_all(house: House, daemon: int) -> None:
    until(lambda: house.is_well("heartbeat", "lag"))
    assert [finding for finding in house.check() if finding.status is not OK] == []
    assert house.is_well("integrity", "index-integrity", "all-secrets")


# Environment


def test_env_that_is_no_assignment(house: House) -> None:
    settings = house.settings
    (house.folder / ".env").write_text("FINE=1\nthis is not an assignment\n")
    (finding,) = house.check("settings", settings=load_settings(environ={}, folder=house.logs))[:1]
    assert finding.status is OK
    (house.folder / ".env").write_text("COLLECT_INTERVAL=never\n")
    changed = load_settings(environ={"COLLECT_INTERVAL": "60"}, folder=house.folder)
    assert settings.env_file is None
    found = house.check("settings", settings=changed)
    assert found[0].status is FAIL
    assert "COLLECT_INTERVAL is 'never'" in found[0].summary


def test_env_with_a_secret_that_others_may_read(house: House) -> None:
    (house.folder / ".env").write_text("API_TOKEN=hunter2\n")
    (house.folder / ".env").chmod(0o644)
    finding = house.trouble("env-private")
    assert "hunter2" not in repr(finding)
    house.mend(finding)
    assert house.is_well("env-private")


def test_settings_that_everybody_may_change(house: House) -> None:
    (house.folder / "loglama.toml").chmod(0o666)
    finding = house.trouble("settings-private")
    assert finding.summary == "everybody may change loglama.toml, and what it says is obeyed"
    house.mend(finding)
    assert house.is_well("settings-private")
    assert (house.folder / "loglama.toml").stat().st_mode & 0o777 == 0o644


@as_root
def test_settings_of_another_user(house: House) -> None:
    os.chown(house.folder / "loglama.toml", 1234, 1234)
    assert "belongs to another user, 1234" in house.trouble("settings-private").summary


def test_a_variable_that_a_service_misses(house: House) -> None:
    (house.folder / "loglama.toml").write_text(TOML + 'env.required = ["API_PORT"]\n')
    assert house.trouble("env-required").summary == "api: API_PORT is not set"
    (house.folder / ".env").write_text("API_PORT=80\n")
    assert house.is_well("env-required")


def test_a_folder_that_a_service_should_start_in_is_missing(house: House) -> None:
    (house.folder / "loglama.toml").write_text(TOML + 'cwd = "nowhere"\ncommand = "true"\n')
    assert "nowhere is missing" in house.trouble("declarations").summary


def test_a_missing_log_folder(house: House) -> None:
    house.logs.rename(house.folder / "away")
    finding = house.trouble("log-folder")
    assert finding.summary == "logs does not exist"
    house.mend(finding)
    assert house.is_well("log-folder")


def test_a_file_where_the_log_folder_should_be(house: House) -> None:
    house.logs.rename(house.folder / "away")
    house.logs.write_text("")
    assert house.trouble("log-folder").fix is None


def test_a_log_folder_in_which_everybody_may_replace_logs(house: House) -> None:
    house.logs.chmod(0o777)
    house.mend(house.trouble("log-folder"))
    assert house.is_well("log-folder")
    house.logs.chmod(0o1777)
    assert house.is_well("log-folder"), "in a folder like /tmp nobody can replace what is another's"


def test_a_log_folder_that_may_not_be_listed_or_written(open_house: House) -> None:
    open_house.logs.chmod(0o300)
    assert open_house.check_as_nobody("log-folder")["summary"] == "logs cannot be listed: no log in it is found"
    open_house.logs.chmod(0o500)
    assert "cannot be written" in open_house.check_as_nobody("log-folder")["summary"]


def test_packages_that_do_not_fit(tmp_path: Path) -> None:
    fake = tmp_path / "loglama-9.9.dist-info"
    fake.mkdir()
    needs = "Requires-Dist: no-such-package>=1\nRequires-Dist: click<1\nRequires-Dist: zstandard; extra == 'zstd'\n"
    (fake / "METADATA").write_text(f"Metadata-Version: 2.1\nName: loglama\nVersion: 9.9\n{needs}")
    script = (
        "import json; from loglama_core.diagnostics.checks.environment import packages;"
        "f = list(packages(None)); print(f[0].status, f[0].summary)"
    )
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[3])])
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True)
    assert told.stdout.startswith("fail packages do not fit: no-such-package is missing, click ")


# Store


def test_no_store_yet(tmp_path: Path) -> None:
    house = House(tmp_path / "house").build()
    house.db_path.unlink()
    finding = house.trouble("store-file")
    assert "there is no store at" in finding.summary
    house.mend(finding)
    assert house.is_well("store-file")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no database, only text " * 50, "is not an SQLite database"), (b"", "is still empty")],
)
def test_something_else_where_the_store_should_be(house: House, content: bytes, words: str) -> None:
    house.db_path.unlink()
    house.db_path.write_bytes(content)
    finding = house.trouble("store-file")
    assert finding.status is FAIL
    assert words in finding.summary


def test_a_database_of_the_original_loglama(house: House) -> None:
    house.db_path.unlink()
    change(house.db_path, "CREATE TABLE log_records (timestamp, level, message, logger_name)")
    finding = house.trouble("store-file")
    assert "a database of the original LogLama" in finding.summary
    assert "loglama import" in finding.remedy


def test_a_store_of_a_newer_and_of_an_older_version(house: House) -> None:
    with closing(sqlite3.connect(house.db_path)) as store:
        (version,) = store.execute("PRAGMA user_version").fetchone()
    change(house.db_path, "PRAGMA user_version = 99")
    newer = house.trouble("store-file")
    assert "schema version 99" in newer.summary
    assert newer.fix is None
    house.db_path.unlink()
    connection = sqlite3.connect(house.db_path)
    connection.executescript(
        "".join(MIGRATIONS[:2]) + f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 2"
    )
    connection.close()
    older = house.trouble("store-file")
    assert "the older schema version 2" in older.summary
    house.mend(older)
    assert house.is_well("store-file")
    with closing(sqlite3.connect(house.db_path)) as store:
        assert store.execute("PRAGMA user_version").fetchone() == (version,)


def test_a_store_cut_off_in_the_middle(house: House) -> None:
    size = house.db_path.stat().st_size
    os.truncate(house.db_path, size // 2 // 8192 * 8192)
    findings = [*house.check("store-file"), *house.check("integrity")]
    assert any(finding.status is FAIL and finding.remedy for finding in findings)


def damage(path: Path, page: int, size: int) -> None:
    with path.open("r+b") as file:
        file.seek(page * size)
        file.write(b"\xff" * 512)


def test_a_corrupt_page_of_the_store(house: House) -> None:
    connection = sqlite3.connect(house.db_path)
    (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'gaps'").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    damage(house.db_path, root - 1, size)
    finding = house.trouble("integrity")
    assert finding.status is FAIL
    assert "the store is damaged" in finding.summary


def test_a_corrupt_page_of_the_search_index(house: House) -> None:
    index = search_path(house.db_path)
    connection = sqlite3.connect(index)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name LIKE '%_data'").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    damage(index, root - 1, size)
    finding = house.trouble("index-integrity")
    assert "the search index is damaged" in finding.summary
    house.mend(finding)
    assert house.is_well("index-integrity", "search-index")


def test_a_search_index_of_another_store(house: House, tmp_path: Path) -> None:
    other = House(tmp_path / "other").build()
    shutil.copy(search_path(other.db_path), search_path(house.db_path))
    finding = house.trouble("search-index")
    assert "it is of another store" in finding.summary
    house.mend(finding)
    assert house.is_well("search-index")


def test_a_search_index_that_is_no_database(house: House) -> None:
    search_path(house.db_path).write_bytes(b"garbage" * 4000)
    finding = house.trouble("search-index")
    assert "it cannot be read" in finding.summary
    house.mend(finding)
    assert house.is_well("search-index")


def test_security_17_a_store_that_others_may_read(house: House) -> None:
    house.db_path.chmod(0o640)
    house.mend(house.trouble("store-private"))
    assert house.is_well("store-private")


@as_root
def test_security_17_a_store_of_another_user(house: House) -> None:
    os.chown(house.db_path, 1234, 1234)
    assert house.trouble("store-private").summary == "the store belongs to another user: 1234"


def test_a_store_that_may_not_be_written(open_house: House) -> None:
    open_house.db_path.chmod(0o400)
    found = open_house.check_as_nobody("store-writable")
    assert (found["status"], found["summary"]) == ("fail", "nothing can be stored: this user may not write it")


@as_root
def test_a_store_on_a_disk_that_is_read_only(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=20m") as disk:
        house = House(disk / "house").build()
        change(house.db_path, "PRAGMA wal_checkpoint(TRUNCATE)")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert house.trouble("store-writable").summary == "nothing can be stored: its file system is read-only"


@as_root
def test_fault_7_a_full_disk_and_one_nearly_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=10m") as disk:
        house = House(disk / "house").build()
        assert house.is_well("disk-space")
        filler = disk / "filler"
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        filler.write_bytes(b"x" * (free - 500_000))
        assert house.trouble("disk-space").status is WARN
        with filler.open("ab") as file:
            file.write(b"x" * 480_000)
        finding = house.trouble("disk-space")
        assert finding.status is FAIL
        assert "on the store's disk" in finding.summary or "is full" in finding.summary


@as_root
def test_a_disk_on_which_no_more_files_can_be_made(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=10m,nr_inodes=40") as disk:
        house = House(disk / "house").build()
        assert "more files can be made on the store's disk" in house.trouble("disk-space").summary


def test_fault_12_a_network_file_system_is_told_from_a_local_one() -> None:
    mountinfo = (
        "21 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
        "30 21 0:40 / /srv/logs\\040here rw - nfs4 server:/logs rw\n"
        "31 21 0:41 / /srv rw,relatime shared:1 - xfs /dev/vdb rw\n"
    )
    assert mount_of("/srv/logs here/loglama.db", mountinfo) == ("/srv/logs here", "nfs4")
    assert mount_of("/srv/logs", mountinfo) == ("/srv", "xfs")
    assert mount_of("/home/ann", mountinfo) == ("/", "ext4")


def test_minute_counts_that_do_not_add_up(house: House) -> None:
    change(house.db_path, "UPDATE minute_counts SET n = n + 3", "DELETE FROM records WHERE id = 5")
    finding = house.trouble("counts")
    assert "histograms are wrong" in finding.summary
    house.mend(finding)
    assert house.is_well("counts")


def test_fault_87_a_write_ahead_log_that_an_old_reader_keeps_from_being_folded(house: House) -> None:
    with holder(house.db_path, "BEGIN", "SELECT * FROM records") as pid:
        change(house.db_path, "UPDATE services SET name = name")
        os.truncate(f"{house.db_path}-wal", 300_000_000)  # sparse: as large as if it had been written
        finding = house.trouble("write-ahead-log")
        assert finding.summary == "the write-ahead log has grown to 300 MB"
        assert pid
    house.mend(finding)
    assert house.is_well("write-ahead-log")


def test_fault_87_the_program_that_reads_an_old_state_is_named(house: House) -> None:
    with holder(house.db_path, "UPDATE services SET name = name", "BEGIN", "SELECT * FROM records") as pid:
        os.truncate(f"{house.db_path}-wal", 300_000_000)
        assert any(
            f"pid {pid} keeps an old state of it open" in line for line in house.trouble("write-ahead-log").evidence
        )


def test_fault_8_a_program_that_holds_the_write_lock(house: House) -> None:
    with holder(house.db_path, "BEGIN IMMEDIATE") as pid:
        finding = house.trouble("write-lock")
        assert finding.status is FAIL
        assert f"pid {pid} has locked the store" in finding.summary
        assert finding.remedy.endswith(f"kill {pid}")
    assert house.is_well("write-lock")


def test_security_30_debug_left_out_on_a_full_disk_is_told(house: House) -> None:
    (house.folder / "loglama.toml").write_text(TOML + '[retention]\nlow_disk = "900TB"\n')
    house.write("web.log", json_line(0, "details", level="debug") + json_line(0, "boom", level="error"))
    collect_once(house.settings)
    finding = house.trouble("withheld")
    assert finding.summary.startswith("1 debug and info records were not stored")
    assert finding.evidence[0].startswith("web: 1,")


def test_a_store_past_its_bounds(house: House) -> None:
    (house.folder / "loglama.toml").write_text(TOML + '[retention]\nmax_age = "1h"\n')
    house.write("api.log", json_line(3 * 86_400, "old"))
    unbounded = House(house.folder)
    (house.folder / "loglama.toml").write_text(TOML)
    collect_once(unbounded.settings)
    (house.folder / "loglama.toml").write_text(TOML + '[retention]\nmax_age = "1h"\n')
    assert "past its bounds: the oldest record is 3 d ago" in house.trouble("retention").summary
    collect_once(house.settings)
    assert house.is_well("retention")


# Collector


def test_nothing_collects(house: House) -> None:
    finding = house.trouble("collecting")
    house.mend(finding)
    try:
        assert house.is_well("collecting")
    finally:
        stop_daemon(house.settings)


def test_a_daemon_that_was_killed(house: House, daemon: int) -> None:
    os.kill(daemon, signal.SIGKILL)
    until(lambda: not daemon_status(house.settings).running)
    finding = house.trouble("left-overs")
    assert "loglama.db.collector.pid" in finding.summary
    house.mend(finding)
    assert house.is_well("left-overs")


def test_a_daemon_that_was_there_before_the_upgrade(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "before" / "loglama-0.0.9.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: loglama\nVersion: 0.0.9\n")
    monkeypatch.setenv("PYTHONPATH", str(installed.parent))
    start_daemon(house.settings, 300)
    monkeypatch.delenv("PYTHONPATH")
    try:
        finding = house.trouble("version")
        assert finding.summary == f"the daemon still runs 0.0.9, {loglama_core.__version__} is installed"
        house.mend(finding)
        assert house.is_well("version")
    finally:
        stop_daemon(house.settings)


def test_a_daemon_older_than_the_question_of_its_version(house: House, daemon: int) -> None:
    """It says nothing of it; a later one may say what we do not know yet."""
    path = pid_path(house.db_path)
    told = json.loads(path.read_text())
    path.write_text(json.dumps({key: value for key, value in told.items() if key != "version"}))
    assert "a version that does not say which it is" in house.trouble("version").summary
    path.write_text(json.dumps({**told, "what_is_to_come": True}))
    assert house.is_well("version")


def test_fault_85_a_daemon_held_by_a_signal(house: House, daemon: int) -> None:
    os.kill(daemon, signal.SIGSTOP)
    until(lambda: psutil.Process(daemon).status() == psutil.STATUS_STOPPED)
    finding = house.trouble("collecting")
    assert (finding.status, finding.remedy) == (FAIL, f"kill -CONT {daemon}")
    late = house.trouble("heartbeat", now_ns=time.time_ns() + 5 * MINUTE_NS)
    assert "has not finished a scan since" in late.summary
    house.mend(finding)
    until(lambda: house.is_well("collecting"))


def test_fault_9_a_store_replaced_while_the_daemon_runs(house: House, daemon: int, tmp_path: Path) -> None:
    other = House(tmp_path / "other").build()
    other.db_path.replace(house.db_path)
    for suffix in ("-wal", "-shm"):
        Path(f"{house.db_path}{suffix}").unlink(missing_ok=True)
    finding = house.trouble("right-store")
    assert "it has another file open" in finding.summary
    house.mend(finding)
    assert house.is_well("right-store")


def test_collectors_that_are_killed_again_and_again(house: House) -> None:
    for _ in range(3):
        pid = start_daemon(house.settings, 300).pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        until(lambda: not daemon_status(house.settings).running)
    assert house.trouble("kills").summary == "collectors were killed 3 times in the last day"


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_fault_64_no_file_events_left(open_house: House) -> None:
    exhaust = "import ctypes\nlibc = ctypes.CDLL(None)\nwhile libc.inotify_init1(0) >= 0: pass"
    found = open_house.check_as_nobody("file-events", exhaust)
    assert found["summary"].startswith("no file events")
    assert "fs.inotify.max_user_instances" in found["remedy"]


def test_a_file_that_nobody_reads(house: House) -> None:
    path = house.write("new.log", json_line(60, "unread"))
    os.utime(path, (time.time() - 60, time.time() - 60))
    finding = house.trouble("lag")
    assert "not read yet: logs/new.log" in finding.summary
    house.mend(finding)
    assert house.is_well("lag")


def test_copies_and_databases_that_are_read_are_no_lag(house: House) -> None:
    shutil.copy(house.logs / "web.log", house.logs / "web.log.1")
    columns = "id INTEGER PRIMARY KEY, timestamp TEXT, level TEXT, message TEXT"
    change(house.logs / "box.db", f"CREATE TABLE logs ({columns})",
           f"INSERT INTO logs VALUES (1, '2026-11-01T10:00:00Z', 'INFO', '{'x' * 50_000}')")  # fmt: skip
    collect_once(house.settings)
    late = time.time_ns() + MINUTE_NS
    assert house.is_well("lag", now_ns=late)


def test_bytes_destroyed_before_they_were_read(house: House) -> None:
    path = house.write("web.log", json_line(0, "never seen") * 20)
    path.write_text(json_line(0, "another life"))
    collect_once(house.settings)
    finding = house.trouble("gaps")
    assert "vanished or were rewritten while nobody collected" in finding.summary
    assert finding.evidence[0].startswith("logs/web.log: ")
    assert house.is_well("gaps", now_ns=time.time_ns() + 8 * 86_400_000_000_000), "told for a week"


def test_trouble_that_the_daemon_reports(house: House) -> None:
    for name in ("loop.log", "ring.log"):
        (house.logs / name).symlink_to(name)
    start_daemon(house.settings, 300)
    try:
        until(lambda: bool(daemon_status(house.settings).last_error))
        finding = house.trouble("collecting")
        assert finding.summary.startswith("the daemon reports: ")
        assert finding.summary.endswith(", and 1 more")
        told = "\n".join(finding.evidence)
        assert all(f"{house.logs / name}: " in told for name in ("loop.log", "ring.log"))
        assert "in the write-ahead log" in told
    finally:
        stop_daemon(house.settings)


# Sources


def test_a_declared_service_without_a_file(house: House) -> None:
    (house.folder / "loglama.toml").write_text(TOML + '[services.box]\nlogs = ["box/*.log"]\n')
    assert house.trouble("declared-sources").summary == "box: no file matches its logs"


def test_a_file_declared_for_two_services(house: House) -> None:
    (house.folder / "loglama.toml").write_text(TOML + '[services.box]\nlogs = ["logs/a*.log"]\n')
    assert "logs/api.log is declared for api and box" in house.trouble("shared-files").summary


def test_fault_60_a_file_that_may_not_be_read(open_house: House) -> None:
    (open_house.logs / "web.log").chmod(0o000)
    found = open_house.check_as_nobody("readable")
    assert (found["status"], found["summary"]) == ("fail", "logs/web.log: this user may not read it")


def test_fault_38_links_to_nowhere_and_to_themselves(house: House) -> None:
    (house.logs / "lost.log").symlink_to("nowhere")
    assert "the link points nowhere" in house.check("readable")[0].summary
    (house.logs / "lost.log").unlink()
    (house.logs / "loop.log").symlink_to("loop.log")
    assert "cannot be looked at" in house.check("readable")[0].summary


def test_a_file_whose_path_is_no_text(house: House) -> None:
    Path(os.fsdecode(os.fsencode(house.logs) + b"/\xff.log")).write_text("x\n")
    assert "its path is not UTF-8 text" in house.check("readable")[0].summary


def test_lines_that_match_no_format(house: House) -> None:
    house.write("odd.log", "".join(f"%%% {number} ~~~\n" for number in range(50)))
    collect_once(house.settings)
    finding = next(each for each in house.check("understood") if each.status is not OK)
    assert finding.summary.startswith("logs/odd.log: ")
    assert finding.evidence[-1] == "%%% 49 ~~~"
    assert finding.query == f'source:"{house.logs}/odd.log"'


def test_a_format_that_changed(house: House) -> None:
    house.write("web.log", "".join(f"%%% {number} ~~~\n" for number in range(12)))
    collect_once(house.settings)
    finding = house.trouble("understood")
    assert "logs/web.log: its format changed, the newest 12 lines match none" in finding.summary
    assert "since:" in finding.query


def test_a_format_of_ones_own_that_is_wrong(house: House) -> None:
    folder = house.folder / "formats"
    folder.mkdir()
    (folder / "till.toml").write_text('[[format]]\nname = "till"\npattern = "("\n')
    (house.folder / "loglama.toml").write_text(TOML + '[loglama]\nformats_dir = "formats"\n')
    try:
        finding = house.trouble("own-formats")
        assert "till" in finding.summary
        assert finding.evidence[0].startswith("formats/till.toml line ")
    finally:
        use_folder(None)


def test_a_file_that_vanished_while_nobody_collected(house: House) -> None:
    house.write("web.log", json_line(0, "never seen"))
    (house.logs / "web.log").unlink()
    collect_once(house.settings)
    finding = house.trouble("gaps")
    assert "0 B" not in finding.summary
    assert "logs/web.log: an unknown length after byte" in finding.evidence[0]


def test_records_without_times(house: House) -> None:
    house.write("t.log", "".join(f'{{"msg":"no time {number}"}}\n' for number in range(50)))
    collect_once(house.settings)
    assert "have no time of their own" in house.trouble("stamped").summary


def test_fault_58_times_of_the_future_and_of_the_past(house: House) -> None:
    house.write("f.log", json_line(-86_400, "tomorrow"))
    house.write("p.log", '{"ts":"1996-01-01T00:00:00Z","level":"info","msg":"long ago"}\n')
    collect_once(house.settings)
    future, past = house.trouble("future-times"), house.trouble("past-times")
    assert future.summary == "1 record is dated in the future: f"
    assert past.summary == "1 record is dated before the year 2000: p"
    assert past.query == "until:2000-01-01T00:00:00Z"


@pytest.mark.parametrize(("shift_s", "words"), [(-7260, "2 h ahead of"), (7260, "2 h behind"), (-400, "6 m ahead of")])
def test_fault_57_a_clock_that_differs_from_the_files(house: House, shift_s: int, words: str) -> None:
    house.write("web.log", json_line(shift_s, "skewed"))
    collect_once(house.settings)
    assert f"logs/web.log: times are {words} the file's" in house.trouble("clock-skew").summary


@pytest.mark.parametrize("zone", ["Z", "+00:00", " UTC"])
def test_a_stamp_that_names_its_zone_is_not_taken_for_one_of_another(house: House, zone: str) -> None:
    written = datetime.now(UTC) - timedelta(hours=1, seconds=20)
    house.write("web.log", f"{written:%Y-%m-%d %H:%M:%S}{zone} INFO nothing more to do\n")
    collect_once(house.settings)
    assert house.is_well("clock-skew")


def test_a_stamp_of_the_future_that_names_its_zone_is_one_of_a_wrong_clock(house: House) -> None:
    written = datetime.now(UTC) + timedelta(hours=1, seconds=20)
    house.write("web.log", f"{written:%Y-%m-%dT%H:%M:%SZ} INFO too early\n")
    collect_once(house.settings)
    trouble = house.trouble("clock-skew")
    assert "1 h ahead of" in trouble.summary
    assert trouble.evidence[0] == "the clock of its writer is ahead"
    assert "timezone" not in trouble.remedy


def test_security_18_lines_shown_as_samples_have_their_secrets_masked(house: House) -> None:
    house.write("odd.log", "".join(f"?? {number} Authorization: Bearer abcdefgh12345678\n" for number in range(40)))
    collect_once(house.settings)
    findings = house.check()
    assert "?? 39 Authorization: ********" in repr(findings)
    assert "abcdefgh" not in repr(findings)


def test_security_18_secrets_are_counted_and_never_shown(house: House) -> None:
    house.write("api.log", json_line(0, "login password=hunter2") + json_line(0, "call", token="hunter2"))
    collect_once(house.settings)
    for check in ("secrets", "all-secrets"):
        finding = house.trouble(check)
        assert " hold secrets: api" in finding.summary
        assert "hunter2" not in repr(finding)
        assert "[redact]" in finding.remedy


# Services


def test_a_service_that_fell_silent_and_all_of_them(house: House) -> None:
    hour = time.time_ns() + 60 * MINUTE_NS
    assert house.trouble("services-speak", now_ns=hour).summary.startswith("no service has logged for ")
    house.write("web.log", json_line(-3590, "still here"))
    collect_once(house.settings)
    assert house.trouble("services-speak", now_ns=hour).summary == "api: silent for 1 h"


def test_a_service_that_fails_by_the_minute(house: House) -> None:
    house.write("api.log", "".join(json_line(number, "boom", level="error") for number in range(100)))
    collect_once(house.settings)
    finding = house.trouble("error-rates")
    assert finding.summary.startswith("api: ")
    assert finding.query == 'service:"api" level>=error'


def test_security_28_a_service_named_by_its_records_becomes_no_command_of_a_remedy(house: House) -> None:
    hostile = "box; touch pwned $(id)"
    lines = [json_line(number, "boom", level="error", component=hostile) for number in range(100)]
    house.write("box.log", "".join(lines))
    collect_once(house.settings)
    failing = house.trouble("error-rates")
    assert shlex.split(failing.remedy) == ["loglama", "logs", "--service", hostile, "--level", "error"]
    with closing(SqliteReader(house.db_path)) as reader:
        assert len(list(reader.search(parse_query(failing.query), limit=200))) == 100
    silent = next(one for one in house.check("services-speak", now_ns=time.time_ns() + 60 * MINUTE_NS) if one.remedy)
    assert "touch pwned" not in silent.remedy or shlex.quote(hostile) in silent.remedy


def test_missing_logs_at_another_path(house: House) -> None:
    (house.folder / "loglama.toml").write_text(TOML + '[services.box]\nlogs = ["box/*.log"]\n')
    (house.folder / "box/logs").mkdir(parents=True)
    (house.folder / "box/logs/box.log").write_text(json_line(0, "here I am"))
    finding = house.trouble("missing-logs")
    assert finding.summary == "box: no record yet"
    assert finding.remedy == "set logs of [services.box] to box/logs/box.log, which exists"
    assert [line[:3] for line in finding.evidence] == ["yes", "NO ", "yes", "yes", "yes", "yes"]


def test_missing_logs_that_name_another_component(house: House) -> None:
    (house.folder / "loglama.toml").write_text(TOML + '[services.box]\nlogs = ["logs/box.log"]\n')
    house.write("box.log", "".join(json_line(number, "m", component="sandbox") for number in range(30)))
    collect_once(house.settings)
    start_daemon(house.settings, 300)
    try:
        assert "its records name the service sandbox" in house.trouble("missing-logs").evidence[-1]
        assert house.trouble("missing-logs").remedy == "let its records name the component box, or declare sandbox"
    finally:
        stop_daemon(house.settings)


def test_structured_records_that_name_neither_level_nor_logger(house: House) -> None:
    house.write("raw.log", "".join(f'{{"ts":{time.time()},"status":{number},"path":"/x"}}\n' for number in range(40)))
    collect_once(house.settings)
    assert house.trouble("structured-logging").summary == "raw: its structured records name neither level nor logger"


def test_a_service_that_is_not_well(house: House) -> None:
    (house.folder / "loglama.toml").write_text(TOML + 'health = "tcp://127.0.0.1:1"\n')
    finding = house.trouble("services-up")
    assert finding.status is FAIL
    assert finding.summary.startswith("api is")
    assert finding.service == "api"


def test_a_package_and_a_command_that_a_service_misses(house: House) -> None:
    (house.folder / "needs.txt").write_text("no-such-package-at-all>=2\n")
    needs = 'requirements = "needs.txt"\nsystem_commands = ["no-such-command"]\n'
    (house.folder / "loglama.toml").write_text(TOML + needs)
    finding = house.trouble("requirements", environ={"PATH": os.environ["PATH"]})
    assert finding.status is FAIL
    assert finding.summary == "api: no-such-command missing, no-such-package-at-all missing"
    assert finding.remedy == "loglama deps install api"


# Terminal


@pytest.mark.parametrize(
    ("check", "facts", "environ", "words"),
    [
        ("screen", TerminalFacts(79, 24, "truecolor", "utf-8"), {"TERM": "xterm"}, "small"),
        ("screen", TerminalFacts(80, 24, "", "utf-8"), {"TERM": "xterm"}, "few colours"),
        ("screen", TerminalFacts(80, 24, "256", "latin-1"), {"TERM": "xterm"}, "not UTF-8"),
        ("screen", TerminalFacts(80, 24, "256", "utf-8"), {"TERM": "dumb"}, "cannot be shown here"),
        ("mouse", TerminalFacts(80, 24, "256", "utf-8"), {"TERM": "linux"}, "reports no mouse"),
        ("clipboard", TerminalFacts(80, 24, "256", "utf-8"), {"STY": "1.pts"}, "GNU screen keeps copies"),
        ("clipboard", TerminalFacts(80, 24, "256", "utf-8"), {"TERM_PROGRAM": "Apple_Terminal"}, "takes no copies"),
    ],
)
def test_terminals_that_lack_something(
    house: House, check: str, facts: TerminalFacts, environ: dict[str, str], words: str
) -> None:
    assert words in house.trouble(check, terminal_facts=facts, environ=environ).summary
    assert house.is_well(
        check, terminal_facts=TerminalFacts(80, 24, "256", "utf-8"), environ={"TERM": "xterm-256color"}
    )


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: `apt install tmux` to prove it")
def test_a_tmux_that_keeps_copies_to_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tempfile.mkdtemp(prefix="loglama-tmux-")  # a socket's path has 108 bytes at most
    monkeypatch.setenv("TMUX_TMPDIR", folder)
    monkeypatch.delenv("TMUX", raising=False)
    subprocess.run(["tmux", "-f", "/dev/null", "new-session", "-d", "sleep 60"], check=True)
    try:
        options = {"terminal_facts": TerminalFacts(80, 24, "256", "utf-8"), "environ": {"TMUX": "x"}}
        finding = house.trouble("clipboard", **options)
        assert finding.summary == "tmux keeps copies from the clipboard"
        house.mend(finding)
        assert house.is_well("clipboard", **options)
    finally:
        subprocess.run(["tmux", "kill-server"], check=False)
        shutil.rmtree(folder)
