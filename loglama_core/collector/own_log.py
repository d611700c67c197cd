"""LogLama's own log: JSON lines in ``loglama.log`` beside the logs it collects, collected as service ``loglama``.

That ends (fault 72) because collecting a line never writes one: there are lines for what begins, ends, fails and is
well again, none for a batch, and none of them is a file event that makes a scan come sooner.
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

OWN_LOG = "loglama.log"
SERVICE = "loglama"

_LARGEST_BYTES = 8_000_000
"""A larger one is put aside when a collector starts, as ``loglama.log.1``: a year of lines."""

_LEVELS = {"TRACE": logging.DEBUG}


def open_collector_log(settings: Settings) -> int:
    """Open the log for appending, private if it is created; returns the descriptor. Raises ``CollectorError``."""
    path = settings.log_dir / OWN_LOG
    try:
        settings.log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _LARGEST_BYTES:
            path.replace(path.with_name(f"{OWN_LOG}.1"))
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
            component=SERVICE,
            pid=os.getpid(),
        ).bind(logger="collector")  # a parameter of wrap_logger has that name

        def log(event: str, fields: dict[str, object]) -> None:
            with suppress(OSError):
                (logger.warning if "error" in fields else logger.info)(event, **fields)

        yield log


def _json_bytes(fields: object, **options: Any) -> bytes:
    return json.dumps(fields, **options).encode()


def _level_number(name: str) -> int:
    return _LEVELS.get(name) or logging.getLevelNamesMapping()[name]
