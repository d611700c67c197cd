"""Feeding bytes to an assembler as the tests do it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from loglama_core.formats.assembler import RecordAssembler
from loglama_core.model import RecordRow

MTIME_NS = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()) * 10**9


def assembler(
    *,
    format_name: str | None = None,
    zone: tzinfo | None = UTC,
    max_message: int = 2000,
    previous_time_ns: int | None = None,
) -> RecordAssembler:
    return RecordAssembler(
        service="own",
        format_name=format_name,
        zone=zone,
        max_message=max_message,
        fallback_time_ns=MTIME_NS,
        previous_time_ns=previous_time_ns,
    )


def rows_of(data: bytes | str, *, max_message: int = 2000) -> list[RecordRow]:
    """Return the rows of a whole source that ends with a newline."""
    reader = assembler(max_message=max_message)
    return reader.feed(data.encode() if isinstance(data, str) else data, 0) + reader.flush()


def row_of(line: bytes | str) -> RecordRow:
    """Return the one row of one line."""
    data = line.encode() if isinstance(line, str) else line
    rows = rows_of(data + b"\n")
    assert len(rows) == 1
    return rows[0]


def nanoseconds(iso: str) -> int:
    """Return the UTC nanoseconds of an ISO stamp, whose fraction may have nine digits."""
    head, _, fraction = iso.rstrip("Z").partition(".")
    return int(datetime.fromisoformat(f"{head}+00:00").timestamp()) * 10**9 + int(fraction.ljust(9, "0"))
