"""A folder of logs, a store, and real collectors on them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loglama_core.collector.one_pass import SourceReport, collect_once
from loglama_core.config.settings import Settings, load_settings
from tests.faults.invariants import check_everything_readable_is_stored, check_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPOSITORY = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "loglama_tui")


class CollectorHost:
    """A process of its own in which the collector's loop runs on one folder after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("collector_host.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "TZ": "UTC", "PYTHONPATH": str(REPOSITORY)},
        )

    def start(self, log_folder: LogFolder) -> None:
        self._ask({"environment": log_folder.environment, "folder": str(log_folder.folder)})

    def stop(self) -> None:
        self._ask(None)

    def close(self) -> None:
        self._process.communicate()

    def _ask(self, question: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == b"null\n", "I7: the collector's process has ended"


class LogFolder:
    """``logs/`` under a temporary folder, collected into ``store.db`` beside it.

    ``host``: the process whose loop collects it from the first ``collect`` on; without one each ``collect`` is a pass.
    ``is_followed``: whether it does now. ``is_store_lost``: the case ends with a store that cannot be read, so nothing
    is asked of it.
    """

    def __init__(self, folder: Path, host: CollectorHost | None = None) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.db_path = folder / "store.db"
        self.daemons: list[subprocess.Popen[bytes]] = []
        self.is_store_lost = False
        self._host = host
        self.is_followed = False
        self._barriers = 0

    @property
    def environment(self) -> dict[str, str]:
        return {"LOGLAMA_LOG_DIR": str(self.logs), "LOGLAMA_DB_PATH": str(self.db_path), "TZ": "UTC"}

    @property
    def settings(self) -> Settings:
        return load_settings(environ=self.environment, folder=self.folder)

    def collect(self) -> list[SourceReport]:
        """Have everything stored that is complete; reports only come from a pass."""
        if self._host is None:
            return collect_once(self.settings)
        if not self.is_followed:
            self.is_followed = True
            self._host.start(self)
        self._pass_barrier()
        self._pass_barrier()  # what the first scan found changed in the middle is read by the second
        return []

    def stop_following(self) -> None:
        """End the host's loop; the next ``collect`` begins a new one, as after a restart."""
        if self.is_followed and self._host is not None:
            self._host.stop()
            self.is_followed = False

    def write(self, name: str, text: str | bytes) -> Path:
        """Append to a log in one write, as a service does."""
        path = self.logs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.write_into(path, text)
        return path

    @staticmethod
    def write_into(path: Path, text: str | bytes) -> None:
        """Append to a file in one write."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, text.encode() if isinstance(text, str) else text)
        finally:
            os.close(descriptor)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(f"file:{self.db_path}?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def execute(self, *statements: str) -> None:
        """Change the store as another program does that has a right to."""
        connection = sqlite3.connect(self.db_path, timeout=20, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            for statement in statements:
                connection.execute(statement)
            connection.execute("COMMIT")
        finally:
            connection.close()

    def messages(self) -> list[str]:
        own = "SELECT id FROM services WHERE name IN ('barrier', 'canary', 'loglama')"
        return [
            str(row[0])
            for row in self.query(f"SELECT message FROM records WHERE service_id NOT IN ({own}) ORDER BY id")
        ]

    def gaps(self) -> list[tuple[object, ...]]:
        """Return (path, start, end) of what was lost."""
        joined = "gaps g JOIN sources s ON s.id = source_id"
        return self.query(f"SELECT s.lineage, g.start, g.end FROM {joined} ORDER BY g.id")

    def start_daemon(
        self, *, prefix: tuple[str, ...] = (), program: tuple[str, ...] = PROGRAM, interval: str = "300"
    ) -> subprocess.Popen[bytes]:
        """Start a collector process in the foreground of a process group of its own, run by ``prefix``."""
        process = subprocess.Popen(
            [*prefix, *program, "log-collector", "run", "--interval", interval],
            cwd=self.folder,
            env={**os.environ, **self.environment, "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.daemons.append(process)
        return process

    def run(self, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command of the program to its end."""
        return subprocess.run(
            [*PROGRAM, *arguments],
            cwd=folder or self.folder,
            env={**os.environ, **self.environment, "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.daemons.remove(process)

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        self.daemons.remove(process)

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
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
        """I1 and I3 to I6."""
        check_store(self)

    def check_it_flows(self) -> None:
        """I7: every collector that was not ended is alive, and a file that was not there before is stored."""
        assert [daemon.poll() for daemon in self.daemons if daemon.poll() is not None] == [], "I7"
        before = self._stored("canary") if self.db_path.exists() else 0
        self.write("canary.log", f'{{"event":"canary {os.getpid()} {time.monotonic_ns()}"}}\n')
        if not self.daemons and not self.is_followed:
            collect_once(self.settings)
        self.wait_for(lambda: self._stored("canary") > before)

    def close(self) -> None:
        """End every collector, then check I1 to I7."""
        if not self.is_store_lost:
            self.check_it_flows()
        self.stop_following()
        for process in list(self.daemons):
            self.stop(process)
        if not self.is_store_lost:
            collect_once(self.settings)
            check_store(self)
            check_everything_readable_is_stored(self)

    def kill_all(self) -> None:
        for process in self.daemons:
            if process.poll() is None:
                process.kill()
            process.wait()

    def _pass_barrier(self) -> None:
        """Wait until a file that was not there before is stored: so is all that was there before it."""
        self._barriers += 1
        self.write(f"barrier.log.{self._barriers}", f"barrier {self._barriers}\n")
        self.wait_for(lambda: self._stored("barrier") >= self._barriers)

    def _stored(self, name: str) -> int:
        sql = f"SELECT count(*) FROM records JOIN sources s ON s.id = source_id WHERE lineage LIKE '%/{name}.log%'"
        ((count,),) = self.query(sql)
        assert isinstance(count, int)
        return count


@pytest.fixture(scope="session")
def collector_host() -> Iterator[CollectorHost]:
    host = CollectorHost()
    yield host
    host.close()


@pytest.fixture
def log_folder(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[LogFolder]:
    """A folder collected by passes or, with the parameter ``loop``, by a collector that runs all the while."""
    host = request.getfixturevalue("collector_host") if getattr(request, "param", "") == "loop" else None
    folder = LogFolder(tmp_path, host)
    try:
        yield folder
        folder.close()
    finally:
        folder.kill_all()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("no right to mount a file system here: run the suite as root to prove fault 7")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)
