"""The collector's own log.

JSON lines in ``log_collector.log`` beside the logs it collects, which it never collects itself.
"""

from __future__ import annotations

import json
import logging
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from loglama_core.errors import CollectorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loglama_core.config.settings import Settings

COLLECTOR_LOG = "log_collector.log"

_LEVELS = {"TRACE": logging.DEBUG}


def open_collector_log(settings: Settings) -> int:
    """Open the log for appending, private if it is created; returns the descriptor. Raises ``CollectorError``."""
    path = settings.log_dir / COLLECTOR_LOG
    try:
        settings.log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        msg = f"the collector's own log {path} cannot be written: {error.strerror}"
        raise CollectorError(msg, "make LOGLAMA_LOG_DIR writable for you, or set it to a folder that is") from error


@contextmanager
def collector_log(settings: Settings) -> Iterator[Callable[[str, dict[str, object]], None]]:
    """Yield ``log(event, fields)``, which writes one JSON line; fields named ``error`` make it a warning.

    A line that cannot be written is left out: a full disk must not end the collecting.
    """
    import structlog

    # Unbuffered: what could not be written must not be tried again by the next line, or when the file is closed.
    with os.fdopen(open_collector_log(settings), "wb", buffering=0) as file:
        logger = structlog.wrap_logger(
            structlog.BytesLogger(file),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(serializer=_json_bytes),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(_level_number(settings.log_level)),
            component="log_collector",
            pid=os.getpid(),
        )

        def log(event: str, fields: dict[str, object]) -> None:
            with suppress(OSError):
                (logger.warning if "error" in fields else logger.info)(event, **fields)

        yield log


def _json_bytes(fields: object, **options: Any) -> bytes:
    return json.dumps(fields, **options).encode()


def _level_number(name: str) -> int:
    return _LEVELS.get(name) or logging.getLevelNamesMapping()[name]
