"""Where rows lie that may be several lines high; ``height_of(row)`` tells how many."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Spot(NamedTuple):
    """A line of the viewport: the row it belongs to, and which line of that row it is."""

    row: int
    part: int


def rows_in(top: int, total: int, room: int, height_of: Callable[[int], int]) -> int:
    """Return how many rows from ``top`` on fit whole into ``room`` lines, at least one."""
    used = count = 0
    for row in range(top, min(total, top + room)):
        used += height_of(row)
        if used > room:
            break
        count += 1
    return max(1, count)


def last_top(total: int, room: int, height_of: Callable[[int], int]) -> int:
    """Return the top row with which the last row ends the viewport."""
    top, used = total, 0
    while top > 0 and (used := used + height_of(top - 1)) <= room:
        top -= 1
    return max(0, min(top, total - 1))


def spots(top: int, total: int, room: int, height_of: Callable[[int], int]) -> list[Spot]:
    """Return what stands in each line of the viewport; lines below the last row are left out."""
    found: list[Spot] = []
    row = top
    while row < total and len(found) < room:
        found += [Spot(row, part) for part in range(height_of(row))]
        row += 1
    return found[:room]
