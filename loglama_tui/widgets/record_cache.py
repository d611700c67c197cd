"""The records around what is seen, and no more of them than a screen can use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from loglama_core.model import LogRecord

_RECORDS = 2048
"""About 4 MB of ordinary records; a page is 256, and one is fetched each way."""
_CHARACTERS = 8_000_000
"""A record may hold a text of megabytes: of such records only some are kept."""


class RecordCache:
    """Records by id; ``None`` stands for one that is gone from the store."""

    def __init__(self) -> None:
        self._records: dict[int, LogRecord | None] = {}
        self._characters = 0

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
            known = self._records.get(record.id)
            if known is not None and known != record:
                changed.append(record.id)
            self._characters += _characters(record) - _characters(known)
            self._records[record.id] = record
        if len(self._records) > _RECORDS or self._characters > _CHARACTERS:
            self._shrink(set(keep))
        return changed

    def _shrink(self, wanted: Collection[int]) -> None:
        """Let the oldest go until there is room again."""
        for record_id in [key for key in self._records if key not in wanted]:
            if len(self._records) <= _RECORDS * 3 // 4 and self._characters <= _CHARACTERS * 3 // 4:
                return
            self._characters -= _characters(self._records.pop(record_id))

    def note_gone(self, ids: Iterable[int]) -> None:
        """Note that ids which were asked for and are still unknown have no record."""
        for record_id in ids:
            self._records.setdefault(record_id, None)


def _characters(record: LogRecord | None) -> int:
    """Return how many characters a record holds, as far as that is told quickly."""
    if record is None:
        return 0
    return len(record.message) + sum(len(value) for value in record.fields.values() if isinstance(value, str))
