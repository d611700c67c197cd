"""Probes of real sockets that behave as badly as sockets do; every wait is bounded."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loglama_core.config.services import HealthProbe
from loglama_core.ecosystem.health_probe import LogSince, probe_health


@contextmanager
def server(behave: Callable[[socket.socket], object]) -> Iterator[int]:
    """Serve one connection at a time by ``behave``; yields the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    behave(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def answer(text: bytes) -> Callable[[socket.socket], object]:
    def behave(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(text)

    return behave


@pytest.mark.parametrize(
    ("text", "ok", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True, ""),
        (b"HTTP/1.0 204\r\n", True, ""),
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n", True, ""),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", False, "HTTP 404"),
        (b"HTTP/1.1 503 \x1b]52;c;YQ==\x07\r\n\r\n", False, "HTTP 503"),
        (b"SSH-2.0-OpenSSH\r\n", False, "no HTTP answer"),
        (b"", False, "no HTTP answer"),
        (b"x" * 100_000, False, "no HTTP answer"),
    ],
)
def test_a_status_line_is_the_answer(text: bytes, ok: bool, reason: str) -> None:  # noqa: FBT001 - a parameter
    with server(answer(text)) as port:
        health = probe_health(HealthProbe("http", f"http://127.0.0.1:{port}/health?x=1"), 5)
    assert (health.ok, health.reason) == (ok, reason)


def trickle(connection: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" * 20:
        connection.sendall(bytes([byte]))
        time.sleep(0.2)


@pytest.mark.parametrize("behave", [lambda _: time.sleep(1.2), trickle], ids=["hangs", "trickles"])
def test_one_that_hangs_or_trickles_is_waited_for_no_longer_than_told(
    behave: Callable[[socket.socket], object],
) -> None:
    with server(behave) as port:
        begin = time.monotonic()
        health = probe_health(HealthProbe("http", f"http://127.0.0.1:{port}/"), 0.5123)
        assert time.monotonic() - begin < 2.5
    assert (health.ok, health.reason) == (False, "no answer in 0.51 s")


def test_what_cannot_be_reached_says_how() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert probe_health(HealthProbe("tcp", f"tcp://127.0.0.1:{port}"), 1).reason == "refused"
    assert not probe_health(HealthProbe("http", "http://no-such-host.invalid/"), 1).ok
    assert not probe_health(HealthProbe("http", "https://127.0.0.1:1/"), 1).ok
    assert not probe_health(HealthProbe("tcp", "tcp://127.0.0.1:99999"), 1).ok


def test_a_tcp_probe_leaves_without_a_reset() -> None:
    seen: list[bytes | str] = []

    def greet(connection: socket.socket) -> None:
        connection.sendall(b"220 hello\r\n")
        try:
            seen.append(connection.recv(10))
        except ConnectionResetError:
            seen.append("reset")

    with server(greet) as port:
        assert probe_health(HealthProbe("tcp", f"tcp://127.0.0.1:{port}"), 1).ok
        deadline = time.monotonic() + 10
        while not seen:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert seen == [b""]


def test_a_line_of_the_log_counts_from_the_start_on(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("ready in 1\n")
    probe = HealthProbe("log", r"^ready in \d+$")
    since = [LogSince(path, path.stat().st_size), LogSince(tmp_path / "none.log", 0)]
    assert probe_health(probe, 1, since).reason == "line not seen"
    with path.open("a") as file:
        file.write("noise\nready in 20\n")
    assert probe_health(probe, 1, since).ok
    path.write_text("ready in 3")  # truncated: what is there now is new
    assert probe_health(probe, 1, since).ok
    assert not probe_health(HealthProbe("log", "("), 1, since).ok


def test_security_13_a_pattern_that_never_ends_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("a" * 5000 + "!\n")
    begin = time.monotonic()
    health = probe_health(HealthProbe("log", "(a+)+$"), 1, [LogSince(path, 0)])
    assert time.monotonic() - begin < 60
    assert not health.ok
