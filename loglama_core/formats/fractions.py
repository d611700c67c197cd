"""The fractions of a second as they are written -> nanoseconds, looked up: a slice and a look cost half of ``int``."""

from __future__ import annotations

from loglama_core.formats.moments import NANOSECONDS

MILLIS: dict[str, int] = {}
"""``.123``, ``,123``, ``.123Z`` -> nanoseconds. Filled, as ``MICROS``, by the first reader, not by an import."""
SECONDS = {f"{second:02}": second * NANOSECONDS for second in range(60)}
MICROS: dict[str, int] = {}
"""``456``, ``456Z``, the last three digits of microseconds -> nanoseconds."""
NANOS: dict[str, int] = {}
"""``789Z``, the last three digits of nanoseconds."""


def fill_fractions() -> None:
    """Make the tables, which takes 1 ms."""
    for number in range(1000):
        digits = f"{number:03}"
        MICROS[digits] = MICROS[f"{digits}Z"] = number * 1_000
        NANOS[f"{digits}Z"] = number
        for mark in ".,:":
            MILLIS[f"{mark}{digits}"] = MILLIS[f"{mark}{digits}Z"] = number * 1_000_000
