"""A folder of logs, a store, and real collectors on them."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loglama_core.collector.one_pass import SourceReport, collect_once
from loglama_core.config.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class LogFolder:
    """``logs/`` under a temporary folder, collected into ``store.db`` beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.db_path = folder / "store.db"
        self.daemons: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        return {"LOGLAMA_LOG_DIR": str(self.logs), "LOGLAMA_DB_PATH": str(self.db_path), "TZ": "UTC"}

    @property
    def settings(self) -> Settings:
        return load_settings(environ=self.environment, folder=self.folder)

    def collect(self) -> list[SourceReport]:
        return collect_once(self.settings)

    def write(self, name: str, text: str | bytes) -> Path:
        """Append to a log in one write, as a service does."""
        path = self.logs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, text.encode() if isinstance(text, str) else text)
        finally:
            os.close(descriptor)
        return path

    def query(self, sql: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(f"file:{self.db_path}?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def messages(self) -> list[str]:
        return [str(row[0]) for row in self.query("SELECT message FROM records ORDER BY id")]

    def start_daemon(self, *, open_files: int | None = None) -> subprocess.Popen[bytes]:
        """Start a collector process in the foreground of a process group of its own, ``open_files`` allowed to it."""
        limited = [] if open_files is None else ["sh", "-c", f'ulimit -n {open_files}; exec "$@"', "sh"]
        process = subprocess.Popen(
            [*limited, sys.executable, "-m", "loglama_tui", "log-collector", "run", "--interval", "300"],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.daemons.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not self._holds(condition):
            assert time.monotonic() < deadline, "what was waited for did not come about in time"
            time.sleep(0.02)

    @staticmethod
    def _holds(condition: Callable[[], bool]) -> bool:
        try:
            return condition()
        except sqlite3.OperationalError:  # the store is not there yet
            return False

    def check_invariants(self) -> None:
        """I1 no row twice, I3 the store is whole, I5 offsets end at the last stored line, and the counts agree."""
        places = Counter(self.query("SELECT source_id, offset FROM records"))
        assert [place for place, count in places.items() if count > 1] == []
        assert self.query("PRAGMA integrity_check") == [("ok",)]
        assert self.query("SELECT coalesce(sum(n), 0) FROM minute_counts") == self.query("SELECT count(*) FROM records")
        beyond = (  # of a database's table the offset is the key of the last row
            "SELECT r.id FROM records r JOIN sources s ON s.id = r.source_id"
            " WHERE r.offset >= s.offset + (s.kind = 'sqlite')"
        )
        assert self.query(beyond) == []


@pytest.fixture
def log_folder(tmp_path: Path) -> Iterator[LogFolder]:
    folder = LogFolder(tmp_path)
    yield folder
    for process in folder.daemons:
        if process.poll() is None:
            folder.kill(process)
