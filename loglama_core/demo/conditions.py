"""What the ecosystem goes through: a six-minute tide of load, a model server that fails, memory that leaks.

All of it is a function of the wall clock, so that history written first and live traffic written after it join without
a seam.
"""

from __future__ import annotations

import math

CYCLE_S = 360.0
"""One calm stretch, one burst, one failure: short enough that ten minutes of screen show each."""

BURST_S = (150.0, 168.0)
"""A class of learners opens the same lesson."""

OUTAGE_S = (250.0, 292.0)
"""pyllm refuses connections."""

LEAK_S = 1260.0
"""How long pybox's worker takes to fill its memory before it is recycled."""

_BURST_FACTOR = 3.4


def position(time_ns: int) -> float:
    """Return the seconds since the cycle began, 0 <= position < CYCLE_S."""
    return time_ns / 1e9 % CYCLE_S


def refuses(time_ns: int) -> bool:
    """Return whether pyllm refuses connections at this moment."""
    return OUTAGE_S[0] <= position(time_ns) < OUTAGE_S[1]


def strained(time_ns: int) -> bool:
    """Return whether pyllm is about to fail: answers take longer than callers wait."""
    return OUTAGE_S[0] - 12 <= position(time_ns) < OUTAGE_S[0]


def circuit_open(time_ns: int) -> bool:
    """Return whether apilama has given up trying pyllm for the moment."""
    return OUTAGE_S[0] + 9 <= position(time_ns) < OUTAGE_S[1]


def leaked_percent(time_ns: int) -> int:
    """Return how full the memory of pybox's worker is, 42..98."""
    return 42 + int(56 * (time_ns / 1e9 % LEAK_S) / LEAK_S)


def _raw_load(seconds: float) -> float:
    tide = 1 + 0.28 * math.sin(seconds / CYCLE_S * 6 * math.pi) + 0.12 * math.sin(seconds / CYCLE_S * 22 * math.pi)
    return tide * _BURST_FACTOR if BURST_S[0] <= seconds < BURST_S[1] else tide


_MEAN_LOAD = sum(_raw_load(second + 0.5) for second in range(int(CYCLE_S))) / CYCLE_S


def load(time_ns: int) -> float:
    """Return how busy this moment is; 1.0 is the mean over a cycle."""
    return _raw_load(position(time_ns)) / _MEAN_LOAD
