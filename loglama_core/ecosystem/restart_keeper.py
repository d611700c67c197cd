"""Restarts services that have ended by themselves: an event listener that supervisord runs beside them.

It only acts on services whose stage says that they are wanted (``up`` brought them up, ``down`` was not asked). What
it did is in ``NAME.restarts.json``, where ``loglama status`` reads it. It also watches services that have outlived
an earlier supervisor, and keeps the files of standard output within bounds.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from loglama_core.ecosystem.restart_policy import LONGEST_DELAY_S, decide_restart
from loglama_core.ecosystem.service_environment import STATE_VARIABLE
from loglama_core.ecosystem.service_processes import end_all, marked_processes
from loglama_core.ecosystem.state_folder import StateFolder
from loglama_core.ecosystem.supervisor_client import SupervisorClient
from loglama_core.errors import EcosystemError

if TYPE_CHECKING:
    from typing import Any

NAME = "@restart_keeper"
"""Its name to the supervisor: no service can have such a one."""
LARGEST_OUTPUT = 64_000_000
"""Bytes of one output file; then it is copied to ``.1`` and truncated, which the collector recognises."""
_LEFTOVER_S = 2.0


class RestartKeeper:
    """Decides on exits and carries out due restarts."""

    def __init__(self, state: StateFolder) -> None:
        self._state = state
        self._due: dict[str, float] = {}
        self._unnoticed: set[str] = set()
        for service in state.services():  # what an earlier keeper had in hand
            next_at = state.read(service, "restarts").get("next_at")
            if isinstance(next_at, int | float):
                self._due[service] = time.monotonic() + max(0.0, min(LONGEST_DELAY_S, next_at - time.time()))

    def exited(self, service: str, *, succeeded: bool, how: str) -> None:
        """Take note that a service has ended; ``how``: ``exit code 3``, ``killed by a signal``.

        Told twice of the same end, it counts it once.
        """
        stage = self._state.read(service, "stage")
        if stage.get("stage") != "running":
            return
        now = time.time()
        known = self._state.read(service, "restarts")
        if self._is_noted(service, known):
            return
        times = [at for at in known.get("times", []) if isinstance(at, int | float)]
        decision = decide_restart(str(stage.get("restart", "never")), succeeded=succeeded, restarts=times, now=now)
        known |= {"ended": how, "ended_at": now, "given_up": decision.reason, "crash_loop": decision.crash_loop}
        known["next_at"] = None if decision.delay_s is None else now + decision.delay_s
        self._state.write(service, "restarts", known)
        if decision.delay_s is not None:
            self._due[service] = time.monotonic() + decision.delay_s

    def seconds_to_next(self) -> float | None:
        """Return how long until the next restart is due; ``None``: none is waiting."""
        return max(0.0, min(self._due.values()) - time.monotonic()) if self._due else None

    def restart_due(self) -> None:
        """Start what is due and still wanted."""
        now = time.monotonic()
        for service in [name for name, due in self._due.items() if due <= now]:
            del self._due[service]
            if self._state.read(service, "stage").get("stage") == "running":
                self._restart(service)

    def _restart(self, service: str) -> None:
        # Workers of the old process may still hold its port.
        end_all(marked_processes(self._state.path).get(service, []), _LEFTOVER_S)
        known = self._state.read(service, "restarts")
        known["times"] = [*known.get("times", [])[-50:], time.time()]
        known["restarts"] = int(known.get("restarts", 0)) + 1
        known["next_at"] = None
        self._state.write(service, "restarts", known)
        client = SupervisorClient(self._state.path)
        try:
            client.start(service)
        except EcosystemError as error:
            say(f"{service}: {error.message}")
            self._state.write(service, "restarts", known | {"given_up": error.message})
        finally:
            client.close()

    def _is_noted(self, service: str, known: dict[str, Any]) -> bool:
        """Whether the end of the process last launched is known already."""
        launched = self._state.read(service, "process").get("launched_ns", 0) / 1e9
        ended_at = known.get("ended_at")
        return isinstance(ended_at, int | float) and ended_at > launched

    def look_around(self) -> None:
        """Notice ends that nobody told of, and cut output files that have grown too large.

        Nobody tells of services that have outlived their supervisor, nor of what happened while there was no keeper;
        the supervisor's word, which knows the exit code, is waited for until the next look.
        """
        for service in self._state.services():
            stage = self._state.read(service, "stage")
            process = self._state.process(service)
            gone = stage.get("stage") == "running" and process is not None and not process.is_alive
            if not gone or self._is_noted(service, self._state.read(service, "restarts")):
                self._unnoticed.discard(service)
            elif stage.get("adopted") or service in self._unnoticed:
                self._unnoticed.discard(service)
                self._state.write(service, "stage", stage | {"adopted": False})
                self.exited(service, succeeded=False, how="ended while nobody watched it")
            else:
                self._unnoticed.add(service)
            plan = self._state.read(service, "launch")
            for path in (plan.get("stdout"), plan.get("stderr")):
                if isinstance(path, str):
                    cut_output(Path(path))


def cut_output(path: Path, largest: int = LARGEST_OUTPUT) -> None:
    """Copy a file that has grown too large to ``<path>.1`` and truncate it; its writer appends and goes on."""
    try:
        if path.stat().st_size < largest:
            return
        older = path.with_name(f"{path.name}.1")
        descriptor = os.open(older, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with path.open("rb") as source, os.fdopen(descriptor, "wb") as copy:
            shutil.copyfileobj(source, copy, 1_000_000)
        os.truncate(path, 0)
    except OSError as error:
        say(f"{path}: {error.strerror}")


def say(text: str) -> None:
    """Write a line to the keeper's log (its standard output belongs to the supervisor)."""
    sys.stderr.write(f"{time.strftime('%FT%TZ', time.gmtime())} {text}\n")
    sys.stderr.flush()


def run(state: StateFolder) -> None:
    """Speak supervisor's event listener protocol until it closes our input."""
    keeper = RestartKeeper(state)
    _write("READY\n")
    while True:
        readable, _, _ = select.select([0], [], [], keeper.seconds_to_next())
        keeper.restart_due()
        if not readable:
            continue
        header = _read_line()
        if not header:
            return
        fields = dict(word.split(":", 1) for word in header.split())
        body = _read_exactly(int(fields["len"]))
        if fields["eventname"] == "PROCESS_STATE_EXITED":
            _note_exit(keeper, dict(word.split(":", 1) for word in body.split("\n")[0].split()), state)
        elif fields["eventname"] == "TICK_5":
            keeper.look_around()
        _write("RESULT 2\nOK")
        _write("READY\n")


def _note_exit(keeper: RestartKeeper, event: dict[str, str], state: StateFolder) -> None:
    service = event["processname"]
    client = SupervisorClient(state.path)
    try:
        info: dict[str, Any] = client.call("getProcessInfo", service)
    except EcosystemError as error:
        say(f"{service}: {error.message}")
        return
    finally:
        client.close()
    code = info.get("exitstatus", -1)
    how = f"exit code {code}" if code >= 0 else "killed by a signal"
    keeper.exited(service, succeeded=code == 0, how=how)


def _read_line() -> str:
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return ""
        line += byte
    return line.decode()


def _read_exactly(count: int) -> str:
    data = b""
    while len(data) < count:
        part = os.read(0, count - len(data))
        if not part:
            return data.decode()
        data += part
    return data.decode()


def _write(text: str) -> None:
    data = text.encode()
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run(StateFolder(Path(os.environ[STATE_VARIABLE])))
