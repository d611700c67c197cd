"""Which lines of text belong to the record before them, whatever its format."""

from __future__ import annotations

import re

MAX_LINES = 1_000
"""Lines of one record, its first included; the next line begins a new one."""

MAX_SIZE = 1 << 20
"""Characters of one record; a line that would exceed it begins a new one, so that memory is bounded."""

TRACEBACK = "Traceback (most recent call last):"

_FIRST_CHARACTERS = frozenset(" \tTDCS-.}])#n")
_CONTINUES = (
    r"[ \t]"
    r"|Traceback \(most recent call last\):"
    r"|During handling of the above exception, another exception occurred:"
    r"|The above exception was the direct cause of the following exception:"
    r"|(?:Caused by|Suppressed): "
    r"|--- End of "
    r"|\.\.\. \d+ (?:more|common frames omitted)"
    r"|[}\])]+[,;]?$"
    r"|Stack trace:$|#\d{1,4} "  # PHP
    r"|note: run with "  # Rust
)
_GOROUTINE = re.compile(r"goroutine \d{1,18} \[[^\]]{1,100}\]:$")
_GO_PANIC = ("panic: ", "fatal error: ")


def begins_goroutines(text: str) -> bool:
    """Return whether stacks of goroutines follow: Go writes them without indenting the functions."""
    return text.startswith(_GO_PANIC) or _GOROUTINE.match(text) is not None


def continues(text: str) -> bool:
    """Return whether a line cannot begin a record: indented, part of a stack trace, or a mere closing bracket."""
    return text[0] in _FIRST_CHARACTERS and re.match(_CONTINUES, text) is not None
