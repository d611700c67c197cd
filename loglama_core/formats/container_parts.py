"""Lines that a container engine cut: CRI's ``P`` parts, Docker's pieces of 16 KiB."""

from __future__ import annotations

import re

_PART = re.compile(r"(\S{19,40} (stdout|stderr) )([FP])((?::[\w:]{0,16})? )", re.ASCII)
_HEAD_BYTES = 80
MARK = b" P "
_PIECE_BYTES = 16_384
"""What Docker reads of a line at once; only the last piece ends with a newline."""


class ContainerParts:
    """Joins the parts of one line of CRI: the ``P`` parts are one line with the ``F`` part that ends them.

    Lines of the other stream that come between have to wait for the last part, so that its own are joined as well.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._stream = ""
        self._size = 0

    @property
    def are_open(self) -> bool:
        """Whether a line has begun that has not ended."""
        return bool(self._parts)

    def begin(self, text: str) -> None:
        """Take note of a line if it is the first part of one."""
        part = _PART.match(text)
        self._parts = []
        if part is not None and part[3] == "P":
            self._parts = [f"{part[1]}F{part[4]}{text[part.end() :]}"]
            self._stream = part[2]
            self._size = len(text)

    def add(self, text: str, most: int) -> bool:
        """Return whether a line goes on with the parts, which may have ``most`` characters together."""
        part = _PART.match(text) if self._parts else None
        if part is None or part[2] != self._stream or self._size + len(text) > most:
            return False
        self._parts.append(text[part.end() :])
        self._size += len(text)
        return True

    def is_part(self, line: bytes) -> bool | None:
        """Return whether a line is a part of the one that is open, or of the other stream; ``None``: of neither."""
        part = _PART.match(line[:_HEAD_BYTES].decode("utf-8", "replace"))
        return None if part is None else part[2] == self._stream

    def is_ended_by(self, text: str) -> bool:
        """Return whether a line that was added is the last part."""
        part = _PART.match(text)
        return part is not None and part[3] == "F"

    def take(self) -> str | None:
        """Return the whole line if there is more of it than its first part, and forget the parts."""
        parts, self._parts = self._parts, []
        return "".join(parts) if len(parts) > 1 else None

    def forget(self) -> None:
        """Forget the parts: they are fed again."""
        self._parts.clear()


class DockerPieces:
    """Joins the pieces of one line of Docker's."""

    def __init__(self) -> None:
        self._text = ""
        self._stream = ""
        self._offset = -1

    @property
    def are_open(self) -> bool:
        """Whether a line has begun that has not ended."""
        return self._offset >= 0

    def begin(self, text: str, stream: str, offset: int) -> None:
        """Take note of a text as written to ``stream`` if it is no whole line; ``offset``: of its record."""
        is_piece = not text.endswith("\n") and len(text) * 4 >= _PIECE_BYTES and len(text.encode()) >= _PIECE_BYTES
        self._text, self._stream, self._offset = (text, stream, offset) if is_piece else ("", "", -1)

    def add(self, text: str, stream: str, offset: int | None, most: int) -> str | None:
        """Return all pieces so far if ``text`` goes on with the pending record, the one at ``offset``; else ``None``.

        ``most``: characters that they may have together.
        """
        if self._offset < 0 or offset != self._offset or stream != self._stream or len(self._text) + len(text) > most:
            return None
        whole = self._text + text
        self.begin(text, stream, offset)
        if self._text:
            self._text = whole
        return whole
