"""Files that appear whole or not at all, for their owner alone, and never in place of another without being asked."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from loglama_core.errors import LogLamaError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def replace_atomically(target: Path, *, force: bool) -> Iterator[Path]:
    """Yield the path of a new, empty, private file beside ``target``, which becomes it when the block ends well.

    After an error or an interruption nothing is left. Raises ``UsageError`` if ``target`` exists and ``force`` is not
    given, or is a symbolic link or no plain file even so, ``LogLamaError`` if the folder cannot be written.
    """
    _check(target, force=force)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise _failure(target, error) from error
    try:
        yield partial
        _make_durable(partial)
        _put_in_place(partial, target, force=force)
    except OSError as error:
        raise _failure(target, error) from error
    finally:
        partial.unlink(missing_ok=True)


def _check(target: Path, *, force: bool) -> None:
    if target.is_symlink():
        raise UsageError(f"{target} is a symbolic link, which is not followed", "name the file itself")
    if not target.exists():
        return
    if not target.is_file():
        raise UsageError(f"{target} is not a plain file", "name a file")
    if not force:
        raise UsageError(f"{target} exists already", "give another name, or --force to replace it")


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _put_in_place(partial: Path, target: Path, *, force: bool) -> None:
    if force:
        partial.replace(target)
        return
    try:
        os.link(partial, target)  # unlike rename, it refuses to replace what appeared in between
    except FileExistsError:
        raise UsageError(f"{target} exists already", "give another name, or --force to replace it") from None
    except OSError:  # a file system without hard links
        _check(target, force=False)
        partial.replace(target)


def _failure(target: Path, error: OSError) -> LogLamaError:
    return LogLamaError(
        f"{target} cannot be written: {error.strerror}", "make room and its folder writable, or name another file"
    )
