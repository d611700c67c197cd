"""Which files hold what is not in the store yet."""

from __future__ import annotations

from dataclasses import dataclass

from loglama_core.collector.discovery import Candidate
from loglama_core.content_marker import marked_length, marks
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.errors import SourceError
from loglama_core.model import SourceKind, SourceState
from loglama_core.sources.batch_reader import HEAD_BYTES
from loglama_core.sources.compressed_file import file_type

_LAG_WARN = 1_000_000
_LINE_HELD = 65_536
"""The beginning of a line that has no end yet is left in its file; no line is longer than this by design."""
_READ_WITHIN_NS = 10_000_000_000
_SHORTEST_HEAD = 64


@dataclass(slots=True, frozen=True)
class UnreadFile:
    """A file and how much of it waits, as of now."""

    path: str
    service: str
    unread_bytes: int
    modified_ns: int


def unread_files(context: DiagnosticContext) -> list[UnreadFile]:
    """Return the files with more unread than a collector at work leaves, the most first.

    A copy of what another file held (copy-truncate, compression) is never read again, so it does not wait.
    """
    known = {(source.device, source.inode): source for source in context.sources}
    found = []
    for file in context.files.candidates:
        source = known.get((file.device, file.inode))
        rest = _rest(file, source)
        is_quiet = context.now_ns - file.modified_ns > _READ_WITHIN_NS
        if rest <= _LAG_WARN and not (is_quiet and rest > (0 if source is None else _LINE_HELD)):
            continue
        if source is None and _is_copy(file, context.sources):
            continue
        found.append(UnreadFile(file.path, file.service, rest, file.modified_ns))
    return sorted(found, key=lambda file: -file.unread_bytes)


def _rest(file: Candidate, source: SourceState | None) -> int:
    if source is None:
        return file.size
    if file.kind == SourceKind.SQLITE:  # its offset is a key, and its size says nothing of its rows
        return 0
    if file.kind == SourceKind.COMPRESSED:
        is_read = (source.read_size, source.read_modified_ns) == (file.size, file.modified_ns)
        return 0 if is_read else file.size
    return max(0, file.size - source.offset)


def _is_copy(file: Candidate, sources: list[SourceState]) -> bool:
    if file.kind == SourceKind.SQLITE:
        return False
    try:
        opened = file_type(file.kind).open(file.path)
    except SourceError:
        return False
    try:
        head = opened.read(HEAD_BYTES, 0)
    except OSError:
        return False
    finally:
        opened.close()
    heads = [source.head for source in sources if marked_length(source.head) >= _SHORTEST_HEAD]
    return any(marks(known, head[: marked_length(known)]) for known in heads)
