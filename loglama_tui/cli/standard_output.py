"""The only module that writes standard output. Data goes there; talk goes to standard error."""

from __future__ import annotations

import os
import select
import sys
from typing import BinaryIO

from loglama_core.errors import LogLamaError


def is_terminal() -> bool:
    """Whether a person reads along: what is written must then be harmless to a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def write(text: str) -> None:
    r"""Write text as it is, in UTF-8 (on a terminal in its own encoding, what that lacks as ``\uNNNN``).

    Raises ``BrokenPipeError`` when nobody reads any more, ``LogLamaError`` when it cannot be written.
    """
    encoding = sys.stdout.encoding if is_terminal() else "utf-8"
    _write_bytes(text.encode(encoding or "utf-8", "backslashreplace"))


def flush() -> None:
    """Hand over what was written so far. Raises as ``write`` does."""
    if sys.stdout is None:
        return
    try:
        _stream().flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _failure(error) from error


def reader_is_gone() -> bool:
    """Whether the other end of the pipe was closed, without writing anything to find out."""
    try:
        poll = select.poll()
        poll.register(_stream().fileno(), 0)
        return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))
    except (OSError, ValueError):  # a stream without a descriptor
        return False


def abandon() -> None:
    """Throw away what could not be written, so that leaving the program does not try again."""
    if sys.stdout is None:
        return
    try:
        descriptor = _stream().fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _write_bytes(data: bytes) -> None:
    if sys.stdout is None:
        raise LogLamaError("standard output is closed", "give it a file or a pipe to go to")
    stream = _stream()
    try:
        stream.write(data)
        if is_terminal():
            stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _failure(error) from error


def _stream() -> BinaryIO:
    return sys.stdout.buffer


def _failure(error: OSError) -> LogLamaError:
    return LogLamaError(f"standard output cannot be written: {error.strerror}", "free space there, or write elsewhere")
