"""Which record stands in which row of a log view, in eight bytes a row at most."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol


class RecordRows(Protocol):
    """Rows from top to bottom. ``dense``: the ids of a stretch of rows are consecutive."""

    dense: bool

    def __len__(self) -> int: ...

    def ids(self, first: int, last: int) -> Sequence[int]:
        """Return the ids of the rows ``first <= row < last``; rows outside are left out."""

    def row_of(self, record_id: int) -> int | None:
        """Return the row of a record, or of the nearest one where rows are ordered by id; ``None`` if there is none."""


class ArrivalRows:
    """Everything in arrival order, oldest first: a row is an id less the first. Nothing to hold or to grow."""

    dense = True

    def __init__(self, first_id: int = 0, last_id: int = -1) -> None:
        self.first_id = first_id
        self.last_id = last_id

    def __len__(self) -> int:
        return self.last_id - self.first_id + 1

    def ids(self, first: int, last: int) -> Sequence[int]:
        """Return a range of ids."""
        return range(self.first_id + max(0, first), min(self.first_id + last, self.last_id + 1))

    def row_of(self, record_id: int) -> int | None:
        """Return the row of an id, clamped to the rows there are."""
        if not len(self):
            return None
        return min(max(record_id, self.first_id), self.last_id) - self.first_id


class FoundArrivalRows:
    """The hits of a filter in arrival order: they grow upwards as the past is searched, downwards as records arrive."""

    dense = False

    def __init__(self) -> None:
        self._older: array[int] = array("q")
        self._newer: array[int] = array("q")

    def __len__(self) -> int:
        return len(self._older) + len(self._newer)

    def add_older(self, ids: Sequence[int]) -> None:
        """Add hits above the first row, newest of them first."""
        self._older.extend(ids)

    def add_newer(self, ids: Sequence[int]) -> None:
        """Add hits below the last row, oldest of them first."""
        self._newer.extend(ids)

    def ids(self, first: int, last: int) -> Sequence[int]:
        """Return ids, ascending."""
        first, last, older = max(0, first), min(last, len(self)), len(self._older)
        above = self._older[max(0, older - last) : max(0, older - first)][::-1]
        return above + self._newer[max(0, first - older) : max(0, last - older)]

    def row_of(self, record_id: int) -> int | None:
        """Return the row of an id or of the next higher one."""
        if not len(self):
            return None
        older = len(self._older)
        if self._newer and (not older or record_id > self._older[0]):
            return min(older + bisect_left(self._newer, record_id), len(self) - 1)
        return min(bisect_left(_Reversed(self._older), record_id), len(self) - 1)


class _Reversed(Sequence[int]):
    """A descending array seen ascending, without a copy."""

    def __init__(self, ids: array[int]) -> None:
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, index: int) -> int:  # type: ignore[override]
        return self._ids[len(self._ids) - 1 - index]


class FoundTimeRows:
    """The hits of a search, newest event first, as they are found."""

    dense = False

    def __init__(self) -> None:
        self._ids: array[int] = array("q")

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Sequence[int]) -> None:
        """Add hits below the last row."""
        self._ids.extend(ids)

    def ids(self, first: int, last: int) -> Sequence[int]:
        """Return ids in event-time order, newest first."""
        return self._ids[max(0, first) : max(0, last)]

    def row_of(self, record_id: int) -> int | None:
        """Return the row of an id; ``None`` when it is not among the hits, or not yet."""
        try:
            return self._ids.index(record_id)
        except ValueError:
            return None


class ListedRows:
    """Records in the order given, which may grow at both ends."""

    dense = False

    def __init__(self, ids: Sequence[int] = ()) -> None:
        self._ids: array[int] = array("q", ids)

    def __len__(self) -> int:
        return len(self._ids)

    def add_above(self, ids: Sequence[int]) -> None:
        """Add records above the first row, in the order of the rows."""
        self._ids = array("q", [*ids, *self._ids])

    def add_below(self, ids: Sequence[int]) -> None:
        """Add records below the last row."""
        self._ids.extend(ids)

    def ids(self, first: int, last: int) -> Sequence[int]:
        """Return ids in the order of the rows."""
        return self._ids[max(0, first) : max(0, last)]

    def row_of(self, record_id: int) -> int | None:
        """Return the row of an id; ``None`` when it is not here."""
        try:
            return self._ids.index(record_id)
        except ValueError:
            return None
