"""The few thousand records around what is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from loglama_core.model import LogRecord

_RECORDS = 4096
"""About 8 MB of ordinary records."""


class RecordCache:
    """Records by id; ``None`` stands for one that is gone from the store."""

    def __init__(self) -> None:
        self._records: dict[int, LogRecord | None] = {}

    def __contains__(self, record_id: int) -> bool:
        return record_id in self._records

    def __len__(self) -> int:
        return len(self._records)

    def get(self, record_id: int) -> LogRecord | None:
        """Return a record, ``None`` if it is gone or not cached."""
        return self._records.get(record_id)

    def missing(self, ids: Sequence[int]) -> list[int]:
        """Return the ids of which nothing is known."""
        return [record_id for record_id in ids if record_id not in self._records]

    def add(self, records: Iterable[LogRecord], *, keep: Collection[int]) -> list[int]:
        """Add records; return the ids of those that were known otherwise. ``keep`` stays when old ones have to go."""
        changed = []
        for record in records:
            if (known := self._records.get(record.id)) is not None and known != record:
                changed.append(record.id)
            self._records[record.id] = record
        if len(self._records) > _RECORDS:
            wanted = set(keep)
            surplus = len(self._records) - _RECORDS * 3 // 4
            for record_id in [key for key in self._records if key not in wanted][:surplus]:
                del self._records[record_id]
        return changed

    def note_gone(self, ids: Iterable[int]) -> None:
        """Note that ids which were asked for and are still unknown have no record."""
        for record_id in ids:
            self._records.setdefault(record_id, None)
