"""Up, kill, down, again and again: no zombie, no orphan, nothing left that grows."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.ecosystem.ecosystem import NAMES, Ecosystem, wait_for

if TYPE_CHECKING:
    from pathlib import Path


def zombies() -> set[int]:
    """Return the zombies there are, whoever's."""
    return {one.pid for one in psutil.process_iter() if one.status() == psutil.STATUS_ZOMBIE}


def cycle(ecosystem: Ecosystem, chance: random.Random) -> None:
    """Bring everything up, kill something (the supervisor now and then), perhaps up again, and down."""
    assert ecosystem.run("up").code == 0
    for victim in chance.sample([*NAMES, "@supervisord"], chance.randint(1, 3)):
        ecosystem.kill(victim)
    if chance.random() < 0.5:
        assert ecosystem.run("up").code == 0
    ecosystem.run("down")
    wait_for(lambda: not ecosystem.processes(), f"the end of {ecosystem.processes()}", within_s=10)


@pytest.mark.parametrize("cycles", [3, pytest.param(50, marks=pytest.mark.soak)])
def test_cycles_of_up_kill_down_leave_nothing(tmp_path: Path, cycles: int) -> None:
    ecosystem = Ecosystem(tmp_path)
    ecosystem.faults["api"] = "worker"
    ecosystem.extra["api"] = "stop_timeout = 1"
    ecosystem.write()
    before = zombies()
    chance = random.Random(cycles)
    try:
        cycle(ecosystem, chance)
        files = {path.name for path in ecosystem.state.iterdir()}
        for _ in range(cycles - 1):
            cycle(ecosystem, chance)
        assert {path.name for path in ecosystem.state.iterdir()} <= files | {"supervisord.log.1"}
    finally:
        ecosystem.end()
    # What a killed supervisor leaves is for the system's first process to reap.
    wait_for(lambda: not {pid for pid in zombies() - before if psutil.Process(pid).ppid() != 1}, "the last reaping")


@pytest.mark.soak
def test_a_crash_loop_is_stopped_and_says_so(tmp_path: Path) -> None:
    ecosystem = Ecosystem(tmp_path)
    ecosystem.faults["worker"] = "exit-after=0.5:7"
    ecosystem.write()
    try:
        assert ecosystem.run("up", "worker").code == 0
        row = wait_for(
            lambda: (row := ecosystem.status()["worker"])["state"] == "failed" and row, "the stop", within_s=90
        )
        assert row["restarts"] == 5
        assert "exit code 7" in row["reason"]
        assert "stopped as a crash loop: 5 restarts within 10 minutes did not help" in row["reason"]
        assert ecosystem.run("up", "worker").code == 0  # asked for again, it gets another chance
        assert ecosystem.status()["worker"]["restarts"] == 0
    finally:
        ecosystem.end()
