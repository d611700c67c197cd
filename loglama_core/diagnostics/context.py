"""What the checks look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loglama_core.config.settings import Settings
from loglama_core.errors import LogLamaError, StoreError
from loglama_core.store.record_reader import RecordReader


@dataclass(slots=True, frozen=True)
class TerminalFacts:
    """The terminal that shows the explorer. ``colors``: ``truecolor``, ``256``, ``standard`` or empty for none."""

    columns: int
    rows: int
    colors: str
    encoding: str


def _never() -> bool:
    return False


@dataclass(slots=True, frozen=True)
class DiagnosticContext:
    """Everything a check may look at.

    ``reader``: ``None`` when the store cannot be opened, then ``store_error`` says why. ``terminal``: ``None`` outside
    the explorer. ``thorough``: also do what reads the whole store (a minute for 10 GB); such checks give up with
    ``QueryCancelledError`` once ``stopped`` returns true.
    """

    settings: Settings
    reader: RecordReader | None
    now_ns: int
    environ: Mapping[str, str]
    store_error: LogLamaError | None = None
    terminal: TerminalFacts | None = None
    thorough: bool = False
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
