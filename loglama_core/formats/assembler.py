"""Lines of one source -> record rows: finds the format, joins what belongs together, fills in what is not said."""

from __future__ import annotations

from datetime import tzinfo

from loglama_core.formats import container_parts, docker_lines
from loglama_core.formats.continuation import MAX_SIZE, has_aligned_level, is_of_trace, may_begin_indented
from loglama_core.formats.decoding import BYTE_ORDER_MARKS, RECORD_SEPARATOR, LineTidying, decode_line, strip_escapes
from loglama_core.formats.detection import STAMPED, FormatDetector
from loglama_core.formats.envelope import Envelope
from loglama_core.formats.fallback import parse_levelled, parse_plain, with_escapes
from loglama_core.formats.held_lines import MOST_AMONG_TRACE, MOST_HELD, HeldLines, SourceLine
from loglama_core.formats.json_arrays import element
from loglama_core.formats.json_lines import JsonLines
from loglama_core.formats.pending_record import PendingRecord
from loglama_core.formats.quick_json import may_need_care
from loglama_core.formats.record_rows import RowBuilder
from loglama_core.formats.text_format import ParseText
from loglama_core.formats.timestamps import StampReader
from loglama_core.model import ParsedRecord, RecordFlag, RecordRow

_SHORTENED = int(RecordFlag.SHORTENED)
_PARTIAL = int(RecordFlag.PARTIAL)
_OBJECT_BEGINS = frozenset((b"{", b"[", b"]", b",", b" ", b"\t"))


class RecordAssembler:
    """Turns the lines of one source into record rows.

    ``service``: for records that name none. ``format_name``: of a format known to fit (``None`` or ``auto``: find it).
    ``zone``: for stamps that name none (``None``: the machine's). ``max_message``: characters kept in a row's message.
    ``fallback_time_ns``: when the source was last written; a record's time when none was ever seen, and what stamps
    without a year are read by. ``previous_time_ns``: the time of the source's record before the first one fed.
    ``head``: the first bytes of the source, when what is fed first stands further below.

    What is returned depends on the lines alone, not on how they were cut into blocks.
    """

    def __init__(
        self,
        *,
        service: str,
        format_name: str | None,
        zone: tzinfo | None,
        max_message: int,
        fallback_time_ns: int,
        previous_time_ns: int | None,
        head: bytes = b"",
    ) -> None:
        self._rows = RowBuilder(service, max_message, fallback_time_ns, previous_time_ns)
        self._stamps = StampReader(zone, fallback_time_ns, previous_time_ns)
        self._json = JsonLines(self._stamps, lambda text: self._formats.read_wrapped(strip_escapes(text)))
        self._formats = FormatDetector(self._stamps, self._json, format_name)
        if head.startswith(b"#"):
            self._formats.learn_header(head)
        self._pending = PendingRecord()
        self._tidy = LineTidying().tidy
        self._unusual = 1
        self._held = HeldLines()
        self._parts = container_parts.ContainerParts()
        self._pieces = container_parts.DockerPieces()

    @property
    def format_name(self) -> str | None:
        """The name of the format that fits the source, ``None`` while none is known."""
        return self._formats.current_name

    @property
    def pending_offset(self) -> int | None:
        """The byte at which the record starts that may still be continued, ``None`` if there is none."""
        return None if self._pending.first is None else self._pending.offset

    def go_on(self, previous_time_ns: int | None) -> None:
        """Make ready for lines from a record's begin on: what was pending is fed again."""
        self._rows.previous_time_ns = previous_time_ns
        self._pending.forget()
        self._parts.forget()
        self._held.release()

    def feed(self, block: bytes, offset: int) -> list[RecordRow]:
        """Return the records now complete. ``block``: whole lines; ``offset``: the byte of the first in the source."""
        rows: list[RecordRow] = []
        if offset == 0 and block.startswith(BYTE_ORDER_MARKS):
            first, _, block = block.partition(b"\n")
            self._add_line((self._tidy(first, 0), 0, 0, 0), rows)
            offset = len(first) + 1
        lines = block.split(b"\n")
        if not lines[-1]:
            lines.pop()
        has_nul, has_escape = block.find(b"\0") >= 0, block.find(b"\x1b") >= 0
        untidy = has_nul or block.find(b"\r") >= 0 or block.find(RECORD_SEPARATOR) >= 0
        careful = block.find(b"{") >= 0 and may_need_care(block)
        has_parts = self._parts.are_open or block.find(container_parts.MARK) >= 0
        index = 0
        while index < len(lines):
            if self._pending.is_export:
                index, offset = self._pending.join_export(lines, index, offset)
            parse = None if has_nul or index == len(lines) else self._parser(lines[index], has_parts=has_parts)
            if parse is not None:
                index, offset = self._feed_text(lines, index, offset, rows, parse, untidy=untidy, has_escape=has_escape)
            elif self._formats.is_json and (self._pending.first is None or self._json.wraps):
                index, offset = self._feed_json(lines, index, offset, rows, untidy=untidy, careful=careful)
            begin = index
            if self._pending.is_export:
                index, offset = self._pending.join_export(lines, index, offset)
            joins = index < len(lines) and self._formats.leaves_indented and not has_nul
            if joins and self._pending.takes_indented and not (self._parts.are_open or self._held):
                tidy = self._tidy if untidy else None
                index, offset = self._pending.join_lines(lines, index, offset, tidy, self._formats)
            if index == begin < len(lines):
                line = lines[index]
                self._add_line((self._tidy(line, offset) if untidy else line, offset, 0, 0), rows)
                offset += len(line) + 1
                index += 1
        return rows

    def _parser(self, line: bytes, *, has_parts: bool) -> ParseText | None:
        """Return what reads ``line`` and those below it, as long as it reads them; ``None`` if each needs a look."""
        formats, is_in_trace = self._formats, self._pending.in_stack or self._pending.in_envelope
        if self._held:
            return None
        if formats.is_json:
            is_docker = line.startswith(docker_lines.BEGIN) and not (is_in_trace or self._pieces.are_open)
            return self._json.parse_docker if is_docker else None
        needs_look = (has_parts and formats.cuts_lines) or (formats.minds_traces and is_in_trace)
        return None if needs_look else formats.parse_in_loop

    def _feed_json(
        self, lines: list[bytes], index: int, offset: int, rows: list[RecordRow], *, untidy: bool, careful: bool
    ) -> tuple[int, int]:
        """Read JSON lines up to the first that is none; return its index and offset."""
        while index < len(lines) and self._parser(lines[index], has_parts=False) is None:
            if self._pending.first is None:
                begin = index
                index, offset = self._json.read_usual(
                    lines,
                    index,
                    offset,
                    rows,
                    service_here=self._rows.service,
                    max_message=self._rows.max_message,
                    careful=careful,
                )
                if index > begin:
                    self._rows.previous_time_ns = rows[-1][0]
                    self._unusual = 1
            # In a stream of other objects each would be tried in vain, at 1 us a line: try after 1, 2, 4 … 64 of them.
            for line in lines[index : index + self._unusual]:
                tidied = self._tidy(line, offset) if untidy else line
                parsed = self._json.read(tidied.removesuffix(b","), careful) if tidied[:1] == b"{" else None
                if parsed is None:
                    return index, offset
                if self._json.evident:
                    self._formats.rival = None
                self._take_object((tidied, offset, 0, 0), parsed, rows)
                offset += len(line) + 1
                index += 1
            self._unusual = min(64, 2 * self._unusual)
        return index, offset

    def _feed_text(
        self, lines: list[bytes], index: int, offset: int, rows: list[RecordRow], parse: ParseText,
        *, untidy: bool, has_escape: bool,
    ) -> tuple[int, int]:  # fmt: skip
        """Read lines of which ``parse`` reads each as the begin of a record up to the first that it does not."""
        formats, builder, append = self._formats, self._rows, rows.append
        service_here, max_message = builder.service, builder.max_message
        minds_traces, is_head = formats.minds_traces or formats.is_json, formats.text_below
        leaves_indented = formats.leaves_indented or formats.is_json
        first: ParsedRecord | None = None  # the record read last: it is pending, and complete once the next one begins
        first_offset = offset
        for index in range(index, len(lines)):  # noqa: B020, PLR1704
            line = self._tidy(lines[index], offset) if untidy else lines[index]
            is_below = line[:1] <= b" " and (leaves_indented or not line.strip())
            if is_below or (has_escape and line.find(b"\x1b") >= 0):
                break
            try:
                parsed = parse(line.decode())
            except UnicodeDecodeError:
                parsed = None
            if parsed is None or (minds_traces and (parsed[4] or not is_head) and is_of_trace(parsed[4])):
                break
            if first is not None:
                time_ns, severity, service, logger, message, fields, flags = first
                if time_ns is None or len(message) > max_message:
                    append(builder.row(first, first_offset))
                else:
                    builder.previous_time_ns = time_ns
                    append(
                        (time_ns, severity, service or service_here, logger, message, fields, first_offset, flags, None)
                    )
            elif self._pending.first is not None:
                self._complete(rows)
            first, first_offset = parsed, offset
            offset += len(lines[index]) + 1
        else:
            index = len(lines)
        if first is not None:
            formats.rival = None
            self._pending.begin(first, first_offset)
            self._pending.owns, self._pending.awaits_text = formats.owns_below, formats.text_below
        return index, offset

    def feed_long_line(self, prefix: bytes, length: int, offset: int) -> list[RecordRow]:
        """Return the records now complete after a line of which only ``prefix`` was read; ``length``: its bytes."""
        rows: list[RecordRow] = []
        self._add_line((self._tidy(prefix, offset), offset, _SHORTENED, length), rows)
        return rows

    def feed_partial(self, line: bytes, offset: int) -> list[RecordRow]:
        """Return the records now complete after a last line that has no newline and is stored as it is."""
        rows: list[RecordRow] = []
        self._add_line((self._tidy(line, offset), offset, _PARTIAL, 0), rows)
        return rows

    def flush(self) -> list[RecordRow]:
        """Return the record that could still have been continued: it is complete after all."""
        rows: list[RecordRow] = []
        self._complete(rows)
        while self._held:
            self._release(rows)
            self._complete(rows)
        return rows

    def _release(self, rows: list[RecordRow]) -> None:
        """Take the lines that waited until the record among whose lines they stand is complete."""
        for line in self._held.release():
            self._add_line(line, rows)

    def _add_line(self, line: SourceLine, rows: list[RecordRow]) -> None:
        """Take a line, unless it is of another stream than one whose parts are not all there yet."""
        if self._parts.are_open:
            is_part = self._parts.is_part(line[0])
            if is_part is False and self._held.add(line, most_lines=MOST_HELD, most_bytes=MAX_SIZE):
                return
            if self._held and not is_part:
                rows += self.flush()
        self._read_line(line, rows)
        if self._held and not self._parts.are_open and not self._pending.in_envelope:
            self._release(rows)

    def _read_line(self, line: SourceLine, rows: list[RecordRow]) -> None:
        """Let a line begin a record or continue the pending one; what is complete is appended to ``rows``."""
        content, offset, flags, original_length = line
        formats, pending = self._formats, self._pending
        if content[:1] in _OBJECT_BEGINS and not pending.owns and self._read_object(line, rows):
            return
        is_pending = pending.first is not None
        text, replaced = decode_line(content)
        flags |= replaced
        if not text.strip():
            if is_pending:
                pending.add_blank(text)
            return
        plain = strip_escapes(text) if "\x1b" in text else text
        if not plain.strip():
            plain = text  # nothing but escape sequences
        if is_pending and self._add_part(plain, flags, rows):
            return
        indented = self._read_indented(plain) if plain[0] in " \t" else None
        joins = is_pending and indented is None and self._continues(plain)
        parsed = None if joins else indented or formats.read(plain, stamped_only=pending.in_stack)
        envelope = None if parsed is None else formats.envelope
        is_of_current = parsed is not None and formats.rival is None
        if parsed is None and is_pending and not joins:
            joins = pending.takes(plain) or (
                formats.joins_text
                and not pending.is_array_part
                and not (formats.is_json and parse_levelled(plain) is not None)
            )
        if joins:
            if pending.join(text, plain, flags, original_length):
                return
            if pending.is_unparsed:
                formats.forget()
        if parsed is None:
            parsed = parse_levelled(plain) or parse_plain(plain)
        parsed = with_escapes(parsed, text, plain)
        line = content, pending.take_bracket(offset, plain), flags, original_length
        if envelope is not None and self._takes_wrapped(line, parsed, envelope, is_bare=formats.is_bare):
            return
        self._begin(line, parsed, rows)
        pending.note_envelope(envelope)
        pending.is_indented = indented is not None
        pending.owns, pending.awaits_text = is_of_current and formats.owns_below, is_of_current and formats.text_below
        self._parts.begin(plain if formats.cuts_lines else "")

    def _read_object(self, line: SourceLine, rows: list[RecordRow]) -> bool:
        """Read a line that is a JSON object; return false if it is none or is part of the pending record."""
        formats, pending, content = self._formats, self._pending, line[0]
        if content[:1] != b"{":
            may_be_element = pending.first is None if formats.is_json else content[:2] == b"[{"
            if not (may_be_element or pending.is_array_part):
                return False
            content = element(content)
            if not content:
                return bool(line[0].strip()) or pending.is_array_part
        elif content.endswith((b",", b"]")):
            content = element(content)
        is_array = content[:1] == b"["
        parsed = self._json.read_array(content) if is_array else self._json.read(content, True)
        evident = self._json.evident
        if parsed is None or not (evident or pending.first is None or formats.is_json or not formats.joins_text):
            return False
        self._take_object((line[0], pending.take_bracket(line[1]), *line[2:]), parsed, rows)
        if evident:
            formats.note_json()
        return True

    def _take_object(self, line: SourceLine, parsed: ParsedRecord, rows: list[RecordRow]) -> None:
        """Take the record of a JSON line: it is complete, unless it is a container's line, which may be of a trace."""
        others = self._json.take_others()
        if self._json.wraps and not others:
            self._take_container_line(line, parsed, rows)
        elif line[2] or line[3] or self._pending.first is not None:
            self._begin(line, parsed, rows)
            self._complete(rows)
        else:
            rows.append(self._rows.row(parsed, line[1]))
        rows += self._rows.others(others, line[1])

    def _take_container_line(self, line: SourceLine, parsed: ParsedRecord, rows: list[RecordRow]) -> None:
        """Let a line of a container begin a record, or go on with a line or a trace."""
        text, beside = self._json.container_line
        stream = str(beside["stream"])
        envelope = Envelope(stream, {})
        whole = self._pieces.add(text, stream, self.pending_offset, MAX_SIZE) if self._pieces.are_open else None
        if whole is not None:
            self._pending.first = self._json.read_container_line(whole, beside, 0)
            self._pending.note_flags(line[2])
        elif not self._takes_wrapped(line, parsed, envelope, is_bare=self._json.is_bare):
            self._begin(line, parsed, rows)
            self._pending.note_envelope(envelope)
            if self._pieces.are_open or not text.endswith("\n"):
                self._pieces.begin(text, stream, line[1])

    def _takes_wrapped(self, line: SourceLine, parsed: ParsedRecord, envelope: Envelope, *, is_bare: bool) -> bool:
        """Return whether a line that something else wrapped is of a trace, or has to wait until one is complete."""
        pending = self._pending
        if is_bare and pending.join_wrapped(parsed, envelope, line[2]):
            return True
        if not pending.may_go_on_behind(parsed, envelope):
            return False
        return self._held.add(line, most_lines=MOST_AMONG_TRACE, most_bytes=MAX_SIZE)

    def _read_indented(self, text: str) -> ParsedRecord | None:
        """Return the record of an indented line with a date; below one that is not so it is part of that one's text.

        Consul and Nomad indent every line of theirs, tracing's pretty layout every first, others what is shorter.
        """
        pending = self._pending
        if not may_begin_indented(text) or self._formats.begins_all_the_same(text, in_stack=pending.in_stack):
            return None
        is_free = pending.first is None or pending.is_indented or pending.is_unparsed
        if not is_free and not (self._formats.current_name == STAMPED and has_aligned_level(text)):
            return None
        bare = text.lstrip()
        parsed = self._formats.read(bare, stamped_only=True)
        is_levelled = parsed is None and is_free and (bare[0] == "[" or has_aligned_level(text))
        return parse_levelled(bare) if is_levelled and self._formats.read(text) is None else parsed

    def _add_part(self, text: str, flags: int, rows: list[RecordRow]) -> bool:
        """Join a part to the pending record if it is one of its line, and complete it with the last."""
        if not self._parts.add(text, MAX_SIZE):
            return False
        self._pending.note_flags(flags)
        if self._parts.is_ended_by(text):
            self._complete(rows)
        return True

    def _continues(self, text: str) -> bool:
        """Return whether a line continues the pending record whatever it says."""
        pending = self._pending
        if pending.is_array_part and text.strip() == "{":
            return False
        if not pending.is_continued_by(text):
            return False
        return not self._formats.begins_all_the_same(text, in_stack=pending.in_stack)

    def _begin(self, line: SourceLine, parsed: ParsedRecord, rows: list[RecordRow]) -> None:
        if self._pending.first is not None:
            self._complete(rows)
            if self._held and not self._parts.are_open:
                rows += self.flush()
        self._pending.begin(parsed, *line[1:])

    def _complete(self, rows: list[RecordRow]) -> None:
        """Append the pending record, if there is one, and have none pending."""
        pending, parse = self._pending, self._formats.parse
        if pending.first is None:
            return
        whole_line = self._parts.take()
        if whole_line is not None and parse is not None:
            pending.first = parse(whole_line) or pending.first
        rows.append(self._rows.row(pending.take(self._json, self._stamps), pending.offset))
        rows += self._rows.others(self._json.take_others(), pending.offset)
