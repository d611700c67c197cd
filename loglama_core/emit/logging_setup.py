"""``setup_logging``: structlog, the standard library's ``logging``, warnings and uncaught exceptions into one log."""

from __future__ import annotations

import logging
import os
from typing import Any

import structlog

from loglama_core.emit import uncaught
from loglama_core.emit.console import console_for
from loglama_core.emit.json_line import LEVELS
from loglama_core.emit.log_handler import LogLamaHandler
from loglama_core.emit.service_logger import NamedOutput, ServiceLogger
from loglama_core.emit.service_output import BACKUPS, MAX_BYTES, ServiceOutput, open_service_output

_outputs: dict[str, ServiceOutput] = {}
"""Path of a log file -> its output. A second set-up of a service changes it in place: loggers made before obey."""


def setup_logging(
    service: str,
    *,
    version: str | None = None,
    level: int | str = "info",
    log_dir: str | os.PathLike[str] | None = None,
    console: bool | None = None,
    max_bytes: int = MAX_BYTES,
    backups: int = BACKUPS,
    configure_structlog: bool = True,
    **fields: Any,
) -> ServiceLogger:
    """Log as ``service`` from here on, and return its logger.

    JSON lines go to ``<log_dir or LOGLAMA_LOG_DIR>/<service>.log``, which is renamed when it would grow beyond
    ``max_bytes`` (0: never), keeping ``backups`` older ones. Captured are structlog, ``logging`` (from ``level`` on, by
    one more handler of the root logger; the host's stay), ``warnings`` and uncaught exceptions of any thread.
    ``console``: show events at the terminal too; if not given, when standard error is one and ``logging`` has no other
    handler. ``fields`` are on every record. Calling it again changes what differs. Raises ``ValueError`` for an unknown
    level; logging itself raises nothing.
    """
    output = open_service_output(service, version=version, log_dir=log_dir, max_bytes=max_bytes, backups=backups)
    output = _outputs.setdefault(output.file.path, output)
    output.reconfigure(version=version, level=_level_number(level), extra=fields)
    foreign = [handler for handler in logging.getLogger().handlers if not isinstance(handler, LogLamaHandler)]
    wanted = not foreign if console is None else console
    output.console = console_for() if wanted else None
    _capture_standard_logging(output)
    uncaught.capture(output)
    if configure_structlog:
        structlog.configure(
            processors=[],
            wrapper_class=ServiceLogger,
            context_class=dict,
            logger_factory=lambda *names: NamedOutput(output, str(names[0]) if names and names[0] else None),
            cache_logger_on_first_use=True,
        )
    return ServiceLogger(NamedOutput(output, None), [], {})


def output_elsewhere(service: str, path: str, name: str | None) -> NamedOutput:
    """Return the output a pickled logger writes to in this process."""
    output = _outputs.get(path)
    if output is None:
        output = _outputs[path] = open_service_output(service, log_dir=os.path.dirname(path))
    return NamedOutput(output, name)


def _level_number(level: int | str) -> int:
    if isinstance(level, int):
        return level
    number = {**LEVELS, "warn": 30, "fatal": 50, "notset": 0}.get(level.strip().lower())
    if number is None:
        raise ValueError(f"level {level!r} is not one of {', '.join(LEVELS)}")
    return number


def _capture_standard_logging(output: ServiceOutput) -> None:
    root = logging.getLogger()
    mine = [handler for handler in root.handlers if isinstance(handler, LogLamaHandler) and handler.of_set_up]
    if mine:
        ours = mine[0]
    else:
        ours = LogLamaHandler(output.service, output=output)
        ours.of_set_up = True
        root.addHandler(ours)
    ours.output = output
    ours.setLevel(output.level)
    if root.level == logging.NOTSET or root.level > output.level:
        root.setLevel(output.level)
    logging.captureWarnings(True)
