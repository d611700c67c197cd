"""Events for the person at the terminal where a service was started by hand."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

import structlog

from loglama_core.emit.json_line import level_name
from loglama_core.emit.plain_value import plain_value

_LONGEST_VALUE = 300
# C0 but newline and tab, DEL, C1, bidirectional controls, line separators, BOM, lone surrogates: a terminal obeys them.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]"
)


class ConsoleOutput:
    """Writes events to ``stream`` by structlog's own renderer, every text harmless to a terminal."""

    def __init__(self, stream: TextIO, *, colors: bool) -> None:
        self._stream = stream
        self._render = structlog.dev.ConsoleRenderer(
            colors=colors,
            exception_formatter=structlog.dev.plain_traceback,  # rich's prints the local variables, secrets among them
            pad_event_to=30,
        )

    def __call__(
        self,
        level: int,
        message: str,
        service: str,
        logger: str | None,
        fields: Mapping[str, Any],
        error: BaseException | None,
    ) -> None:
        """Show one event. A terminal that is gone is no error of the service."""
        pairs = {_harmless(str(name)): _harmless_value(value) for name, value in fields.items() if name != "exception"}
        pairs["timestamp"] = time.strftime("%H:%M:%S")
        pairs["level"] = level_name(level)
        pairs["event"] = _harmless(message)
        pairs["logger"] = _harmless(logger or service)
        if error is not None:
            pairs["exception"] = _harmless(fields["exception"]["stacktrace"])
        try:
            self._stream.write(f"{self._render(None, level_name(level), pairs)}\n")
            self._stream.flush()
        except (OSError, ValueError):  # closed, or its terminal hung up
            return


def console_for(stream: TextIO | None = None) -> ConsoleOutput | None:
    """Return an output to standard error if that is a terminal, in colours unless NO_COLOR is set."""
    import os

    stream = stream or sys.stderr
    if stream is None or stream.closed or not stream.isatty():
        return None
    return ConsoleOutput(stream, colors=not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb")


def _harmless(text: str) -> str:
    return _HOSTILE.sub(_visible, text)


def _visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def _harmless_value(value: Any) -> Any:
    plain = plain_value(value, longest=_LONGEST_VALUE)
    if type(plain) in {int, float, bool, type(None)}:
        return plain
    return _harmless(plain if type(plain) is str else repr(plain))
