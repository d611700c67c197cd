"""What the lines of one record say together: a JSON object, an exception, a text below its head."""

from __future__ import annotations

import orjson

from loglama_core.formats import journal_export
from loglama_core.formats.fallback import parse_levelled
from loglama_core.formats.json_lines import JsonLines
from loglama_core.formats.labelled_blocks import read_block
from loglama_core.formats.open_blocks import read_open_block
from loglama_core.formats.stack_traces import exception_of
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord, RecordFlag

_MULTI_LINE = int(RecordFlag.MULTI_LINE)
_UNPARSED = int(RecordFlag.UNPARSED)


def joined(first: ParsedRecord, more: list[str], objects: JsonLines, stamps: StampReader) -> ParsedRecord:
    """Return the record of a first line and the lines joined to it."""
    if not first[4]:
        first = _completed_by_next_line(first, more)
    else:
        first = (*first[:4], "\n".join((first[4], *more)), first[5], first[6] | _MULTI_LINE)
    return _told(first, objects, stamps) if first[6] & _MULTI_LINE else first


def _told(parsed: ParsedRecord, objects: JsonLines, stamps: StampReader) -> ParsedRecord:
    """Return a record of several lines with what they say together."""
    message = parsed[4]
    if message.startswith(journal_export.START):
        fields, flags = journal_export.read_block(message)
        exported = objects.interpret(fields, flags)
        return (*exported[:6], exported[6] | (parsed[6] & ~_MULTI_LINE))
    if parsed[6] & _UNPARSED and (text := message.strip(" \t,")).startswith("{") and text.endswith("}"):
        whole = objects.read(text.encode(), True)
        if whole is not None and (objects.evident or whole[0] is not None):
            return (*whole[:6], whole[6] | (parsed[6] & ~_UNPARSED))
    parsed = read_open_block(parsed, stamps)
    if (block := read_block(parsed, stamps)) is not None:
        return block
    told = exception_of(parsed[4])
    if told is None:
        return parsed
    known = orjson.loads(parsed[5]) if parsed[5] else {}
    known.setdefault("exception", told)
    return (*parsed[:5], orjson.dumps(known).decode(), parsed[6])


def _completed_by_next_line(first: ParsedRecord, more: list[str]) -> ParsedRecord:
    """Return a record of a layout whose text stands below its first line, perhaps after a level (``WARNING: text``)."""
    time_ns, severity, service, logger, _, fields, flags = first
    head, *rest = more
    message = head.strip()
    levelled = None if severity else parse_levelled(message)
    if levelled is not None:
        severity = levelled[1]
        message = levelled[4]
    if rest:
        message = "\n".join((message, *rest))
        flags |= _MULTI_LINE
    return time_ns, severity, service, logger, message, fields, flags
