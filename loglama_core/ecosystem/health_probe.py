"""Asks a service whether it is well: HTTP, TCP or a line in its log, each within a deadline whatever it does."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from loglama_core.config.services import HealthProbe
from loglama_core.ecosystem.service_output import text_since

_STATUS_LINE_BYTES = 1024
_LOG_TAIL_BYTES = 1_000_000
_PATTERN_TIMEOUT_S = 1.0
_LEAVE_S = 0.02


@dataclass(slots=True, frozen=True)
class Health:
    """One answer. ``reason``: in a word or two why it is not well; ``ms``: how long the answer took."""

    ok: bool
    reason: str = ""
    ms: float | None = None


@dataclass(slots=True, frozen=True)
class LogSince:
    """A log file and the byte offset from which its lines count."""

    path: Path
    offset: int


def probe_health(probe: HealthProbe, timeout_s: float, logs: Iterable[LogSince] = ()) -> Health:
    """Ask once. ``probe`` has no variables left; ``logs`` are looked through for a pattern. Never raises."""
    if probe.kind == "log":
        return _look_for_line(probe.target, logs)
    try:
        reason, seconds = _ask(probe, time.monotonic() + timeout_s)
    except (ConnectionRefusedError, ConnectionResetError) as error:
        return Health(ok=False, reason="refused" if isinstance(error, ConnectionRefusedError) else "reset")
    except TimeoutError:
        return Health(ok=False, reason=f"no answer in {timeout_s:.2g} s")
    except (OSError, ValueError) as error:  # a name that does not resolve, a certificate, a port out of range
        return Health(ok=False, reason=str(getattr(error, "strerror", None) or error)[:60])
    return Health(ok=not reason, reason=reason, ms=seconds * 1000)


def _ask(probe: HealthProbe, deadline: float) -> tuple[str, float]:
    """Return why it is not well, empty if it is, and after how many seconds that was known."""
    begin = time.monotonic()
    parts = urlsplit(probe.target)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    with socket.create_connection((parts.hostname or "", port), timeout=_left(deadline)) as connection:
        if probe.kind == "tcp":
            seconds = time.monotonic() - begin
            _take_leave(connection)
            return "", seconds
        if secure:
            import ssl

            connection.settimeout(_left(deadline))
            with ssl.create_default_context().wrap_socket(connection, server_hostname=parts.hostname) as tls:
                return _http_fault(tls, parts.path, parts.query, parts.netloc, deadline), time.monotonic() - begin
        return _http_fault(connection, parts.path, parts.query, parts.netloc, deadline), time.monotonic() - begin


def _take_leave(connection: socket.socket) -> None:
    """Close a connection that only tried the door: one closed over an unread greeting is reset, which can hurt."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(_LEAVE_S)
        for _ in range(8):  # one that never stops talking is left in the middle of its sentence
            if not connection.recv(65_536):
                return


def _http_fault(connection: socket.socket, path: str, query: str, host: str, deadline: float) -> str:
    """Send a GET and judge by the status line alone: http.client would wait anew for every byte that trickles in."""
    target = (path or "/") + (f"?{query}" if query else "")
    host = host.rpartition("@")[2]
    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: loglama\r\nConnection: close\r\n\r\n"
    connection.settimeout(_left(deadline))
    connection.sendall(request.encode("utf-8"))
    answer = b""
    while b"\n" not in answer and len(answer) < _STATUS_LINE_BYTES:
        connection.settimeout(_left(deadline))
        part = connection.recv(_STATUS_LINE_BYTES)
        if not part:
            break
        answer += part
    words = answer.split(b"\n", 1)[0].split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return "no HTTP answer"
    status = int(words[1])
    return "" if 200 <= status < 400 else f"HTTP {status}"


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _look_for_line(pattern: str, logs: Iterable[LogSince]) -> Health:
    import regex

    begin = time.monotonic()
    for log in logs:
        text = text_since(log.path, log.offset, _LOG_TAIL_BYTES)
        try:
            if regex.search(pattern, text, flags=regex.MULTILINE, timeout=_PATTERN_TIMEOUT_S):
                return Health(ok=True, ms=(time.monotonic() - begin) * 1000)
        except TimeoutError:
            return Health(ok=False, reason="pattern too slow")
        except regex.error as error:
            return Health(ok=False, reason=f"pattern: {error}"[:60])
    return Health(ok=False, reason="line not seen")
