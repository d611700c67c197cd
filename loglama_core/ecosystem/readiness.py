"""Waits until a service that was launched is well, or says why it will not be."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from loglama_core.ecosystem.health_probe import LogSince, probe_health
from loglama_core.ecosystem.launch_plan import LaunchPlan
from loglama_core.ecosystem.process_identity import ProcessIdentity
from loglama_core.ecosystem.state_folder import StateFolder

SETTLE_S = 0.3
"""A service that declares no health probe counts as well when it has lived so long."""
_PROBE_S = 2.0
_SHORTEST_S = 0.3
_LAUNCH_S = 10.0
_QUICK_S = 0.3


@dataclass(slots=True, frozen=True)
class Readiness:
    """``fault``: why it is not well, empty if it is; ``ended``: its process is gone."""

    fault: str = ""
    ended: bool = False
    seconds: float = 0.0


def wait_launched(state: StateFolder, service: str, has_ended: Callable[[], bool]) -> ProcessIdentity | None:
    """Wait until the launcher has written down which process it is; ``None`` if it ends before, or takes 10 s."""
    begin = time.monotonic()
    while (process := state.process(service)) is None:
        if time.monotonic() > begin + _LAUNCH_S or (time.monotonic() > begin + _QUICK_S and has_ended()):
            return state.process(service)
        time.sleep(0.01)
    return process


def wait_ready(
    plan: LaunchPlan, process: ProcessIdentity, logs: list[LogSince], cancelled: Callable[[], bool]
) -> Readiness:
    """Wait for health, for the process to end, or for the deadline of the service."""
    begin = time.monotonic()
    limit = plan.service.start_timeout_s
    pause = 0.02
    fault = ""
    while True:
        elapsed = time.monotonic() - begin
        if not process.is_alive:
            when = "at once" if elapsed < 1 else f"after {elapsed:.0f} s"
            return Readiness(f"it ended {when}", ended=True, seconds=elapsed)
        if cancelled():
            return Readiness("cancelled while it was being started", seconds=elapsed)
        if elapsed >= limit:
            why = f" ({fault})" if fault else ""
            return Readiness(f"it was not well within {limit:g} s{why}", seconds=elapsed)
        if plan.health is None:
            if elapsed >= SETTLE_S:
                return Readiness(seconds=elapsed)
        else:
            health = probe_health(plan.health, min(_PROBE_S, limit - elapsed), logs)
            if health.ok and process.is_alive:
                return Readiness(seconds=time.monotonic() - begin)
            if not fault or limit - elapsed > _SHORTEST_S:
                fault = health.reason  # a last look cut short by the deadline says less than the one before
        time.sleep(pause)
        pause = min(0.25, pause * 1.3)
