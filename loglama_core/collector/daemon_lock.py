"""Whether a collector daemon is at work on a store: the lock is the truth, the pid file beside it is information."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from loglama_core.errors import CollectorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PRIVATE = 0o600
_TROUBLE_BYTES = 512


@dataclass(slots=True, frozen=True)
class DaemonProcess:
    """A running daemon.

    ``created``: the process's start time in seconds since 1970, which tells it from a later one with its pid.
    ``version``: of the program it runs, empty where it does not say.
    """

    pid: int
    created: float
    interval_s: int
    ready: bool
    version: str = ""


_KEYS = frozenset(field.name for field in fields(DaemonProcess))


def lock_path(db_path: Path) -> Path:
    """Return the lock file of the store's daemon."""
    return db_path.with_name(db_path.name + ".collector.lock")


def pid_path(db_path: Path) -> Path:
    """Return the file in which the store's daemon says who it is."""
    return db_path.with_name(db_path.name + ".collector.pid")


def trouble_path(db_path: Path) -> Path:
    """Return the file in which the store's daemon says why it cannot store anything."""
    return db_path.with_name(db_path.name + ".collector.trouble")


@contextmanager
def hold_daemon_lock(db_path: Path) -> Iterator[None]:
    """Hold the lock for the length of the block. The system lets go of it when the process dies, however it dies.

    Raises ``CollectorError`` when another daemon holds it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(lock_path(db_path), timeout=1.0, mode=_PRIVATE)
    try:
        lock.acquire()
    except Timeout as error:
        daemon = running_daemon(db_path)
        who = f" (pid {daemon.pid})" if daemon else ""
        msg = f"a collector is already running for {db_path}{who}"
        raise CollectorError(
            msg, "`loglama log-collector status` shows it, `loglama log-collector stop` ends it"
        ) from error
    except OSError as error:
        msg = f"the lock {lock_path(db_path)} cannot be taken: {error.strerror}"
        raise CollectorError(
            msg, "make the store's folder writable for you, or set LOGLAMA_DB_PATH to a place that is"
        ) from error
    try:
        yield
    finally:
        pid_path(db_path).unlink(missing_ok=True)
        trouble_path(db_path).unlink(missing_ok=True)
        lock.release()


def write_pid(db_path: Path, interval_s: int, *, ready: bool) -> None:
    """Say who holds the lock, in one atomic step. Raises ``CollectorError`` when it cannot be written."""
    import psutil

    from loglama_core import __version__

    process = DaemonProcess(os.getpid(), psutil.Process().create_time(), interval_s, ready, __version__)
    path = pid_path(db_path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        _write_anew(temporary, json.dumps(asdict(process)))
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        msg = f"{path} cannot be written: {error.strerror}"
        raise CollectorError(msg, "free space there and make the store's folder writable for you") from error


def write_trouble(db_path: Path, message: str | None) -> None:
    """Say why nothing can be stored now, ``None`` when all is well again.

    The store is no place for it, since that is what cannot be written. The file has its full length from the start
    and is written over in place, which a full disk allows.
    """
    text = (message or "").encode()[:_TROUBLE_BYTES].ljust(_TROUBLE_BYTES)
    # It is information only: a daemon that cannot give it goes on collecting.
    with suppress(OSError):
        descriptor = os.open(trouble_path(db_path), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _PRIVATE)
        try:
            os.write(descriptor, text)
        finally:
            os.close(descriptor)


def read_trouble(db_path: Path) -> str | None:
    """Return why the store's daemon cannot store anything now, ``None`` if it can or there is none."""
    try:
        return trouble_path(db_path).read_bytes().decode("utf-8", "ignore").strip() or None
    except OSError:
        return None


def _write_anew(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def running_daemon(db_path: Path) -> DaemonProcess | None:
    """Return the daemon that collects into the store, ``None`` if there is none, whatever a left-over pid file says."""
    import psutil

    try:
        told = json.loads(pid_path(db_path).read_text("utf-8"))
        # A daemon of a later version may say more of itself.
        process = DaemonProcess(**{name: value for name, value in told.items() if name in _KEYS})
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return None
    try:
        running = psutil.Process(process.pid)
        is_same = abs(running.create_time() - process.created) < 1 and "log-collector" in running.cmdline()
    except (psutil.Error, ValueError, TypeError):  # the last two: a pid file that names no process
        return None
    return process if is_same and running.status() != psutil.STATUS_ZOMBIE else None


def leftovers(db_path: Path) -> list[Path]:
    """Return the files that say a daemon is at work, or in trouble, while none is: it was killed."""
    if running_daemon(db_path) is not None:
        return []
    return [path for path in (pid_path(db_path), trouble_path(db_path)) if path.exists()]


def clear_leftovers(db_path: Path) -> None:
    """Remove what a killed daemon left behind; with a daemon at work there is nothing to remove."""
    with hold_daemon_lock(db_path):  # which removes both files when it is let go
        return


def wait_until_gone(db_path: Path, timeout_s: float) -> bool:
    """Wait for the daemon to end; returns whether it did."""
    deadline = time.monotonic() + timeout_s
    while running_daemon(db_path) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
