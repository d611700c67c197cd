from __future__ import annotations

import os
import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.terminal.steady_writer import steady_writer
from tests.terminal.terminal import Terminal, explorer_on_terminal

MINUTES = float(os.environ.get("LOGLAMA_SOAK_MINUTES", "10"))
LINES_PER_S = 5_000
DRAIN_S = 60.0


def stored(path: Path) -> int:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM records").fetchone()
    return int(count)


def look_about(terminal: Terminal, turn: int) -> None:
    """Do now and then what a person does: pause, scroll, change tab, filter; follow for most of the time."""
    keys = {10: "k", 12: "\x1b[5~", 14: "g", 16: "\x1b[6~", 18: "G", 25: "2", 28: "1", 40: "/99\r", 45: "\x1b", 46: "G"}
    if (key := keys.get(turn % 50)) is not None:
        os.write(terminal.descriptor, key.encode())


@pytest.mark.soak
def test_memory_stays_flat_while_records_pour_in(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    log, store = tmp_path / "logs" / "pouring.log", tmp_path / "loglama.db"
    log.touch()
    samples: list[float] = []
    with explorer_on_terminal(tmp_path) as terminal:
        process = psutil.Process(terminal.process.pid)
        terminal.shows("? help")
        with steady_writer(log, LINES_PER_S, MINUTES * 60) as writer:
            turn = 0
            while writer.poll() is None:
                terminal.watch(1.0)
                samples.append(process.memory_info().rss / 1e6)
                look_about(terminal, turn)
                turn += 1
            assert writer.returncode == 0
        written = int(MINUTES * 60 * LINES_PER_S)
        deadline = time.monotonic() + DRAIN_S
        while stored(store) < written and time.monotonic() < deadline:
            terminal.watch(0.5)
        third = len(samples) // 3
        means = [statistics.mean(samples[start : start + third]) for start in (0, third, 2 * third)]
        print(
            f"\n{MINUTES:g} minutes at {LINES_PER_S:,} lines/s, load {os.getloadavg()[0]:.1f}:"
            f" resident {samples[0]:.1f} MB at the start, then {', '.join(f'{mean:.1f}' for mean in means)} MB"
            f" on average in each third, {max(samples):.1f} MB at most; {stored(store):,} of {written:,} lines stored;"
            f" every tenth: {' '.join(f'{sample:.0f}' for sample in samples[:: max(len(samples) // 10, 1)])}"
        )
        assert stored(store) == written
        assert means[2] - means[1] < 5
        for key in ("1", "\x1b", "\x1b", "G"):  # one at a time: an escape with a letter behind it is alt
            terminal.press(key)
        terminal.shows(f"line {written - 1}")
        terminal.answer("k", lambda: "‖ paused" in "\n".join(terminal.screen.display))
        os.write(terminal.descriptor, b"q")
        assert terminal.ends() == 0
