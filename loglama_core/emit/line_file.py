"""The file of one service that several processes append whole lines to.

A line is one ``write`` to a file opened with ``O_APPEND``: lines of other processes cannot get between its bytes, and
what was written survives ``kill -9``. Nothing is buffered, no lock is held, and the descriptor keeps its number for the
life of the process, so threads, forks and a logging call at interpreter exit need no care.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import sys
import threading
import time
from collections.abc import Callable

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_RETRY_NS = 1_000_000_000
"""A file that could not be opened or rotated is tried again after a second: a failing call costs 10 us, not 100."""

_CLOSED = -1

_fstat, _lstat, _write = os.fstat, os.lstat, os.write

_files: dict[str, LineFile] = {}


def open_line_file(path: str, *, max_bytes: int, backups: int) -> LineFile:
    """Return the one ``LineFile`` of this process for ``path``; the limits of the last call hold. Never raises."""
    path = os.path.abspath(path)
    file = _files.get(path)
    if file is None:
        file = _files.setdefault(path, LineFile(path))
    file.max_bytes, file.backups = max_bytes, backups
    return file


def lost_records() -> int:
    """Return how many records of this process no file could take so far."""
    return sum(file.lost for file in _files.values())


class LineFile:
    """Appends lines to ``path``, creating it and its folder, private, when they are missing.

    ``max_bytes``: when the file would grow beyond, it is renamed to ``path.1``, the older ones to ``.2`` … up to
    ``backups``, by one process of all that write; 0 leaves rotation to others, whose renaming is followed either way.
    ``lost``: lines that could not be written. No method raises an ``OSError``.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.max_bytes = 0
        self.backups = 0
        self.lost = 0
        self.on_recovery: Callable[[int, str], bytes] | None = None
        """(lines lost, why) -> the line that tells so, once lines can be written again."""
        self._descriptor = _CLOSED
        self._identity = (0, 0)
        self._torn = False
        self._unreported = 0
        self.last_error = ""
        """Why the last line that was lost could not be written."""
        self.is_told = False
        """Whether the one warning was given, or is not wanted."""
        self._retry_ns = 0
        self._rotate_after_ns = 0
        self._is_busy = False
        self._lock = threading.RLock()
        os.register_at_fork(after_in_child=self._forget_lock)

    def write(self, line: bytes) -> bool:
        """Append ``line``, which ends with a newline; ``False`` when it was lost.

        Costs three system calls, 3.9 of the 5 us it takes; what a call of Python costs is saved where all is well.
        """
        length = len(line)
        try:
            if not self._is_current(length):
                self._renew(length)
            if self._unreported or self._torn:
                self._write_after_trouble()
            written = _write(self._descriptor, line)
            if written != length:
                self._append_rest(line, written)
        except OSError as error:
            self._lose(error)
            return False
        return True

    def _is_current(self, length: int) -> bool:
        """Whether the descriptor still is the file of this name, with room for the line.

        Both are asked each time (1 us): a program that turns into a daemon closes descriptors it does not know, and
        the number may be a socket's by now.
        """
        try:
            ours = _fstat(self._descriptor)  # which fails while none is open
            named = _lstat(self.path)
        except OSError:
            return False
        device, inode = self._identity
        if not (ours.st_ino == inode == named.st_ino and ours.st_dev == device == named.st_dev):
            return False
        size = named.st_size
        return not self.max_bytes or not size or size + length <= self.max_bytes

    def _renew(self, length: int) -> None:
        """Open the file again, rotating it if it is full. Raises ``OSError`` when there is none to write to.

        Of several threads one does it, the others write on to what is open.
        """
        now = time.monotonic_ns()
        if now < self._retry_ns:
            raise OSError(0, self.last_error)
        if not self._lock.acquire(blocking=self._descriptor == _CLOSED):
            return
        interrupted, self._is_busy = self._is_busy, True
        try:
            if self._is_current(length):
                return
            try:
                self._open()
            except OSError:
                self._retry_ns = now + _RETRY_NS
                raise
            # A signal handler that logs may have interrupted this very thread in the midst of a rotation.
            if not interrupted and not self._is_current(length) and now >= self._rotate_after_ns:
                self._rotate(now)
        finally:
            self._is_busy = interrupted
            self._lock.release()

    def _open(self) -> None:
        if self._descriptor != _CLOSED and self._is_still_named():
            return
        os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        fresh = os.open(self.path, _FLAGS, 0o600)
        try:
            status = os.fstat(fresh)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(0, "it is not a regular file")
            self._torn = status.st_size > 0 and _is_torn(self.path, fresh)
            if self._holds_its_file():
                # The number stays the same: a thread that is about to write to it cannot hit another file.
                os.dup2(fresh, self._descriptor, inheritable=False)
            else:
                self._descriptor, fresh = fresh, _CLOSED
            self._identity = (status.st_dev, status.st_ino)
        finally:
            if fresh != _CLOSED:
                os.close(fresh)

    def _holds_its_file(self) -> bool:
        if self._descriptor == _CLOSED:
            return False
        try:
            ours = os.fstat(self._descriptor)
        except OSError:
            return False
        return (ours.st_dev, ours.st_ino) == self._identity

    def _is_still_named(self) -> bool:
        if not self._holds_its_file():
            return False
        try:
            named = os.lstat(self.path)
        except OSError:
            return False
        return (named.st_dev, named.st_ino) == self._identity

    def _rotate(self, now: int) -> None:
        """Rename the full file and open a new one, unless another process is at it.

        The lock is on the full file itself. Who gets it after the renaming sees that the name is another file's.
        """
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        try:
            if self._is_still_named():
                _shift(self.path, self.backups)
        except OSError:  # a folder that files may be appended in but not renamed
            self._rotate_after_ns = now + _RETRY_NS
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._open()

    def _write_after_trouble(self) -> None:
        """Begin a new line if the last one is torn, and tell what was lost."""
        if self._torn:
            _write(self._descriptor, b"\n")  # a full disk raises, and the next line tries again
            self._torn = False
        if self._unreported and self.on_recovery is not None:
            told = self.on_recovery(self._unreported, self.last_error)
            written = _write(self._descriptor, told)
            if written != len(told):
                self._append_rest(told, written)
        self._unreported = 0

    def _append_rest(self, line: bytes, written: int) -> None:
        """Append what a write has left of a line: the disk is full, and what follows has to begin a new line."""
        self._torn = True
        written += _write(self._descriptor, line[written:])
        self._torn = written != len(line)
        if self._torn:
            raise OSError(0, "the disk is full")

    def _lose(self, error: OSError) -> None:
        self.lost += 1
        self._unreported += 1
        self.last_error = error.strerror or str(error)
        if self.is_told:
            return
        self.is_told = True
        with contextlib.suppress(Exception):  # stderr may be closed, full or none at all
            what = f"{self.path} cannot be written: {self.last_error}"
            sys.stderr.write(f"loglama: {what}; records are lost (and counted) until it can\n")

    def _forget_lock(self) -> None:
        """Begin with a free lock in a forked child: the thread that held it lives in the parent only."""
        self._lock = threading.RLock()
        self._is_busy = False


def _is_torn(path: str, descriptor: int) -> bool:
    """Whether the file ends within a line: that of a killed writer, not one that is being written."""
    try:
        reader = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False  # it may be appended to only
    try:
        for _ in range(20):
            os.write(descriptor, b"")  # waits for the file's lock, hence for the end of a write that is under way
            if os.pread(reader, 1, max(0, os.fstat(reader).st_size - 1)) in {b"\n", b""}:
                return False
            time.sleep(0.001)
        return True
    finally:
        os.close(reader)


def _shift(path: str, backups: int) -> None:
    """Rename ``path`` to ``path.1``, that to ``path.2`` … until a number is free; the last of ``backups`` goes."""
    if backups < 1:
        os.unlink(path)
        return
    free = 1
    while free < backups and os.path.lexists(f"{path}.{free}"):
        free += 1
    for number in range(free, 1, -1):
        os.replace(f"{path}.{number - 1}", f"{path}.{number}")
    os.replace(path, f"{path}.1")
