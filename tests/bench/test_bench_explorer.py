"""What a person feels of the explorer: the real program on a pseudo-terminal, quiet and while records pour in."""

from __future__ import annotations

import json
import os
import random
import re
import statistics
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.bench.conftest import loglama, peer
from tests.terminal.steady_writer import line, steady_writer
from tests.terminal.terminal import Terminal, program_on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.bench.conftest import Import

RUNS = 7
KEYS = 150
BYTES_PER_MOVE = 1024
_CLOCK = re.compile(r"\d\d:\d\d:\d\d")


def opened(command: list[str | Path], folder: Path) -> AbstractContextManager[Terminal]:
    environment = {
        "LOGLAMA_LOG_DIR": "logs",
        "LOGLAMA_DB_PATH": "logs/loglama.db",
        "TZ": "UTC",
        "PATH": os.environ["PATH"],
    }
    return program_on_terminal([str(part) for part in command], folder, columns=120, lines=40, **environment)


def shows_the_end(terminal: Terminal, newest: str) -> Callable[[], bool]:
    """Tell whether the newest record and a screen of others stand there."""

    def shown() -> bool:
        lines = terminal.screen.display
        return any(newest in line for line in lines) and sum(bool(_CLOCK.search(line[:50])) for line in lines) >= 9

    return shown


def newest_clock(made: Import) -> str:
    """Return the time of the last event to the second, as every viewer shows it."""
    with (made.folder / "logs" / "events.log").open("rb") as file:
        file.seek(-4096, os.SEEK_END)
        stamps = [json.loads(line)["timestamp"] for line in file.readlines()[1:] if line.startswith(b"{")]
    return str(stamps[-1])[11:19]


def first_screens(command: list[str | Path], made: Import) -> str:
    newest, times = newest_clock(made), []
    for _ in range(RUNS):
        began = time.perf_counter()
        with opened(command, made.folder) as terminal:
            terminal.until(shows_the_end(terminal, newest))
            times.append(terminal.read_at - began)
    median, worst = statistics.median(times) * 1000, max(times) * 1000
    return f"median {median:.0f} ms, worst {worst:.0f} ms, load {os.getloadavg()[0]:.1f}"


def told(values: list[float]) -> str:
    p95 = statistics.quantiles(values, n=20)[-1]
    return f"p50 {statistics.median(values) * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms, worst {max(values) * 1000:.0f} ms"


def test_first_screen(json_import: Import) -> None:
    """From starting the process to a screen full of the newest records, collector included."""
    print(f"\nfirst screen, {json_import.truth.records:,} records: {first_screens(loglama(), json_import)}")


@pytest.mark.parametrize("name", ["lnav", "tl"])
def test_first_screen_of_a_peer(json_import: Import, name: str) -> None:
    """The same lines as a file, until its end is seen; what they know of levels and fields is another matter."""
    command: list[str | Path] = [peer(name), json_import.folder / "logs" / "events.log"]
    print(f"\nfirst screen of {name}: {first_screens(command, json_import)}")


def test_memory(json_import: Import) -> None:
    """Resident memory after looking about: the end, the start, a filter, Search."""
    with opened(loglama(), json_import.folder) as terminal:
        terminal.until(shows_the_end(terminal, newest_clock(json_import)))
        for keys in ("g", "\x1b[6~", "G", "/served\r", "\x1b", "2", "1"):
            os.write(terminal.descriptor, keys.encode())
            terminal.watch(1.0)
        memory = psutil.Process(terminal.process.pid).memory_info().rss
        print(f"\nmemory, {json_import.truth.records:,} records: {memory / 1e6:.0f} MB resident")


ANSWERS: tuple[tuple[str, str, str], ...] = (
    ("cursor", "k", "j"),
    ("page", "\x1b[5~", "\x1b[6~"),
    ("end", "g", "G"),
    ("tab", "2", "1"),
    ("typing", "e", "\x7f"),
)
"""Two keys that each change what is seen, over and over. ``typing``: in the query bar, over the searches it begins."""
P95_IMPORT_S = 0.06


@pytest.mark.parametrize("per_second", [0, 1_000, 5_000])
@pytest.mark.parametrize(("name", "there", "back"), ANSWERS, ids=[name for name, *_ in ANSWERS])
def test_key_to_screen(tmp_path: Path, name: str, there: str, back: str, per_second: int) -> None:
    """From a key to the first picture that answers it, while so many lines a second are collected and shown."""
    with pouring(tmp_path, per_second) as terminal:
        make_ready(terminal, name)
        times, sizes = answers(terminal, name, (there, back), KEYS)
        print(f"\n{name} at {per_second:,} lines/s: {told(times)}; {told_bytes(sizes)}, load {os.getloadavg()[0]:.1f}")
        if name == "cursor" and not per_second:
            assert statistics.quantiles(sizes, n=20)[-1] <= BYTES_PER_MOVE


@pytest.mark.parametrize(("name", "there", "back"), ANSWERS, ids=[name for name, *_ in ANSWERS])
def test_key_to_screen_during_an_import(json_import: Import, tmp_path: Path, name: str, there: str, back: str) -> None:
    """The same while the explorer works off a backlog of a million lines."""
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "events.log").hardlink_to(json_import.folder / "logs" / "events.log")
    with opened(loglama(), tmp_path) as terminal:
        terminal.shows("MB behind")
        make_ready(terminal, name)
        times, sizes = answers(terminal, name, (there, back), KEYS, while_it_shows="MB behind")
        print(f"\n{name} during an import: {told(times)}; {told_bytes(sizes)}, load {os.getloadavg()[0]:.1f}")
        assert len(times) >= 20
        assert statistics.quantiles(times, n=20)[-1] <= P95_IMPORT_S


def make_ready(terminal: Terminal, name: str) -> None:
    """Bring the explorer to where the keys of an answer are pressed."""
    if name == "typing":
        terminal.answer("2", lambda: "all time" in "\n".join(terminal.screen.display))
        os.write(terminal.descriptor, b"/")
    else:
        terminal.answer("k", lambda: "paused" in "\n".join(terminal.screen.display))
        os.write(terminal.descriptor, b"kkk")  # into the middle: no key of the measured ones scrolls
    terminal.watch(1.0)


def answers(
    terminal: Terminal, name: str, keys: tuple[str, str], count: int, *, while_it_shows: str = ""
) -> tuple[list[float], list[int]]:
    """Press two keys in turn; return the seconds until each was answered, and the bytes of the answers."""
    rng = random.Random(7)
    longest = 0.4 if name == "typing" else 0.06  # a query is run when nothing was typed for 0.3 s
    times: list[float] = []
    sizes: list[int] = []
    while len(times) < count and while_it_shows in terminal.screen.display[0]:
        terminal.watch(rng.uniform(0.01, longest))
        before, size = state(terminal, name), len(terminal.written)
        times.append(terminal.answer(keys[len(times) % 2], lambda: state(terminal, name) != before))  # noqa: B023
        sizes.append(len(terminal.written) - size)
    return times, sizes


def told_bytes(sizes: list[int]) -> str:
    return f"{statistics.median(sizes):.0f} bytes, p95 {statistics.quantiles(sizes, n=20)[-1]:.0f}"


PEER_KEYS = {
    "lnav": (("line", "k", "j"), ("page", "b", " "), ("end", "g", "G")),
    "tl": (("line", "\x1b[A", "\x1b[B"), ("page", "\x1b[5~", "\x1b[6~"), ("end", "\x1b[H", "\x1b[F")),
}


@pytest.mark.parametrize("name", ["lnav", "tl"])
def test_keys_of_a_peer(json_import: Import, name: str) -> None:
    """The same keys on the same million lines in what others use; neither has a tab or a query bar."""
    command: list[str | Path] = [peer(name), json_import.folder / "logs" / "events.log"]
    for what, there, back in PEER_KEYS[name]:
        with opened(command, json_import.folder) as terminal:
            terminal.until(shows_the_end(terminal, newest_clock(json_import)))
            terminal.settle()
            times, sizes = answers(terminal, "peer", (there, back), KEYS)
            memory = f"{psutil.Process(terminal.process.pid).memory_info().rss / 1e6:.0f} MB"
            print(f"\n{what} in {name}: {told(times)}; {told_bytes(sizes)}, {memory}, load {os.getloadavg()[0]:.1f}")


def state(terminal: Terminal, name: str) -> object:
    """Return the part of the screen that the keys of an answer change."""
    lines = terminal.screen.display
    if name == "peer":
        return lines[2:-2]
    if name == "typing":
        return lines[3][:40]
    return lines[3:6] if name == "tab" else (terminal.cursor_row(), lines[terminal.cursor_row()][:60])


def pouring(folder: Path, per_second: int) -> AbstractContextManager[Terminal]:
    from contextlib import contextmanager

    @contextmanager
    def opened_over_lines() -> Iterator[Terminal]:
        log = folder / "logs" / "pouring.log"
        log.parent.mkdir()
        log.write_bytes(b"".join(line(number, f"earlier {number}") for number in range(5_000)))
        with opened(loglama(), folder) as terminal:
            terminal.shows("earlier 4999")
            os.write(terminal.descriptor, b"\x1b[?2026;2$y")  # yes, pictures may be bracketed: so they can be counted
            with steady_writer(log, per_second) if per_second else steady_writer(log, 1, 0):
                terminal.watch(2.0)
                yield terminal

    return opened_over_lines()


@pytest.mark.parametrize("per_second", [10, 1_000, 5_000])
def test_append_to_screen(tmp_path: Path, per_second: int) -> None:
    """From the write of a line to the first picture that holds it; lines that no picture holds do not count."""
    with pouring(tmp_path, per_second) as terminal:
        first: dict[int, tuple[float, str]] = {}

        def seen(at: float) -> None:
            for stamp, number in _ROW.findall("\n".join(terminal.screen.display)):
                first.setdefault(int(number), (at, stamp))

        seen(0.0)
        pieces = terminal.record(10.0, seen)
        times = [at % 86_400 - seconds_of_day(stamp) for at, stamp in first.values() if at]
        assert len(times) > 50
        assert min(times) >= 0
        print(f"\nappend to screen at {per_second:,} lines/s: {told(times)}, load {os.getloadavg()[0]:.1f}")
        pictures = sum(piece.count(b"\x1b[?2026h") for _, piece in pieces)
        assert pictures > 0
        print(f"pictures a second: {pictures / 10:.1f}; {sum(len(piece) for _, piece in pieces) / 10_000:.1f} kB/s")


_ROW = re.compile(r"(\d\d:\d\d:\d\d\.\d{3}).{1,40}?line (\d+) ")


def seconds_of_day(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
