"""A program on a terminal of its own, as a person's shell would start it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Program

DEADLINE_S = 20.0


def read_until(descriptor: int, done: Callable[[bytes], bool]) -> bytes:
    """Read until ``done`` says of all that was read that it is enough, or nobody writes any more."""
    data = b""
    deadline = time.monotonic() + DEADLINE_S
    while not done(data):
        readable, _, _ = select.select([descriptor], [], [], max(0, deadline - time.monotonic()))
        assert readable, f"waited {DEADLINE_S} s; read so far: {data!r}"
        try:
            part = os.read(descriptor, 65_536)
        except OSError:  # EIO: the other end of the pseudo-terminal is closed
            break
        if not part:
            break
        data += part
    return data


@contextlib.contextmanager
def on_terminal(program: Program, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run the program on a pseudo-terminal of its own; yields the process and the terminal's other end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = program.start(
        *arguments,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        # Ctrl-C is a signal only on the terminal that controls the process.
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(ours)
