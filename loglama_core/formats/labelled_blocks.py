"""Records of labelled lines that tell their time below the first: Windows events as text, PowerShell's transcripts."""

from __future__ import annotations

import re

import orjson

from loglama_core.formats.levels import severity_of_word
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord

_EVENT = "Log Name:"
_LABEL = re.compile(r"([A-Z][A-Za-z ]{1,20}):[ \t]*(.*)")
_TRANSCRIPT = re.compile(
    r"(?:(?:Windows )?PowerShell transcript (?:start|end)\n(?:Start|End)|Command start) time: (\d{14})(?!\d)"
)


def read_block(parsed: ParsedRecord, stamps: StampReader) -> ParsedRecord | None:
    """Return the record with what its lines say of it, ``None`` if it is no such block."""
    message = parsed[4]
    if message.startswith(_EVENT):
        return _read_event(parsed, stamps)
    transcript = _TRANSCRIPT.match(message)
    time_ns = None if transcript is None else stamps.text(transcript[1])
    return None if time_ns is None else (time_ns, *parsed[1:])


def _read_event(parsed: ParsedRecord, stamps: StampReader) -> ParsedRecord | None:
    """Read an event as Windows' viewer copies it: its text stands below ``Description:``."""
    head, _, description = parsed[4].partition("\nDescription:")
    labels = {found[1]: found[2].strip() for line in head.split("\n") if (found := _LABEL.match(line)) is not None}
    time_ns = stamps.text(labels.pop("Date", ""))
    if time_ns is None:
        return None
    severity, logger = severity_of_word(labels.pop("Level", "")), labels.pop("Source", None)
    fields = {name.lower().replace(" ", "_"): value for name, value in labels.items() if value not in {"", "N/A"}}
    return time_ns, severity, parsed[2], logger, description.strip("\n"), orjson.dumps(fields).decode(), parsed[6]
