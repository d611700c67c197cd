"""A program on a pseudo-terminal of its own: what it writes, and what a person would see of it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyte

ROOT = Path(__file__).parents[2]
DEADLINE_S = 30.0
_QUIET_S = 0.3


class Terminal:
    """``screen`` is what is seen; ``written`` every byte that was ever sent to the terminal."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int, columns: int, lines: int) -> None:
        self.process = process
        self.descriptor = descriptor
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.written = bytearray()
        self.read_at = 0.0
        """``time.perf_counter()`` when the last bytes came; emulating the terminal comes after it."""

    def read(self, *, within_s: float) -> bytes:
        """Return what comes next, nothing if nothing comes."""
        readable, _, _ = select.select([self.descriptor], [], [], within_s)
        if not readable:
            return b""
        try:
            data = os.read(self.descriptor, 1 << 16)
        except OSError:  # EIO: nobody holds the other end any more
            return b""
        self.read_at = time.perf_counter()
        self._take(data)
        return data

    def _take(self, data: bytes) -> None:
        self.written += data
        # pyte takes "\x1b[>1u" and its like for text.
        self._stream.feed(data.replace(b"\x1b[>25u", b"").replace(b"\x1b[<u", b""))

    def until(self, condition: Callable[[], object]) -> None:
        """Read until a condition comes true."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            self.read(within_s=0.05)
            assert time.monotonic() < deadline, "\n".join(self.screen.display)

    def shows(self, text: str) -> None:
        """Read until a text stands on the screen."""
        self.until(lambda: text in "\n".join(self.screen.display))

    def settle(self) -> None:
        """Read until nothing was written for a while."""
        while self.read(within_s=_QUIET_S):
            pass

    def watch(self, seconds: float) -> None:
        """Read whatever comes for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(within_s=left)

    def record(self, seconds: float, seen: Callable[[float], object] = lambda _at: None) -> list[tuple[float, bytes]]:
        """Return what comes for a while, each piece with its ``time.time()``; emulated only afterwards.

        ``seen`` is told then when each piece came, while the screen is as that piece left it.
        """
        end, pieces = time.monotonic() + seconds, []
        while (left := end - time.monotonic()) > 0:
            if select.select([self.descriptor], [], [], left)[0]:
                data = os.read(self.descriptor, 1 << 16)
                pieces.append((time.time(), data))
        for at, data in pieces:
            self._take(data)
            seen(at)
        return pieces

    def answer(self, keys: str, condition: Callable[[], object]) -> float:
        """Send keys and return the seconds until the bytes came that make a condition true."""
        assert not condition(), "an answer must change something"
        began = time.perf_counter()
        os.write(self.descriptor, keys.encode())
        self.until(condition)
        return self.read_at - began

    def resize(self, columns: int, lines: int) -> None:
        """Make the terminal another size, as a person does who drags its corner."""
        self.screen.resize(lines, columns)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def cursor_row(self) -> int:
        """Return the line of the screen in which the log's cursor stands."""
        return next((y for y, line in enumerate(self.screen.display) if line.startswith("▌")), -1)

    def press(self, keys: str) -> int:
        """Send keys and return how many bytes the answer has."""
        before = len(self.written)
        os.write(self.descriptor, keys.encode())
        self.settle()
        return len(self.written) - before

    def ends(self) -> int:
        """Read until the program ends and return its exit code (negative: the signal that killed it)."""
        deadline = time.monotonic() + DEADLINE_S
        while self.process.poll() is None:
            self.read(within_s=0.05)
            assert time.monotonic() < deadline, "still running"
        self.settle()
        return self.process.returncode

    def text_left(self) -> str:
        """Return what the program wrote after it gave the screen back: an error, a traceback."""
        return self.written.rpartition(b"\x1b[?1049l")[2].decode("utf-8", "replace")

    def mode(self) -> list[int | list[bytes | int]]:
        """Return the line discipline's settings."""
        return termios.tcgetattr(self.descriptor)


def explorer_on_terminal(
    folder: Path, *arguments: str, columns: int = 80, lines: int = 24, **environment: str
) -> contextlib.AbstractContextManager[Terminal]:
    """Run ``loglama tui`` in a folder."""
    command = [sys.executable, "-c", "from loglama_tui.cli import main; main()", "tui", *arguments]
    return program_on_terminal(command, folder, columns=columns, lines=lines, **environment)


@contextlib.contextmanager
def program_on_terminal(
    command: Sequence[str], folder: Path, *, columns: int = 80, lines: int = 24, **environment: str
) -> Iterator[Terminal]:
    """Run a program in a folder."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "LOGLAMA_DB_PATH": str(folder / "loglama.db"),
            **environment,
        },
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here yet
    )
    os.close(theirs)
    terminal = Terminal(process, ours, columns, lines)
    try:
        yield terminal
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(ours)
