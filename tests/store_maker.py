"""Real stores with made-up sources and records, written by the writer that collectors use."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Self

from loglama_core.config.settings import Settings, load_settings
from loglama_core.model import Batch, RecordRow, SourceState
from loglama_core.store.writer import RecordWriter

NOW_NS = 1_793_530_625_137_000_000  # 2026-11-01 10:57:05.137 UTC


def row(
    seconds_ago: float,
    message: str,
    *,
    service: str = "apilama",
    severity: int = 9,
    logger: str | None = None,
    fields: dict[str, Any] | None = None,
    flags: int = 0,
    offset: int = 0,
) -> RecordRow:
    """A record of some seconds before ``NOW_NS``."""
    time_ns = NOW_NS - int(seconds_ago * 1_000_000_000)
    return (time_ns, severity, service, logger, message, json.dumps(fields) if fields else None, offset, flags, None)


class StoreMaker:
    """Writes into the store at ``path``."""

    def __init__(self, path: Path) -> None:
        self.writer = RecordWriter(path)
        self._inode = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.close()

    def source(self, path: str, service: str, rows: list[RecordRow] | None = None, **changes: Any) -> SourceState:
        """Add a source, its records, and then change columns of its row."""
        self._inode += 1
        source = self.writer.add_source(
            SourceState(
                id=0, path=path, kind="file", lineage=path, device=1, inode=self._inode, head=b"", tail=b"", offset=0,
                state="active", service=service, first_seen_ns=NOW_NS, last_seen_ns=NOW_NS,
            ),
            known_upto=sys.maxsize,
        )  # fmt: skip
        assert source is not None
        if rows:
            self.add(source, rows)
        if changes:
            assert self.writer.change_source(source, **changes)
        return source

    def add(self, source: SourceState, rows: list[RecordRow], *, format_name: str = "json") -> None:
        """Store records as the next bytes of a source."""
        end = source.offset + 100 * len(rows)
        batch = Batch(rows, source.offset, end, b"head", b"tail", size=end, format=format_name)
        assert self.writer.commit(source, batch)


def settings_in(folder: Path, toml: str = "", env: str = "") -> Settings:
    """Settings of a folder of its own, untouched by the environment of whoever runs the tests."""
    if toml:
        (folder / "loglama.toml").write_text(toml, encoding="utf-8")
    if env:
        (folder / ".env").write_text(env, encoding="utf-8")
    return load_settings(environ={}, folder=folder)
