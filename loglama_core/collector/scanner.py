"""One scan: find the files, match them with streams, read what is new, store it."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loglama_core.collector.database_streams import DatabaseStreams
from loglama_core.collector.stream_table import StreamTable
from loglama_core.errors import SourceError
from loglama_core.model import SourceKind
from loglama_core.sources.batch_reader import SourceRewrittenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loglama_core.collector.discovery import Candidate, Discovery
    from loglama_core.collector.given_files import GivenFiles
    from loglama_core.collector.stream import Stream
    from loglama_core.config.settings import Settings
    from loglama_core.model import SourceState
    from loglama_core.store.writer import RecordWriter

BACKLOG_BYTES = 2 << 20
"""Unread bytes from which a source goes to the parser process: below it, starting one (60 ms) costs more than it
saves.
"""
FLUSH_PARTIAL_S = 5.0
"""A last line without newline counts as finished once its file was not written for so long (fault 43)."""


@dataclass(slots=True)
class ScanResult:
    """What a scan did.

    ``backlog``: streams left to the parser process, most recently written first. ``is_rescan_due``: a file was found
    changed in the middle, so files and streams must be matched again before the rest can be read.
    """

    records: int = 0
    bytes: int = 0
    backlog: list[Stream] = field(default_factory=list)
    is_rescan_due: bool = False


class Scanner:
    """Scans on behalf of one thread, which owns the writer.

    ``on_stored(source, records, bytes)`` is called after each committed batch. ``problems``: path -> why it could not
    be read in the last scan. ``is_import``: last lines without newline are stored, and databases read as they stand.
    """

    def __init__(
        self,
        settings: Settings,
        writer: RecordWriter,
        *,
        discovery: Discovery | GivenFiles,
        on_stored: Callable[[SourceState, int, int], None],
        is_import: bool = False,
    ) -> None:
        self._writer = writer
        self._on_stored = on_stored
        self.discovery = discovery
        self._is_import = is_import
        self._stores_abandoned = False
        self.problems: dict[str, str] = {}
        self.streams = StreamTable(
            writer, max_message=settings.max_message_length, on_problem=self.problems.__setitem__
        )
        self.databases = DatabaseStreams(
            writer,
            max_message=settings.max_message_length,
            on_problem=self.problems.__setitem__,
            on_stored=on_stored,
            as_they_stand=is_import,
        )

    def sources(self) -> Iterator[SourceState]:
        """Yield the state of every source that is there now."""
        for stream in self.streams:
            yield stream.source
        yield from self.databases

    def close(self) -> None:
        """Let go of every file; the writer stays open."""
        self.streams.close()

    def scan(self, *, final: bool = False, is_scheduled: bool = False) -> ScanResult:
        """Look at every file and read what is new, one block of each in turn so that a busy one starves no other.

        ``final``: nobody will scan again soon, so last records are stored at once. ``is_scheduled``: so are last lines
        without an end in files that nobody writes to. Raises ``StoreError``; the scan
        can then be repeated.
        """
        self.problems.clear()
        files: list[Candidate] = []
        databases: list[Candidate] = []
        for candidate in self.discovery.candidates():
            (databases if candidate.kind == SourceKind.SQLITE else files).append(candidate)
        self.databases.look(databases, final=final)
        is_rematch_due = self.streams.match(files, final=final, covers=self.discovery.covers)
        self.problems.update(self.discovery.problems)
        for stream in self.streams:
            if stream.source.error:
                self.problems[stream.source.path] = stream.source.error
        self._stores_abandoned = final or is_scheduled
        result = self.read_streams(list(self.streams), final=final)
        self._stores_abandoned = False
        waiting = {stream.source.service for stream in self.streams if stream.busy or stream in result.backlog}
        records, size, is_unfinished = self.databases.read(waiting, final=final)
        result.records += records
        result.bytes += size
        result.is_rescan_due |= is_rematch_due or is_unfinished
        return result

    def scan_open_files(self) -> ScanResult:
        """Look only at the files that are open: what has been written to them since."""
        is_rescan_due = False
        grown = []
        for stream in self.streams:
            if stream.file is None or stream.busy:
                continue
            try:
                size = stream.file.status().st_size
            except OSError as error:  # a server has forgotten it: the next scan opens it anew
                self.problems[stream.source.path] = f"it cannot be looked at: {error.strerror}"
                stream.close()
                continue
            if size < stream.source.offset:
                is_rescan_due = True
            elif stream.note_size(size) or stream.has_unread:
                grown.append(stream)
        result = self.read_streams(grown, final=False)
        result.is_rescan_due |= is_rescan_due
        return result

    def read_streams(self, streams: list[Stream], *, final: bool) -> ScanResult:
        """Read what is unread in ``streams``.

        Oldest file first so that a rotated file's rest precedes its successor's lines.
        """
        result = ScanResult()
        unread = [stream for stream in streams if not stream.busy and stream.has_unread]
        for stream in unread:
            if stream.is_compressed and not stream.is_earlier_known:  # the thread it is left to cannot find that out
                self._is_rewritten(stream)
                self.streams.open_files.keep(stream)
        result.backlog = [
            stream
            for stream in unread
            if stream.is_compressed
            or (stream.source.lag_bytes >= BACKLOG_BYTES and stream.has_news and not self._is_rewritten(stream))
        ]
        result.backlog.sort(key=lambda stream: stream.modified_ns, reverse=True)
        waiting = [stream for stream in unread if stream not in result.backlog]
        waiting.sort(key=lambda stream: stream.modified_ns)
        while waiting:
            unfinished = []
            for stream in waiting:
                if self.read_one(stream, result, final=final):
                    unfinished.append(stream)
                self.streams.open_files.keep(stream)
            waiting = unfinished
        return result

    def read_one(self, stream: Stream, result: ScanResult, *, final: bool) -> bool:
        """Read and store one batch; returns whether there is more to read at once."""
        source = stream.source
        flush = final or stream.is_quiet
        flush_partial = flush and (
            self._is_import or stream.is_rotated or (self._stores_abandoned and self._is_abandoned(stream))
        )
        attempt = (source.size, source.offset, flush, flush_partial)
        if stream.fruitless == attempt or not self.streams.holds(stream):
            return False
        try:
            self.streams.look_for_earlier(stream)
            batch = stream.reader.read(stream.open(), source, flush=flush, flush_partial=flush_partial)
        except SourceRewrittenError:
            self.streams.replaced(stream)
            result.is_rescan_due = True
            return False
        except SourceError as error:
            self.problems[source.path] = error.message
            return False
        except OSError as error:
            self.problems[source.path] = f"it cannot be read: {error.strerror}"
            stream.close()
            return False
        if batch is None:
            stream.fruitless = attempt
            return False
        if stream.earlier is not None and not stream.earlier.leave_out(batch):
            stream.earlier = None
        if not self._writer.commit(source, batch):
            # Another collector stored these bytes: go on from where it stands.
            self.streams.load()
            result.is_rescan_due = True
            return False
        count = len(batch.rows) - (1 if batch.replaces_last else 0)
        result.records += count
        result.bytes += batch.end - batch.start
        self._on_stored(source, count, batch.end - batch.start)
        return batch.more

    def _is_rewritten(self, stream: Stream) -> bool:
        """Tell whether lines of it may be stored from an earlier generation: those only this thread can leave out."""
        with contextlib.suppress(SourceError, OSError):  # whoever reads it says so
            self.streams.look_for_earlier(stream)
        return stream.earlier is not None

    @staticmethod
    def _is_abandoned(stream: Stream) -> bool:
        return time.time_ns() - stream.modified_ns > FLUSH_PARTIAL_S * 1e9
