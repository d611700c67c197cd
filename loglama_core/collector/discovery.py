"""Which files there are to collect: the declared patterns, their rotated siblings, and every log in the log folder."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from loglama_core.collector.link_trust import LinkTrust
from loglama_core.model import SourceKind
from loglama_core.sources.rotated_name import is_compressed, service_name, unrotated_names
from loglama_core.store.store_files import store_file_identities

if TYPE_CHECKING:
    from collections.abc import Collection

    from loglama_core.collector.remote_mounts import RemoteMounts
    from loglama_core.config.settings import Settings
    from loglama_core.model import SourceState
    from loglama_core.store.identity import FileIdentity

_DATABASE_SUFFIXES = (".db", ".sqlite", ".sqlite3")
BESIDE_A_DATABASE = tuple(f"{suffix}-{what}" for suffix in _DATABASE_SUFFIXES for what in ("wal", "shm", "journal"))


class Candidate(NamedTuple):
    """A regular file that matches, as one ``stat`` saw it."""

    path: str
    kind: SourceKind
    device: int
    inode: int
    size: int
    modified_ns: int
    service: str
    format: str | None
    timezone: str


class _Named(NamedTuple):
    """What the name of a file tells of it. ``is_text``: it is UTF-8."""

    kind: SourceKind
    service: str
    is_text: bool


_NAMES_KNOWN = 100_000


@dataclass(slots=True, frozen=True)
class _Pattern:
    """Files of one folder pattern whose name, or whose name before rotation, matches."""

    folder: str
    name: re.Pattern[str]
    service: str | None
    format: str | None
    timezone: str
    known: dict[str, _Named | None] = field(default_factory=dict, compare=False)

    def named(self, name: str) -> _Named | None:
        """Return what the name of a file tells, ``None`` if it does not match. Asked of every file at every scan."""
        try:
            return self.known[name]
        except KeyError:
            if len(self.known) > _NAMES_KNOWN:  # most are of files long gone
                self.known.clear()
            self.known[name] = told = self._told_by(name)
            return told

    def _told_by(self, name: str) -> _Named | None:
        match = self.name.match
        if match(name) is None and not any(match(original) for original in unrotated_names(name)):
            return None
        return _Named(_kind_of(name), self.service or service_name(name), _is_text(name))

    def may_hold(self, folder: str) -> bool:
        """Tell whether the pattern's folder is, or may stand for, this one."""
        return folder == self.folder or (glob.has_magic(self.folder) and fnmatch.fnmatchcase(folder, self.folder))


class Discovery:
    """Finds the files to collect, again at every scan.

    ``services``: collect only these; ``None`` means all. ``problems``: what could not be looked at in the last run,
    path -> reason. With ``mounts`` only that is looked at which lies on ``mount``, or, without one, on none that is
    remote; ``elsewhere`` then holds the mounts that were left out in the last run.
    """

    def __init__(
        self,
        settings: Settings,
        services: Collection[str] | None = None,
        *,
        mounts: RemoteMounts | None = None,
        mount: str | None = None,
    ) -> None:
        self._services = None if services is None else frozenset(services)
        self._store = settings.db_path
        self._own_files: frozenset[FileIdentity] = frozenset()
        self._patterns = list(_patterns(settings))
        self._links = LinkTrust()
        self._mounts = mounts
        self._mount = mount
        self.problems: dict[str, str] = {}
        self.elsewhere: set[str] = set()

    def folders(self) -> set[str]:
        """Return the folders, existing now, in which files are looked for."""
        return {folder for pattern in self._patterns for folder in self._expand(pattern.folder)}

    def covers(self, source: SourceState) -> bool:
        """Tell whether a source whose file is not among the candidates has no file any more.

        A file that no pattern shows was imported, or declared once: it was not looked for.
        """
        if self._services is not None and source.service not in self._services:
            return False
        if self._mounts is not None and self._mounts.mount_of(source.path) != self._mount:
            return False
        folder, name = os.path.split(source.path)
        return any(pattern.may_hold(folder) and pattern.named(name) is not None for pattern in self._patterns)

    def candidates(self) -> Iterator[Candidate]:
        """Yield each matching file once: a link and its target, or two hard links, are one file."""
        self.problems.clear()
        self.elsewhere.clear()
        if self._mounts is not None:
            self._mounts.refresh()
        self._own_files = store_file_identities(self._store)
        seen: set[tuple[int, int]] = set()
        listings: dict[str, list[str]] = {}
        for pattern in self._patterns:
            for folder in self._expand(pattern.folder):
                if folder not in listings:
                    listings[folder] = self._names_in(folder)
                beginning = os.path.join(folder, "")
                for name in listings[folder]:
                    if (named := pattern.named(name)) is not None:
                        candidate = self._look_at(beginning + name, named, pattern)
                        if candidate is not None and (candidate.device, candidate.inode) not in seen:
                            seen.add((candidate.device, candidate.inode))
                            if self._services is None or candidate.service in self._services:
                                yield candidate

    def _names_in(self, folder: str) -> list[str]:
        try:
            # Sorted: of a file and the links to it, the shortest name wins, whatever order the folder gives.
            return sorted(
                (name for name in self._here(folder) if not name.endswith(BESIDE_A_DATABASE)),
                key=lambda name: (len(name), name),
            )
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self._note(folder, f"the folder cannot be listed: {error.strerror}")
            return []

    def _here(self, folder: str) -> list[str]:
        """Return the names in a folder that lead to what is looked at."""
        mounts = self._mounts
        if mounts is None or not mounts.kinds or mounts.mount_of(folder) is not None:
            return os.listdir(folder)
        with os.scandir(folder) as entries:
            # Only a link leads away, or what something is mounted on: telling both costs no look at the file.
            return [
                entry.name
                for entry in entries
                if (self._is_ours(entry.path) if _is_link(entry) or entry.path in mounts.kinds else not self._mount)
            ]

    def _is_ours(self, path: str) -> bool:
        """Tell whether ``path`` lies on the mount that is looked at; if not, note on which it does."""
        if self._mounts is None:
            return True
        mount = self._mounts.mount_of(path)
        if mount is not None and mount != self._mount:
            self.elsewhere.add(mount)
        return mount == self._mount

    def _is_on_the_way(self, folder: str) -> bool:
        """Tell whether a folder can be looked into: links of a local one may lead to the mount that is looked at."""
        return self._is_ours(folder) or (self._mounts is not None and self._mounts.mount_of(folder) is None)

    def _expand(self, pattern: str) -> list[str]:
        """Return the folders that match, without a look into a file system that is not ours."""
        if not glob.has_magic(pattern):
            return [pattern] if self._is_on_the_way(pattern) else []
        folders = [os.sep]
        for part in pattern.split(os.sep)[1:]:
            if glob.has_magic(part):
                folders = [os.path.join(folder, name) for folder in folders for name in self._matching(folder, part)]
            else:
                folders = [os.path.join(folder, part) for folder in folders]
        return [folder for folder in sorted(folders) if self._is_on_the_way(folder) and os.path.isdir(folder)]

    def _matching(self, folder: str, part: str) -> list[str]:
        if not self._is_on_the_way(folder):
            return []
        try:
            names = os.listdir(folder)
        except OSError:  # no folder, or one that may not be listed
            return []
        return fnmatch.filter(names if part.startswith(".") else [name for name in names if name[0] != "."], part)

    def _look_at(self, path: str, named: _Named, pattern: _Pattern) -> Candidate | None:
        try:
            status = os.stat(path)
        except FileNotFoundError:
            if os.path.islink(path):
                self._note(path, "the link points nowhere")
            return None
        except OSError as error:  # a loop of links, a folder without the right to search it
            self._note(path, f"it cannot be looked at: {error.strerror}")
            return None
        if not stat.S_ISREG(status.st_mode) or (status.st_dev, status.st_ino) in self._own_files:
            return None
        if not self._links.trusts(path, status):
            self._note(path, "another user's link to it: root follows only links of the file's own owner, or of root")
            return None
        if not named.is_text or not (path.isascii() or _is_text(path)):
            # The store's texts are UTF-8: such a path could be kept there in no form that leads back to the file.
            self._note(path, "its path is not UTF-8 text: rename it, and it is collected")
            return None
        return Candidate(
            path,
            named.kind,
            status.st_dev,
            status.st_ino,
            status.st_size,
            status.st_mtime_ns,
            named.service,
            pattern.format,
            pattern.timezone,
        )

    def _note(self, path: str, why: str) -> None:
        """Note a problem under the path as it can be shown and stored, whatever bytes it is made of."""
        self.problems[os.fsencode(path).decode("utf-8", "backslashreplace")] = why


def _is_link(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_symlink()
    except OSError:  # it vanished: whoever looks at it says so
        return False


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind_of(path: str) -> SourceKind:
    if path.endswith(_DATABASE_SUFFIXES):
        return SourceKind.SQLITE
    return SourceKind.COMPRESSED if is_compressed(path) else SourceKind.FILE


def _patterns(settings: Settings) -> Iterator[_Pattern]:
    """Yield the declared patterns and the output of services we run, then every ``*.log`` of the log folder.

    Those last are services named after their files.
    """
    for service in settings.services:
        for written in service.logs:
            folder, name = os.path.split(os.path.join(str(service.folder), written))
            yield _Pattern(
                os.path.normpath(folder),
                re.compile(fnmatch.translate(name)),
                service.name,
                None if service.format == "auto" else service.format,
                service.timezone,
            )
        if service.command is not None:
            # What it writes to standard output and error while LogLama runs it (ecosystem/service_output.py).
            output = re.compile(rf"{re.escape(service.name)}\.(?:out|err)\.log\Z")
            form = None if service.format == "auto" else service.format
            yield _Pattern(glob.escape(str(settings.log_dir)), output, service.name, form, service.timezone)
    yield _Pattern(glob.escape(str(settings.log_dir)), re.compile(fnmatch.translate("*.log")), None, None, "local")
