"""A backup is the store of one moment, whole, whatever is written meanwhile."""

from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from loglama_core.errors import QueryCancelledError, StoreError, UsageError
from loglama_core.store import backup as backup_module
from loglama_core.store.backup import backup
from loglama_core.store.sqlite_reader import SqliteReader
from tests.core.store.conftest import START_NS
from tests.core.store.filled_store import NewRecord, fill

if TYPE_CHECKING:
    from pathlib import Path

    from loglama_core.model import LogRecord


def identity(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        found: str = connection.execute("SELECT identity FROM store_state").fetchone()[0]
        return found


def test_a_copy_holds_everything_privately(path: Path, records: list[LogRecord], tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    seen: list[tuple[int, int]] = []
    assert backup(path, target, on_progress=lambda done, total: seen.append((done, total))) == target.stat().st_size
    assert seen[-1][0] == seen[-1][1] > 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert {each.name for each in tmp_path.iterdir()} <= {"copy.db", "store.db", "store.db-wal", "store.db-shm"}
    with SqliteReader(target) as reader:
        assert sorted(reader.search(None), key=lambda record: record.id) == records
    assert identity(target) != identity(path)


def test_writers_go_on_and_the_copy_is_of_one_moment(
    path: Path, records: list[LogRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_module, "_PAGES", 5)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            fill(path, [NewRecord(START_NS, message="a"), NewRecord(START_NS, message="b")])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            backup(path, tmp_path / f"copy{number}.db")
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        with closing(sqlite3.connect(tmp_path / f"copy{number}.db")) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            (count,) = copy.execute("SELECT count(*) FROM records").fetchone()
            assert count >= len(records)
            assert count % 2 == 0, "no half transaction"
            assert copy.execute("SELECT sum(n) FROM minute_counts").fetchone() == (count,)


def test_nothing_is_replaced_unasked_and_no_link_is_followed(
    path: Path, records: list[LogRecord], tmp_path: Path
) -> None:
    """Security 21."""
    target = tmp_path / "there.db"
    target.write_text("precious")
    with pytest.raises(UsageError, match="exists already"):
        backup(path, target)
    link = tmp_path / "link.db"
    link.symlink_to(target)
    for force in (False, True):
        with pytest.raises(UsageError, match="symbolic link"):
            backup(path, link, force=force)
    assert target.read_text() == "precious"
    backup(path, target, force=True)
    assert target.stat().st_size > 100_000
    with pytest.raises(UsageError, match="plain file"):
        backup(path, tmp_path, force=True)


def test_a_cancelled_backup_leaves_nothing(path: Path, records: list[LogRecord], tmp_path: Path) -> None:
    with pytest.raises(QueryCancelledError):
        backup(path, tmp_path / "copy.db", cancelled=lambda: True)
    assert not [each for each in tmp_path.iterdir() if "copy" in each.name]


def test_a_missing_store_cannot_be_copied(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        backup(tmp_path / "none.db", tmp_path / "copy.db")
    assert not list(tmp_path.iterdir())
