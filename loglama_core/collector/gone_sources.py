"""Sources whose file is gone: each may turn up again, as a copy or a file that came back, and what it lost is told."""

from __future__ import annotations

import os.path
import time
from typing import TYPE_CHECKING

from loglama_core.content_marker import is_hidden, marked_length, marks
from loglama_core.model import SourceCondition, SourceState
from loglama_core.sources.batch_reader import HEAD_BYTES
from loglama_core.sources.rotated_name import is_rotated_beside, is_rotated_from, uncompressed_name, unrotated_names
from loglama_core.sources.same_content import continues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from loglama_core.collector.discovery import Candidate
    from loglama_core.sources.log_file import LogFile
    from loglama_core.store.writer import RecordWriter

COPY_GRACE_S = 2.0
"""How long after a truncation a copy of the old bytes may turn up before the unread ones are reported as a gap."""
SHORTEST_HEAD = 64
"""Ingested bytes below which a file at a source's old path is not taken for the same: two banners are often alike."""
_LIVE_NS = 86_400_000_000_000
"""A file that vanished while nobody looked, and was written within a day before, may have grown unseen."""


class SourceNames:
    """Sources by the names a file may have that carries them on, so that a new file need not be held against each.

    Asking every one about every new file would take 14 s for 3,000 of them.
    """

    def __init__(self, sources: Iterable[SourceState]) -> None:
        self._by_name: dict[str, list[SourceState]] = {}
        for source in sources:
            self.add(source)

    def add(self, source: SourceState) -> None:
        """Note the names of a source."""
        for each in self._names_of(source):
            self._by_name.setdefault(each, []).append(source)

    def remove(self, source: SourceState) -> None:
        """Forget a source that was added with the paths it has now."""
        for each in self._names_of(source):
            self._by_name[each] = [other for other in self._by_name.get(each, ()) if other is not source]

    def like(self, path: str) -> Iterator[SourceState]:
        """Yield the few sources of which ``path`` may be the file, a rotation or a packed form, the oldest first."""
        name = os.path.basename(path)
        for each in dict.fromkeys((name, *unrotated_names(name), uncompressed_name(name))):
            yield from self._by_name.get(each, ())

    def _names_of(self, source: SourceState) -> set[str]:
        name, first_name = os.path.basename(source.path), os.path.basename(source.lineage)
        return {name, uncompressed_name(name), first_name}


class GoneSourceNames(SourceNames):
    """Sources without a file, which also one beside theirs may carry on: ``app.log.1``, by now ``app.log.2.gz``."""

    def _names_of(self, source: SourceState) -> set[str]:
        return super()._names_of(source) | set(unrotated_names(os.path.basename(source.path))[-1:])


def is_named_after(path: str, source: SourceState) -> bool:
    """Tell whether a rotation or (un)packing of the source's file would give ``path``."""
    return (
        is_rotated_from(path, source.lineage)
        or is_rotated_from(path, source.path)
        or (uncompressed_name(path) == uncompressed_name(source.path) and path != source.path)
    )


class GoneSources:
    """All sources that are finished or orphaned, and which of them have a gap to be reported."""

    def __init__(self, writer: RecordWriter) -> None:
        self._writer = writer
        self._names = GoneSourceNames(())
        self._orphans: dict[int, SourceState] = {}
        self._orphaned_at: dict[int, float] = {}
        self._is_loaded = False
        self._unwatched: set[int] = set()
        self._deleted: set[int] = set()

    def load(self, sources: Iterable[SourceState]) -> None:
        """Take the sources as the store has them; what was found out about them stays known."""
        now = time.monotonic()
        self._names = GoneSourceNames(())
        self._orphans = {}
        before, self._orphaned_at = self._orphaned_at, {}
        for source in sources:
            self._names.add(source)
            if source.state != SourceCondition.ORPHANED:
                continue
            self._orphans[source.id] = source
            if self._is_loaded:
                self._orphaned_at[source.id] = before.get(source.id, now)
            else:  # by a collector that did not live to see a copy of it
                self._unwatched.add(source.id)
        self._is_loaded = True

    def add(self, source: SourceState, *, is_watched: bool, is_deleted: bool) -> None:
        """Take in a source whose file has just been given up.

        ``is_watched``: its file was looked at since this collector began, so its size is that of its last second.
        ``is_deleted``: the file has no name any more; another that gets its inode is another.
        """
        self._names.add(source)
        if source.state == SourceCondition.ORPHANED:
            self._orphans[source.id] = source
            self._orphaned_at[source.id] = time.monotonic()
            if not is_watched:
                self._unwatched.add(source.id)
        if is_deleted:
            self._deleted.add(source.id)

    def like(self, path: str) -> Iterator[SourceState]:
        """Yield those of which the file at ``path`` may be a rotation."""
        return self._names.like(path)

    def carried_on_by(self, candidate: Candidate, file: LogFile) -> SourceState | None:
        """Return the source, the newest if there are several, whose stored bytes the file holds."""
        best = None
        for source in self._names.like(candidate.path):
            if source.offset == 0 or (best is not None and source.id < best.id):
                continue
            is_same_path = candidate.path == source.path
            if not is_same_path and candidate.path != source.lineage and not self._is_named_after(candidate, source):
                continue
            came_back = (source.device, source.inode) == (file.device, file.inode) and source.id not in self._deleted
            if is_same_path and source.offset < SHORTEST_HEAD and not came_back:
                continue
            if continues(source, file):
                best = source
        return best

    @staticmethod
    def _is_named_after(candidate: Candidate, source: SourceState) -> bool:
        if is_named_after(candidate.path, source):
            return True
        return source.offset >= SHORTEST_HEAD and is_rotated_beside(candidate.path, source.path)

    def revive(self, source: SourceState, candidate: Candidate) -> bool:
        """Let the source go on in the candidate, at its offset; returns False if another collector was quicker.

        A gap reported meanwhile is taken back: the bytes are there after all.
        """
        self._names.remove(source)
        is_revived = self._writer.revive_source(
            source,
            path=candidate.path,
            kind=candidate.kind,
            device=candidate.device,
            inode=candidate.inode,
            state=SourceCondition.ACTIVE,
            read_size=0,
        )
        if is_revived:
            self._orphans.pop(source.id, None)
        else:
            self._names.add(source)
        return is_revived

    def earlier_generation(
        self, source: SourceState, file: LogFile, unseen: Iterable[SourceState]
    ) -> SourceState | None:
        """Return the newest source that stood at the same path, began as ``file`` does and was stored further.

        Its file was rewritten: saved by an editor, or shortened. Or ``file`` is a copy of it that ends sooner: what was
        written between a copy and the truncation is not in the copy, but may have been stored. ``unseen``: sources
        that are still read through a descriptor, although another file stands at their path.
        """
        others = [
            other
            for other in (*self._names.like(source.path), *unseen)
            if (other.path == source.path or is_named_after(source.path, other))
            and other.id < source.id
            and other.offset > source.offset
        ]
        if not others:
            return None
        head = file.read(HEAD_BYTES, 0)
        for other in sorted(others, key=lambda other: other.id, reverse=True):
            if is_hidden(other.head):  # a hash tells nothing of a part
                shared = marked_length(other.head)
                is_same = marks(other.head, head[:shared])
            else:
                shared = min(len(head), len(other.head))
                is_same = head[:shared] == other.head[:shared]
            if is_same and shared >= min(SHORTEST_HEAD, other.offset):
                return other
        return None

    def report_gaps(self, *, final: bool, covers: Callable[[SourceState], bool]) -> None:
        """Report what was lost of the sources whose copy has not turned up in time; ``final``: none will."""
        now = time.monotonic()
        for source in [source for source in self._orphans.values() if covers(source)]:
            since = self._orphaned_at.get(source.id)
            if since is not None and now - since < COPY_GRACE_S and not final:
                continue
            if self._writer.change_source(source, state=SourceCondition.FINISHED):
                self._report_gap(source)
            self._orphans.pop(source.id, None)

    def _report_gap(self, source: SourceState) -> None:
        if source.size > source.offset:
            self._writer.add_gap(source, source.offset, source.size, "destroyed before it was read")
        elif (
            source.id in self._unwatched
            and source.path == source.lineage
            and time.time_ns() - source.last_seen_ns < _LIVE_NS
        ):
            # How much was lost, if anything, nobody can know: the range is empty.
            self._writer.add_gap(source, source.offset, source.offset, "gone or rewritten while nobody collected")
