"""Which streams keep their files open from one scan to the next: there may be more files than descriptors."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loglama_core.collector.stream import Stream

OPEN_FILES = 512
"""Files kept open at most, and half of what the system allows the process; the quietest are closed first and opened
again when they grow.
"""


class OpenFiles:
    """The room for open files, and the keys (device, inode) of the streams that take it up."""

    def __init__(self) -> None:
        self._room = _room_for_open_files()
        self._kept: set[tuple[int, int]] = set()

    def keep_those_of(self, streams: Mapping[tuple[int, int], Stream]) -> None:
        """Count only what is still open of ``streams``, and give the room that is left to others of them."""
        self._kept = {key for key in self._kept if key in streams and streams[key].file is not None}
        for each in streams.values():
            self.keep(each)

    def keep(self, stream: Stream) -> None:
        """Keep the stream's file open while there is room, else let go of it; it is opened again when it grows."""
        if stream.file is None or stream.busy:
            return
        if stream.is_compressed:  # nothing is appended to it as a rule, and what it has unpacked takes 3 MiB
            stream.close()
        elif len(self._kept) < self._room:
            self._kept.add(stream.key)
        elif stream.key not in self._kept:
            stream.close()

    def close_quietest(self, streams: Iterable[Stream]) -> None:
        """Make room for others: close the quietest half of what is open once the room is used up."""
        if len(self._kept) < self._room:
            return
        is_open = [stream for stream in streams if stream.file is not None and not stream.busy]
        is_open.sort(key=lambda stream: stream.grown_at)
        for stream in is_open[: len(is_open) // 2]:
            if not stream.has_unread:
                stream.close()
                self._kept.discard(stream.key)


def _room_for_open_files() -> int:
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return OPEN_FILES if allowed == resource.RLIM_INFINITY else min(OPEN_FILES, allowed // 2)
