"""All processes that belong to a service: its main process, and whatever that one started or left behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from loglama_core.ecosystem.process_identity import ProcessIdentity, send, start_mark
from loglama_core.ecosystem.service_environment import SERVICE_VARIABLE, STATE_VARIABLE


def marked_processes(state_folder: Path) -> dict[str, list[ProcessIdentity]]:
    """Return the living processes that carry this state folder's mark in their environment, by service.

    A process cannot lose the mark by moving to another parent, group or session, nor when its supervisor dies. The
    supervisor itself and its restart keeper, which belong to no service, stand under the empty name.
    """
    import psutil

    found: dict[str, list[ProcessIdentity]] = {}
    for process in psutil.process_iter():
        try:
            if process.uids().real != os.getuid():
                continue
            mark = start_mark(process.pid)
            environment = process.environ()
        except (psutil.Error, OSError):
            continue
        if mark and environment.get(STATE_VARIABLE) == str(state_folder):
            service = environment.get(SERVICE_VARIABLE, "")
            found.setdefault(service, []).append(ProcessIdentity(process.pid, mark))
    return found


def end_all(processes: Iterable[ProcessIdentity], timeout_s: float) -> bool:
    """End these processes, politely and after ``timeout_s`` by force; returns whether force was needed."""
    processes = list(processes)
    for process in processes:
        send(process, signal.SIGTERM)
    deadline = time.monotonic() + timeout_s
    while left := [process for process in processes if process.is_alive]:
        if time.monotonic() > deadline:
            for process in left:
                send(process, signal.SIGKILL)
            deadline = float("inf")
            continue
        time.sleep(0.02)
    return deadline == float("inf")
