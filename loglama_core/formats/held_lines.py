"""Lines that wait until a record among which they stand is complete: of another stream, of another container."""

from __future__ import annotations

MOST_HELD = 1_000
"""Lines that wait for the last part of another one."""
MOST_AMONG_TRACE = 32
"""Lines from elsewhere that may stand among those of a trace, which is written at once."""
SourceLine = tuple[bytes, int, int, int]
"""A line, its offset, its flags and its original length."""


class HeldLines:
    """The lines of one source that wait, in their order."""

    def __init__(self) -> None:
        self._lines: list[SourceLine] = []
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, line: SourceLine, *, most_lines: int, most_bytes: int) -> bool:
        """Keep a line; return false if that would be too many, or too many bytes."""
        if len(self._lines) >= most_lines or self._size + len(line[0]) > most_bytes:
            return False
        self._lines.append(line)
        self._size += len(line[0])
        return True

    def release(self) -> list[SourceLine]:
        """Return the lines that waited, and hold them no more."""
        lines, self._lines, self._size = self._lines, [], 0
        return lines
