"""Stores to read from."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from loglama_core.store.sqlite_reader import SqliteReader
from tests.core.store.filled_store import NewRecord, fill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loglama_core.model import LogRecord

START_NS = 1_790_000_040_000_000_000
"""A whole minute."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test's store is."""
    return tmp_path / "store.db"


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[LogRecord]]:
    """The store that ``records`` copies, and its records: writing it takes 150 ms, copying it 1 ms."""
    path = tmp_path_factory.mktemp("original") / "store.db"
    return path, fill(
        path,
        [
            NewRecord(
                time_ns=START_NS + (number - (500 if number % 100 == 99 else 0)) * 1_000_000_000,
                severity=(9, 9, 13, 5, 17)[number % 5],
                service=("weblama", "apilama", "pybox")[number % 3],
                logger=None if number % 4 else "app.http",
                message=f"request {number} finished",
                fields={"status": 200 + number % 7, "user": {"name": "Ann Lee"}} if number % 2 else {},
                source=f"logs/{('weblama', 'apilama', 'pybox')[number % 3]}.log",
                offset=number * 100,
            )
            for number in range(3_000)
        ],
    )


@pytest.fixture
def records(path: Path, original: tuple[Path, list[LogRecord]]) -> list[LogRecord]:
    """3,000 records over 50 minutes, by three services at five severities; every hundredth comes late."""
    shutil.copyfile(original[0], path)
    return list(original[1])


@pytest.fixture
def reader(path: Path, records: list[LogRecord]) -> Iterator[SqliteReader]:
    """A reader of the store of ``records``."""
    with SqliteReader(path) as opened:
        yield opened
