"""One million events, made once, and the store that holds them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from loglama_core.store.search_database import BLOCK_RECORDS, search_path
from tests.bench.event_stream import Truth, write_events

EVENTS = int(os.environ.get("LOGLAMA_BENCH_EVENTS", "1000000"))


@dataclass
class Import:
    """A finished first import; ``seconds`` and ``peak_kib`` are those of the whole process and its largest child.

    ``visible``, ``indexed``: seconds from the start until a reader saw every record, until the index had them.
    """

    folder: Path
    truth: Truth
    seconds: float
    peak_kib: int
    visible: float = 0.0
    indexed: float = 0.0

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "LOGLAMA_LOG_DIR": "logs", "LOGLAMA_DB_PATH": "logs/loglama.db", "TZ": "UTC"}


def run_measured(command: list[str | Path], folder: Path, environment: dict[str, str]) -> tuple[float, int]:
    """Run a command to its end; returns (wall seconds, peak KiB of its largest process)."""
    script = (
        "import resource, subprocess, sys, time\n"
        "begin = time.perf_counter()\n"
        "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n"
        "print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, code)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, peak, code = result.stdout.split()
    assert code == "0", result.stderr
    return float(seconds), int(peak)


def loglama() -> list[str | Path]:
    return [sys.executable, "-m", "loglama_tui"]


def make_import(folder: Path, line_format: str) -> Import:
    (folder / "logs").mkdir(parents=True)
    truth = write_events(folder / "logs" / "events.log", EVENTS, line_format)
    made = Import(folder, truth, 0.0, 0)
    store = folder / "logs" / "loglama.db"
    # The newest records wait for their block to be full, so the index is complete without the last 31.
    with (
        Watch(store, "SELECT max(id) FROM records", truth.records) as records,
        Watch(search_path(store), "SELECT indexed_upto FROM index_state", truth.records - BLOCK_RECORDS) as index,
    ):
        made.seconds, made.peak_kib = run_measured([*loglama(), "collect-logs"], folder, made.environment)
    made.visible, made.indexed = records.reached_after, index.reached_after
    return made


class Watch:
    """Looks at a database every 20 ms until a number in it is reached. ``reached_after``: seconds, when it is left."""

    def __init__(self, path: Path, question: str, number: int) -> None:
        self._path, self._question, self._number = path, question, number
        self._begin = time.perf_counter()
        self._reached: float | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def reached_after(self) -> float:
        assert self._reached is not None, f"{self._path} never came to {self._number:,}"
        return self._reached - self._begin

    def _look(self) -> None:
        last = False
        while self._reached is None and not last:
            last = self._ended.wait(0.02)
            if not self._path.exists():
                continue
            with (
                suppress(sqlite3.Error),  # it is just being made
                closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection,
            ):
                (found,) = connection.execute(self._question).fetchone()
                if (found or 0) >= self._number:
                    self._reached = time.perf_counter()


@pytest.fixture(scope="session")
def json_import(tmp_path_factory: pytest.TempPathFactory) -> Import:
    return make_import(tmp_path_factory.mktemp("json") / "run", "json")


@pytest.fixture(scope="session")
def text_import(tmp_path_factory: pytest.TempPathFactory) -> Import:
    return make_import(tmp_path_factory.mktemp("text") / "run", "text")


def peer(name: str) -> str:
    """Return the path of a program to compare with, or skip aloud."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed here: there is nothing to compare with")
    return path


def measured(name: str, expected: int, question: Callable[[], int], budget_ms: float) -> None:
    """Ask five times, check each answer, print the median and hold it against the budget."""
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        answer = question()
        seconds.append(time.perf_counter() - begin)
        assert answer == expected
    median_ms = statistics.median(seconds) * 1000
    print(f"\n{name}: {median_ms:.1f} ms (budget {budget_ms:.0f} ms), answer {expected:,}")
    assert median_ms <= budget_ms
