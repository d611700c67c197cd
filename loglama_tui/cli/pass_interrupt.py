"""Ctrl-C during a collection pass or an import: it ends after the batch in hand, and what was done is still told."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from loglama_core.signals_heard import signals_heard
from loglama_tui.cli import standard_error


@contextmanager
def stop_asked() -> Iterator[threading.Event]:
    """Let the first Ctrl-C set the event that is yielded; a second one ends the program where it stands."""
    asked = threading.Event()
    with signals_heard((signal.SIGINT,), lambda _: asked.set(), once=True):
        yield asked


def tell_interruption() -> None:
    """Say what an interruption means for what was not read."""
    standard_error.note("interrupted: what is stored stays, and the same command goes on from there")
