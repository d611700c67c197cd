"""A row of bars in one line of text."""

from __future__ import annotations

from collections.abc import Sequence

_LEVELS = "▁▂▃▄▅▆▇"


def sparkline(numbers: Sequence[float]) -> str:
    """Return one bar per number, scaled to the highest; nothing at all is a dot."""
    most = max(numbers, default=0)
    return "".join(
        "·" if number <= 0 else _LEVELS[min(len(_LEVELS) - 1, int(number * len(_LEVELS) / most))] for number in numbers
    )
