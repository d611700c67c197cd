"""Up, kill, down, again and again: no zombie, no orphan, nothing left that grows."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import psutil
import pytest

from loglama_core.ecosystem.service_processes import marked_processes
from tests.ecosystem.ecosystem import NAMES, Ecosystem, wait_for

if TYPE_CHECKING:
    from pathlib import Path


def cycle(ecosystem: Ecosystem, chance: random.Random) -> set[int]:
    """Bring everything up, kill something (the supervisor now and then), perhaps up again, and down.

    Returns the pids of what was up at first.
    """
    assert ecosystem.run("up").code == 0
    pids = {identity.pid for identities in marked_processes(ecosystem.state).values() for identity in identities}
    assert len(pids) >= 2 + len(NAMES)
    for victim in chance.sample([*NAMES, "@supervisord"], chance.randint(1, 3)):
        ecosystem.kill(victim)
    if chance.random() < 0.5:
        assert ecosystem.run("up").code == 0
    ecosystem.run("down")
    wait_for(lambda: not ecosystem.processes(), f"the end of {ecosystem.processes()}", within_s=10)
    return pids


def unreaped(pids: set[int]) -> list[int]:
    """Return those that are zombies of a living parent; what has none is for the system's first process to reap."""
    left = []
    for pid in pids:
        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE and process.ppid() != 1:
                left.append(pid)
        except psutil.NoSuchProcess:
            continue
    return left


@pytest.mark.parametrize("cycles", [3, pytest.param(50, marks=pytest.mark.soak)])
def test_cycles_of_up_kill_down_leave_nothing(tmp_path: Path, cycles: int) -> None:
    ecosystem = Ecosystem(tmp_path)
    if cycles > 3:
        ecosystem.faults["api"] = "worker"  # which costs each cycle the two seconds its worker ignores SIGTERM
        ecosystem.extra["api"] = "stop_timeout = 1"
        ecosystem.write()
    chance = random.Random(cycles)
    try:
        pids = cycle(ecosystem, chance)
        files = {path.name for path in ecosystem.state.iterdir()}
        for _ in range(cycles - 1):
            pids |= cycle(ecosystem, chance)
        assert {path.name for path in ecosystem.state.iterdir()} <= files | {"supervisord.log.1"}
    finally:
        ecosystem.end()
    wait_for(lambda: not unreaped(pids), "the last reaping")


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
