"""Changes to the shared ``.env``: one name at a time, everything else to the letter as it was, in one atomic step."""

from __future__ import annotations

import fcntl
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from loglama_core.errors import ConfigError, UsageError

VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BARE_VALUE = re.compile(r"[A-Za-z0-9_@%+:,./-]+")
_ASSIGNMENT = re.compile(
    r"""(?P<before>\s*(?:export[^\S\r\n]+)?'?[^\s='"]+'?[^\S\r\n]*)
        (?P<value>=[^\S\r\n]*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\r\n]*?))?
        (?P<after>[^\S\r\n]*(?:[^\S\r\n]\#[^\r\n]*)?(?:\r\n|\n|\r)?)""",
    re.VERBOSE | re.DOTALL,
)


def set_variable(path: Path, name: str, value: str) -> None:
    """Give a name a value: where it stands already (the last time, which counts), else at the end.

    The file is made if it is not there. It is private (0600) afterwards, and still of its owner. Raises ``UsageError``
    for what is no name or cannot be written down, ``ConfigError`` when the file cannot be read or written.
    """
    check_name(name)
    written = _quoted(name, value)

    def change(bindings: Sequence[tuple[str | None, str]]) -> str:
        texts = [text for _, text in bindings]
        places = [index for index, (key, _) in enumerate(bindings) if key == name]
        if places:
            texts[places[-1]] = _with_value(texts[places[-1]], written)
            return "".join(texts)
        whole = "".join(texts)
        return whole + ("\n" if whole and not whole.endswith("\n") else "") + f"{name}={written}\n"

    _rewrite(path, change)


def unset_variables(path: Path, names: Sequence[str]) -> list[str]:
    """Take out every assignment of these names; returns those that were there. Raises ``ConfigError``."""
    found: list[str] = []

    def change(bindings: Sequence[tuple[str | None, str]]) -> str:
        found.extend(dict.fromkeys(key for key, _ in bindings if key is not None and key in names))
        # The blank lines before an assignment belong to what stands above it.
        return "".join(_blank_start(text) if key in names else text for key, text in bindings)

    if path.exists():
        _rewrite(path, change)
    return found


def append_lines(path: Path, lines: Sequence[str]) -> None:
    """Add lines at the end of the file, which is made if it is not there. Raises ``ConfigError``."""

    def change(bindings: Sequence[tuple[str | None, str]]) -> str:
        whole = "".join(text for _, text in bindings)
        gap = "" if not whole else "\n" if whole.endswith("\n") else "\n\n"
        return whole + gap + "".join(f"{line}\n" for line in lines)

    _rewrite(path, change)


def repeated_names(path: Path) -> dict[str, list[int]]:
    """Return the names that are assigned more than once, each with its lines. Raises ``ConfigError``."""
    lines: dict[str, list[int]] = {}
    number = 1
    for key, text in _bindings(_read(path)):
        if key is not None:
            lines.setdefault(key, []).append(number + _blank_start(text).count("\n"))
        number += text.count("\n")
    return {name: places for name, places in lines.items() if len(places) > 1}


def check_name(name: str) -> None:
    """Raise ``UsageError`` for what is no name of a variable."""
    if not VARIABLE_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name for a variable", "use letters, digits and _, no digit first, as in APILAMA_PORT"
        )


def _rewrite(path: Path, change: Callable[[Sequence[tuple[str | None, str]]], str]) -> None:
    target = Path(os.path.realpath(path))  # a link stays a link
    with _locked(target.parent):
        before = _read(target) if target.exists() else ""
        after = change(_bindings(before))
        if after != before or not target.exists():
            _replace(target, after)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "make it readable for you") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", "save the file as UTF-8") from error


def _replace(path: Path, text: str) -> None:
    try:
        owner = path.stat() if path.exists() else None
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
                if owner is not None and (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
                    with suppress(PermissionError):
                        os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}", "make its folder writable for you, free space there"
        ) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder, so that of two changes at once none is lost; the system lets go of it however we end."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be opened: {error.strerror}", "make the folder first") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _bindings(text: str) -> list[tuple[str | None, str]]:
    """Return the file in pieces: name, or ``None`` for a comment, and the text with everything around it."""
    from dotenv.parser import parse_stream

    mark = "\ufeff" if text.startswith("\ufeff") else ""
    stream = io.StringIO(text.removeprefix(mark), newline="")
    pieces = [(binding.key, binding.original.string) for binding in parse_stream(stream)]
    return [(None, mark), *pieces] if mark else pieces


def _blank_start(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _with_value(text: str, written: str) -> str:
    match = _ASSIGNMENT.fullmatch(text)
    if match is None:
        raise ConfigError(f"this assignment cannot be changed safely: {text.strip()[:40]!r}", "change it by hand")
    return f"{match['before'].rstrip(' ')}={written}{match['after']}"


def _quoted(name: str, value: str) -> str:
    """Return the value as it must stand in the file, proven by reading it back."""
    from dotenv.parser import parse_stream

    if "\0" in value:
        raise UsageError(f"the value of {name} holds a NUL", "no environment can hold that")
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    written = value if _BARE_VALUE.fullmatch(value) else f"'{escaped}'" if value else ""
    back = [binding.value or "" for binding in parse_stream(io.StringIO(f"{name}={written}\n", newline=""))]
    if back != [value]:
        raise UsageError(f"the value of {name} cannot be written into a .env", "take out what is not ordinary text")
    return written
