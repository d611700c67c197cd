"""One stream of log bytes as a running collector holds it: its stored state, its open file, when it last grew."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from loglama_core.errors import SourceError
from loglama_core.model import SourceKind
from loglama_core.sources.compressed_file import file_type

if TYPE_CHECKING:
    from loglama_core.collector.earlier_lines import EarlierLines
    from loglama_core.model import SourceState
    from loglama_core.sources.batch_reader import BatchReader
    from loglama_core.sources.log_file import LogFile

HOLD_BACK_S = 0.25
"""A last record that could be continued is stored once its file has been quiet for so long. A writer emits a record
and its traceback within milliseconds; a continuation that comes later still joins its record
(``Batch.replaces_last``)."""


class Stream:
    """A source and its open file.

    ``checked``: (size, mtime ns) when its identity was last verified, ``None`` before the first look. ``busy``: its
    backlog is being read by another thread, which then owns ``source``. ``fruitless``: what the last reading attempt
    that found no complete record looked at, so that a half-written line is not read again until something has
    changed. ``is_rewritten``: its bytes before the offset were found changed by the thread that read its backlog.
    ``is_rotated``: its file no longer stands at the path where it was first seen. ``is_watched``: its file was looked
    at since this collector began. ``unseen_at``: since when no pattern shows its file. ``earlier``: what is stored of
    the generation its file had before it was rewritten, once that was looked for (``is_earlier_known``).
    """

    def __init__(self, source: SourceState, reader: BatchReader, timezone: str) -> None:
        self.source = source
        self.reader = reader
        self.timezone = timezone
        self.file: LogFile | None = None
        self.checked: tuple[int, int] | None = None
        self.grown_at = 0.0
        self.busy = False
        self.is_rewritten = False
        self.is_watched = False
        self.unseen_at: float | None = None
        self.earlier: EarlierLines | None = None
        self.is_earlier_known = False
        self.modified_ns = 0
        self.fruitless: tuple[int, int, bool, bool] | None = None
        self.worked_off: tuple[int, int] | None = None

    @property
    def key(self) -> tuple[int, int]:
        """(device, inode) of the file that carries the stream."""
        return self.source.device, self.source.inode

    @property
    def is_rotated(self) -> bool:
        """Whether its file was renamed away from where new lines are written."""
        return self.source.path != self.source.lineage

    @property
    def is_compressed(self) -> bool:
        """Whether its file is compressed: read whole in one go, and again only when it changes on disk."""
        return self.source.kind == SourceKind.COMPRESSED

    @property
    def has_unread(self) -> bool:
        """Whether its file holds bytes past the offset, as of the last look; of a compressed one, whether it may."""
        if self.is_compressed:
            return self.checked is not None and self.checked != (self.source.read_size, self.source.read_modified_ns)
        return self.source.size > self.source.offset

    @property
    def is_quiet(self) -> bool:
        """Whether nothing was added for so long that its last record counts as complete."""
        return time.monotonic() - self.grown_at >= HOLD_BACK_S

    @property
    def has_news(self) -> bool:
        """Whether its file or its offset changed since the parser process was last done with it."""
        return self.worked_off != (self.source.size, self.source.offset)

    def open(self) -> LogFile:
        """Return its file, opening it if need be.

        Raises ``SourceError``, also when another file stands at its path by now.
        """
        if self.file is None:
            file = file_type(self.source.kind).open(self.source.path)
            if (file.device, file.inode) != self.key:
                file.close()
                msg = f"{self.source.path} is another file now"
                raise SourceError(msg, "the next scan sorts it out")
            self.file = file
        return self.file

    def note_size(self, size: int) -> bool:
        """Take note of the file's size on disk; returns whether the stream is known to have changed by that."""
        if size == self.source.size or self.is_compressed:
            return False
        self.source.size = size
        self.grown_at = time.monotonic()
        return True

    def close(self) -> None:
        """Let go of the file."""
        if self.file is not None:
            self.file.close()
            self.file = None
