"""How a row of ``sources`` and a ``SourceState`` correspond: the one list of its columns."""

from __future__ import annotations

from typing import Any

from loglama_core.model import SourceState

SOURCE_COLUMNS = (
    "id, path, kind, lineage, device, inode, head, tail, offset, state, service, format, record_id, record_offset,"
    " record_time_ns, gap_bytes, error, size, records, first_seen_ns, last_seen_ns, last_record_ns, part,"
    " read_size, read_modified_ns"
)
"""The columns in the order of the fields of ``SourceState``."""


def source_from_row(row: tuple[Any, ...]) -> SourceState:
    """Return the state that a row of ``SOURCE_COLUMNS`` holds."""
    return SourceState(*row)
