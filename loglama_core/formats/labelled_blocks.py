"""Records that tell their time below the first line: Windows events as text, PowerShell's transcripts, slow queries."""

from __future__ import annotations

import re
from functools import lru_cache

import orjson

from loglama_core.formats.levels import severity_of_word
from loglama_core.formats.moments import NANOSECONDS
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord

_EVENT = "Log Name:"
_QUEUE_MANAGER = "Process("
_SLOW_QUERY = "# "
_FIRST_CHARACTERS = frozenset("LP#WC")
_STATED = {
    _QUEUE_MANAGER: re.compile(r"^ +Time\((\d{4}-\d\d-\d\dT[\d:.]{8,18}Z)\)", re.MULTILINE),
    _SLOW_QUERY: re.compile(r"^SET timestamp=(\d{10}(?:\.\d{1,6})?);", re.MULTILINE),
}
"""How a block begins -> where its time stands, exact and in UTC: of IBM MQ, of a slow query of MySQL."""
_MESSAGE_LEVEL = re.compile(r"^AMQ\d{4}([IWEST]): ", re.MULTILINE)
_MESSAGE_LEVELS = {"I": "info", "W": "warning", "E": "error", "S": "critical", "T": "critical"}
_LABEL = re.compile(r"^([A-Z][A-Za-z ]{1,20}):[ \t]*(.*)", re.MULTILINE)
_TRANSCRIPT = re.compile(
    r"(?:(?:Windows )?PowerShell transcript (?:start|end)\n(?:Start|End)|Command start) time: (\d{14})(?!\d)"
)
_TRANSCRIPT_TITLES = ("Windows PowerShell transcript ", "PowerShell transcript ", "Command start time: ")


def begins_transcript(text: str) -> bool:
    """Return whether a line below a row of asterisks is the title of PowerShell's: all that follow are its labels."""
    return text.startswith(_TRANSCRIPT_TITLES)


def read_block(parsed: ParsedRecord, stamps: StampReader) -> ParsedRecord | None:
    """Return the record with what its lines say of it, ``None`` if it is no such block."""
    message = parsed[4]
    if message[:1] not in _FIRST_CHARACTERS:
        return None
    if message.startswith(_EVENT):
        return _read_event(parsed, stamps)
    for begin, stated in _STATED.items():
        if message.startswith(begin) and (found := stated.search(message)) is not None:
            level = _MESSAGE_LEVEL.search(message) if begin == _QUEUE_MANAGER else None
            severity = parsed[1] if level is None else severity_of_word(_MESSAGE_LEVELS[level[1]])
            time_ns, first_ns = stamps.text(found[1]), parsed[0]
            if time_ns is None or (first_ns is not None and time_ns <= first_ns < time_ns + NANOSECONDS):
                time_ns = first_ns  # the same second, and perhaps more exact
            return time_ns, severity, *parsed[2:]
    transcript = _TRANSCRIPT.match(message)
    time_ns = None if transcript is None else stamps.text(transcript[1])
    return None if time_ns is None else (time_ns, *parsed[1:])


def _read_event(parsed: ParsedRecord, stamps: StampReader) -> ParsedRecord | None:
    """Read an event as Windows' viewer copies it: its text stands below ``Description:``."""
    head, _, description = parsed[4].partition("\nDescription:")
    labels = dict(_LABEL.findall(head))
    time_ns = stamps.text(labels.pop("Date", "").strip())
    if time_ns is None:
        return None
    severity, logger = severity_of_word(labels.pop("Level", "").strip()), labels.pop("Source", "").strip() or None
    fields = {_field_name(name): told for name, value in labels.items() if (told := value.strip()) not in {"", "N/A"}}
    return time_ns, severity, parsed[2], logger, description.strip("\n"), orjson.dumps(fields).decode(), parsed[6]


@lru_cache(256)
def _field_name(label: str) -> str:
    return label.lower().replace(" ", "_")
