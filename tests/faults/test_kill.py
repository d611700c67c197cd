"""Faults 1-6: a collector killed at any point, or a machine that loses power, loses and repeats nothing."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.numbered_lines import by_number, expected, lines

if TYPE_CHECKING:
    from tests.faults.conftest import LogFolder

WRITER = Path(__file__).with_name("rotating_writer.py")
SEED = 20_261_101


def kill_collectors_while_writing(log_folder: LogFolder, *, seconds: float, pauses: tuple[float, float]) -> int:
    """Run three rotating writers for ``seconds`` and kill collectors all the while; returns how many were killed."""
    writers = {
        name: subprocess.Popen(
            [sys.executable, WRITER, log_folder.logs / f"{name}.log", mode, str(seconds), "1500", str(SEED)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, mode in (("renamed", "rename"), ("copied", "copytruncate"), ("text", "text"))
    }
    rng = random.Random(SEED)
    kills = 0
    while any(writer.poll() is None for writer in writers.values()):
        daemon = log_folder.start_daemon()
        time.sleep(rng.uniform(*pauses))
        log_folder.kill(daemon)
        kills += 1
    written = {name: int(writer.communicate()[0]) for name, writer in writers.items()}
    (collected_by_daemons,) = log_folder.query("SELECT count(*) FROM records")[0]
    assert collected_by_daemons, "no collector lived long enough to collect anything: nothing would be proved"
    log_folder.collect()
    stored = Counter(text.split("\n")[0] for text in log_folder.messages())
    expected = {f"{name} {number}" for name, count in written.items() for number in range(1, count + 1)}
    assert {text: count for text, count in stored.items() if count > 1} == {}, "duplicated"
    assert sorted(expected - stored.keys()) == [], "lost"
    assert sorted(stored.keys() - expected) == [], "torn"
    return kills


def die(log_folder: LogFolder, what: str, number: int) -> int:
    """Run a pass that dies at a certain point; returns how it ended."""
    return subprocess.run(
        [sys.executable, Path(__file__).with_name("dying_collector.py"), what, str(number)],
        cwd=log_folder.folder,
        env={**os.environ, **log_folder.environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    ).returncode


@pytest.mark.parametrize(
    ("what", "numbers"),
    [
        pytest.param("BEGIN", (1, 2, 3, 4), id="fault_1-before-BEGIN"),
        pytest.param("INSERT INTO records", (1, 2, 200, 450), id="fault_2-between-rows"),
        pytest.param("UPDATE sources SET offset", (1, 2), id="fault_3-before-the-offset"),
        pytest.param("INSERT INTO minute_counts", (1, 2), id="fault_3-after-the-offset"),
        pytest.param("COMMIT", (1, 2, 3, 4), id="fault_4-before-COMMIT"),
    ],
)
def test_fault_1_to_4_killed_before_a_certain_statement(
    log_folder: LogFolder, what: str, numbers: tuple[int, ...]
) -> None:
    log_folder.write("app.log", lines(1, 200))
    log_folder.collect()
    log_folder.write("app.log", lines(201, 400))
    log_folder.write("other.log", lines(401, 700))
    for number in numbers:
        assert die(log_folder, what, number) == -signal.SIGKILL
        log_folder.check_invariants()
    log_folder.collect()
    assert by_number(log_folder.messages()) == expected(1, 700)


@pytest.mark.parametrize(
    ("before", "sizes"),
    [
        # The first 4,000 lines make a write-ahead log of about 1 MB: it is cut off in the middle of a COMMIT.
        pytest.param(0, (90_000, 200_000, 400_000, 600_000), id="fault_4-during-COMMIT"),
        # The store itself is longer than its write-ahead log becomes: what grows too long is the store, checkpointed.
        pytest.param(30_000, (4_000_000, 4_300_000), id="fault_5-during-a-checkpoint"),
    ],
)
def test_fault_4_5_killed_in_the_midst_of_a_write(log_folder: LogFolder, before: int, sizes: tuple[int, ...]) -> None:
    text = "".join(f'{{"level":"info","event":"line {number} {"x" * 80}"}}\n' for number in range(1, before + 9_001))
    cut = 0 if before == 0 else text.index(f"line {before + 1} ") - len('{"level":"info","event":"')
    log_folder.write("app.log", text[:cut])
    log_folder.collect()
    log_folder.write("app.log", text[cut:])
    for size in sizes:
        assert die(log_folder, "write", size) == -signal.SIGXFSZ
        if log_folder.db_path.stat().st_size:
            log_folder.check_invariants()
    log_folder.collect()
    assert [text.split()[1] for text in log_folder.messages()] == [str(n) for n in range(1, before + 9_001)]


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("is_torn", [False, True])
def test_fault_6_a_write_ahead_log_that_never_reached_the_disk(
    log_folder: LogFolder, kept: float, *, is_torn: bool
) -> None:
    """What a power loss leaves with synchronous=NORMAL: the log ends anywhere, or its end was never written."""
    connection = sqlite3.connect(log_folder.db_path)  # keeps the write-ahead log from being folded back
    try:
        for first in range(1, 400, 20):
            log_folder.write("app.log", lines(first, first + 19))
            log_folder.collect()
            connection.execute("SELECT 1 FROM sqlite_master").fetchall()
        after = log_folder.folder / "after"
        after.mkdir()
        shutil.copy(log_folder.db_path, after / "store.db")
        wal = Path(f"{log_folder.db_path}-wal").read_bytes()
    finally:
        connection.close()
    cut = int(len(wal) * kept)
    assert len(wal) > 100_000
    log_folder.db_path = after / "store.db"
    Path(f"{log_folder.db_path}-wal").write_bytes(wal[:cut] + (b"\0" * (len(wal) - cut) if is_torn else b""))
    if kept > 0.5:
        log_folder.check_invariants()
    log_folder.collect()
    assert log_folder.messages() == expected(1, 400)


def test_fault_1_to_5_killed_again_and_again(log_folder: LogFolder) -> None:
    kills = kill_collectors_while_writing(log_folder, seconds=6, pauses=(0.5, 1.2))
    assert kills >= 4


@pytest.mark.soak
def test_fault_1_to_5_killed_for_minutes(log_folder: LogFolder) -> None:
    minutes = float(os.environ.get("LOGLAMA_SOAK_MINUTES", "10"))
    kills = kill_collectors_while_writing(log_folder, seconds=minutes * 60, pauses=(0.2, 2.0))
    print(f"\n{kills} collectors killed in {minutes:g} minutes: 0 records lost, 0 duplicated, 0 torn")
    assert kills >= 50 * minutes / 10
