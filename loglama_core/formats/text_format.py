"""One text layout of the catalog: a pattern, and what its groups mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from loglama_core.formats.levels import (
    LEVEL_WORDS,
    SEVERITY_BY_WORD,
    severity_of_status,
    severity_of_syslog,
    severity_of_word,
)
from loglama_core.formats.logfmt import read_pairs
from loglama_core.formats.stamp_forms import STAMP_PATTERNS
from loglama_core.formats.structured_data import ELEMENTS, read_structured_data
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord

ParseText = Callable[[str], ParsedRecord | None]

_OWN_GROUPS = ("time", "level", "service", "logger", "message")
_MACRO = re.compile(r"%\{(\w+)\}")
_MACROS: dict[str, str] = {
    "structured_data": ELEMENTS,
    **{name: f"(?P<time>{pattern})" for name, pattern in STAMP_PATTERNS.items()},
    "level": rf"(?P<level>(?i:{'|'.join(LEVEL_WORDS)})|Level \d{{1,4}})(?!\w)",
}


@dataclass(frozen=True)
class TextFormat:
    """A layout of log lines, as a table ``[[format]]`` of ``catalog/*.toml`` declares it.

    ``pattern``: a regular expression matched at the start of a line; ``%{iso}`` and the other names of
    ``STAMP_PATTERNS`` stand for a group ``time`` in that form, ``%{level}`` for a group ``level``. The groups time,
    level, service, logger and message are the record's; ``priority`` (syslog) and ``status`` (HTTP) also tell a
    level; all others become fields, those in ``integers`` as numbers, ``-`` and nothing as no field.
    ``begins``: characters of which a line has one at its start, a cheap test before the pattern.
    ``message``: a template of group names in braces, for layouts without a group of that name.
    ``multi_line``: whether a line that no format knows continues the record before it.
    """

    name: str
    family: str
    pattern: str
    begins: str
    time: str | None = None
    levels: dict[str, int] = field(default_factory=dict)
    integers: frozenset[str] = frozenset()
    message: str | None = None
    multi_line: bool = True
    samples: tuple[dict[str, Any], ...] = ()

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern with its macros filled in."""
        return re.compile(_MACRO.sub(lambda macro: _MACROS[macro[1]], self.pattern), re.ASCII)

    def bind(self, stamps: StampReader) -> ParseText:
        """Return the function that reads a line of this layout with ``stamps``, ``None`` for a line of another."""
        match = self.compiled.match
        place = {name: number - 1 for name, number in self.compiled.groupindex.items()}
        time_at, level_at, service_at, logger_at, message_at = (place.get(name, -1) for name in _OWN_GROUPS)
        others = tuple((name, at, self._converter(name)) for name, at in place.items() if name not in _OWN_GROUPS)
        read_time = stamps.reader(self.time) if self.time else None
        read_level: Callable[[str], int] = severity_of_word
        known_levels = self.levels or SEVERITY_BY_WORD
        if self.levels:
            read_level = _no_level
        elif level_at < 0 and (source := next((name for name in _LEVEL_SOURCES if name in place), None)):
            read_level, known_levels, level_at = _LEVEL_SOURCES[source], {}, place[source]
        template = self.message

        def parse(text: str) -> ParsedRecord | None:
            found = match(text)
            if found is None:
                return None
            groups = (*found.groups(), None)  # a group that the pattern lacks has the place -1
            fields: dict[str, Any] = {}
            time_ns = None
            if read_time is not None:
                time_ns = read_time(groups[time_at] or "")
                if time_ns is None:
                    fields["time"] = groups[time_at]
            for name, at, convert in others:
                value = groups[at]
                if value and value != "-":
                    if convert is None:
                        fields[name] = value
                    elif convert is int:
                        fields[name] = int(value) if value.isdecimal() and len(value) < 19 else value
                    else:
                        fields.update(convert(value))
            level = groups[level_at]
            return (
                time_ns,
                (known_levels.get(level) or read_level(level)) if level else 0,
                groups[service_at] or None,
                groups[logger_at] or None,
                (groups[message_at] or "") if template is None else template.format_map(found.groupdict("-")),
                orjson.dumps(fields).decode() if fields else None,
                0,
            )

        return parse

    def _converter(self, name: str) -> Callable[[str], Any] | None:
        """Return what makes fields, or an integer, of the text of a group; ``None``: the text is the field."""
        return int if name in self.integers else _EXPANDED.get(name)


def _read_priority(priority: str) -> dict[str, Any]:
    return {"facility": int(priority) >> 3}


def _no_level(_word: str) -> int:
    return 0


def _severity_of_priority(priority: str) -> int:
    return severity_of_syslog(int(priority))


def _severity_of_status(status: str) -> int:
    return severity_of_status(int(status)) if status.isdecimal() else 0


_EXPANDED: dict[str, Callable[[str], dict[str, Any]]] = {
    "pairs": read_pairs,
    "structured_data": read_structured_data,
    "priority": _read_priority,
}
"""Groups of these names hold other fields, which are read out of them."""

_LEVEL_SOURCES: dict[str, Callable[[str], int]] = {"priority": _severity_of_priority, "status": _severity_of_status}
"""Groups that tell the level when a layout has no level of its own."""
