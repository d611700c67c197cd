"""What a collector costs while it waits: hundreds of quiet files, thousands of them, a line without end."""

from __future__ import annotations

import os
import sqlite3
import statistics
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from loglama_core.collector.discovery import Discovery
from loglama_core.collector.scanner import Scanner
from loglama_core.config.settings import load_settings
from loglama_core.store.writer import RecordWriter
from tests.bench.conftest import loglama
from tests.terminal.steady_writer import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IDLE_S = 60.0
SETTLED_S = 12.0
"""The index takes up what is left after five quiet seconds, the first measurements of itself come after two."""


@pytest.fixture(params=[200, 10_000])
def many_files(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with so many logs of ten lines."""
    logs = tmp_path / "logs"
    logs.mkdir()
    for number in range(request.param):
        (logs / f"service{number:05}.log").write_bytes(b"".join(line(each, f"line {each}") for each in range(10)))
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "LOGLAMA_LOG_DIR": str(folder / "logs"), "LOGLAMA_DB_PATH": str(folder / "store.db")}


@pytest.fixture
def daemon(many_files: Path) -> Iterator[psutil.Process]:
    """A collector that has stored all that is there."""
    count = len(list((many_files / "logs").iterdir())) * 10
    command = [*loglama(), "log-collector", "run"]
    process = subprocess.Popen(command, cwd=many_files, env=environment(many_files), stderr=subprocess.DEVNULL)
    wait_for(lambda: stored(many_files) >= count)
    yield psutil.Process(process.pid)
    process.terminate()
    assert process.wait(timeout=20) == 0


def stored(folder: Path, text: str = "%") -> int:
    try:
        with closing(sqlite3.connect(f"file:{folder}/store.db?mode=ro", uri=True)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM records WHERE message LIKE ?", (text,)).fetchone()
    except sqlite3.OperationalError:
        return 0
    return int(count)


def wait_for(condition: Callable[[], bool], every_s: float = 0.1) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(every_s)


def test_idle(many_files: Path, daemon: psutil.Process) -> None:
    """Processor time of a minute in which nothing is written, then how soon a line in a file long quiet is stored."""
    time.sleep(SETTLED_S)
    before = daemon.cpu_times()
    time.sleep(IDLE_S)
    after = daemon.cpu_times()
    share = (after.user + after.system - before.user - before.system) / IDLE_S
    files = sorted((many_files / "logs").glob("service*.log"))
    waits = []
    for number in range(5):
        time.sleep(4)  # until it waits for events again
        began = time.monotonic()
        with files[number * len(files) // 5].open("ab") as file:
            file.write(line(0, f"late {number}"))
        wait_for(lambda: stored(many_files, f"late {number}") == 1, every_s=0.005)  # noqa: B023
        waits.append(time.monotonic() - began)
    print(
        f"\n{len(files):,} quiet files: {share:.2%} of a core, {daemon.memory_info().rss / 1e6:.0f} MB,"
        f" {daemon.num_fds()} descriptors; a late line is stored within {max(waits) * 1000:.0f} ms"
        f" (median {statistics.median(waits) * 1000:.0f} ms); load {os.getloadavg()[0]:.1f}"
    )
    if len(files) <= 200:
        assert share <= 0.005


def test_scan(many_files: Path) -> None:
    """A scan that finds nothing new, which has to be done well within the second until the next."""
    settings = load_settings(environ=environment(many_files), folder=many_files)
    writer = RecordWriter(settings.db_path)
    scanner = Scanner(settings, writer, discovery=Discovery(settings), on_stored=lambda *_: None)
    try:
        while scanner.scan().bytes:
            pass
        times = []
        for _ in range(10):
            began = time.perf_counter()
            scanner.scan()
            times.append(time.perf_counter() - began)
    finally:
        scanner.close()
        writer.close()
    count = len(list((many_files / "logs").iterdir()))
    median = statistics.median(times)
    print(f"\na scan of {count:,} quiet files: median {median * 1000:.1f} ms, load {os.getloadavg()[0]:.1f}")
    assert median < 0.5
