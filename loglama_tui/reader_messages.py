"""What threads tell of what went wrong in them, and how a widget gets a thread that tells it so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from loglama_tui.reader_thread import ReaderThread

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message_pump import MessagePump

    from loglama_core.errors import LogLamaError
    from loglama_core.store.record_reader import RecordReader


@dataclass(eq=False, repr=False)
class ReadFailed(Message):
    """The store could not be read or written. ``job``: which of the thread's jobs that was."""

    job: str
    error: LogLamaError


@dataclass(eq=False, repr=False)
class Crashed(Message):
    """A thread met a bug; it is raised in the app, where it is seen."""

    bug: BaseException


def reader_thread(name: str, reader_factory: Callable[[], RecordReader], owner: MessagePump) -> ReaderThread:
    """Return a thread that posts ``ReadFailed`` and ``Crashed`` to its owner, who starts and stops it."""
    return ReaderThread(
        name,
        reader_factory,
        failed=lambda job, error: owner.post_message(ReadFailed(job, error)),
        crashed=lambda bug: owner.post_message(Crashed(bug)),
    )
