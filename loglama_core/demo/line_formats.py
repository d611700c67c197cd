"""How each service writes an event into its log: JSON, colourful console text, Python text, logfmt.

Stamps without a zone are UTC, as the demo's ``loglama.toml`` declares. Every function returns whole lines, newline
included.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from loglama_core.demo.event import DemoEvent

LineFormat = Callable[[DemoEvent], str]

_to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_quotes_needed = re.compile(r'[\s"=\\\x00-\x1f\x7f]').search


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


@lru_cache(maxsize=4)
def _spaced_second(seconds: int) -> str:
    return _second(seconds).replace("T", " ")


def _iso_stamp(time_ns: int) -> str:
    """Return ``2026-11-01T00:00:00.084891Z``."""
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    return f"{_second(seconds)}.{nanoseconds // 1000:06d}Z"


def _python_stamp(time_ns: int) -> str:
    """Return ``2026-11-01 00:00:00,084``, as ``logging`` writes ``asctime``."""
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    return f"{_spaced_second(seconds)},{nanoseconds // 1_000_000:03d}"


def structlog_json(event: DemoEvent) -> str:
    """Return one line of structlog's JSON renderer."""
    line: dict[str, Any] = {
        "timestamp": _iso_stamp(event.time_ns),
        "level": event.level,
        "logger": event.logger,
        "event": event.message,
        **event.fields,
    }
    if event.exception is not None:
        line["exception"] = event.exception
    return _to_json(line) + "\n"


def logging_json(event: DemoEvent) -> str:
    """Return one line of a JSON formatter for the standard library's ``logging``."""
    line: dict[str, Any] = {
        "timestamp": _python_stamp(event.time_ns),
        "level": event.level.upper(),
        "name": event.logger,
        "message": event.message,
        **event.fields,
    }
    if event.exception is not None:
        line["exception"] = event.exception
    return _to_json(line) + "\n"


def _text_value(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return f"'{text}'" if " " in text else text


def _text(event: DemoEvent) -> str:
    """Return ``message key=value``, and the traceback below it."""
    pairs = "".join([f" {key}={_text_value(value)}" for key, value in event.fields.items()])
    end = "\n" if event.exception is None else f"\n{event.exception}\n"
    return event.message + pairs + end


def python_text(event: DemoEvent) -> str:
    """Return ``asctime - name - LEVEL - message key=value``, and the traceback below it."""
    return f"{_python_stamp(event.time_ns)} - {event.logger} - {event.level.upper()} - {_text(event)}"


_LEVEL_COLOURS = {"debug": "36", "info": "32", "warning": "33", "error": "31", "critical": "1;31"}


def coloured_text(event: DemoEvent) -> str:
    """Return what a colourful console formatter leaves in a file: SGR sequences round the level."""
    level = f"\x1b[{_LEVEL_COLOURS[event.level]}m{event.level.upper()}\x1b[0m"
    return f"{_python_stamp(event.time_ns)} - {level} - {event.logger} - {_text(event)}"


def _logfmt_value(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return _to_json(text) if not text or _quotes_needed(text) else text


def logfmt(event: DemoEvent) -> str:
    """Return one line of logfmt; a traceback becomes a quoted value."""
    line = (
        f"ts={_iso_stamp(event.time_ns)} level={event.level} logger={event.logger} msg={_logfmt_value(event.message)}"
    )
    line += "".join([f" {key}={_logfmt_value(value)}" for key, value in event.fields.items()])
    if event.exception is not None:
        line += f" exception={_to_json(event.exception)}"
    return line + "\n"
