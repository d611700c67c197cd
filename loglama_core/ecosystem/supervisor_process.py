"""Our supervisord: one per store, started on demand, reachable by a unix socket in the private state folder only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from loglama_core.config.services import DeclaredService
from loglama_core.ecosystem import restart_keeper, service_launcher
from loglama_core.ecosystem.process_identity import ProcessIdentity, end, send, start_mark, wait_until_gone
from loglama_core.ecosystem.service_environment import STATE_VARIABLE
from loglama_core.ecosystem.state_folder import SUPERVISOR, StateFolder, write_private
from loglama_core.ecosystem.supervisor_client import SOCKET, SupervisorClient, listening_path
from loglama_core.errors import EcosystemError

CONFIG = "supervisord.conf"
LOG = "supervisord.log"
COMPLAINT = "supervisord.err"
"""What it says before it has a log: of a configuration it cannot read."""
_START_S = 20.0
_STOP_S = 5.0
_FORCE_S = 2.0

_FIXED = """\
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
nodaemon=true
silent=true
identifier=loglama
umask=077
{user}pidfile=supervisord.pid
childlogdir=.
logfile={log}
logfile_maxbytes=1MB
logfile_backups=1
loglevel=info

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[eventlistener:{keeper}]
command={run}
events=PROCESS_STATE_EXITED,TICK_5
buffer_size=1000
autostart=true
autorestart=true
startsecs=0
stdout_logfile=NONE
stderr_logfile={keeper}.log
stderr_logfile_maxbytes=1MB
stderr_logfile_backups=0
"""
_PROGRAM = """\
[program:{name}]
command={run}
autostart=false
autorestart=false
startsecs=0
startretries=0
stopwaitsecs={stop_wait}
stopasgroup=true
killasgroup=true
stdout_logfile=NONE
stderr_logfile=launcher.log
stderr_logfile_maxbytes=100KB
stderr_logfile_backups=0
"""

_started: list[subprocess.Popen[bytes]] = []
"""Kept so that they are reaped when they end before this process does."""


def configuration(services: Iterable[DeclaredService], state: StateFolder) -> str:
    """Return supervisord.conf: no network server, nothing started by itself, private files, no secrets.

    Services start and stop by our order and backoff: ``autostart`` and ``autorestart`` are off, and a process counts
    as running from its first moment (``startsecs=0``). Signals go to whole process groups. Paths start at the state
    folder, in which supervisord runs: what that is called can then not break the syntax.
    """
    launcher = f"{_quoted(sys.executable)} -I -S {_quoted(service_launcher.__file__)}"
    keeper = f"{_quoted(sys.executable)} -P -m {restart_keeper.__name__}"
    sections = [
        _FIXED.format(
            log=LOG,
            socket=_escaped(listening_path(state.path)),
            keeper=restart_keeper.NAME,
            run=keeper,
            user=_user_line(),
        )
    ]
    sections += [
        _PROGRAM.format(
            name=service.name,
            run=f"{launcher} {state.file(service.name, 'launch').name}",
            stop_wait=max(1, round(service.stop_timeout_s)),
        )
        for service in services
    ]
    return "\n".join(sections)


def _user_line() -> str:
    """Tell supervisord that whoever starts it as root means it; else it warns of that in capitals."""
    return "user=root\n" if os.geteuid() == 0 else ""


def _quoted(text: str) -> str:
    return '"' + _escaped(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def ensure_supervisor(services: Iterable[DeclaredService], state: StateFolder, environ: Mapping[str, str]) -> bool:
    """Have a supervisord with these services: start one, or tell the one there; returns whether it was started.

    Raises ``EcosystemError`` with its last words when it does not come up.
    """
    write_private(state.path / CONFIG, configuration(services, state))
    process = state.supervisor()
    if process is not None and _is_leaving(state):
        wait_until_gone(process, _STOP_S)
    if state.supervisor() is not None:
        client = SupervisorClient(state.path)
        try:
            client.update()
        finally:
            client.close()
        return False
    _start(state, environ)
    return True


def _start(state: StateFolder, environ: Mapping[str, str]) -> None:
    for name in (SOCKET, LOG):
        (state.path / name).unlink(missing_ok=True)
    write_private(state.path / COMPLAINT, "")
    with (state.path / COMPLAINT).open("ab") as complaint:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and an installed module
            # -P: a supervisor.py that lies in the services' folder must not be imported in place of the real one.
            [sys.executable, "-P", "-m", "supervisor.supervisord", "--nodaemon", "--configuration", CONFIG],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaint,
            cwd=state.path,
            env=_environment(state, environ),
            umask=0o077,
            start_new_session=True,
        )
    _started[:] = [*(started for started in _started if started.poll() is None), process]
    state.write(SUPERVISOR, "process", {"pid": process.pid, "start_mark": start_mark(process.pid)})
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise EcosystemError(f"the supervisor ended at once: {_last_words(state.path)}", f"see {state.path / LOG}")
        if _answers(state):
            return
        time.sleep(0.02)
    end(ProcessIdentity(process.pid, start_mark(process.pid)), _STOP_S)
    raise EcosystemError(f"the supervisor did not answer within {_START_S:.0f} s", f"see {state.path / LOG}")


def _environment(state: StateFolder, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what supervisord needs to find its modules; services get an environment of their own."""
    kept = {name: environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TZ") if name in environ}
    package_folder = str(Path(service_launcher.__file__).parents[2])
    return kept | {STATE_VARIABLE: str(state.path), "PYTHONPATH": package_folder, "PYTHONUNBUFFERED": "1"}


def _is_leaving(state: StateFolder) -> bool:
    """Whether it is shutting down: a `down` was interrupted, or somebody has sent it a signal."""
    client = SupervisorClient(state.path)
    try:
        return client.call("getState")["statename"] in {"SHUTDOWN", "RESTARTING"}
    except EcosystemError:
        return False
    finally:
        client.close()


def _answers(state: StateFolder) -> bool:
    if not (state.path / SOCKET).exists():
        return False
    client = SupervisorClient(state.path)
    try:
        return bool(client.call("getState")["statename"] == "RUNNING")
    except EcosystemError:
        return False
    finally:
        client.close()


def _last_words(folder: Path) -> str:
    lines = []
    for name in (LOG, COMPLAINT):
        with suppress(OSError):
            lines += (folder / name).read_text("utf-8", "replace").strip().splitlines()
    return "; ".join(lines[-2:]) or "it said nothing"


def _turn_until_gone(process: ProcessIdentity, state: StateFolder) -> None:
    """Wait for it to end. It takes leave of one program per turn of its loop, and turns once a second unless asked."""
    deadline = time.monotonic() + _STOP_S
    while process.is_alive and time.monotonic() < deadline:
        client = SupervisorClient(state.path, timeout_s=1.0)
        with suppress(EcosystemError, xmlrpc.client.Fault):
            client.call("getState")
        client.close()
        time.sleep(0.02)


def stop_supervisor(state: StateFolder) -> None:
    """End our supervisord, and with it whatever it still runs. Raises ``PermissionError`` if it is another user's."""
    process = state.supervisor()
    if process is not None and send(process, signal.SIGTERM):
        _turn_until_gone(process, state)
        end(process, _FORCE_S)
    for started in _started:
        started.poll()
    for name in (SOCKET, CONFIG, "supervisord.pid"):
        (state.path / name).unlink(missing_ok=True)
    state.forget(SUPERVISOR, "process")
