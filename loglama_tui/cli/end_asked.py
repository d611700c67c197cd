"""Signals that ask for the end, taken as a wish instead of ending the program where it stands."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from loglama_core.signals_heard import signals_heard


@contextmanager
def end_asked() -> Iterator[tuple[threading.Event, list[int]]]:
    """Let SIGINT, SIGTERM and SIGHUP ask for the end instead of ending the program; yields the event and the number."""
    asked = threading.Event()
    number: list[int] = []

    def ask(which: int) -> None:
        number.append(which)
        asked.set()

    with signals_heard((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), ask):
        yield asked, number
