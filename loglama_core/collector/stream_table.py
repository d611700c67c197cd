"""Which stream each file on disk carries: the table that survives renames, copies, truncation and other collectors."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from loglama_core.collector.earlier_lines import MOST_BYTES, EarlierLines
from loglama_core.collector.gone_sources import COPY_GRACE_S, GoneSources, SourceNames, is_named_after
from loglama_core.collector.new_source import new_source
from loglama_core.collector.open_files import OpenFiles
from loglama_core.collector.stream import Stream
from loglama_core.errors import SourceError
from loglama_core.model import SourceCondition, SourceKind, SourceState
from loglama_core.sources.batch_reader import BatchReader
from loglama_core.sources.compressed_file import file_type
from loglama_core.sources.rotated_name import is_rotated_beside
from loglama_core.sources.same_content import begins_alike, continues, is_copy
from loglama_core.sources.zone import zone_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from loglama_core.collector.discovery import Candidate
    from loglama_core.sources.log_file import LogFile
    from loglama_core.store.writer import RecordWriter

UNSEEN_QUIET_S = 60.0
"""How long a deleted file, or one renamed out of every pattern, is still watched through its open descriptor."""
_CLOCK_TICK_NS = 10_000_000
"""A file's times are those of the kernel's last tick, up to 10 ms behind the clock."""


class StreamTable:
    """All streams of one store. ``on_problem(path, message)`` hears of files that cannot be read.

    ``match`` is called with everything a scan found; afterwards every readable file is carried by a stream, or is a
    copy of one.
    """

    def __init__(self, writer: RecordWriter, *, max_message: int, on_problem: Callable[[str, str], None]) -> None:
        self._writer = writer
        self._max_message = max_message
        self._on_problem = on_problem
        self._active: dict[tuple[int, int], Stream] = {}
        self._gone = GoneSources(writer)
        self._copies: dict[tuple[int, int], int] = {}
        self.open_files = OpenFiles()
        self._names: SourceNames | None = None
        self._is_rematch_due = False
        self._known_upto = 0
        self._unseen: list[Stream] = []
        self._outside: set[tuple[int, int]] = set()
        self.load()

    def __iter__(self) -> Iterator[Stream]:
        return iter([stream for key, stream in self._active.items() if key not in self._outside])

    def holds(self, stream: Stream) -> bool:
        """Tell whether the stream is still the one in the table: a reload may have replaced it."""
        return self._active.get(stream.key) is stream

    def load(self) -> None:
        """Take the sources as the store has them; files that are open stay open. They must be matched anew."""
        self._is_rematch_due = True
        before = self._active
        self._names = None
        self._active = {}
        gone = []
        for source in self._writer.sources():
            self._known_upto = max(self._known_upto, source.id)
            if source.kind in {SourceKind.SQLITE, SourceKind.PIPE}:
                continue
            if source.state in {SourceCondition.ACTIVE, SourceCondition.FAILED}:
                key = source.device, source.inode
                known = before.pop(key, None)
                if known is not None and (known.source.id == source.id or known.busy):
                    if not known.busy:
                        known.source = source
                        known.checked = None  # the size it was found to have went with the state before
                    self._active[key] = known
                else:
                    if known is not None:
                        known.close()
                    self._active[key] = self._new_stream(source, "local")
            else:
                gone.append(source)
        self._gone.load(gone)
        for stream in before.values():
            stream.close()

    def close(self) -> None:
        """Let go of every file."""
        for stream in self._active.values():
            stream.close()

    def match(
        self, candidates: Iterable[Candidate], *, final: bool, covers: Callable[[SourceState], bool] = lambda _: True
    ) -> bool:
        """Bring the table in line with the files that are there.

        ``final``: nothing will turn up later, so gaps are final too. ``covers``: whether a source that is not among the
        candidates is gone; one that was not looked for stays as it is, and is left out when the table is iterated.
        """
        self._is_rematch_due = False
        self.open_files.keep_those_of(self._active)
        unknown: list[Candidate] = []
        seen: set[tuple[int, int]] = set()
        for candidate in candidates:
            key = candidate.device, candidate.inode
            seen.add(key)
            stream = self._active.get(key)
            if stream is None or (not stream.busy and not self._still_carries(stream, candidate)):
                unknown.append(candidate)
            else:
                stream.unseen_at = None
        unseen = [stream for key, stream in self._active.items() if key not in seen and not stream.busy]
        self._unseen = unseen
        self._outside = {stream.key for stream in unseen if not covers(stream.source)}
        for stream in unseen:
            if stream.key not in self._outside:
                self._look_unseen(stream)
        # Shortest name first: app.log becomes a stream before app.log.1 is asked whether it is a copy of it.
        for candidate in sorted(unknown, key=lambda candidate: (len(candidate.path), candidate.path)):
            if candidate.size:
                self._place(candidate)
        self._gone.report_gaps(final=final, covers=covers)
        self.open_files.close_quietest(self._active.values())
        return self._is_rematch_due

    def replaced(self, stream: Stream) -> None:
        """Give up a stream's file because the bytes before its offset changed.

        The stream waits for a copy, and its file begins a new stream at the next match.
        """
        self._is_rematch_due = True
        self._forget(stream, SourceCondition.ORPHANED)

    def look_for_earlier(self, stream: Stream) -> None:
        """Find what is stored of the generation its file had before, if it was rewritten. Raises as opening does."""
        if stream.is_earlier_known:
            return
        file = stream.open()
        earlier = self._gone.earlier_generation(stream.source, file, self._unseen_at(stream.source.path))
        stream.is_earlier_known = True
        if earlier is not None and earlier.offset <= MOST_BYTES:
            is_kept = file.extent(earlier.offset // 2) >= earlier.offset // 2
            stream.earlier = EarlierLines(self._writer.lines_of(earlier.id), upto=earlier.offset, is_kept=is_kept)

    def _still_carries(self, stream: Stream, candidate: Candidate) -> bool:
        looked = candidate.size, candidate.modified_ns
        source = stream.source
        if stream.is_rewritten:
            self._forget(stream, SourceCondition.ORPHANED)
            return False
        if stream.checked == looked and source.path == candidate.path:
            return True
        if stream.file is None and not _may_be_at(source, candidate):
            self._forget(stream, SourceCondition.ORPHANED)
            return False
        # Of a compressed file only the head is looked at here: who reads on compares the marker before the offset.
        still_holds = begins_alike if stream.is_compressed else continues
        try:
            file = stream.open() if stream.file is not None else self._open(stream, candidate)
            if file is None:
                return True
            if source.offset and not still_holds(source, file):
                self._forget(stream, SourceCondition.ORPHANED)
                return False
        except OSError as error:
            self._on_problem(candidate.path, f"it cannot be read: {error.strerror}")
            stream.close()  # what a server has forgotten can only be opened anew
            return True
        except SourceError as error:
            self._on_problem(candidate.path, str(error))
            return True
        if source.path != candidate.path:
            self._names = None
            if not self._writer.change_source(source, path=candidate.path):
                self.load()
        if stream.timezone != candidate.timezone:  # a stream taken from the store does not know what is declared today
            stream.timezone = candidate.timezone
            stream.reader = self._reader(candidate.timezone)
        stream.checked = looked
        stream.is_watched = True
        stream.modified_ns = candidate.modified_ns
        stream.note_size(candidate.size)
        self.open_files.keep(stream)
        return True

    @staticmethod
    def _open(stream: Stream, candidate: Candidate) -> LogFile | None:
        """Open the candidate's path for the stream; ``None`` if another file stands there by now."""
        file = file_type(stream.source.kind).open(candidate.path)
        if (file.device, file.inode) != stream.key:
            file.close()
            return None
        stream.file = file
        return file

    def _look_unseen(self, stream: Stream) -> None:
        """Read a stream whose file no pattern shows any more to its end, through the descriptor that is still open."""
        if stream.file is None:
            self._forget(stream, SourceCondition.ORPHANED)
            return
        now = time.monotonic()
        if stream.unseen_at is None:
            stream.unseen_at = now
        try:
            status = stream.file.status()
        except OSError:  # a server has forgotten it: nothing more can be read of it
            stream.close()
            self._forget(stream, SourceCondition.ORPHANED)
            return
        stream.note_size(status.st_size)
        if status.st_size < stream.source.offset:
            self._forget(stream, SourceCondition.ORPHANED)
        elif not stream.has_unread and now - max(stream.grown_at, stream.unseen_at) > UNSEEN_QUIET_S:
            self._forget(stream, SourceCondition.FINISHED)

    def _forget(self, stream: Stream, state: SourceCondition) -> None:
        """Take the stream out of the table; its row stays, so that a copy or a returning file can be recognised."""
        self._active.pop(stream.key, None)
        self._copies.clear()
        is_deleted = stream.file is not None and stream.file.status().st_nlink == 0
        stream.close()
        if not self._writer.change_source(stream.source, state=state, size=stream.source.size):
            self.load()
            return
        self._gone.add(stream.source, is_watched=stream.is_watched, is_deleted=is_deleted)

    def _place(self, candidate: Candidate) -> None:
        """Find the stream that an unknown file carries on, or begin one."""
        key = candidate.device, candidate.inode
        if self._is_known_copy(candidate) or key in self._active:
            return
        try:
            file = file_type(candidate.kind).open(candidate.path)
        except SourceError as error:
            self._on_problem(candidate.path, f"{error.message}; {error.hint}")
            return
        try:
            source = self._stream_for(candidate, file)
        except _TableStaleError:
            self.load()
            source = None
        except OSError as error:
            self._on_problem(candidate.path, f"it cannot be read: {error.strerror}")
            source = None
        if source is None:
            file.close()
            return
        stream = self._new_stream(source, candidate.timezone)
        stream.file = file
        stream.is_watched = True
        stream.modified_ns = candidate.modified_ns
        stream.note_size(candidate.size)
        if stream.is_compressed:
            stream.checked = candidate.size, candidate.modified_ns
        self._active[key] = stream
        if self._names is not None:
            self._names.add(source)
        # Another collector's, and truncated or deleted since it placed it.
        if not (continues(source, file) if source.offset else _may_be_at(source, candidate)):
            self.replaced(stream)
            return
        self.open_files.keep(stream)

    def _stream_for(self, candidate: Candidate, file: LogFile) -> SourceState | None:
        """Return the stream that the file carries on, or a new one; ``None`` for a copy or a file just replaced.

        Raises ``_TableStaleError``, ``OSError``.
        """
        key = candidate.device, candidate.inode
        if (file.device, file.inode) != key:
            return None
        if self._copied_from(candidate, file) is not None:
            self._copies[key] = candidate.size
            return None
        source = self._gone.carried_on_by(candidate, file)
        if source is not None and not self._gone.revive(source, candidate):
            raise _TableStaleError
        if source is None:
            if not self._make_way(candidate.path, file):
                return None
            originals = [stream.source for stream in self._originals_of(candidate.path)]
            source = self._writer.add_source(
                new_source(
                    candidate.path,
                    candidate.kind,
                    candidate.service,
                    device=candidate.device,
                    inode=candidate.inode,
                    format_name=candidate.format,
                    size=candidate.size,
                ),
                known_upto=self._known_upto,
                others=[*originals, *self._gone.like(candidate.path)],
            )
        if source is None:
            raise _TableStaleError
        self._known_upto = max(self._known_upto, source.id)
        return source

    def _make_way(self, path: str, file: LogFile) -> bool:
        """Give up streams without a stored byte of which ``file`` may be a copy, made before they were truncated.

        Another collector may have read those bytes and be about to store them: from then on it cannot, and the copy
        is what they are stored from. Raises ``_TableStaleError`` when it gave one up: only the store tells what was
        stored until then. Returns False while a thread of this collector reads such a stream: the file waits.
        """
        made_ns = file.status().st_ctime_ns + _CLOCK_TICK_NS
        for stream in self._originals_of(path):
            if stream.source.offset or made_ns < stream.source.first_seen_ns:
                continue
            if stream.busy:
                return False
            self._forget(stream, SourceCondition.FINISHED)
            raise _TableStaleError
        return True

    def _is_known_copy(self, candidate: Candidate) -> bool:
        size = self._copies.get((candidate.device, candidate.inode))
        if size is None or size == candidate.size:
            return size is not None
        # An archive in the making is not unpacked again at every scan, only when it is done.
        return candidate.kind == SourceKind.COMPRESSED and time.time_ns() - candidate.modified_ns < COPY_GRACE_S * 1e9

    def _copied_from(self, candidate: Candidate, file: LogFile) -> Stream | None:
        """Return the living stream whose bytes the candidate repeats: a copy-truncate in progress, not new records."""
        for stream in self._originals_of(candidate.path):
            source = stream.source
            original = None
            with contextlib.suppress(SourceError):  # it vanished since it was listed, or may not be read any more
                original = stream.open()
            if original is not None and is_copy(file, original):
                return stream
            if not source.offset:
                continue
            # The original may have been truncated or deleted between the look at it and this one. A copy, also one that
            # ends before what was stored, then waits for the look that finds the original gone.
            if continues(source, file) or (
                original is not None
                and source.kind == SourceKind.FILE
                and begins_alike(source, file)
                and not continues(source, original)
            ):
                return stream
        return None

    def _originals_of(self, path: str) -> Iterator[Stream]:
        """Yield the streams of which a rotation may have made the file at ``path``.

        One beside it is asked only when its own file has no name any more: two services' greetings are often alike.
        """
        for stream in self._named_like(path):
            if stream.source.path != path and is_named_after(path, stream.source):
                yield stream
        for stream in self._unseen:
            if self.holds(stream) and is_rotated_beside(path, stream.source.path):
                yield stream

    def _named_like(self, path: str) -> Iterator[Stream]:
        if self._names is None:
            self._names = SourceNames(stream.source for stream in self._active.values())
        for source in self._names.like(path):
            stream = self._active.get((source.device, source.inode))
            if stream is not None and stream.source is source:
                yield stream

    def _unseen_at(self, path: str) -> list[SourceState]:
        """Return the sources whose file stood at ``path`` before the one that does now."""
        return [
            stream.source
            for stream in self._named_like(path)
            if stream.source.path == path and stream.unseen_at is not None
        ]

    def _new_stream(self, source: SourceState, timezone: str) -> Stream:
        return Stream(source, self._reader(timezone), timezone)

    def _reader(self, timezone: str) -> BatchReader:
        return BatchReader(zone=zone_named(timezone), max_message=self._max_message)


class _TableStaleError(Exception):
    """Another collector changed the streams since they were loaded; with what it knows, a file may be a copy."""


def _may_be_at(source: SourceState, candidate: Candidate) -> bool:
    """Tell whether the candidate may be the source's file, going by names: what is stored of it tells more.

    Where nothing is, an inode proves little: that of a deleted file is given to the next one, of another service.
    """
    if source.offset or candidate.path == source.path:
        return True
    return candidate.kind == source.kind and is_named_after(candidate.path, source)
