"""A store put back from a backup, as the README says to: what was lost with the old one is read again, once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from loglama_core.collector.daemon import daemon_status, start_daemon, stop_daemon
from loglama_core.store.backup import backup
from loglama_core.store.search_database import search_path
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_core.store.store import open_store
from tests.faults.numbered_lines import expected, lines

if TYPE_CHECKING:
    from tests.faults.conftest import LogFolder


def restore(copy: Path, db_path: Path) -> None:
    """The three commands of the README."""
    for path in (
        db_path,
        Path(f"{db_path}-wal"),
        Path(f"{db_path}-shm"),
        *search_path(db_path).parent.glob("*.search.db*"),
    ):
        path.unlink(missing_ok=True)
    db_path.write_bytes(copy.read_bytes())
    db_path.chmod(0o600)


def test_a_restored_store_goes_on_from_its_offsets(log_folder: LogFolder, tmp_path: Path) -> None:
    log_folder.write("app.log", lines(1, 100))
    log_folder.collect()
    copy = tmp_path / "copy.db"
    backup(log_folder.db_path, copy)
    log_folder.write("app.log", lines(101, 200))
    start_daemon(log_folder.settings, 300)
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 200))
    stop_daemon(log_folder.settings)
    log_folder.db_path.write_bytes(b"\xff" * 4096)  # what makes one reach for the backup
    restore(copy, log_folder.db_path)
    assert log_folder.messages() == expected(1, 100)
    start_daemon(log_folder.settings, 300)
    try:
        log_folder.wait_for(lambda: log_folder.messages() == expected(1, 200))
        assert daemon_status(log_folder.settings).last_error is None
    finally:
        stop_daemon(log_folder.settings)
    log_folder.check_invariants()
    with open_store(log_folder.db_path) as store, SqliteReader(log_folder.db_path) as reader:
        assert store.count('"line 150"') == 1
        assert reader.record_count() >= 200
