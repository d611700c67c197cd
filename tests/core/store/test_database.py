"""Opening a store: private, migrated once, and nothing that is not ours is changed by a byte."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from loglama_core.errors import ForeignStoreError, StoreBusyError, StoreError, StoreFullError
from loglama_core.store.database import open_for_reading, open_for_writing
from loglama_core.store.schema import APPLICATION_ID, SCHEMA_VERSION
from loglama_core.store.sqlite_errors import translated_errors

INTEROP = Path(__file__).parents[3] / "../shared/interop"
Opener = Callable[[Path], sqlite3.Connection]
OPENERS = pytest.mark.parametrize("opener", [open_for_writing, open_for_reading])


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every plain file of a folder with its bytes; a reader may leave an empty -wal and its -shm (no data) behind."""
    return {
        entry.name: entry.read_bytes()
        for entry in folder.iterdir()
        if entry.is_file()
        and not entry.name.endswith("-shm")
        and not (entry.name.endswith("-wal") and not entry.stat().st_size)
    }


def test_creates_a_current_store(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(open_for_writing(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT count(*) FROM logs").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM log_records").fetchone() == (0,)
        assert connection.isolation_level is None
        assert not connection.in_transaction


def test_security_17_store_is_private_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "store.db"
    before = os.umask(0)
    try:
        with closing(open_for_writing(path)) as connection:
            connection.execute("INSERT INTO services (name) VALUES ('x')")
            modes = {entry.name: entry.stat().st_mode & 0o777 for entry in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.parent.parent.stat().st_mode & 0o777 == 0o700


def test_empty_file_is_a_new_store(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.touch()
    with pytest.raises(StoreError, match="empty"):
        open_for_reading(path)
    open_for_writing(path).close()
    open_for_reading(path).close()


def test_empty_database_left_by_a_killed_creation_is_completed(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    assert path.stat().st_size > 0
    open_for_writing(path).close()
    open_for_reading(path).close()


def test_path_with_characters_of_an_uri(tmp_path: Path) -> None:
    path = tmp_path / "100 % ünï?mode=rw#x" / "a&b.db"
    open_for_writing(path).close()
    with closing(open_for_reading(path)) as connection:
        assert connection.execute("SELECT count(*) FROM records").fetchone() == (0,)


def test_reading_sees_a_running_writer_and_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(open_for_writing(path)) as writer, closing(open_for_reading(path)) as reader:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO services (name) VALUES ('weblama')")
        assert reader.execute("SELECT count(*) FROM services").fetchone() == (0,)
        writer.execute("COMMIT")
        assert reader.execute("SELECT count(*) FROM services").fetchone() == (1,)
        with pytest.raises(StoreError, match="cannot be written"), translated_errors(path):
            reader.execute("DELETE FROM services")


def test_missing_store_names_what_creates_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store at") as caught:
        open_for_reading(tmp_path / "store.db")
    assert "collect-logs" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def _open_in_process(path: Path, barrier: object, results: object) -> None:
    barrier.wait()  # type: ignore[attr-defined]
    with closing(open_for_writing(path)) as connection:
        results.put(connection.execute("PRAGMA user_version").fetchone()[0])  # type: ignore[attr-defined]


def test_two_processes_create_one_store(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(3), context.Queue()
    path = tmp_path / "logs" / "store.db"
    processes = [context.Process(target=_open_in_process, args=(path, barrier, results)) for _ in range(3)]
    for process in processes:
        process.start()
    versions = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(timeout=60)
    results.close()
    results.join_thread()
    assert versions == [SCHEMA_VERSION] * 3
    assert [process.exitcode for process in processes] == [0, 0, 0]


@OPENERS
@pytest.mark.parametrize(
    "content", [b"x", b"hello, world\n" * 20, b"SQLite format 3\x00", b"\x00" * 4096], ids=["1", "text", "magic", "nul"]
)
def test_file_that_is_not_sqlite_is_refused_untouched(tmp_path: Path, opener: Opener, content: bytes) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(content)
    with pytest.raises(ForeignStoreError, match="not an SQLite database"):
        opener(path)
    assert snapshot(tmp_path) == {"store.db": content}


@OPENERS
@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_database_of_another_program_is_refused_untouched(tmp_path: Path, opener: Opener, journal: str) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.executescript("CREATE TABLE logs (id, what); INSERT INTO logs VALUES (1, 'x')")
    before = snapshot(tmp_path)
    with pytest.raises(ForeignStoreError, match="another program"):
        opener(path)
    assert snapshot(tmp_path) == before


@OPENERS
@pytest.mark.parametrize(
    "table",
    [
        "log_records (id INTEGER PRIMARY KEY, timestamp, level, level_number, logger_name, message, context)",
        "logs (id INTEGER PRIMARY KEY, timestamp, level, level_no, logger_name, message, function, context, extra)",
        "logs (id INTEGER PRIMARY KEY, timestamp, level, logger, message, source, line, function, extra)",
    ],
)
def test_original_loglama_is_named_with_the_import_command(tmp_path: Path, opener: Opener, table: str) -> None:
    path = tmp_path / "loglama.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE {table}")
        # A hot rollback journal must not be played back into a file that is not ours.
        Path(f"{path}-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\x00" * 504)
    before = snapshot(tmp_path)
    with pytest.raises(ForeignStoreError, match="original LogLama") as caught:
        opener(path)
    assert f"loglama import {path}" in caught.value.hint
    assert snapshot(tmp_path) == before


@pytest.mark.skipif(not INTEROP.is_dir(), reason="sample databases are not at hand")
@pytest.mark.parametrize(
    "name", ["loglama_original.db", "repo_weblama_pylama.db", "sibling_apilama.db", "sibling_devlama.db"]
)
def test_real_databases_of_the_original_are_recognised(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    shutil.copyfile(INTEROP / name, path)
    before = snapshot(tmp_path)
    with pytest.raises(ForeignStoreError, match="original LogLama"):
        open_for_writing(path)
    assert snapshot(tmp_path) == before


@OPENERS
def test_newer_store_is_refused_untouched(tmp_path: Path, opener: Opener) -> None:
    path = tmp_path / "store.db"
    with closing(open_for_writing(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = snapshot(tmp_path)
    with pytest.raises(ForeignStoreError, match="schema version") as caught:
        opener(path)
    assert "upgrade" in caught.value.hint
    assert snapshot(tmp_path) == before


@OPENERS
def test_folder_fifo_and_dangling_link_are_refused(tmp_path: Path, opener: Opener) -> None:
    fifo, link = tmp_path / "fifo", tmp_path / "link"
    os.mkfifo(fifo)
    link.symlink_to(tmp_path / "nowhere")
    for path, said in [
        (tmp_path, "not a plain file"),
        (fifo, "not a plain file"),
        (link, r"no store at|link to nowhere"),
    ]:
        with pytest.raises(StoreError, match=said):
            opener(path)
    assert not (tmp_path / "nowhere").exists()


def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file" / "store.db", tmp_path / "file" / "deeper" / "store.db"):
        with pytest.raises(StoreError, match=r"folder|cannot be created"):
            open_for_writing(path)


def test_fault_10_damaged_store_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    open_for_writing(path).close()
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    path.write_bytes(content)
    before = snapshot(tmp_path)
    for opener in (open_for_writing, open_for_reading):
        with pytest.raises(StoreError, match="damaged") as caught:
            opener(path)
        assert "loglama check" in caught.value.hint
    assert snapshot(tmp_path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_fault_11_folder_that_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    folder.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="cannot be created"):
            open_for_writing(folder / "store.db")
    finally:
        folder.chmod(0o700)


ON_READ_ONLY_MEDIUM = """
import pathlib, subprocess, sys
from loglama_core.errors import StoreError
from loglama_core.store.database import open_for_reading, open_for_writing

folder = pathlib.Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
connection = open_for_writing(folder / "store.db")
connection.execute("INSERT INTO services (name) VALUES ('x')")
connection.close()
subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
connection = open_for_reading(folder / "store.db")
assert connection.execute("SELECT name FROM services").fetchall() == [("x",)]
connection.close()
for name in ("store.db", "other.db"):
    try:
        open_for_writing(folder / name)
    except StoreError as error:
        assert error.hint
        print(error)
"""


def test_fault_11_store_on_a_read_only_medium_can_be_read(tmp_path: Path) -> None:
    # In a mount namespace of its own: the machine never sees the mount, and it is gone with the process.
    unshare = shutil.which("unshare")
    own_mounts = [unshare or "", "--user", "--map-root-user", "--mount"]
    if unshare is None or subprocess.run([*own_mounts, "true"], check=False, capture_output=True).returncode:
        pytest.skip("mount namespaces are not allowed here")
    command = [*own_mounts, sys.executable, "-c", ON_READ_ONLY_MEDIUM, str(tmp_path)]
    result = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
    assert "store.db cannot be opened" in result.stdout
    assert "cannot be created" in result.stdout


def test_fault_8_locked_store_is_busy(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(open_for_writing(path)) as first, closing(open_for_writing(path)) as second:
        second.execute("PRAGMA busy_timeout = 1")
        first.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError, match="locked"), translated_errors(path):
            second.execute("BEGIN IMMEDIATE")
        first.execute("ROLLBACK")


def test_fault_7_full_disk_is_its_own_error(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(open_for_writing(path)) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreFullError, match="full"), translated_errors(path):
            connection.execute("INSERT INTO services (name) VALUES (?)", ("x" * 100_000,))


def test_mistakes_in_sql_stay_loud(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(open_for_writing(path)) as connection:
        with pytest.raises(sqlite3.OperationalError), translated_errors(path):
            connection.execute("SELECT nonsense")
        connection.close()
        with pytest.raises(sqlite3.ProgrammingError), translated_errors(path):
            connection.execute("SELECT 1")


def test_second_opening_does_not_import_sqlite_utils(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    open_for_writing(path).close()
    code = (
        "import sys, pathlib\n"
        "from loglama_core.store.database import open_for_writing, open_for_reading\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "open_for_writing(path).close(); open_for_reading(path).close()\n"
        "assert 'sqlite_utils' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, timeout=60)


def test_a_second_look_at_a_store_never_checkpointed_drops_no_lock(tmp_path: Path) -> None:
    """All of it is in the write-ahead log: a process that lost its lock would let the next one delete that log."""
    path = tmp_path / "store.db"
    first = open_for_writing(path)
    script = (
        "import sys, time; from pathlib import Path\n"
        "from loglama_core.store.database import open_for_reading, open_for_writing\n"
        "path = Path(sys.argv[1]); writer = open_for_writing(path); reader = open_for_reading(path)\n"
        "print('open', flush=True); sys.stdin.readline()\n"
        "writer.execute(\"INSERT INTO services (name) VALUES ('kept')\")\n"
        "print('written', flush=True); sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        first.close()
        other.stdin.write("\n")
        other.stdin.flush()
        assert other.stdout.readline() == "written\n"
        with closing(open_for_reading(path)) as reader:
            assert reader.execute("SELECT name FROM services").fetchall() == [("kept",)]
        other.stdin.write("\n")
