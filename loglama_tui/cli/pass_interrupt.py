"""Ctrl-C during a collection pass or an import: it ends after the batch in hand, and what was done is still told."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from loglama_tui.cli import standard_error

if TYPE_CHECKING:
    from types import FrameType


@contextmanager
def stop_asked() -> Iterator[threading.Event]:
    """Let the first Ctrl-C set the event that is yielded; a second one ends the program where it stands."""
    asked = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def tell_interruption() -> None:
    """Say what an interruption means for what was not read."""
    standard_error.note("interrupted: what is stored stays, and the same command goes on from there")
