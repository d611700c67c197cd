"""The files a person names for an import: single ones and all below a folder."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from loglama_core.collector.discovery import BESIDE_A_DATABASE, Candidate, Discovery
from loglama_core.collector.remote_mounts import RemoteMounts
from loglama_core.errors import UsageError
from loglama_core.model import SourceKind
from loglama_core.sources.decompression import is_packed
from loglama_core.sources.rotated_name import is_compressed, service_name
from loglama_core.store.store_files import store_file_identities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loglama_core.config.settings import Settings
    from loglama_core.model import SourceState
    from loglama_core.store.identity import FileIdentity

_DATABASE_MARK = b"SQLite format 3\0"
_SNIFFED_BYTES = 1024
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class GivenFiles:
    """Finds the files at ``paths``; a file that is also collected keeps the service it is declared for.

    ``service``, ``format_name``: hold for all of them when given. ``problems``: what could not be looked at, path ->
    reason. Raises ``UsageError`` for a path that does not exist.
    """

    def __init__(
        self, settings: Settings, paths: Sequence[str], *, service: str | None, format_name: str | None
    ) -> None:
        self.problems: dict[str, str] = {}
        self._service = service
        self._format = format_name
        self._paths = [os.path.abspath(path) for path in paths]
        for path in self._paths:
            if not os.path.exists(path):
                msg = f"{path} does not exist"
                raise UsageError(msg, "name files or folders that do, or - for what is piped in")
        self._store = settings.db_path
        self._own: frozenset[FileIdentity] = frozenset()
        self._declared = {(each.device, each.inode): each for each in _declared_near(settings, self._paths)}
        self._found: list[Candidate] | None = None

    def folders(self) -> set[str]:
        """Return no folder: nothing more is waited for."""
        return set()

    def covers(self, _source: SourceState) -> bool:
        """Tell that no source is gone for not being among the files."""
        return False

    def candidates(self) -> Iterator[Candidate]:
        """Yield each file once, as it is now."""
        if self._found is None:
            self._own = store_file_identities(self._store)
            found: dict[tuple[int, int], Candidate] = {}
            for path in self._paths:
                for candidate in self._below(path) if os.path.isdir(path) else self._look_at(path, is_named=True):
                    found.setdefault((candidate.device, candidate.inode), candidate)
            self._found = list(found.values())
        for candidate in self._found:
            try:
                status = os.stat(candidate.path)
            except OSError as error:
                self.problems[candidate.path] = f"it cannot be looked at: {error.strerror}"
                continue
            yield candidate._replace(size=status.st_size, modified_ns=status.st_mtime_ns)

    def _below(self, folder: str) -> Iterator[Candidate]:
        for where, folders, names in os.walk(folder, onerror=self._note):
            folders.sort()
            for name in sorted(names, key=lambda name: (len(name), name)):
                if not name.endswith(BESIDE_A_DATABASE):
                    yield from self._look_at(os.path.join(where, name), is_named=False)

    def _note(self, error: OSError) -> None:
        self.problems[str(error.filename)] = f"the folder cannot be listed: {error.strerror}"

    def _look_at(self, path: str, *, is_named: bool) -> Iterator[Candidate]:
        try:
            status = os.stat(path)
            if not stat.S_ISREG(status.st_mode):
                if is_named:
                    self.problems[path] = "it is not a regular file; pipe it in and name -"
                return
            if (status.st_dev, status.st_ino) in self._own:
                return
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                begin = file.read(_SNIFFED_BYTES)
        except OSError as error:
            self.problems[path] = f"it cannot be read: {error.strerror}"
            return
        kind = kind_of(path, begin)
        if kind == SourceKind.FILE and not is_named and b"\0" in begin and not begin.startswith(_UTF16_MARKS):
            self.problems[path] = "it is no text; name the file itself to import it all the same"
            return
        declared = self._declared.get((status.st_dev, status.st_ino))
        yield Candidate(
            path=path,
            kind=kind,
            device=status.st_dev,
            inode=status.st_ino,
            size=status.st_size,
            modified_ns=status.st_mtime_ns,
            service=self._service or (declared.service if declared else _service_of(path, kind)),
            format=self._format or (declared.format if declared else None),
            timezone=declared.timezone if declared else "local",
        )


def _declared_near(settings: Settings, paths: Sequence[str]) -> Iterator[Candidate]:
    """Yield what is declared on local file systems and on those of ``paths``: no other can hold the import up."""
    with RemoteMounts() as mounts:
        for mount in {None, *map(mounts.mount_of, paths)}:
            yield from Discovery(settings, mounts=mounts, mount=mount).candidates()


def kind_of(path: str, begin: bytes) -> SourceKind:
    """Return how a file that begins so is read; an empty one as its name says."""
    if begin.startswith(_DATABASE_MARK):
        return SourceKind.SQLITE
    return SourceKind.COMPRESSED if is_compressed(path) or is_packed(begin) else SourceKind.FILE


def _service_of(path: str, kind: SourceKind) -> str:
    name = service_name(path)
    return os.path.splitext(name)[0] or name if kind == SourceKind.SQLITE else name
