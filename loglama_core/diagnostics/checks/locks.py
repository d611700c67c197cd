"""Checks of who holds the store: a lock that is not let go of, an old state that is read for ever."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from loglama_core.amounts import byte_size
from loglama_core.diagnostics.context import DiagnosticContext
from loglama_core.diagnostics.fixes import fix_fold_write_ahead_log
from loglama_core.model import Finding, FindingStatus

GROUP = "store"

_LOCKS = Path("/proc/locks")
_WRITE_BYTE = 120
_READ_BYTES = range(124, 128)
"""Bytes of the -shm file that SQLite locks (https://sqlite.org/walformat.html, 2.3.2): the one writer, and readers of
what is in the write-ahead log; byte 123 is for readers of the store's file alone, which hold nothing up."""
_HELD_LOOKS = 5
_BETWEEN_LOOKS_S = 0.2
_WAL_WARN = 256_000_000
"""Sixteen times what the writer lets the write-ahead log grow to before it folds it back."""


class _Holder(NamedTuple):
    pid: int
    first: int


def write_ahead_log(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that the write-ahead log is folded back into the store in time (fault 87)."""
    info = context.store.store_info()
    size = byte_size(info.wal_bytes)
    if info.wal_bytes <= _WAL_WARN:
        yield Finding("write-ahead-log", GROUP, FindingStatus.OK, f"the write-ahead log is small ({size})")
        return
    readers = {holder.pid for holder in _holders(context.settings.db_path) if holder.first in _READ_BYTES}
    named = tuple(f"pid {pid} keeps an old state of it open: {_program(pid)}" for pid in sorted(readers))
    yield Finding(
        "write-ahead-log",
        GROUP,
        FindingStatus.WARN,
        f"the write-ahead log has grown to {size}",
        (f"{info.path}-wal", *(named or ("no program is reading an old state of it now",))),
        "end programs that keep the store open, such as an SQL shell, then fold it back",
        fix_fold_write_ahead_log(context.settings.db_path),
    )


def write_lock(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that no program holds the write lock and writes nothing (fault 8)."""
    db_path = context.settings.db_path
    token = context.store.change_token()
    held: set[int] = set()
    for look in range(_HELD_LOOKS):
        now = {holder.pid for holder in _holders(db_path) if holder.first == _WRITE_BYTE}
        held = now if look == 0 else held & now
        if not held or context.store.change_token() != token:
            yield Finding("write-lock", GROUP, FindingStatus.OK, "nobody keeps others from writing")
            return
        time.sleep(_BETWEEN_LOOKS_S)
    pid = min(held)
    yield Finding(
        "write-lock",
        GROUP,
        FindingStatus.FAIL,
        f"pid {pid} has locked the store and writes nothing: nothing can be stored",
        (f"pid {pid}: {_program(pid)}", f"held for more than {_HELD_LOOKS * _BETWEEN_LOOKS_S:.0f} s without a commit"),
        f"let it finish its transaction, or end it: kill {pid}",
    )


def _holders(db_path: Path) -> list[_Holder]:
    """Return who holds which byte of the store's -shm file; empty where the system does not tell."""
    try:
        status = Path(f"{db_path}-shm").stat()
        lines = _LOCKS.read_text("ascii").splitlines()
    except OSError:
        return []
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    holders = []
    for line in lines:
        fields = line.split()
        # "1: POSIX  ADVISORY  WRITE 17653 fe:00:2173134 120 120"; one that waits has "->" in the second place.
        if len(fields) == 8 and fields[5] == place and int(fields[4]) != os.getpid():
            holders.append(_Holder(int(fields[4]), int(fields[6])))
    return holders


def _program(pid: int) -> str:
    import psutil

    try:
        return " ".join(psutil.Process(pid).cmdline())[:200] or "its command line is not known"
    except psutil.Error:
        return "its command line cannot be read"
