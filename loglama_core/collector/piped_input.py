"""What is piped in: stored while it comes, and known again by its bytes when it is piped in a second time."""

from __future__ import annotations

import os
import select
import tempfile
import time
from typing import IO, TYPE_CHECKING

from loglama_core.collector.given_files import kind_of
from loglama_core.collector.new_source import new_source
from loglama_core.collector.one_pass import Progress, SourceReport
from loglama_core.collector.stream import HOLD_BACK_S
from loglama_core.content_marker import marked_length, marks
from loglama_core.errors import SourceError
from loglama_core.model import SourceCondition, SourceKind, SourceState
from loglama_core.sources.batch_reader import HEAD_BYTES, BatchReader
from loglama_core.sources.compressed_file import file_type
from loglama_core.sources.same_content import continues

if TYPE_CHECKING:
    from collections.abc import Callable

    from loglama_core.config.settings import Settings
    from loglama_core.sources.log_file import LogFile
    from loglama_core.store.writer import RecordWriter

NAME = "stdin"
_BLOCK_BYTES = 1 << 18
_ALL_KNOWN = 1 << 62


class PipedInput:
    """Stores one piped input.

    Its bytes go through a file without a name beside the store, gone when the process ends however it ends: a pipe
    cannot be read twice, and who has room for the records has room for their text. An input that begins with at least
    1,024 bytes stored from an earlier one, and repeats them to their end, goes on where that one ended.
    """

    def __init__(self, settings: Settings, writer: RecordWriter, *, service: str, format_name: str | None) -> None:
        self._writer = writer
        self._folder = settings.db_path.parent
        self._service = service
        self._format = format_name
        self._reader = BatchReader(zone=None, max_message=settings.max_message_length)
        self._size = 0
        self._is_ended = False

    def store(self, descriptor: int, on_progress: Callable[[Progress], None] | None) -> SourceReport:
        """Store all that comes from ``descriptor`` until it ends. Raises ``StoreError``, ``SourceError``."""
        report = SourceReport(NAME, self._service)
        with tempfile.TemporaryFile(dir=self._folder) as spool:
            self._fill(spool, descriptor, HEAD_BYTES)
            kind = kind_of("", os.pread(spool.fileno(), HEAD_BYTES, 0))
            if kind == SourceKind.SQLITE:
                msg = "a database cannot be read from a pipe"
                raise SourceError(msg, "name its file: loglama import FILE")
            if kind == SourceKind.COMPRESSED:
                self._fill(spool, descriptor, None)
            file = file_type(kind)(os.dup(spool.fileno()), os.fstat(spool.fileno()))
            try:
                source = self._source(file, spool, descriptor)
                while True:
                    self._store_complete(file, source, report, flush=self._is_ended)
                    if on_progress is not None:
                        on_progress(Progress(source.offset, self._size, report.records, NAME))
                    if self._is_ended:
                        break
                    if not select.select([descriptor], [], [], HOLD_BACK_S)[0]:
                        self._store_complete(file, source, report, flush=True)
                    self._fill(spool, descriptor, self._size + 1)
                self._writer.change_source(source, state=SourceCondition.FINISHED, error=file.trouble)
                report.error = file.trouble
            finally:
                file.close()
        return report

    def _fill(self, spool: IO[bytes], descriptor: int, size: int | None) -> None:
        """Read until there are ``size`` bytes, or all there will be."""
        while not self._is_ended and (size is None or self._size < size):
            block = os.read(descriptor, _BLOCK_BYTES)
            self._is_ended = not block
            spool.write(block)
            spool.flush()
            self._size += len(block)

    def _store_complete(self, file: LogFile, source: SourceState, report: SourceReport, *, flush: bool) -> None:
        while True:
            batch = self._reader.read(file, source, flush=flush, flush_partial=self._is_ended)
            if batch is None:
                return
            if not self._writer.commit(source, batch):
                msg = "another import of the same input is running"
                raise SourceError(msg, "let it end; nothing was stored twice")
            report.records += len(batch.rows) - (1 if batch.replaces_last else 0)
            report.bytes += batch.end - batch.start
            if not batch.more:
                return

    def _source(self, file: LogFile, spool: IO[bytes], descriptor: int) -> SourceState:
        """Return the source of an earlier input that this one repeats, else a new one."""
        head = file.read(HEAD_BYTES, 0)
        for source in self._writer.sources():
            if (
                source.kind != SourceKind.PIPE
                or marked_length(source.head) < HEAD_BYTES
                or not marks(source.head, head)
            ):
                continue
            self._fill(spool, descriptor, source.offset)
            if continues(source, file) and self._writer.change_source(source, state=SourceCondition.ACTIVE):
                return source
        source = new_source(
            NAME, SourceKind.PIPE, self._service, device=0, inode=time.time_ns(), format_name=self._format
        )
        return self._writer.add_source(source, known_upto=_ALL_KNOWN) or source
