"""Whether a file continues a stream, or copies another file: decided by bytes, since names and inodes lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loglama_core.content_marker import marked_length, marks
from loglama_core.sources.batch_reader import HEAD_BYTES, TAIL_BYTES

if TYPE_CHECKING:
    from loglama_core.model import SourceState
    from loglama_core.sources.log_file import LogFile

_UNLIMITED = 1 << 62
_COMPARED_WHOLE = 65_536
"""Files up to this size are compared byte by byte: short heads without time stamps are often alike."""


def begins_alike(source: SourceState, file: LogFile) -> bool:
    """Tell whether ``file`` begins with the bytes that were first stored from ``source``."""
    return marks(source.head, file.read(marked_length(source.head), 0))


def continues(source: SourceState, file: LogFile) -> bool:
    """Tell whether ``file`` still holds the bytes that were stored from ``source``.

    Its head, and the marker before its offset.
    """
    if not begins_alike(source, file):
        return False
    length = marked_length(source.tail)
    return marks(source.tail, file.read(length, source.offset - length))


def is_copy(file: LogFile, original: LogFile) -> bool:
    """Tell whether what both files hold is the same up to the end of the shorter one; an empty file copies nothing."""
    head, original_head = file.read(HEAD_BYTES, 0), original.read(HEAD_BYTES, 0)
    shorter = min(len(head), len(original_head))
    if shorter == 0 or head[:shorter] != original_head[:shorter]:
        return False
    length = file.extent(original.extent(_UNLIMITED))  # only now, as a compressed file is decompressed for it
    if length <= _COMPARED_WHOLE:
        return file.read(length, 0) == original.read(length, 0)
    return file.read(TAIL_BYTES, length - TAIL_BYTES) == original.read(TAIL_BYTES, length - TAIL_BYTES)
