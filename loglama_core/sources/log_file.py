"""An open log file: opened so that nothing but a regular file is ever read."""

from __future__ import annotations

import os
import stat
from typing import Self

from loglama_core.errors import SourceError

_OPEN_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""O_NONBLOCK: opening a FIFO that somebody put at a log's path must not hang the collector."""


class LogFile:
    """A regular file held open for reading.

    Holding it open keeps its bytes readable after a rename or a delete, and keeps the file system from giving its
    inode to another file. ``device`` and ``inode`` are those of the open file, whatever stands at its path now.
    ``is_complete``: nothing can follow what was read, as at the end of an archive. ``trouble``: why nothing more of it
    can be read although the system lets us.
    """

    def __init__(self, descriptor: int, status: os.stat_result) -> None:
        self.descriptor = descriptor
        self.device = status.st_dev
        self.inode = status.st_ino
        self.is_complete = False
        self.trouble: str | None = None

    @classmethod
    def open(cls, path: str) -> Self:
        """Open ``path``; raises ``SourceError`` if it cannot be read or is not a regular file."""
        try:
            descriptor = os.open(path, _OPEN_FLAGS)
        except OSError as error:
            msg = f"{path} cannot be read: {error.strerror}"
            raise SourceError(msg, _hint_for(error)) from error
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            msg = f"{path} is not a regular file"
            raise SourceError(msg, "only regular files are collected; pipes, sockets, devices and folders never are")
        return cls(descriptor, status)

    def status(self) -> os.stat_result:
        """Return size, times and link count of the open file."""
        return os.fstat(self.descriptor)

    def size(self) -> int:
        """Return the length of the stream of bytes that ``read`` gives."""
        return self.status().st_size

    def extent(self, limit: int) -> int:
        """Return how many bytes can be read, counted up to ``limit``."""
        return min(limit, self.status().st_size)

    def read(self, length: int, offset: int) -> bytes:
        """Return up to ``length`` bytes from ``offset``; fewer only at the end of the file. Raises ``OSError``."""
        data, damage = self.read_until_damage(length, offset)
        if damage is not None:
            raise damage
        return data

    def read_until_damage(self, length: int, offset: int) -> tuple[bytes, OSError | None]:
        """Read as ``read`` does, but return what precedes bytes that cannot be read, and why those cannot."""
        data = b""
        while len(data) < length:
            try:
                more = os.pread(self.descriptor, length - len(data), offset + len(data))
            except OSError as error:
                return data, error
            if not more:
                break
            data = data + more if data else more
        return data, None

    def close(self) -> None:
        """Let go of the file. Calling it twice is allowed."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _hint_for(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "let the collector's user read it (group or ACL); it is tried again at every scan"
    if isinstance(error, FileNotFoundError):
        return "it will be collected when it appears"
    return "it is tried again at every scan"
