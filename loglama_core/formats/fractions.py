"""The fractions of a second as they are written -> nanoseconds, looked up: a slice and a look cost half of ``int``."""

from __future__ import annotations

from loglama_core.formats.moments import NANOSECONDS

MILLIS: dict[str, int] = {}
"""``.123``, ``,123``, ``.123Z``, ``.1``, ``.12``, ``123`` -> nanoseconds. Filled, as all,
by the first reader, not by an import."""
UNPADDED_MILLIS: dict[str, int] = {}
"""The same, and ``:5`` and ``:45``, which count milliseconds where they are not padded."""
SECONDS = {f"{second:02}": second * NANOSECONDS for second in range(60)}
MICROS: dict[str, int] = {}
"""``456``, ``456Z``, ``4``, ``45``: the digits after those of milliseconds."""
NANOS: dict[str, int] = {}
"""``789``, ``7``, ``78``: the digits after those of microseconds."""


def fill_fractions() -> None:
    """Make the tables, which takes 1 ms."""
    for number in range(1000):
        digits = f"{number:03}"
        MICROS[digits] = MICROS[f"{digits}Z"] = number * 1_000
        NANOS[digits] = number
        MILLIS[digits] = number * 1_000_000
        for mark in ".,:":
            MILLIS[f"{mark}{digits}"] = MILLIS[f"{mark}{digits}Z"] = number * 1_000_000
    for digits in (*"0123456789", *(f"{number:02}" for number in range(100))):
        NANOS[digits] = NANOS[digits.ljust(3, "0")]
        MICROS[digits] = NANOS[digits] * 1_000
        for mark in ".,":
            MILLIS[f"{mark}{digits}"] = NANOS[digits] * 1_000_000
    UNPADDED_MILLIS.update({f":{number}": number * 1_000_000 for number in range(100)} | MILLIS)
