"""What the middlewares of both kinds say of a request, and at which level."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from typing import Any

from loglama_core.emit.log_handler import FIELDS

LOGGER = "loglama.request"
_CLIENT_CLOSED_REQUEST = 499
"""nginx's status for a client that went away before it was answered."""


class RequestLog:
    """Times one request from its making on, and logs how it ended."""

    def __init__(self, method: str, path: str, client: str | None) -> None:
        self._fields: dict[str, Any] = {"method": method, "path": path}
        if client:
            self._fields["client"] = client
        self._begun_ns = time.perf_counter_ns()
        self._is_done = False
        self.status: int | None = None
        """The status of the answer, once it began."""
        self.sent_bytes = 0

    def finished(self) -> None:
        """Log an answer that was sent whole."""
        status = self.status or 0
        level = logging.ERROR if status >= 500 else logging.WARNING if status >= 400 else logging.INFO
        self._write(level, "request finished", status)

    def failed(self, error: BaseException) -> None:
        """Log an exception that no one in the application has handled."""
        self._write(logging.ERROR, "request failed", self.status or 500, error)

    def cancelled(self) -> None:
        """Log a client that went away."""
        self._write(logging.WARNING, "request cancelled", self.status or _CLIENT_CLOSED_REQUEST)

    def _write(self, level: int, message: str, status: int, error: BaseException | None = None) -> None:
        if self._is_done:
            return
        self._is_done = True
        fields = {
            **self._fields,
            "status": status,
            "duration_ms": round((time.perf_counter_ns() - self._begun_ns) / 1_000_000, 3),
            "bytes": self.sent_bytes,
        }
        # By `logging`: it goes to LogLama's handler, however that was set up, and to those of the host as well.
        logger = logging.getLogger(LOGGER)
        logger.log(level, "%s %s %s", message, fields["method"], fields["path"], exc_info=error, extra={FIELDS: fields})


def is_left_out(path: str, without: Collection[str]) -> bool:
    """Whether requests of this path are not logged: health checks, say."""
    return path in without
