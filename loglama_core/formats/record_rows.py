"""What a record says -> the row that is stored: what it leaves unsaid is filled in, a long message is cut."""

from __future__ import annotations

from loglama_core.model import ParsedRecord, RecordFlag, RecordRow

_TIME_INFERRED = int(RecordFlag.TIME_INFERRED)
_SHORTENED = int(RecordFlag.SHORTENED)


class RowBuilder:
    """Builds the rows of one source's records; what it is made with is told of ``RecordAssembler``."""

    def __init__(self, service: str, max_message: int, fallback_time_ns: int, previous_time_ns: int | None) -> None:
        self.service = service
        self.max_message = max_message
        self.previous_time_ns = previous_time_ns
        self._fallback_time_ns = fallback_time_ns

    def row(self, parsed: ParsedRecord, offset: int) -> RecordRow:
        """Return the row of a record that begins at a byte of the source."""
        time_ns, severity, service, logger, message, fields, flags = parsed
        whole = None
        if time_ns is None:
            flags |= _TIME_INFERRED
            time_ns = self._fallback_time_ns if self.previous_time_ns is None else self.previous_time_ns
        else:
            self.previous_time_ns = time_ns
        if len(message) > self.max_message:
            whole = message
            message = message[: self.max_message]
            flags |= _SHORTENED
        return time_ns, severity, service or self.service, logger, message, fields, offset, flags, whole

    def others(self, others: list[ParsedRecord], offset: int) -> list[RecordRow]:
        """Return the rows of further records that a text at ``offset`` holds; each has an offset of its own within."""
        return [self.row(parsed, offset + index) for index, parsed in enumerate(others, start=1)]
