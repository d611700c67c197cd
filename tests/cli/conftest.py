"""The real program in its own process, and a store made for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from loglama_core.model import Batch, RecordFlag, RecordRow, SourceState
from loglama_core.store.writer import RecordWriter

REPOSITORY = Path(__file__).parents[2]
START_NS = 1_793_491_200_000_000_000
"""2026-11-01T00:00:00Z."""
SECOND = 1_000_000_000


@dataclass(slots=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Program:
    """Runs ``loglama`` in ``folder`` with an environment that holds nothing of LogLama's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(REPOSITORY),
            "TZ": "UTC",
            "TERM": "xterm-256color",
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "loglama_tui", *arguments]

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> Result:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        given: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        } | options
        return subprocess.Popen(self.command(*arguments), cwd=self.folder, env=self.environment, **given)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


class FilledStore:
    """A store in the place where the program looks for it, fed by hand through the real writer."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._writer = RecordWriter(path)
        self._sources: dict[str, SourceState] = {}

    def add(self, service: str, *rows: RecordRow) -> None:
        """Store rows as one batch of the service's source."""
        source = self._sources.get(service)
        if source is None:
            path = f"logs/{service}.log"
            state = SourceState(
                id=0, path=path, kind="file", lineage=path, device=1, inode=len(self._sources) + 1, head=b"", tail=b"",
                offset=0, state="active", service=service,
            )  # fmt: skip
            source = self._writer.add_source(state, known_upto=len(self._sources))
            assert source is not None
            self._sources[service] = source
        end = source.offset + 100 * len(rows)
        assert self._writer.commit(source, Batch(list(rows), source.offset, end, b"", b"", size=end))

    def close(self) -> None:
        self._writer.close()


def row(  # noqa: PLR0913 - the columns of a record
    second: float,
    message: str,
    *,
    service: str = "weblama",
    severity: int = 9,
    logger: str | None = None,
    fields: dict[str, Any] | None = None,
    offset: int = 0,
    flags: int = 0,
    whole: str | None = None,
) -> RecordRow:
    """A record ``second`` seconds after START_NS."""
    text = None if fields is None else json.dumps(fields, separators=(",", ":"))
    if whole is not None:
        flags |= RecordFlag.SHORTENED
    return (START_NS + round(second * SECOND), severity, service, logger, message, text, offset, flags, whole)


@pytest.fixture
def empty_store(tmp_path: Path) -> Iterator[FilledStore]:
    store = FilledStore(tmp_path / "logs" / "loglama.db")
    yield store
    store.close()


@pytest.fixture
def store(empty_store: FilledStore) -> FilledStore:
    """Eight records of three services, one of them a traceback, one shortened."""
    empty_store.add(
        "weblama",
        row(0.084891, "request finished", logger="app.http", fields={"status": 200, "request_id": "892f"}, offset=0),
        row(1, "request started", logger="app.http", fields={"user": {"name": "Ann Lee"}}, offset=100),
        row(5, "request finished", logger="app.http", fields={"status": 504}, severity=13, offset=200),
        row(6, "shutting down", severity=5, offset=300),
    )
    empty_store.add(
        "apilama",
        row(2, "upstream timeout\nTraceback (most recent call last):\n  boom", service="apilama", severity=17, flags=8),
        row(3, "retry", service="apilama", offset=100),
    )
    empty_store.add(
        "pybox",
        row(4, "x" * 20, service="pybox", severity=21, whole="x" * 500),
        row(60 * 60, "an hour later", service="pybox", severity=0, offset=100),
    )
    return empty_store
