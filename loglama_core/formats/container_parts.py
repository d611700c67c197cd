"""Lines that a container engine cut: CRI's ``P`` parts are one line with the ``F`` part that ends them."""

from __future__ import annotations

import re

_PART = re.compile(r"(\S{19,40} (stdout|stderr) )([FP])((?::[\w:]{0,16})? )", re.ASCII)
MARK = b" P "


class ContainerParts:
    """Joins the parts of one line; parts of the other stream that come between end it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._stream = ""
        self._size = 0

    @property
    def are_open(self) -> bool:
        """Whether a line has begun that has not ended."""
        return bool(self._parts)

    def begin(self, text: str) -> bool:
        """Take note of a line if it is the first part of one; return whether it is."""
        part = _PART.match(text)
        self._parts = []
        if part is None or part[3] != "P":
            return False
        self._parts = [f"{part[1]}F{part[4]}{text[part.end() :]}"]
        self._stream = part[2]
        self._size = len(text)
        return True

    def add(self, text: str, most: int) -> bool:
        """Return whether a line goes on with the parts, which may have ``most`` characters together."""
        part = _PART.match(text) if self._parts else None
        if part is None or part[2] != self._stream or self._size + len(text) > most:
            return False
        self._parts.append(text[part.end() :])
        self._size += len(text)
        return True

    def is_ended_by(self, text: str) -> bool:
        """Return whether a line that was added is the last part."""
        part = _PART.match(text)
        return part is not None and part[3] == "F"

    def take(self) -> str | None:
        """Return the whole line if there is more of it than its first part, and forget the parts."""
        parts, self._parts = self._parts, []
        return "".join(parts) if len(parts) > 1 else None
