"""An exception as fields: its type and message to search for, its traceback to read."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

_LONGEST_TRACE = 60_000
"""Characters. The middle of a longer one is left out: where it began and what was raised stay."""

ExceptionInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


def exception_of(given: Any) -> BaseException | None:
    """Return the exception that ``exc_info`` means: itself, the one of a triple, or with ``True`` the current one."""
    if issubclass(type(given), BaseException):
        return given  # type: ignore[no-any-return]
    if type(given) is tuple and len(given) == 3:
        return given[1] if issubclass(type(given[1]), BaseException) else None
    return sys.exc_info()[1] if given is True else None


def exception_fields(error: BaseException) -> dict[str, str]:
    """Return ``type``, ``message`` and ``stacktrace``, the names OpenTelemetry gives them."""
    from traceback import format_exception

    kind = type(error)
    module = "" if kind.__module__ in {"builtins", "__main__"} else f"{kind.__module__}."
    name = f"{module}{kind.__qualname__}"
    try:
        message = str(error)
    except Exception as failure:  # noqa: BLE001 - an exception's own __str__ may fail
        message = f"<{type(failure).__name__} while it was turned into text>"
    try:
        trace = "".join(format_exception(error)).rstrip("\n")
    except Exception as failure:  # noqa: BLE001 - likewise, of one further down the chain
        trace = f"{name}: {message} (no traceback: {type(failure).__name__})"
    return {"type": name, "message": _cut(message), "stacktrace": _cut(trace)}


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_TRACE:
        return text
    half = _LONGEST_TRACE // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"
