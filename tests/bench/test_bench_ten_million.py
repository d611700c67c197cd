"""The explorer on ten million records: first screen, keys, memory; and lnav on the same lines.

Skipped unless there are as many: ``LOGLAMA_TEN_MILLION`` names a folder with ``logs/loglama.db`` (and, for lnav, the
lines as ``logs/events.log``), or ``LOGLAMA_BENCH_EVENTS=10000000`` has them written and imported, which takes minutes.
"""

from __future__ import annotations

import os
import re
import statistics
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from loglama_core.store.sqlite_reader import SqliteReader
from tests.bench.conftest import EVENTS, Import, loglama, peer
from tests.bench.event_stream import Truth
from tests.bench.test_bench_explorer import (
    ANSWERS,
    PEER_KEYS,
    answers,
    make_ready,
    newest_clock,
    opened,
    shows_the_end,
    told,
    told_bytes,
)
from tests.terminal.terminal import Terminal

RECORDS = 10_000_000
RUNS = 5
KEYS = 60
FIRST_SCREEN_S = 0.5
MEMORY = 100_000_000
KEY_P95_S = 0.03
_CLOCK = re.compile(r"\d\d:\d\d:\d\d")


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest) -> Path:
    """Return a folder whose ``logs/loglama.db`` holds ten million records."""
    if named := os.environ.get("LOGLAMA_TEN_MILLION"):
        found = Path(named)
    elif EVENTS >= RECORDS:
        made: Import = request.getfixturevalue("json_import")
        found = made.folder
    else:
        pytest.skip("set LOGLAMA_TEN_MILLION to a folder with ten million records, or LOGLAMA_BENCH_EVENTS=10000000")
    with closing(SqliteReader(found / "logs" / "loglama.db")) as reader:
        assert reader.record_count() >= RECORDS
    return found


def explorer() -> list[str | Path]:
    """The explorer alone: who collects at the same time is measured elsewhere."""
    return [*loglama(), "tui", "--no-collect", "--tab", "live"]


def is_full(terminal: Terminal) -> bool:
    """Tell whether a screen of records stands there."""
    return sum(bool(_CLOCK.search(line[:50])) for line in terminal.screen.display) >= 20


def test_first_screen(folder: Path) -> None:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        with opened(explorer(), folder) as terminal:
            terminal.until(lambda: is_full(terminal))
            times.append(terminal.read_at - began)
    print(f"\nfirst screen of {RECORDS:,} records: median {statistics.median(times) * 1000:.0f} ms")
    assert statistics.median(times) <= FIRST_SCREEN_S


@pytest.mark.parametrize(("name", "there", "back"), ANSWERS[:-1], ids=[name for name, *_ in ANSWERS[:-1]])
def test_key_to_screen(folder: Path, name: str, there: str, back: str) -> None:
    with opened(explorer(), folder) as terminal:
        terminal.until(lambda: is_full(terminal))
        if name == "tab":  # the search over everything that its first opening begins is not what is measured
            os.write(terminal.descriptor, b"2")
            terminal.shows("hits")
            terminal.settle()
            os.write(terminal.descriptor, b"1")
            terminal.shows("following")
        make_ready(terminal, name)
        times, sizes = answers(terminal, name, (there, back), KEYS)
        print(f"\n{name} in {RECORDS:,} records: {told(times)}; {told_bytes(sizes)}, load {os.getloadavg()[0]:.1f}")
        assert statistics.quantiles(times, n=20)[-1] <= KEY_P95_S


def test_memory(folder: Path) -> None:
    """After looking about: start and end, a filter, Search with its counts. It differs by 15 MB from run to run."""
    seen = []
    for _ in range(3):
        with opened(explorer(), folder) as terminal:
            terminal.until(lambda: is_full(terminal))
            for keys in ("g", "\x1b[6~", "G", "/served\r", "\x1b", "2", "1"):
                os.write(terminal.descriptor, keys.encode())
                terminal.watch(2.0)
            seen.append(psutil.Process(terminal.process.pid).memory_info().rss)
    print(f"\nmemory with {RECORDS:,} records: {', '.join(f'{each / 1e6:.0f}' for each in sorted(seen))} MB resident")
    assert statistics.median(seen) <= MEMORY


def test_lnav(folder: Path) -> None:
    """The same lines as a file: until its end is seen, its keys, its memory."""
    lines = folder / "logs" / "events.log"
    if not lines.exists():
        pytest.skip(f"{lines} is not there: lnav has nothing to read")
    newest = newest_clock(Import(folder, Truth(), 0.0, 0))
    began = time.perf_counter()
    with opened([peer("lnav"), lines], folder) as terminal:
        terminal.until(shows_the_end(terminal, newest))
        print(f"\nfirst screen of lnav: {(terminal.read_at - began) * 1000:.0f} ms")
        terminal.settle()
        for what, there, back in PEER_KEYS["lnav"]:
            times, sizes = answers(terminal, "peer", (there, back), KEYS)
            print(f"{what} in lnav: {told(times)}; {told_bytes(sizes)}")
        print(f"memory of lnav: {psutil.Process(terminal.process.pid).memory_info().rss / 1e6:.0f} MB resident")
