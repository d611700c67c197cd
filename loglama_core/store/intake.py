"""What is let into the store: secrets are masked, and on a nearly full disk the least important records wait outside.

Both are counted by service: nothing is changed or left out in silence.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from loglama_core.content_marker import hidden
from loglama_core.model import Batch, RecordFlag, Severity

if TYPE_CHECKING:
    from pathlib import Path

    from loglama_core.config.settings import Settings
    from loglama_core.formats.redaction import Redactor

REDACTED = "redacted"
"""Reason of ``withheld``: records in which secrets were masked."""
LOW_DISK = "low disk"
"""Reason of ``withheld``: records that were not stored because the disk was nearly full."""

_LOOK_S = 1.0
_REDACTED_FLAG = int(RecordFlag.REDACTED)


class Intake:
    """The rules of one store's settings, for one thread.

    ``least_severity``: records with a lower one are not stored now; 0 stores everything.
    """

    def __init__(self, path: Path, *, redactor: Redactor | None = None, low_disk_bytes: int | None = None) -> None:
        self._folder = path.parent
        self._redactor = redactor
        self._low_disk_bytes = low_disk_bytes
        self._next_look = 0.0
        self.least_severity = 0

    @classmethod
    def of(cls, settings: Settings) -> Intake:
        """Return the intake that the settings ask for."""
        redact, retention = settings.redact, settings.retention
        redactor = None
        if redact is not None and redact.enabled:
            from loglama_core.formats import redaction

            redactor = redaction.Redactor(redact.patterns)
        return cls(
            settings.db_path,
            redactor=redactor,
            low_disk_bytes=None if retention is None else retention.low_disk_bytes,
        )

    @property
    def notice(self) -> str | None:
        """What to say while something is not stored."""
        self._look_at_disk()
        if not self.least_severity:
            return None
        left_out = "debug" if self.least_severity == Severity.INFO else "debug and info"
        return f"the disk is nearly full: {left_out} records are not stored until space is freed"

    def admit(self, batch: Batch) -> tuple[Batch, Counter[tuple[str, str]]]:
        """Return what of a batch is stored, and how many records were changed or left out by (reason, service).

        Its offset moves all the same: what is left out is left out for good. A record that is replaced by its own
        continuation stays, and one without a level.
        """
        counts: Counter[tuple[str, str]] = Counter()
        if self._redactor is not None:
            redact = self._redactor.row
            rows = [redact(row) for row in batch.rows]
            for row in rows:
                if row[7] & _REDACTED_FLAG:
                    counts[REDACTED, row[2]] += 1
            # The bytes by which the file is known again are log text too.
            batch = replace(batch, rows=rows, head=hidden(batch.head), tail=hidden(batch.tail))
        self._look_at_disk()
        least = self.least_severity
        if least and batch.rows:
            first = batch.rows[:1] if batch.replaces_last else []
            rest = batch.rows[len(first) :]
            kept = [row for row in rest if row[1] >= least or not row[1]]
            if len(kept) < len(rest):
                for row in rest:
                    if 0 < row[1] < least:
                        counts[LOW_DISK, row[2]] += 1
                is_last_kept = bool(kept) and kept[-1] is rest[-1]
                batch = replace(batch, rows=first + kept, open_record=batch.open_record and is_last_kept)
        return batch, counts

    def _look_at_disk(self) -> None:
        """Look once a second how much of the disk is free."""
        if self._low_disk_bytes is None or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + _LOOK_S
        disk = os.statvfs(self._folder)
        free = disk.f_bavail * disk.f_frsize
        if free >= self._low_disk_bytes:
            self.least_severity = 0
        else:
            self.least_severity = Severity.WARNING if free < self._low_disk_bytes / 2 else Severity.INFO
