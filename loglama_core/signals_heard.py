"""Signals told to a thread: a handler may touch nothing that the code it interrupts may be holding."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

_END = b"\0"


@contextmanager
def signals_heard(numbers: Sequence[int], tell: Callable[[int], None], *, once: bool = False) -> Iterator[None]:
    """Have ``tell(number)`` called, in a thread of its own, for each of the signals that comes; they do nothing else.

    Python runs a handler in the main thread wherever that stands. Between taking and giving back the lock of an
    ``Event``, a handler that sets that event waits for itself for ever: a daemon that no SIGTERM ends. ``once``: the
    second of a kind has the effect again that it had before. Raises ``ValueError`` outside the main thread.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before_descriptor = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def heard(number: int, _frame: FrameType | None) -> None:
        if once:
            signal.signal(number, before[number])

    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, heard)
    thread = threading.Thread(target=_tell_each, args=(reader, frozenset(numbers), tell), name="signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before_descriptor)
        os.write(writer, _END)
        thread.join()
        os.close(reader)
        os.close(writer)


def _tell_each(reader: int, numbers: frozenset[int], tell: Callable[[int], None]) -> None:
    while (heard := os.read(reader, 1)) not in (_END, b""):
        if heard[0] in numbers:  # the pipe hears of every signal that has a handler
            tell(heard[0])
