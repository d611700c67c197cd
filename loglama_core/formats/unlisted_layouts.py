"""Layouts of one source that no format of the catalogue reads: told again by their marks, they ask no format more.

A line of such a layout is asked of 100 to 180 formats, 15 to 40 us; to know its layout again takes 1.
"""

from __future__ import annotations

from loglama_core.formats.required_marks import marks_of

_ENOUGH = 16
"""Lines of a layout that were tried with every format in vain: the next ones are taken to be of the same."""
_MOST_LAYOUTS = 512
_LOOKED_AT = 64
_MARKS = 12
"""Of the first characters, so many that are no small letters and digits: those of the stamp, and as many behind it."""
_SKELETON: dict[int, str | None] = dict.fromkeys(map(ord, "abcdefghijklmnopqrstuvwxyz0123456789"))
_SKELETON |= dict.fromkeys(map(ord, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "A")
_Layout = tuple[str, int, int]


def _layout_of(text: str) -> _Layout:
    """Return a text's first marks and capitals (a level has them), how long its first word is, and all its marks."""
    return text[:_LOOKED_AT].translate(_SKELETON)[:_MARKS], text.find(" "), marks_of(text)


class UnlistedLayouts:
    """Counts how often lines of each layout were tried with every format in vain."""

    def __init__(self) -> None:
        self._tried: dict[_Layout, int] = {}

    def holds(self, text: str) -> bool:
        """Return whether a line is of a layout that is known to be of no format."""
        return self._tried.get(_layout_of(text), 0) >= _ENOUGH

    def note(self, text: str, *, in_vain: bool) -> None:
        """Take note of a line that was tried with every format. A layout of which one read a line is always tried."""
        layout = _layout_of(text)
        if len(self._tried) >= _MOST_LAYOUTS and layout not in self._tried:
            self._tried.clear()
        self._tried[layout] = self._tried.get(layout, 0) + 1 if in_vain else -(1 << 60)
