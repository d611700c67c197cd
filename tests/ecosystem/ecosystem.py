"""A real ecosystem of five small services in a folder of its own: made, started, broken and stopped by the program."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from loglama_core.ecosystem.service_processes import marked_processes
from tests.cli.conftest import Program, Result

SERVICES = Path(__file__).parent / "services"
NODE = shutil.which("node")
DEADLINE_S = 40.0
NAMES = ("queue", "store", "api", "worker", "web")


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_for(condition: Callable[[], Any], what: str = "the condition", within_s: float = DEADLINE_S) -> Any:
    """Wait until a condition is true and return what it returned."""
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not come true"
        time.sleep(0.05)
    return found


class Ecosystem(Program):
    """queue (Node, TCP, logfmt) <- store (HTTP, JSON) <- api (HTTP) <- web (HTTP); worker (log line) needs queue.

    Without Node a Python service stands in for queue. ``faults``: service -> words for it, as its module tells.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        # `python` in a command is the interpreter of the tests.
        self.environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{self.environment['PATH']}"
        self.ports = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
        self.faults: dict[str, str] = {}
        self.extra: dict[str, str] = {}
        self.write()

    def write(self) -> None:
        """Write ``loglama.toml`` and ``.env`` anew."""
        queue = f'{NODE} "{SERVICES}/tcp_service.js"' if NODE else f'python "{SERVICES}/http_service.py"'
        http = f'python "{SERVICES}/http_service.py"'
        blocks = [
            self._block("queue", f"{queue} queue ${{QUEUE_PORT}}", 'health = "tcp://127.0.0.1:${QUEUE_PORT}"', []),
            self._block("store", f"{http} store ${{STORE_PORT}}", self._health("STORE"), ["queue"]),
            self._block("api", f"{http} api ${{API_PORT}}", self._health("API"), ["store", "queue"]),
            self._block(
                "worker",
                f'python "{SERVICES}/worker_service.py" worker',
                'health = { log = "worker is ready for work" }',
                ["queue"],
            ),
            self._block("web", f"{http} web ${{WEB_PORT}}", self._health("WEB"), ["api"]),
        ]
        (self.folder / "loglama.toml").write_text("\n".join(blocks), encoding="utf-8")
        ports = "".join(f"{name.upper()}_PORT={port}\n" for name, port in self.ports.items() if name != "worker")
        (self.folder / ".env").write_text(f"{ports}OPENAI_API_KEY=hunter2secret\n", encoding="utf-8")

    @staticmethod
    def _health(name: str) -> str:
        return f'health = "http://127.0.0.1:${{{name}_PORT}}/health"'

    def _block(self, name: str, command: str, health: str, depends_on: list[str]) -> str:
        words = f"{command} {self.faults.get(name, '')}".strip()
        return (
            f"[services.{name}]\ncommand = '{words}'\n{health}\ndepends_on = {json.dumps(depends_on)}\n"
            f"{self.extra.get(name, '')}\n"
        )

    @property
    def state(self) -> Path:
        return self.folder / "logs" / "loglama.db.services"

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> Result:
        """Run the program; nothing it starts may keep its output open."""
        begin = time.monotonic()
        result = super().run(*arguments, env=env)
        self.seconds = time.monotonic() - begin
        return result

    def status(self) -> dict[str, dict[str, Any]]:
        """Return ``status`` by service."""
        result = self.run("status", "--format", "jsonl")
        assert result.code in {0, 1}, result.err
        return {row["service"]: row for row in result.objects}

    def pid(self, service: str) -> int:
        """Return the pid ``up`` wrote down."""
        pid = json.loads((self.state / f"{service}.process.json").read_text())["pid"]
        assert isinstance(pid, int)
        return pid

    def kill(self, service: str) -> int:
        """Kill a service's main process and return its pid."""
        pid = self.pid(service)
        os.kill(pid, signal.SIGKILL)
        return pid

    def processes(self) -> list[str]:
        """Return what is left of the ecosystem, as text."""
        found = []
        for service, identities in marked_processes(self.state).items():
            for identity in identities:
                try:
                    command = " ".join(psutil.Process(identity.pid).cmdline())
                except psutil.NoSuchProcess:
                    continue
                found.append(f"{service or 'supervisor'}: {identity.pid} {command}")
        return found

    def end(self) -> None:
        """End everything by force, whatever the program thinks of it."""
        for identities in marked_processes(self.state).values():
            for identity in identities:
                os.kill(identity.pid, signal.SIGKILL)


@contextmanager
def listening(port: int) -> Iterator[None]:
    """Occupy a port by a process that is none of the ecosystem's."""
    code = (
        "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); print(flush=True); s.accept();"
        "import time; time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(port)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.kill()
        process.communicate()
