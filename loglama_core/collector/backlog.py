"""Working off what was written while nobody collected: parsed by a child process, stored here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from loglama_core.collector.parser_process import ParserProcess
from loglama_core.errors import CollectorError
from loglama_core.sources.batch_reader import SourceRewrittenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loglama_core.collector.parser_process import FileEnd
    from loglama_core.collector.stream import Stream
    from loglama_core.model import Batch, SourceState
    from loglama_core.store.writer import RecordWriter


class BacklogReader:
    """Reads streams with much unread, one at a time.

    The child process is started when first needed and kept until ``close``.

    ``on_stored(source, records, bytes)`` is called after each committed batch.
    """

    def __init__(
        self, writer: RecordWriter, *, max_message: int, on_stored: Callable[[SourceState, int, int], None]
    ) -> None:
        self._writer = writer
        self._max_message = max_message
        self._on_stored = on_stored
        self._process: ParserProcess | None = None
        self._end: FileEnd | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child process."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def read(self, stream: Stream, should_stop: Callable[[], bool]) -> None:
        """Store what is complete in ``stream``, as of its size when each block is read.

        What remains is for the next scan.

        Returns early when stopped, or when another collector moves the stream's offset. Raises ``SourceError``,
        ``OSError`` of the file, and ``StoreError``; whatever was committed before stays.
        """
        looked = stream.checked
        self._end = None
        try:
            is_whole = self._store(stream, self._parsed_by_child(stream), should_stop)
        except CollectorError:
            self.close()
            # A machine too short of memory for a child still collects, on one core.
            is_whole = self._store(stream, self._parsed_here(stream), should_stop)
        except BaseException as error:
            stream.is_rewritten = isinstance(error, SourceRewrittenError)
            self.close()
            raise
        finally:
            if stream.is_compressed:
                stream.close()
        if not is_whole:
            self.close()
            return
        if stream.is_compressed:
            self._note_end(stream, looked)
        stream.worked_off = stream.source.size, stream.source.offset

    def _note_end(self, stream: Stream, looked: tuple[int, int] | None) -> None:
        """Note how a compressed file ended, and what it was on disk: it is not read again while that stays so."""
        if self._end is None or looked is None:
            return
        size, trouble = self._end
        read_size, read_modified_ns = looked
        self._writer.change_source(
            stream.source, size=size, error=trouble, read_size=read_size, read_modified_ns=read_modified_ns
        )

    def _store(self, stream: Stream, batches: Iterator[Batch], should_stop: Callable[[], bool]) -> bool:
        for batch in batches:
            if stream.earlier is not None and not stream.earlier.leave_out(batch):
                stream.earlier = None
            if not self._writer.commit(stream.source, batch):
                return False
            self._on_stored(stream.source, len(batch.rows) - (1 if batch.replaces_last else 0), batch.end - batch.start)
            if should_stop():
                return False
        return True

    def _parsed_by_child(self, stream: Stream) -> Iterator[Batch]:
        if self._process is None:
            self._process = ParserProcess()
        yield from self._process.batches(
            stream.open(), stream.source, zone=stream.timezone, max_message=self._max_message
        )
        self._end = self._process.end

    def _parsed_here(self, stream: Stream) -> Iterator[Batch]:
        file = stream.open()
        while (batch := stream.reader.read(file, stream.source, flush=False)) is not None:
            yield batch
            if not batch.more:
                break
        self._end = file.size(), file.trouble
