"""Talks to our supervisord over its unix socket."""

from __future__ import annotations

import http.client
import os
import socket
import sys
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loglama_core.errors import EcosystemError

SOCKET = "supervisord.sock"
_LONGEST_ADDRESS = 92
"""A unix socket's path may have 104 to 108 bytes, depending on the system, and supervisord adds up to 8 for a while."""
_TIMEOUT_S = 5.0

_AT_WORK = frozenset({"STARTING", "RUNNING", "STOPPING"})
NOT_RUNNING = 70
ALREADY_STARTED = 60
BAD_NAME = 10
"""Fault codes of supervisor's XML-RPC interface."""


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, address: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._address = address

    def connect(self) -> None:
        """Connect to the socket, also where its path is too long for an address."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.settimeout(self.timeout)
            with _short_path(self._address) as address:
                self.sock.connect(address)
        except BaseException:
            self.sock.close()
            raise


def listening_path(folder: Path) -> str:
    """Return the path at which supervisord, whose current folder this is, listens: short however deep it lies."""
    return f"/proc/self/cwd/{SOCKET}" if sys.platform.startswith("linux") else str(folder / SOCKET)


@contextmanager
def _short_path(path: Path) -> Iterator[str]:
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
    elif sys.platform.startswith("linux"):
        folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield f"/proc/self/fd/{folder}/{path.name}"
        finally:
            os.close(folder)
    else:
        raise EcosystemError(
            f"the path of the supervisor's socket is too long for this system: {path}",
            "set LOGLAMA_DB_PATH to a shorter path",
        )


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, address: Path, timeout_s: float) -> None:
        super().__init__()
        self._address = address
        self._timeout_s = timeout_s

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        """Return the connection to the socket, whatever the host."""
        if self._connection[1] is not None:
            return self._connection[1]
        connection = _UnixConnection(self._address, self._timeout_s)
        self._connection = host, connection
        return connection


class SupervisorClient:
    """One connection to the supervisord of a state folder. Belongs to one thread."""

    def __init__(self, folder: Path, timeout_s: float = _TIMEOUT_S) -> None:
        transport = _UnixTransport(folder / SOCKET, timeout_s)
        self._proxy = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=transport)

    def close(self) -> None:
        """Close the connection."""
        self._proxy("close")()

    def call(self, method: str, *arguments: Any) -> Any:
        """Call ``supervisor.<method>``.

        Raises ``EcosystemError`` when it cannot be reached, ``xmlrpc.client.Fault`` for what it refuses.
        """
        try:
            return getattr(self._proxy.supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError) as error:
            raise EcosystemError(
                f"the supervisor does not answer: {getattr(error, 'strerror', None) or type(error).__name__}",
                "`loglama down` ends what it left running, `loglama up` starts it anew",
            ) from error

    def state_of(self, service: str) -> str:
        """Return the supervisor's word for a process's state, ``NONE`` if it does not know the service."""
        try:
            return str(self.call("getProcessInfo", service)["statename"])
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == BAD_NAME:
                return "NONE"
            raise

    def start(self, service: str) -> None:
        """Start a process, and do not wait for it; one that runs already is left alone."""
        try:
            self.call("startProcess", service, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != ALREADY_STARTED:
                raise EcosystemError(
                    f"{service} cannot be started: {fault.faultString}", "look into supervisord.log beside the store"
                ) from fault

    def stop(self, service: str) -> bool:
        """Ask a process to end, and do not wait for it; returns False if it does not run."""
        try:
            self.call("stopProcess", service, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode in {NOT_RUNNING, BAD_NAME}:
                return False
            raise EcosystemError(f"{service} cannot be stopped: {fault.faultString}") from fault
        return True

    def update(self) -> None:
        """Let it take over a changed configuration.

        A service that runs is left alone, and keeps its settings until it is stopped. Raises ``EcosystemError``.
        """
        try:
            [[added, changed, removed]] = self.call("reloadConfig")
            for service in [*changed, *removed]:
                if self.state_of(service) not in _AT_WORK:
                    self.call("removeProcessGroup", service)
                    if service in changed:
                        self.call("addProcessGroup", service)
            for service in added:
                self.call("addProcessGroup", service)
        except xmlrpc.client.Fault as fault:
            raise EcosystemError(
                f"the supervisor does not take over the services: {fault.faultString}", "`loglama down`, then `up`"
            ) from fault
