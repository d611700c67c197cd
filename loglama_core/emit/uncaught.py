"""What ends a program or a thread is logged before it does; then the hook that was there before is called."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import Any

from loglama_core.emit.service_output import ServiceOutput

_CRITICAL = 50
_output: ServiceOutput | None = None


def capture(output: ServiceOutput) -> None:
    """Log uncaught exceptions to ``output`` from now on; the hooks are set once."""
    global _output  # noqa: PLW0603 - the process has one pair of hooks
    first = _output is None
    _output = output
    if first:
        _chain_main_hook()
        _chain_thread_hook()


def _chain_main_hook() -> None:
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            _write(f"uncaught {kind.__name__}", {}, error)
        before(kind, error, trace)

    sys.excepthook = hook


def _chain_thread_hook() -> None:
    before = threading.excepthook

    def hook(args: Any) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            name = args.thread.name if args.thread is not None else None
            _write(f"uncaught {args.exc_type.__name__} in a thread", {"thread": name}, args.exc_value)
        before(args)

    threading.excepthook = hook


def _write(message: str, fields: dict[str, Any], error: BaseException) -> None:
    if _output is not None:
        _output.write(_CRITICAL, message, None, fields, error)
