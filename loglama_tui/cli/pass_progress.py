"""The progress of a collection pass or an import as one line on standard error."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from loglama_core.amounts import byte_size, duration
from loglama_tui.source_path import source_from

if TYPE_CHECKING:
    from loglama_core.collector.one_pass import Progress
    from loglama_tui.cli.standard_error import ProgressLine


class PassProgress:
    """Shows bytes, records, rate, the time left and the source in hand on ``line``."""

    def __init__(self, line: ProgressLine, folder: Path) -> None:
        self._line = line
        self._folder = folder
        self._begin = time.monotonic()

    def show(self, progress: Progress) -> None:
        """Show how far the pass is; the line itself decides how often."""
        rate = progress.bytes_done / max(0.001, time.monotonic() - self._begin)
        left = max(0, progress.bytes_total - progress.bytes_done) / max(1.0, rate)
        self._line.show(
            progress.bytes_done,
            progress.bytes_total,
            f"{byte_size(progress.bytes_done)} of {byte_size(progress.bytes_total)}  {progress.records:,} records  "
            f"{byte_size(round(rate))}/s  {duration(left)} left  {source_from(self._folder, progress.source)}",
        )
