"""Services that something else has started: recognised by systemd unit, pid file or port, where that is declared."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from loglama_core.config.services import DeclaredService
from loglama_core.ecosystem.process_identity import ProcessIdentity, start_mark

_SYSTEMCTL_TIMEOUT_S = 2.0


@dataclass(slots=True, frozen=True)
class OutsideProcess:
    """A process found. ``process``: ``None`` when it belongs to another user and does not show; ``how``: by what."""

    process: ProcessIdentity | None
    how: str
    started_by: str


def find_outside_process(service: DeclaredService, port: int | None) -> OutsideProcess | None:
    """Look for a service that LogLama did not start."""
    if service.unit is not None and (pid := _unit_pid(service.unit)) is not None:
        return OutsideProcess(_identity(pid), f"started by systemd as {service.unit}", "systemd")
    if service.pid_file is not None and (pid := _pid_in(service.pid_file)) is not None:
        return OutsideProcess(_identity(pid), f"not started by LogLama; {service.pid_file.name} names it", "pid file")
    if service.port is not None and port is not None and is_listening(port):
        pid = listener_of(port)
        return OutsideProcess(
            None if pid is None else _identity(pid), f"not started by LogLama; it listens on port {port}", "port"
        )
    return None


def _identity(pid: int) -> ProcessIdentity | None:
    mark = start_mark(pid)
    return ProcessIdentity(pid, mark) if mark else None


def _unit_pid(unit: str) -> int | None:
    try:
        shown = subprocess.run(  # noqa: S603 - no shell; the unit's name was checked when it was declared
            ["systemctl", "show", "--property=MainPID,ActiveState", "--", unit],  # noqa: S607 - wherever it is installed
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_SYSTEMCTL_TIMEOUT_S,
            check=False,
            text=True,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    facts = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    pid = facts.get("MainPID", "0")
    return int(pid) if facts.get("ActiveState") == "active" and pid.isdecimal() and int(pid) > 0 else None


def _pid_in(path: Path) -> int | None:
    """Return the living process a pid file names; one that started after the file was written is another one's."""
    import psutil

    try:
        with path.open("rb") as file:
            text = file.read(32).strip()
            written = path.stat().st_mtime
        pid = int(text)
        if pid > 1 and start_mark(pid) and psutil.Process(pid).create_time() <= written + 2:
            return pid
    except (OSError, ValueError, psutil.Error):
        return None
    return None


def is_listening(port: int) -> bool:
    """Whether something on this machine accepts connections on a port."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as connection:
                connection.settimeout(0.5)
                if connection.connect_ex((address, port)) == 0:
                    return True
        except OSError:
            continue  # no IPv6 here
    return False


def listener_of(port: int) -> int | None:
    """Return the pid that listens on a port, ``None`` if there is none or the system does not tell this user."""
    import psutil

    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError):
        return None
    return next(
        (
            connection.pid
            for connection in connections
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid
        ),
        None,
    )
