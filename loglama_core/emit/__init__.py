"""How programs log into LogLama. Imports the standard library and, where it is asked for, structlog; nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loglama_core.emit.asgi import AsgiRequestLogger
    from loglama_core.emit.context_fields import log_context, outgoing_headers
    from loglama_core.emit.line_file import lost_records
    from loglama_core.emit.log_handler import LogLamaHandler
    from loglama_core.emit.logging_setup import setup_logging
    from loglama_core.emit.operations import code_execution, model_call, timed
    from loglama_core.emit.wsgi import WsgiRequestLogger

__all__ = [
    "AsgiRequestLogger",
    "LogLamaHandler",
    "WsgiRequestLogger",
    "code_execution",
    "log_context",
    "lost_records",
    "model_call",
    "outgoing_headers",
    "setup_logging",
    "timed",
]

_MODULES = {
    "AsgiRequestLogger": "asgi",
    "LogLamaHandler": "log_handler",
    "WsgiRequestLogger": "wsgi",
    "code_execution": "operations",
    "log_context": "context_fields",
    "lost_records": "line_file",
    "model_call": "operations",
    "outgoing_headers": "context_fields",
    "setup_logging": "logging_setup",
    "timed": "operations",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: ``LogLamaHandler`` alone loads no structlog (150 ms)."""
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{module}"), name)
