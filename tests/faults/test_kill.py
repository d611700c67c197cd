"""Faults 1-5: a collector killed at any moment while logs are written and rotated loses and repeats nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

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


def test_fault_1_to_5_killed_again_and_again(log_folder: LogFolder) -> None:
    kills = kill_collectors_while_writing(log_folder, seconds=10, pauses=(0.3, 0.9))
    assert kills >= 10


@pytest.mark.soak
def test_fault_1_to_5_killed_for_minutes(log_folder: LogFolder) -> None:
    minutes = float(os.environ.get("LOGLAMA_SOAK_MINUTES", "10"))
    kills = kill_collectors_while_writing(log_folder, seconds=minutes * 60, pauses=(0.2, 2.0))
    print(f"\n{kills} collectors killed in {minutes:g} minutes: 0 records lost, 0 duplicated, 0 torn")
    assert kills >= 50 * minutes / 10
