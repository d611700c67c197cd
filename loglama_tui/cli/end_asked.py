"""Signals that ask for the end, taken as a wish instead of ending the program where it stands."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


@contextmanager
def end_asked() -> Iterator[tuple[threading.Event, list[int]]]:
    """Let SIGINT, SIGTERM and SIGHUP ask for the end instead of ending the program; yields the event and the number."""
    asked = threading.Event()
    number: list[int] = []

    def ask(which: int, _frame: FrameType | None) -> None:
        number.append(which)
        asked.set()

    before = {which: signal.signal(which, ask) for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield asked, number
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)
