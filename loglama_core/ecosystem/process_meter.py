"""How much processor and memory processes take, each with everything below it."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from loglama_core.ecosystem.process_identity import ProcessIdentity


@dataclass(slots=True, frozen=True)
class Consumption:
    """``cpu_percent`` of one core since the last measurement, ``None`` at the first; ``memory_bytes`` resident."""

    cpu_percent: float | None
    memory_bytes: int
    uptime_s: float


class ProcessMeter:
    """Measures again and again; what it remembers of a process goes when that ends."""

    def __init__(self) -> None:
        self._last: dict[ProcessIdentity, tuple[float, float]] = {}

    def measure(self, processes: Collection[ProcessIdentity]) -> dict[ProcessIdentity, Consumption]:
        """Return what each process and all below it take now; one that has just ended is left out."""
        import psutil

        below = _children(psutil) if processes else {}
        measured = {}
        last, self._last = self._last, {}
        now = time.monotonic()
        for process in processes:
            try:
                main = psutil.Process(process.pid)
                age = max(0.0, time.time() - main.create_time())
                seconds, memory = _consumed(main)
            except psutil.Error:
                continue
            for pid in _all_below(process.pid, below):
                try:
                    more_seconds, more_memory = _consumed(psutil.Process(pid))
                except psutil.Error:
                    continue
                seconds += more_seconds
                memory += more_memory
            self._last[process] = now, seconds
            percent = None
            if process in last:
                before, used = last[process]
                percent = max(0.0, seconds - used) / max(0.001, now - before) * 100
            measured[process] = Consumption(percent, memory, age)
        return measured


def _consumed(process: Any) -> tuple[float, int]:
    """Return processor seconds and resident bytes of one ``psutil.Process``."""
    with process.oneshot():
        times = process.cpu_times()
        return times.user + times.system, process.memory_info().rss


def _children(psutil: Any) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for process in psutil.process_iter(["ppid"]):
        found.setdefault(process.info["ppid"], []).append(process.pid)
    return found


def _all_below(pid: int, children: dict[int, list[int]]) -> list[int]:
    found: list[int] = []
    waiting = list(children.get(pid, ()))
    while waiting:
        child = waiting.pop()
        found.append(child)
        waiting += children.get(child, ())
    return found
