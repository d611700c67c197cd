"""What a variable of the environment may hold: ``env.types`` in ``loglama.toml``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

VARIABLE_KINDS: tuple[str, ...] = ("text", "url", "port", "path", "int", "bool", "secret")
"""The kinds that go by name; a choice is written as the list of what may be chosen."""

_BOOLS = ("1", "0", "true", "false", "yes", "no", "on", "off")


@dataclass(slots=True, frozen=True)
class VariableType:
    """A kind of ``VARIABLE_KINDS``, or ``choice`` with its ``choices``."""

    kind: str
    choices: tuple[str, ...] = ()

    @property
    def accepted(self) -> str:
        """The accepted form, as a remedy says it."""
        return {
            "text": "a text that is not empty",
            "url": "a URL such as http://127.0.0.1:8080 or postgres://host/name",
            "port": "a port from 1 to 65535",
            "path": "a path that exists",
            "int": "a whole number",
            "bool": f"one of {', '.join(_BOOLS)}",
            "secret": "a value that is not a placeholder",
            "choice": f"one of {', '.join(self.choices)}",
        }[self.kind]

    def fault(self, value: str) -> str:
        """Return what is wrong with a value as the end of "NAME …", empty if it is accepted. Never holds the value."""
        if not value.strip():
            return "is empty"
        if self.kind == "choice":
            return "" if value in self.choices else f"is none of {', '.join(self.choices)}"
        check = _FAULTS.get(self.kind)
        return "" if check is None else check(value)


def _url_fault(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return "is no URL"
    if not parts.scheme or not (parts.netloc or parts.path) or re.search(r"\s", text):
        return "is no URL"
    return "names port 0" if port == 0 else ""


def _port_fault(text: str) -> str:
    is_port = text.isascii() and text.isdecimal() and len(text) <= 5 and 1 <= int(text) <= 65_535
    return "" if is_port else "is no port"


def _is_placeholder(text: str) -> bool:
    return re.fullmatch(r"(?i)change[-_ ]?me.*|todo|x{3,}|<.*>|\.{3}|your[-_ ].*|replace[-_ ]?me.*", text) is not None


def _path_fault(text: str) -> str:
    return "holds a NUL" if "\0" in text else ""


def _int_fault(text: str) -> str:
    return "" if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else "is no whole number"


def _bool_fault(text: str) -> str:
    return "" if text.lower() in _BOOLS else "is neither true nor false"


def _secret_fault(text: str) -> str:
    return "is a placeholder" if _is_placeholder(text) else ""


_FAULTS: dict[str, Callable[[str], str]] = {
    "url": _url_fault,
    "port": _port_fault,
    "path": _path_fault,
    "int": _int_fault,
    "bool": _bool_fault,
    "secret": _secret_fault,
}
