"""One event -> one line of JSON, in the form ``docs/line_format.md`` describes."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from json import JSONEncoder
from json.encoder import encode_basestring as quoted
from typing import Any

from loglama_core.emit.plain_value import plain_object, plain_value

LEVELS: dict[str, int] = {"trace": 5, "debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
"""Level name -> number of Python's logging."""

LEVEL_NAMES: dict[int, str] = {number: name for name, number in LEVELS.items()}

LONGEST_LINE = 1_000_000
"""Bytes. A collector keeps lines of up to 1 MiB whole."""

_MOST_BRACKETS = 60
_MOST_KEYS = 900
_LONGEST_TEXT_OF_LONG_LINE = 20_000
_SET_BY_THE_WRITER = frozenset({"timestamp", "level", "message"})
_IDENTITY = ("logger", "component", "version")
_RESERVED = _SET_BY_THE_WRITER.union(_IDENTITY)
_SURROGATE = re.compile("[\ud800-\udfff]")

_encode = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=plain_object).encode
_second: tuple[int, str] = (0, "1970-01-01T00:00:00")


def utc_stamp(time_ns: int) -> str:
    """Return UTC nanoseconds since 1970 as ``2026-11-01T00:00:00.084891Z``, cut to microseconds."""
    global _second  # noqa: PLW0603 - one tuple, replaced whole: threads cannot see half of it
    seconds, fraction = divmod(time_ns, 1_000_000_000)
    cached, text = _second
    if cached != seconds:
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
        _second = (seconds, text)
    return f"{text}.{fraction // 1000:06}Z"


def level_name(number: int) -> str:
    """Return the name of a level number of Python's logging; one between the names keeps its number."""
    return LEVEL_NAMES.get(number) or f"level {number}"


class LineEncoder:
    """Encodes the events of one service. ``identity``: JSON of what every line carries, made once."""

    def __init__(self, service: str, version: str | None, logger: str) -> None:
        self.service = service
        self.version = version
        self.logger = logger
        self._identities: dict[str, str] = {}

    def line(self, time_ns: int, level: str, message: str, logger: str | None, fields: Mapping[str, Any]) -> bytes:
        """Return the line with its newline. Never raises: what cannot be encoded costs that value only."""
        head = f'{{"timestamp":"{utc_stamp(time_ns)}","level":"{level}","message":'
        try:
            if _RESERVED.isdisjoint(fields):
                name = logger or self.logger
                identity = self._identities.get(name) or self._identity(name)
                rest = f",{_encode(fields)[1:]}" if fields else "}"
                line = f"{head}{quoted(message)},{identity}{rest}\n".encode()
            else:
                line = f"{head}{quoted(message)},{_encode(self._with_reserved(logger, fields))[1:]}\n".encode()
            if _is_harmless(line):
                return line
        except Exception:  # noqa: BLE001, S110 - a value that raises; the careful way below gets along with every value
            pass
        return self._careful_line(head, message, logger, fields)

    def _identity(self, logger: str) -> str:
        pairs = {"logger": logger, "component": self.service}
        if self.version is not None:
            pairs["version"] = self.version
        if len(self._identities) > 1_000:  # loggers named after requests, say
            self._identities.clear()
        text = self._identities[logger] = _encode(plain_value(pairs))[1:-1]
        return text

    def _with_reserved(self, logger: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return all pairs but the head's.

        An event may name its own logger, component and version; its time, level and message are the writer's: fields
        of these names get an underscore.
        """
        own = {"logger": logger or self.logger, "component": self.service, "version": self.version}
        pairs: dict[str, Any] = {}
        for name, value in own.items():
            given = fields.get(name)
            pairs[name] = given if isinstance(given, str) and given else value
        if pairs["version"] is None:
            del pairs["version"]
        for name, value in fields.items():
            if name in _SET_BY_THE_WRITER or (name in pairs and pairs[name] != value):
                pairs[f"{name}_"] = value
            elif name not in pairs:
                pairs[name] = value
        return pairs

    def _careful_line(self, head: str, message: str, logger: str | None, fields: Mapping[str, Any]) -> bytes:
        line = b""
        for longest in (100_000, _LONGEST_TEXT_OF_LONG_LINE, 200):
            rest = plain_value(self._with_reserved(_text(logger), _own_dict(fields)), longest=longest)
            text = plain_value(_text(message) or "", longest=LONGEST_LINE // 4 if longest > 200 else longest)
            line = _utf8(f"{head}{quoted(text)},{_encode(rest)[1:]}\n")
            if len(line) <= LONGEST_LINE:
                return line
        names = {"logger": self.logger, "component": self.service, "left_out": "fields larger than a line may be"}
        return _utf8(f"{head}{quoted(_text(message)[: LONGEST_LINE // 8])},{_encode(names)[1:]}\n")


def _is_harmless(line: bytes) -> bool:
    """Whether every reader takes the line as it is: not too long, too deep or of too many keys."""
    return (
        len(line) <= LONGEST_LINE
        and line.count(b"{") + line.count(b"[") <= _MOST_BRACKETS
        and (len(line) < _MOST_KEYS or line.count(b'":') <= _MOST_KEYS)
    )


def _own_dict(fields: Mapping[str, Any]) -> dict[str, Any]:
    for _ in range(3):
        try:
            return {str(plain_object(key)) if type(key) is not str else key: item for key, item in fields.items()}
        except Exception:  # noqa: BLE001, S112 - another thread changes it, or a mapping of the host's raises
            continue
    return {"left_out": "fields that cannot be read"}


def _text(value: Any) -> Any:
    return value if value is None or type(value) is str else str(plain_object(value))


def _utf8(text: str) -> bytes:
    r"""Encode; a lone surrogate, which UTF-8 has no form for, becomes the text ``\ud800``."""
    return _SURROGATE.sub(lambda found: f"\\\\u{ord(found[0]):04x}", text).encode()
