"""Which lines of text belong to the record before them, whatever its format."""

from __future__ import annotations

import re
from functools import cache

MAX_LINES = 1_000
"""Lines of one record, its first included; the next line begins a new one."""

MAX_SIZE = 1 << 20
"""Characters of one record; a line that would exceed it begins a new one, so that memory is bounded."""

TRACEBACK = "Traceback (most recent call last):"

_FIRST_CHARACTERS = frozenset(" \tTDCS-.}])#n")
_TRACE = (
    r"Traceback \(most recent call last\):"
    r"|During handling of the above exception, another exception occurred:"
    r"|The above exception was the direct cause of the following exception:"
    r"|(?:Caused by|Suppressed): "
    r"|--- End of "
    r"|\.\.\. \d+ (?:more|common frames omitted)"
    r"|Stack trace:$|#\d{1,4} "  # PHP
    r"|note: run with "  # Rust
)
_CONTINUES = rf"[ \t]|[}}\])]+[,;]?$|{_TRACE}"
_FIRST_OF_TRACE = frozenset(" \tTDCS-.#ngs") | {""}
_IN_TRACE = (
    rf"{_TRACE}|goroutine \d{{1,18}} \[|stack backtrace:$|$"
    r"|[ \t]+(?:at \S|File \"|from \S{1,300}:\d|thrown in |--- End of |\.\.\. \d+ (?:more|common)|\d{1,4}: +\S+::)"
)
_EXCEPTION = re.compile(r"(?:[a-z_]\w{0,60}\.){1,10}[A-Z]\w{0,80}(?:Exception|Error|Throwable)(?::|$)", re.ASCII)
_PYTHON_EXCEPTION = re.compile(
    r"[A-Za-z_][\w.]{0,200}(?:Error|Exception|Warning|Interrupt|Exit|Group|Iteration|Timeout)(?::|$)"
)
_GOROUTINE = re.compile(r"goroutine \d{1,18} \[[^\]]{1,100}\]:$")
_IN_GOROUTINES = re.compile(
    r"[ \t]|$|goroutine \d|created by |exit status \d|\[signal |[a-z]\w{1,5} +0x[0-9a-f]+$|\S{1,500}\(.{0,1000}\)$"
)
_ALIGNED_LEVEL = r" {1,4}(?:(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)[: ]|(?:debug|info|warning|error) \d)"
_FIRST_OF_GO = frozenset("pfg")
_GO_PANIC = ("panic: ", "fatal error: ")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def begins_goroutines(text: str) -> bool:
    """Return whether stacks of goroutines follow: Go writes them without indenting the functions."""
    return text[:1] in _FIRST_OF_GO and (text.startswith(_GO_PANIC) or _GOROUTINE.match(text) is not None)


def is_in_goroutines(text: str) -> bool:
    """Return whether a line may be of the stacks of goroutines: a function, where it is, what a signal said."""
    return _IN_GOROUTINES.match(text) is not None


def continues(text: str) -> bool:
    """Return whether a line cannot begin a record: indented, part of a stack trace, or a mere closing bracket."""
    return text[0] in _FIRST_CHARACTERS and _compiled(_CONTINUES).match(text) is not None


def is_exception(text: str) -> bool:
    """Return whether a line begins with the name of one of Python's exceptions."""
    return _PYTHON_EXCEPTION.match(text) is not None


def is_in_trace(text: str) -> bool:
    """Return whether a text that something else wrapped is a line of a stack trace, or blank, and no mere indented one.

    A kernel indents what it prints below a heading, and a banner is indented: neither belongs to a record before it.
    The head of an exception of Java (``a.b.IOException: text``) belongs to the record that tells of it.
    """
    if text[:1] in _FIRST_OF_TRACE and _compiled(_IN_TRACE).match(text) is not None:
        return True
    return ("Exception" in text or "Error" in text) and _EXCEPTION.match(text) is not None


def is_of_trace(text: str) -> bool:
    """Return whether a message begins a stack trace, or is a line of one that something else wrapped."""
    return is_in_trace(text) or text.startswith(_GO_PANIC) or text.endswith(TRACEBACK)


def may_begin_indented(text: str) -> bool:
    """Return whether a line may be a record for all its leading blanks: a date follows, or a layout's first mark."""
    bare = text.lstrip()
    is_dated = bare[4:5] in {"-", "/"} and bare[:4].isdecimal()
    return is_dated or has_aligned_level(text) or (bare[0] in '["<0123456789' and text[1] not in " \t")


def has_aligned_level(text: str) -> bool:
    """Return whether a line begins with a level that is aligned to the right."""
    return _compiled(_ALIGNED_LEVEL).match(text) is not None
