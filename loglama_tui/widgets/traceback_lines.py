"""Find the stack trace in a message and colour it: the places step back, the code and the error come forward."""

from __future__ import annotations

import re

from loglama_tui.widgets.cursor_lines import Piece

_BEGINS = re.compile(
    r"^[ \t|+]*(?:Traceback \(most recent call last\):|Exception Group Traceback|Caused by: |goroutine \d+ \[)"
    r"|^[ \t]+at \S.*$|^[ \t]+File \"[^\"\n]*\", line \d+",
    re.MULTILINE,
)
_PLACE = re.compile(
    r"^[ \t|+]*(?:File \"|at \S|Traceback \(|\+?-*\s*Exception Group Traceback|During handling of|The above exception"
    r"|\.\.\. \d+ more|\[Previous line repeated|goroutine \d+ \[|[-~^ ]+$)"
)
_ERROR = re.compile(r"^([|+ -]*(?:Caused by: )?)((?:[\w$]+\.)*[A-Za-z_$][\w$]*)(: .*)?$")


def split_traceback(text: str) -> tuple[str, str]:
    """Return the message before the stack trace and the stack trace; the second is empty when there is none.

    A Java or JavaScript trace names its error right before the first ``at``: that line counts as the message.
    """
    found = _BEGINS.search(text)
    if found is None:
        return text, ""
    start = found.start()
    return text[:start].rstrip("\n"), text[start:].rstrip("\n")


def traceback_pieces(line: str) -> tuple[Piece, ...]:
    """Return one line of a stack trace in its colours."""
    if _PLACE.match(line):
        return ((line, "dim"),)
    indented = line[:1] in " \t"
    error = None if indented else _ERROR.match(line)
    if error is None:
        return ((line, "bright"),)
    before, name, rest = error.groups(default="")
    return ((before, "dim"), (name, "error"), (rest, "bright"))
