"""The private folder beside the store in which LogLama remembers what it has started."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loglama_core.config.settings import Settings
from loglama_core.ecosystem.process_identity import ProcessIdentity
from loglama_core.errors import EcosystemError

_LOCK_TIMEOUT_S = 5.0
SUPERVISOR = "@supervisord"
"""Under this name stands our supervisord: no service can have such a one."""


class StateFolder:
    """``<store>.services``: mode 0700, every file in it 0600 and replaced in one step.

    Per service: ``NAME.launch.json`` what to run, ``NAME.process.json`` which process that became (both written anew at
    every start), ``NAME.stage.json`` what ``up`` and ``down`` have made of it, ``NAME.restarts.json`` what the restart
    keeper did. ``supervisord.*``: the supervisor's own.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, settings: Settings) -> StateFolder:
        """Return the folder that belongs to the store of these settings."""
        return cls(settings.db_path.with_name(settings.db_path.name + ".services"))

    def make(self) -> None:
        """Make the folder, private. Raises ``EcosystemError`` when it is not ours or others could get in."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir(mode=0o700, exist_ok=True)
            status = self.path.lstat()
        except OSError as error:
            raise EcosystemError(
                f"{self.path} cannot be made: {error.strerror}",
                "make the store's folder writable for you, or set LOGLAMA_DB_PATH to a place that is",
            ) from error
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise EcosystemError(
                f"{self.path} is not a folder of this user's: it is left alone", "move it away, or use another store"
            )
        if stat.S_IMODE(status.st_mode) != 0o700:
            self.path.chmod(0o700)

    def file(self, service: str, what: str) -> Path:
        """Return the path of a service's file: ``what`` is ``launch``, ``process``, ``stage`` or ``restarts``."""
        return self.path / f"{service}.{what}.json"

    def read(self, service: str, what: str) -> dict[str, Any]:
        """Return what such a file holds; empty when it is not there or was damaged."""
        try:
            document = json.loads(self.file(service, what).read_bytes())
        except (OSError, ValueError):
            return {}
        return document if isinstance(document, dict) else {}

    def write(self, service: str, what: str, document: dict[str, Any]) -> None:
        """Replace such a file in one step."""
        write_private(self.file(service, what), json.dumps(document))

    def forget(self, service: str, *whats: str) -> None:
        """Remove such files."""
        for what in whats:
            self.file(service, what).unlink(missing_ok=True)

    def process(self, service: str) -> ProcessIdentity | None:
        """Return the process last launched for a service, whether or not it is still there."""
        record = self.read(service, "process")
        pid, mark = record.get("pid"), record.get("start_mark")
        if isinstance(pid, int) and pid > 1 and isinstance(mark, str) and mark:
            return ProcessIdentity(pid, mark)
        return None

    def supervisor(self) -> ProcessIdentity | None:
        """Return our supervisord if it is there."""
        process = self.process(SUPERVISOR)
        return process if process is not None and process.is_alive else None

    def services(self) -> list[str]:
        """Return the services something was ever launched for and not forgotten, sorted."""
        names = (path.name.removesuffix(".process.json") for path in self.path.glob("*.process.json"))
        return sorted(name for name in names if not name.startswith("@"))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the right to start and stop services. Raises ``EcosystemError`` if another program keeps it for 5 s."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.path / "operation.lock", timeout=_LOCK_TIMEOUT_S, mode=0o600)
        try:
            lock.acquire()
        except Timeout as error:
            raise EcosystemError(
                "another `loglama up`, `down` or `restart` is at work on these services",
                "wait until it is done; `loglama status` shows how far it is",
            ) from error
        try:
            yield
        finally:
            lock.release()


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 in one step: a reader sees the old text or the new one."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
