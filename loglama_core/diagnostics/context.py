"""What the checks look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from loglama_core.config.settings import Settings
from loglama_core.diagnostics.file_finder import FileFinder, FoundFiles
from loglama_core.ecosystem.service_status import service_statuses
from loglama_core.errors import LogLamaError, StoreError
from loglama_core.model import LogRecord, ServiceStatus, SourceState
from loglama_core.store.record_reader import RecordReader

_SAMPLE = 2000
"""Newest records looked at (10 ms): enough to see a share of a few percent."""


@dataclass(slots=True, frozen=True)
class TerminalFacts:
    """The terminal that shows the explorer. ``colors``: ``truecolor``, ``256``, ``standard`` or empty for none."""

    columns: int
    rows: int
    colors: str
    encoding: str


def _never() -> bool:
    return False


@dataclass(frozen=True)
class DiagnosticContext:
    """Everything a check may look at; what several checks need is asked for once.

    ``reader``: ``None`` when the store cannot be opened, then ``store_error`` says why. ``terminal``: ``None`` where
    none is shown. Checks that read the whole store give up with ``QueryCancelledError`` once ``stopped`` returns true.
    """

    settings: Settings
    reader: RecordReader | None
    now_ns: int
    environ: Mapping[str, str] = field(repr=False)
    store_error: LogLamaError | None = None
    terminal: TerminalFacts | None = None
    stopped: Callable[[], bool] = _never

    def short(self, path: str | os.PathLike[str]) -> str:
        """Return a path as one would type it in the folder LogLama was started in."""
        text = os.fspath(path)
        start = f"{self.settings.folder}/"
        return text.removeprefix(start) if text.startswith(start) else text

    @property
    def store(self) -> RecordReader:
        """The reader; raises the error that kept it from opening."""
        if self.reader is None:
            raise self.store_error or StoreError("the store is not open")
        return self.reader

    @cached_property
    def finder(self) -> FileFinder:
        """What looks for files, and knows by now which file systems answer."""
        return FileFinder()

    @cached_property
    def files(self) -> FoundFiles:
        """What a scan would find now."""
        return self.finder.find(self.settings)

    @cached_property
    def sources(self) -> list[SourceState]:
        """Every source the store knows."""
        return self.store.sources()

    @cached_property
    def statuses(self) -> list[ServiceStatus]:
        """Every service."""
        return service_statuses(self.settings, self.reader, self.now_ns)

    @cached_property
    def newest_records(self) -> list[LogRecord]:
        """The newest records, oldest first."""
        newest = self.store.newest_id()
        return self.store.id_range(newest - _SAMPLE + 1, newest) if newest else []
