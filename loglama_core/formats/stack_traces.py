"""Which exception a stack trace tells of, and where it was raised: Python, Java, .NET, Go, Node, Ruby, PHP, Rust."""

from __future__ import annotations

import re
from collections.abc import Callable

_Read = Callable[[str], dict[str, str] | None]
_LONGEST = 200
_TYPE = r"(?P<type>[A-Za-z_][\w.$]*(?:::\w+)*(?:\\\w+)*)"
_PYTHON = re.compile(
    r'^ *\|? *File "(?P<file>[^"\n]{1,300})", line (?P<line>\d+)(?:, in (?P<function>[^\n]{1,128}))?', re.MULTILINE
)
_PYTHON_ERROR = re.compile(rf"^(?: *\| )?{_TYPE}(?:: |$)", re.MULTILINE)
_JAVA = re.compile(
    r"^\s+at (?P<function>[\w.$<>/@-]{1,200})"
    r"\((?P<place>[\w$.-]{1,100}:\d{1,6}|[\w$.-]{1,100}\.java|Native Method|Unknown Source)\)",
    re.MULTILINE,
)
_NODE = re.compile(r"^\s+at (?:(?P<function>[^\n(]{1,200}) \()?(?P<place>[^\s()]{1,300}:\d+:\d+)\)?", re.MULTILINE)
_DOTNET = re.compile(
    r"^ +at (?P<function>[^\n(]{1,200}\([^\n)]{0,300}\))(?: in (?P<place>[^\n]{1,300}:line \d+))?", re.MULTILINE
)
_HEADLINE = re.compile(
    rf"^(?:Exception in thread \"[^\"\n]{{0,200}}\" |Unhandled exception\. |Uncaught )?{_TYPE}(?:: |$)", re.MULTILINE
)
_GO = re.compile(r"^(?P<type>panic|fatal error): ", re.MULTILINE)
_GO_FRAME = re.compile(
    r"^goroutine \d+ [^\n]*\n(?:panic\([^\n]*\n\t[^\n]*\n|runtime[^\n]*\n\t[^\n]*\n){0,8}"
    r"(?P<function>[^\n(]{1,200})\([^\n]*\n\t(?P<place>\S{1,300}:\d+)",
    re.MULTILINE,
)
_RUBY = re.compile(
    r"^(?P<place>\S{1,300}:\d+):in [`'](?P<function>[^'\n]{1,200})': [^\n]{0,1000}\((?P<type>[A-Z][\w:]*)\)$",
    re.MULTILINE,
)
_RUBY_LOGGED = re.compile(
    r"^[^\n]{0,1000}\((?P<type>[A-Z][\w:]*)\)\n(?P<place>\S{1,300}:\d+):in [`'](?P<function>[^'\n]{1,200})'",
    re.MULTILINE,
)
_PHP = re.compile(r"(?:Uncaught )?(?P<type>[A-Z][\w\\]*): [^\n]{0,1000} in (?P<place>\S{1,300}:\d+)\n", re.MULTILINE)
_RUST = re.compile(
    r"^thread '[^'\n]{0,100}' (?:\(\d+\) )?(?P<type>panicked) at (?:'[^\n]{0,500}', )?(?P<place>\S{1,300}:\d+:\d+)",
    re.MULTILINE,
)


def exception_of(text: str) -> dict[str, str] | None:
    """Return ``{"type", "frame"}`` of the exception that was raised last, ``None`` if there is no stack trace.

    The frame is where it was raised: ``file:line in function``, as far as the trace tells.
    """
    if "Traceback (most recent call last)" in text:
        return _python(text)
    for marker, read in _OTHERS:
        if marker in text and (found := read(text)) is not None:
            return {key: value[:_LONGEST] for key, value in found.items()}
    return None


def _python(text: str) -> dict[str, str] | None:
    last = _PYTHON.match(text, text.rfind("\n", 0, max(0, text.rfind('File "'))) + 1)
    if last is None:  # the last of these words are not of a frame
        frames = list(_PYTHON.finditer(text))
        if not frames:
            return None
        last = frames[-1]
    found = {}
    error = _PYTHON_ERROR.search(text, last.end())
    if error is not None:
        found["type"] = error["type"][:_LONGEST]
    found["frame"] = f"{last['file']}:{last['line']}" + (f" in {last['function']}" if last["function"] else "")
    return found


def _at(text: str) -> dict[str, str] | None:
    """Read the traces of Java, Node and .NET, whose frames begin with ``at``: the innermost stands first."""
    for frames in (_NODE, _JAVA, _DOTNET):
        frame = frames.search(text)
        if frame is None:
            continue
        heads = [head for head in _HEADLINE.finditer(text, 0, frame.start()) if _is_error_name(head["type"])]
        found = {"type": heads[-1]["type"]} if heads else {}
        place, function = frame["place"], (frame["function"] or "").strip()
        found["frame"] = f"{place} in {function}" if place and function else place or function
        return found
    return None


def _is_error_name(name: str) -> bool:
    return name.endswith(("Error", "Exception", "Throwable", "Fault", "Failure")) or "." in name


def _one(head: re.Pattern[str], frame: re.Pattern[str] | None = None) -> _Read:
    """Return the reader of traces whose first line tells the type, and the place if ``frame`` does not."""

    def read(text: str) -> dict[str, str] | None:
        found = head.search(text)
        if found is None:
            return None
        parts: dict[str, str | None] = found.groupdict()
        where = found if frame is None else frame.search(text)
        if where is not None:
            parts |= where.groupdict()
        told = {"type": parts["type"] or ""}
        place, function = parts.get("place") or "", parts.get("function") or ""
        if place or function:
            told["frame"] = f"{place} in {function}" if place and function else place or function
        return told

    return read


_OTHERS: tuple[tuple[str, _Read], ...] = (
    ("goroutine ", _one(_GO, _GO_FRAME)),
    ("panicked at ", _one(_RUST)),
    ("\n#0 ", _one(_PHP)),
    (":in ", _one(_RUBY)),
    (":in ", _one(_RUBY_LOGGED)),
    (" at ", _at),
    ("\tat ", _at),
)
"""What a trace of a language holds, and its reader."""
