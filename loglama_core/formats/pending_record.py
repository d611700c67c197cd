"""The record that the lines to come may continue: its first line, and what was joined to it so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import orjson

from loglama_core.formats import journal_export
from loglama_core.formats.continuation import (
    MAX_LINES,
    MAX_SIZE,
    TRACEBACK,
    begins_goroutines,
    continues,
    has_aligned_level,
    is_exception,
    is_in_goroutines,
    is_in_trace,
)
from loglama_core.formats.envelope import Envelope
from loglama_core.formats.joined_records import joined
from loglama_core.formats.json_lines import JsonLines
from loglama_core.formats.labelled_blocks import begins_transcript
from loglama_core.formats.moments import NANOSECONDS
from loglama_core.formats.open_blocks import continues_block
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord, RecordFlag

if TYPE_CHECKING:
    from loglama_core.formats.detection import FormatDetector

_TOGETHER_NS = 2 * NANOSECONDS
"""A trace is written at once: lines of it that were stamped further apart are of two."""
_ZONE_STEP_NS = 15 * 60 * NANOSECONDS
"""The first line may have a stamp of its own, read in a zone that is not the one of what was put before it."""
_UNPARSED = int(RecordFlag.UNPARSED)


class PendingRecord:
    """At most one record of a source.

    ``first``: what its first line says, ``None`` while no record is pending. ``offset``: the byte at which it starts.
    ``in_traceback``, ``in_goroutines``: the next lines are of Python's trace, of Go's, however they begin.
    ``is_indented``: its first line is. ``owns``: any line is part of it that begins no record of the current format.
    ``awaits_text``: the first that does not is its text. ``is_export``: it is one of ``journalctl -o export``.
    """

    def __init__(self) -> None:
        self.first: ParsedRecord | None = None
        self.offset = 0
        self.in_traceback = self.in_goroutines = self.is_indented = self._in_stacks = False
        self.owns = self.awaits_text = self.is_export = False
        self._envelope: Envelope | None = None
        self._last_ns: int | None = None
        self._is_object = self._is_bracket = False
        self._depth = 0
        self._more: list[str] = []
        self._blank: list[str] = []
        self._size = 0
        self._flags = 0
        self._original_length = 0

    @property
    def in_stack(self) -> bool:
        """Whether the next line is of a trace unless it begins with a stamp."""
        return (self.in_traceback or self.in_goroutines) and not self.owns

    @property
    def is_unparsed(self) -> bool:
        """Whether a record of no known layout is pending."""
        return self.first is not None and bool(self.first[6] & _UNPARSED)

    @property
    def lacks_text(self) -> bool:
        """Whether only the head of a record has been read, whose text stands below."""
        return self.first is not None and not self.first[4] and not self._more

    @property
    def takes_indented(self) -> bool:
        """Whether an indented line is part of the record: it is no JSON, no export, and of a known layout."""
        first = self.first
        return not (first is None or first[6] & _UNPARSED or self.is_indented or self._is_bracket or self.is_export)

    @property
    def is_open_object(self) -> bool:
        """Whether it is a JSON object that began with a brace alone and has not ended."""
        return self._is_object and self._depth >= 0

    def continues_block(self, text: str) -> bool:
        """Return whether a line belongs to the block that this record is the begin of."""
        first = self.first
        return first is not None and bool(first[6] & _UNPARSED) and continues_block(first[4], self._more, text)

    @property
    def is_array_part(self) -> bool:
        """Whether it is an object that has ended, or nothing but the bracket before one: another may follow."""
        return (self._is_object and self._depth < 0) or self._is_bracket

    def take_bracket(self, offset: int, text: str = "{") -> int:
        """Return where a record begins with ``text``: at the bracket before it, if that is all that is pending."""
        if not self._is_bracket or text.strip() != "{":
            return offset
        begin = self.offset
        self.forget()
        return begin

    def takes(self, text: str) -> bool:
        """Whether a line without a stamp is of the trace it is in: Go's stacks hold functions and places alone."""
        return self.in_traceback or (self.in_goroutines and (not self._in_stacks or is_in_goroutines(text)))

    def begin(self, parsed: ParsedRecord, offset: int, flags: int = 0, original_length: int = 0) -> None:
        """Have a record pending; none may be so before. ``original_length``: of a shortened line, else 0."""
        self.first = parsed
        self.in_traceback = parsed[4].endswith(TRACEBACK)
        self.in_goroutines = begins_goroutines(parsed[4])
        self._in_stacks = parsed[4].startswith("goroutine ")
        self.is_export = parsed[4].startswith(journal_export.START)
        self._last_ns = parsed[0]
        is_unparsed = bool(parsed[6] & _UNPARSED)
        self._is_object = is_unparsed and parsed[4].strip() == "{"
        self._is_bracket = is_unparsed and parsed[4] == "["
        self._depth = 0
        self.offset = offset
        self._flags = flags
        self._original_length = original_length

    def forget(self) -> None:
        """Have none pending."""
        self.first = self._last_ns = self._envelope = None
        self._more.clear()
        self._blank.clear()
        self._flags = self._size = self._original_length = 0
        self.in_traceback = self.in_goroutines = self.is_indented = self._in_stacks = False
        self.owns = self.awaits_text = self.is_export = False
        self._is_object = self._is_bracket = False

    @property
    def in_envelope(self) -> bool:
        """Whether it is a trace, or the begin of one, whose lines something else wrapped."""
        return self._envelope is not None

    def note_envelope(self, envelope: Envelope | None) -> None:
        """Take note of what its first line was wrapped in, if it was and a trace may follow."""
        self._envelope = envelope if self.in_stack else None

    def may_go_on_behind(self, parsed: ParsedRecord, envelope: Envelope) -> bool:
        """Return whether a trace may go on behind a line that was wrapped at the same time in another envelope."""
        return self._envelope not in (None, envelope) and self._is_together(parsed[0])

    def is_end_of_trace(self, text: str) -> bool:
        """Return whether a line names the exception of a trace of Python's: it is the trace's last one."""
        return self.in_traceback and is_exception(text)

    def is_continued_by(self, text: str) -> bool:
        """Return whether a line is part of the record whatever other formats are."""
        if self.owns or continues(text) or (self.awaits_text and self.lacks_text):
            return True
        return self.is_end_of_trace(text) or self.is_open_object or self.continues_block(text)

    def note_flags(self, flags: int) -> None:
        """Take note of what is true of a line that became part of it."""
        self._flags |= flags

    def add_blank(self, text: str) -> None:
        """Take note of an empty line: it is part of the record if a later one is."""
        if len(self._more) + len(self._blank) < MAX_LINES:  # more cannot be joined, and a file may be nothing else
            self._blank.append(text)

    def join(self, text: str, plain: str, flags: int, original_length: int) -> bool:
        """Join a line; return false if that would make the record too long. ``plain``: it without escape sequences."""
        size = self._size + len(text)
        if len(self._more) + len(self._blank) + 2 > MAX_LINES or size > MAX_SIZE:
            return False
        if self.awaits_text and self.lacks_text:
            self.owns = self.owns or begins_transcript(plain)
        self._more += self._blank
        self._more.append(text)
        self._is_bracket = False
        self._blank.clear()
        self._size = size
        if self._is_object:
            self._depth += text.rstrip().endswith(("{", "[")) - text.lstrip().startswith(("}", "]"))
        self._flags |= flags
        self._original_length = original_length or self._original_length
        self.in_goroutines = self.in_goroutines or begins_goroutines(plain)
        self._in_stacks = self._in_stacks or plain.startswith("goroutine ")
        if plain.startswith(TRACEBACK):
            self.in_traceback = True
        elif plain[:1] not in " \t":
            self.in_traceback = False  # the exception's own line
        return True

    def join_lines(  # noqa: C901, PLR0912 (a call for a line would cost what a line does)
        self,
        lines: list[bytes],
        index: int,
        offset: int,
        tidy: Callable[[bytes, int], bytes] | None,
        formats: FormatDetector,
    ) -> tuple[int, int]:
        """Join lines that are part of the record whatever the formats are; return index and offset of the next one.

        The first of ``lines[index:]`` was tried as begin of a record of the current format, unless that minds traces.
        ``tidy``: makes a line tidy, where that is needed. A line costs a tenth of what it costs one by one.
        """
        more, blank, size, parse = self._more, self._blank, self._size, formats.parse
        room = MAX_LINES - 2 - len(more) - len(blank)
        begin = index
        owned = formats.begin if self.owns else None
        for index in range(begin, len(lines)):  # noqa: PLR1704
            try:
                text = (lines[index] if tidy is None else tidy(lines[index], offset)).decode()
            except UnicodeDecodeError:
                break
            first = text[:1]
            if not " " < first < "\x7f" and (not text or text.isspace()):
                if room >= -1:
                    blank.append(text)
                    room -= 1
                continue
            if room < 0 or size + len(text) > MAX_SIZE:
                break
            if first not in " \t":
                if "\x1b" in text:
                    break
                may_begin = index > begin or formats.minds_traces
                if owned is not None:
                    if may_begin and first in owned[0] and owned[1](text) is not None:
                        break
                elif not self._takes_next(text) or (may_begin and formats.may_begin_here(text, in_stack=self.in_stack)):
                    break
                else:
                    self.in_traceback = text.startswith(TRACEBACK)
                    if self.awaits_text and self.lacks_text and begins_transcript(text):
                        self.owns, owned = True, formats.begin
            elif parse is None and has_aligned_level(text):
                break
            if blank:
                more += blank
                blank.clear()
            more.append(text)
            room -= 1
            size += len(text)
        else:
            index = len(lines)
        self._size = size
        return index, offset + sum(map(len, lines[begin:index])) + index - begin

    def _takes_next(self, text: str) -> bool:
        """Return whether a line that is not indented is part of the record, though it owns not all of them."""
        if self.awaits_text and self.lacks_text:
            return text[0] not in "{[]," and not begins_goroutines(text)
        return continues(text) or self.is_end_of_trace(text)

    def join_wrapped(self, parsed: ParsedRecord, envelope: Envelope, flags: int) -> bool:
        """Join a line of a trace, which something else wrapped, to a record wrapped alike; return false if it is none.

        A container engine, a supervisor or syslog puts something before every line of a trace. ``parsed``: what the
        line says, its message being what was wrapped.
        """
        first, text = self.first, parsed[4]
        in_stack = self.in_traceback or (self.in_goroutines and is_in_goroutines(text))
        if first is None or not (in_stack or is_in_trace(text)) or not self._is_together(parsed[0]):
            return False
        if not (_is_of_one(first, parsed) if self._envelope is None else self._envelope == envelope):
            return False
        self._last_ns = parsed[0] or self._last_ns
        if not text.strip():
            self.add_blank(text)
            return True
        self._envelope = envelope
        return self.join(text, text, flags, 0)

    def _is_together(self, time_ns: int | None) -> bool:
        """Return whether a line of a trace may have a time, given that of the line before."""
        if time_ns is None or self._last_ns is None:
            return True
        apart_ns = (time_ns - self._last_ns) % _ZONE_STEP_NS
        return not _TOGETHER_NS < apart_ns < _ZONE_STEP_NS - _TOGETHER_NS

    def join_export(self, lines: list[bytes], index: int, offset: int) -> tuple[int, int]:
        """Join lines to a record of ``journalctl -o export``: every one up to the next cursor is part of it.

        Returns index and offset of the next one.
        """
        begin = index
        stop = min(len(lines), begin + MAX_LINES - 1 - len(self._more))
        size = self._size
        while index < stop and not lines[index].startswith(journal_export.START_BYTES):
            size += len(lines[index])
            if size > MAX_SIZE:
                break
            self._size = size
            index += 1
        self._more += map(journal_export.as_text, lines[begin:index])
        return index, offset + sum(map(len, lines[begin:index])) + index - begin

    def take(self, objects: JsonLines, stamps: StampReader) -> ParsedRecord:
        """Return the record, which must be pending, with all that its lines say, and have none pending."""
        first = self.first
        assert first is not None  # noqa: S101 (callers have looked)
        if self._more:
            first = joined(first, self._more, objects, stamps)
        if self._flags or self._original_length:
            time_ns, severity, service, logger, message, fields, flags = first
            if self._original_length:
                length = f'"original_length":{self._original_length}'
                fields = f"{fields[:-1]},{length}}}" if fields else f"{{{length}}}"
            first = (time_ns, severity, service, logger, message, fields, flags | self._flags)
        self.forget()
        return first


def _is_of_one(first: ParsedRecord, wrapped: ParsedRecord) -> bool:
    """Return whether what was wrapped comes from where a record comes from: all that is said of it is said of that."""
    if wrapped[2] != first[2] or wrapped[3] not in {None, first[3]}:
        return False
    if wrapped[5] == first[5] or wrapped[5] is None:
        return True
    return first[5] is not None and orjson.loads(wrapped[5]).items() <= orjson.loads(first[5]).items()
