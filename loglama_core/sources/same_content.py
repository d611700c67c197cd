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
    """Tell whether the original holds all that ``file`` does, from its beginning on; an empty file copies nothing.

    One that holds more is none: it may have been copied from an original that begins anew, or be half a line alike.
    """
    head, original_head = file.read(HEAD_BYTES, 0), original.read(HEAD_BYTES, 0)
    if not head or original_head[: len(head)] != head:
        return False
    length = original.extent(_UNLIMITED)  # only now, as a compressed file is decompressed for it
    if file.extent(length + 1) > length:
        return False
    length = file.extent(length)
    if length <= _COMPARED_WHOLE:
        return file.read(length, 0) == original.read(length, 0)
    return file.read(TAIL_BYTES, length - TAIL_BYTES) == original.read(TAIL_BYTES, length - TAIL_BYTES)
