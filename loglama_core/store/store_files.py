"""The files that make up a store: SQLite's own, which nobody else may open, replace or collect.

Closing a descriptor of one of them drops every lock that this process's SQLite connections hold on it (POSIX).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from loglama_core.errors import UsageError
from loglama_core.store.identity import file_identity
from loglama_core.store.search_database import search_path

if TYPE_CHECKING:
    from loglama_core.store.identity import FileIdentity

_BESIDE = ("", "-wal", "-shm", "-journal")


def store_files(path: Path) -> list[Path]:
    """Return where the files of the store at ``path`` and of its search index are, if they are there."""
    return [Path(f"{database}{suffix}") for database in (path, search_path(path)) for suffix in _BESIDE]


def store_file_identities(path: Path) -> frozenset[FileIdentity]:
    """Return which files those are now: by whatever name, link or folder one of them is met, it is the same."""
    return frozenset(map(file_identity, store_files(path))) - {None}


def refuse_store_file(path: Path, target: Path) -> None:
    """Raise ``UsageError`` if ``target``, which is to be written, is a file of the store at ``path``."""
    names = {file.resolve() for file in store_files(path)}
    if target.resolve() in names or file_identity(target) in store_file_identities(path):
        raise UsageError(f"{target} is a file of the store itself", "give another name")
