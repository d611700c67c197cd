"""One text layout of the catalog: a pattern, and what its groups mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from string import Formatter
from typing import Any

import orjson

from loglama_core.formats.fallback import parse_levelled
from loglama_core.formats.keyed_stamps import keyed_time
from loglama_core.formats.layout_prefix import peel
from loglama_core.formats.levels import SEVERITY_BY_WORD, severity_of_status, severity_of_syslog, severity_of_word
from loglama_core.formats.logfmt import read_pairs
from loglama_core.formats.merged_fields import with_inner
from loglama_core.formats.message_levels import level_of_message
from loglama_core.formats.required_marks import required_marks
from loglama_core.formats.stamp_forms import FORMS, STAMP_PATTERNS
from loglama_core.formats.structured_data import ELEMENTS, read_structured_data
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord

ParseText = Callable[[str], ParsedRecord | None]
ReadWrapped = Callable[[str, str | None, dict[str, Any]], ParsedRecord | None]
Lead = tuple[str, str, str, Callable[[str, int], bool]]

_OWN_GROUPS = ("time", "level", "service", "logger", "message", "wrapped")
_MACRO = re.compile(r"%\{(\w+)\}")
LEVEL = "%{level}"
LITERAL = re.compile(r"(?:\\([^\w\s])|([^\\.\[\](){}|*+?^$%])|\\t)(?![*+?{])")
_WORDS = re.compile(r"\(\?P<\w+>((?:[A-Za-z]+\|)*[A-Za-z]+)\)")
_FOLLOWING_WORD = re.compile(r"Level \d{1,4}|[A-Za-z]{1,16}\d?(?!\w)", re.ASCII)
LEAD = re.compile(r"((?:\\[\[(]|[<\"]?))%\{(\w+)\}")
_DIGIT = re.compile(r"\(\?P<\w+>\\d(?:\{[1-9]|\))")
_COOKIE = "@cee:"
"""Stands before the object in a line of syslog that holds one (CEE, rsyslog)."""
_OBJECT_BEGINS = frozenset("{@")
_NO_TEXT = "$(?P<message>)"
MACROS: dict[str, str] = {
    "structured_data": ELEMENTS,
    **{name: f"(?P<time>{pattern})" for name, pattern in STAMP_PATTERNS.items()},
    # Any word; whether it names a level is looked up. An alternation of all that do takes 2 ms to compile.
    "level": r"(?P<level>[A-Za-z]{1,16}\d?|Level \d{1,4})(?!\w)",
}
"""What ``%{name}`` stands for in a pattern."""


@dataclass(frozen=True)
class TextFormat:
    """A layout of log lines, as a table ``[[format]]`` of ``catalog/*.toml`` declares it.

    ``pattern``: a regular expression matched at the start of a line; ``%{iso}`` and the other names of
    ``STAMP_PATTERNS`` stand for a group ``time`` in that form, ``%{level}`` for a group ``level`` that names a level.
    The groups time, level, service, logger and message are the record's; ``wrapped`` is a message that may itself be a
    record, of JSON or of any other format; ``priority`` (syslog) and ``status`` (HTTP) also tell a level; all others
    become fields, those in ``integers`` and ``decimals`` as numbers, ``-`` and nothing as no field.
    ``begins``: characters of which a line has one at its start, a cheap test before the pattern.
    ``levels``: what the group ``level`` means where it is no word of the level table.
    ``message``: a template of group names in braces, for layouts without a group of that name.
    ``multi_line``: whether a line that no format knows continues the record before it.
    ``owns_below``: each line up to the next of this format is part of the record, whatever it looks like.
    ``json_message``: a message that is a JSON record takes the place of the line.
    ``known_only``: the line is of this format only if what is wrapped is a record.
    ``peel``: whether a logger or a place may stand before the message, told by their looks.
    ``keyed_time``: whether the time is that of a pair in the message, such as ``rt=…``.
    ``is_own``: it comes from a user's folder.
    """

    name: str
    family: str
    pattern: str
    begins: str = ""
    time: str | None = None
    levels: dict[str, str] = field(default_factory=dict)
    integers: frozenset[str] = frozenset()
    decimals: frozenset[str] = frozenset()
    message: str | None = None
    multi_line: bool = True
    owns_below: bool = False
    json_message: bool = False
    known_only: bool = False
    peel: bool = False
    keyed_time: bool = False
    is_own: bool = False

    @cached_property
    def lead(self) -> Lead | None:
        """What stands before the stamp, its form, what must follow it, and a test of the rest of the line.

        Of a pattern that begins with a stamp.
        So a line that begins otherwise is told without compiling the pattern. A user's own may have alternatives.
        """
        begin = LEAD.match(self.pattern)
        if begin is None or begin[2] not in FORMS or self.is_own:
            return None
        literal, rest = _literal_start(self.pattern[begin.end() :])
        return begin[1].replace("\\", ""), begin[2], literal, self._follower(rest)

    def _follower(self, pattern: str) -> Callable[[str, int], bool]:
        """Return a test of what stands where ``pattern`` begins: a level's word, one of some words, a digit."""
        skip = pattern.startswith("+")
        pattern = pattern.removeprefix("+")
        if pattern.startswith(LEVEL) and not self.levels:
            return _is_level_after_blanks if skip else _is_level
        words = _WORDS.match(pattern)
        if words is not None and not skip:
            choices = tuple(words[1].split("|"))
            return lambda text, at: text.startswith(choices, at)
        if _DIGIT.match(pattern) and not skip:
            return lambda text, at: text[at : at + 1].isdecimal()
        return _anything

    @property
    def text_below(self) -> bool:
        """Whether the record's text stands in the line after the one that the pattern matches."""
        return self.pattern.endswith(_NO_TEXT)

    @property
    def wraps(self) -> bool:
        """Whether each line holds a line that something else wrote: a container engine's, a supervisor's, syslog's."""
        return self.json_message or "(?P<wrapped>" in self.pattern

    @cached_property
    def marks(self) -> int:
        """The marks that a line must hold, as ``marks_of`` tells those that it does."""
        return required_marks(self.pattern)

    @cached_property
    def expression(self) -> str:
        """The pattern with its macros filled in. Raises ``KeyError`` of a name that is none."""
        return filled(self.pattern)

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled pattern; its last group is never found, as one that it lacks. Raises ``re.error``."""
        return re.compile(f"{self.expression}(?:|(-))", re.ASCII)

    def bind(self, stamps: StampReader, read_wrapped: ReadWrapped) -> ParseText:  # noqa: C901 (of what is within)
        """Return the function that reads a line of this layout with ``stamps``, ``None`` for a line of another.

        ``read_wrapped`` reads a text that is itself a record, if it is one, given service and fields of the line.
        """
        match = self.compiled.match
        # A group that the pattern lacks has the place -1, as the one that is never found.
        place = {name: number - 1 for name, number in self.compiled.groupindex.items()}
        time_at, level_at, service_at, logger_at, message_at, wrapped_at = (place.get(name, -1) for name in _OWN_GROUPS)
        others = [(name, at) for name, at in place.items() if name not in _OWN_GROUPS]
        values = tuple(
            (name, at, name in self.integers, name in self.decimals) for name, at in others if name not in _EXPANDED
        )
        expanded = tuple((at, _EXPANDED[name]) for name, at in others if name in _EXPANDED)
        read_time = stamps.reader(self.time) if self.time else _no_time
        level_at, known_levels, read_level = self._level_source(place, level_at)
        must_know = LEVEL in self.pattern and not self.levels
        make_message = self._template(place)
        unwrap = self._unwrapper(read_wrapped) if wrapped_at >= 0 or self.json_message else None
        json_only, peels = self.json_message, self.peel
        message_at = max(message_at, wrapped_at)

        def parse(text: str) -> ParsedRecord | None:  # noqa: C901 (a call of its own would cost what a step does)
            found = match(text)
            if found is None:
                return None
            groups = found.groups()
            severity = 0
            if level := groups[level_at]:
                severity = known_levels.get(level) or read_level(level)
                if must_know and not severity:
                    return None
            fields: dict[str, Any] = {}
            time_ns = None
            if stamp := groups[time_at]:
                time_ns = read_time(stamp)
                if time_ns is None:
                    fields["time"] = stamp
            for name, at, is_integer, is_decimal in values:
                value = groups[at]
                if value and value != "-":
                    if is_integer and value.isdecimal() and len(value) < 19:
                        fields[name] = int(value)
                    else:
                        fields[name] = _decimal(value) if is_decimal else value
            for at, expand in expanded:
                if value := groups[at]:
                    fields |= expand(value)
            message = make_message(groups) if make_message else groups[message_at] or ""
            opens = unwrap is not None and (not json_only or message[:1] in _OBJECT_BEGINS)
            if not level and not opens:
                severity = level_of_message(message)
            service, logger = groups[service_at] or None, groups[logger_at] or None
            if peels:
                peeled, told, message = peel(message)
                logger = logger or peeled
                fields |= told
            if opens and unwrap is not None:
                return unwrap((time_ns, severity, service, logger, message, None, 0), fields)
            return time_ns, severity, service, logger, message, orjson.dumps(fields).decode() if fields else None, 0

        return _with_keyed_time(parse, stamps) if self.keyed_time else parse

    def _level_source(self, place: dict[str, int], level_at: int) -> tuple[int, dict[str, int], Callable[[str], int]]:
        """Return the group that tells the level, the levels known of it, and how others are read."""
        if self.levels:
            return level_at, {text: severity_of_word(word) for text, word in self.levels.items()}, _no_level
        if level_at < 0:
            for name, read in _LEVEL_SOURCES.items():
                if name in place:
                    return place[name], {str(number): read(str(number)) for number in range(600)}, read
        return level_at, SEVERITY_BY_WORD, severity_of_word

    def _template(self, place: dict[str, int]) -> Callable[[tuple[str | None, ...]], str] | None:
        """Return what makes the message of the groups, those that are missing as ``-``."""
        if self.message is None:
            return None
        parts = [(text, -1 if name is None else place[name]) for text, name, _, _ in Formatter().parse(self.message)]

        def make(groups: tuple[str | None, ...]) -> str:
            return "".join(
                [text if at < 0 else f"{text}{'-' if (value := groups[at]) is None else value}" for text, at in parts]
            )

        return make

    def _unwrapper(self, read_wrapped: ReadWrapped) -> Callable[[ParsedRecord, dict[str, Any]], ParsedRecord | None]:
        known_only = self.known_only

        def unwrap(outer: ParsedRecord, fields: dict[str, Any]) -> ParsedRecord | None:
            message = outer[4]
            if message.startswith(_COOKIE):
                message = message[len(_COOKIE) :].lstrip(" ")
            inner = read_wrapped(message, outer[2], fields)
            if inner is None and known_only:
                return None
            if inner is None:
                levelled = parse_levelled(message) or (None, level_of_message(message), None, None, message, None, 0)
                inner = (*levelled[:6], 0)
            return _completed(outer, fields, inner)

        return unwrap


def _with_keyed_time(parse: ParseText, stamps: StampReader) -> ParseText:
    """Return ``parse`` with the time that a pair in the message tells."""

    def parse_keyed(text: str) -> ParsedRecord | None:
        parsed = parse(text)
        return None if parsed is None else (keyed_time(parsed[4], stamps), *parsed[1:])

    return parse_keyed


def filled(pattern: str) -> str:
    """Return a pattern with its macros filled in. Raises ``KeyError`` of a name that is none."""
    return _MACRO.sub(lambda macro: MACROS[macro[1]], pattern)


def _is_level(text: str, at: int) -> bool:
    word = _FOLLOWING_WORD.match(text, at)
    return word is not None and (word[0] in SEVERITY_BY_WORD or severity_of_word(word[0]) > 0)


def _is_level_after_blanks(text: str, at: int) -> bool:
    while text[at : at + 1] == " ":
        at += 1
    return _is_level(text, at)


def _anything(_text: str, _at: int) -> bool:
    return True


def _literal_start(pattern: str) -> tuple[str, str]:
    """Return the characters that a text must begin with to match ``pattern``, and the rest of the pattern.

    The rest begins with ``+`` if a blank may be repeated there.
    """
    literal = ""
    at = 0
    while (part := LITERAL.match(pattern, at)) is not None:
        literal += part[1] or part[2] or "\t"
        at = part.end()
    if pattern.startswith(" +", at):
        return f"{literal} ", pattern[at + 1 :]
    return literal, pattern[at:]


def _completed(outer: ParsedRecord, fields: dict[str, Any], inner: ParsedRecord) -> ParsedRecord:
    """Return the record within another, completed with what only the outer one says."""
    time_ns, severity, service, logger, message, inner_fields, flags = inner
    return (
        outer[0] if time_ns is None else time_ns,
        severity or outer[1],
        service or outer[2],
        logger or outer[3],
        message,
        with_inner(fields, inner_fields),
        flags,
    )


def _decimal(text: str) -> float | str:
    if len(text) > 15 or not text.replace(".", "", 1).isdecimal():
        return text
    return float(text) if "." in text else int(text)


def _read_priority(priority: str) -> dict[str, Any]:
    return {"facility": int(priority) >> 3}


def _no_time(_stamp: str) -> None:
    return None


def _no_level(_word: str) -> int:
    return 0


def _severity_of_priority(priority: str) -> int:
    return severity_of_syslog(int(priority))


def _severity_of_status(status: str) -> int:
    return severity_of_status(int(status)) if status.isdecimal() else 0


def _read_object(text: str) -> dict[str, Any]:
    """Return the fields of a JSON object that ends a line; what is none stays a text."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {"context": text}
    return value if isinstance(value, dict) else {"context": value}


_EXPANDED: dict[str, Callable[[str], dict[str, Any]]] = {
    "pairs": read_pairs,
    "structured_data": read_structured_data,
    "priority": _read_priority,
    "object": _read_object,
}
"""Groups of these names hold other fields, which are read out of them."""

_LEVEL_SOURCES: dict[str, Callable[[str], int]] = {"priority": _severity_of_priority, "status": _severity_of_status}
"""Groups that tell the level when a layout has no level of its own."""
