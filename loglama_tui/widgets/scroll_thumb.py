"""The thumb of a scrollbar that is drawn as a part of the lines it stands beside."""

from __future__ import annotations

from typing import NamedTuple


class ScrollThumb(NamedTuple):
    """Lines ``first`` to ``first + length``; length 0 when everything fits."""

    first: int = 0
    length: int = 0

    @classmethod
    def measure(cls, *, top: int, total: int, page: int, height: int) -> ScrollThumb:
        """Return the thumb for ``page`` of ``total`` rows from ``top`` on, in a bar of ``height`` lines."""
        if total <= page or not height:
            return cls()
        length = max(1, height * page // total)
        return cls(round((height - length) * min(1.0, top / (total - page))), length)

    def covers(self, line: int) -> bool:
        """Tell whether a line belongs to the thumb."""
        return self.first <= line < self.first + self.length


def row_at(line: int, *, total: int, page: int, height: int) -> int:
    """Return the top row when the bar is grabbed at a line."""
    return round((total - page) * max(0.0, min(1.0, line / max(1, height - 1))))
