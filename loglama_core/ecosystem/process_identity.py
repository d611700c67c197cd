"""Which process is meant: a pid alone is given out again, so a mark of its start goes with it.

``start_mark`` takes only the standard library on Linux: the launcher of a service pays for what is imported here.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_POLL_S = 0.02


@dataclass(slots=True, frozen=True)
class ProcessIdentity:
    """One process and no other: its pid, and the mark of its start."""

    pid: int
    start_mark: str

    @property
    def is_alive(self) -> bool:
        """Whether this very process is still there; one that has ended and waits to be reaped is not."""
        return start_mark(self.pid) == self.start_mark


def start_mark(pid: int) -> str:
    """Return a text that no other process of this pid has ever had or will have; empty if it is gone or a zombie.

    On Linux the boot's id and the clock ticks at the start: unlike a time of day they never shift with the clock.
    """
    if not sys.platform.startswith("linux"):
        return _psutil_mark(pid)
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()  # a command's name may hold blanks and brackets
    return "" if fields[0] in "ZX" else f"{_boot_id()}:{fields[19]}"


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def _psutil_mark(pid: int) -> str:
    import psutil

    try:
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else repr(process.create_time())
    except psutil.Error:
        return ""


def send(process: ProcessIdentity, number: int, *, group: bool = False) -> bool:
    """Send a signal to this process, or its whole group if it leads one; returns False if it is gone.

    Raises ``PermissionError`` when it belongs to another user. On Linux a descriptor of the process is held while its
    mark is compared, so that the pid cannot be given to another one in between.
    """
    descriptor = -1
    if sys.platform.startswith("linux"):
        try:
            descriptor = os.pidfd_open(process.pid)
        except ProcessLookupError:
            return False
    try:
        if not process.is_alive:
            return False
        with suppress(ProcessLookupError):
            if group and os.getpgid(process.pid) == process.pid:
                os.killpg(process.pid, number)
            else:
                os.kill(process.pid, number)
            return True
        return False
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def wait_until_gone(process: ProcessIdentity, timeout_s: float) -> bool:
    """Wait for the process to end; returns whether it did."""
    deadline = time.monotonic() + timeout_s
    while process.is_alive:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def end(process: ProcessIdentity, timeout_s: float) -> bool:
    """End the process and its group: politely, and after ``timeout_s`` by force; returns whether force was needed.

    Raises ``PermissionError`` when it belongs to another user.
    """
    if not send(process, signal.SIGTERM, group=True) or wait_until_gone(process, timeout_s):
        return False
    send(process, signal.SIGKILL, group=True)
    wait_until_gone(process, timeout_s)
    return True
