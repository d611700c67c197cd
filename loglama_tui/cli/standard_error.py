"""The only module that writes standard error: errors, warnings, notes and progress, always harmless to a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from loglama_tui.display_safe import display_safe, display_safe_block

_CLEAR_LINE = "\r\x1b[K"
_FIRST_SHOWN_AFTER_S = 1.0
_SHOWN_EVERY_S = 0.1


def is_terminal() -> bool:
    """Whether a person reads along."""
    return sys.stderr is not None and sys.stderr.isatty()


def error(message: str, hint: str) -> None:
    """Write the two lines of an error; the second only if there is a hint."""
    _write(f"error: {display_safe(message)}\n")
    if hint:
        _write(f"hint: {display_safe(hint)}\n")


def warning(message: str) -> None:
    """Write something that may explain a surprising answer."""
    _write(f"warning: {display_safe(message)}\n")


def note(message: str) -> None:
    """Write something a person may want to know."""
    _write(f"{display_safe(message)}\n")


def traceback(text: str) -> None:
    """Write the traceback that ``--debug`` asked for."""
    _write(display_safe_block(text))


def _write(text: str) -> None:
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        return  # nowhere is left to say so


class ProgressLine:
    """One line that says how far long work is: on a terminal only, from the first second on, ten times a second."""

    def __init__(self) -> None:
        self._enabled = is_terminal()
        self._next = time.monotonic() + _FIRST_SHOWN_AFTER_S
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            _write(_CLEAR_LINE)

    def show(self, done: int, total: int, text: str) -> None:
        """Show ``done`` of ``total`` as a bar with ``text`` beside it, cut to the terminal's width."""
        now = time.monotonic()
        if not self._enabled or now < self._next:
            return
        import shutil

        self._next = now + _SHOWN_EVERY_S
        self._shown = True
        share = min(1.0, done / total) if total else 0.0
        bar = "━" * round(share * 20)
        line = f"{bar:·<20} {share:4.0%} {display_safe(text)}"
        _write(_CLEAR_LINE + line[: shutil.get_terminal_size().columns - 1])
