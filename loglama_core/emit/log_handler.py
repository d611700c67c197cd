"""The handler for Python's ``logging``: for ``dictConfig``, Django, uvicorn and every library that logs."""

from __future__ import annotations

import logging
import os
from typing import Any

from loglama_core.emit.exception_fields import exception_of
from loglama_core.emit.plain_value import plain_object
from loglama_core.emit.service_output import BACKUPS, MAX_BYTES, ServiceOutput, open_service_output

FIELDS = "loglama_fields"
"""Attribute of a log record (as in ``extra={"loglama_fields": {…}}``) whose items become fields under any name."""

_OWN_ATTRIBUTES = frozenset([*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName", FIELDS])


class LogLamaHandler(logging.Handler):
    """Writes each record as one line of JSON into the log file of ``service``.

    ``LogLamaHandler("shop", version="1.2")`` writes to ``<LOGLAMA_LOG_DIR>/shop.log``; what ``extra`` gives become
    fields. As a dictConfig handler: ``{"class": "loglama_core.emit.LogLamaHandler", "service": "shop"}``. Raises
    nothing when a record is handled, whatever it holds and wherever the disk is. ``of_set_up``: whether it is the one
    that ``setup_logging`` has put at the root.
    """

    of_set_up = False

    def __init__(
        self,
        service: str,
        *,
        version: str | None = None,
        level: int | str = logging.NOTSET,
        log_dir: str | os.PathLike[str] | None = None,
        max_bytes: int = MAX_BYTES,
        backups: int = BACKUPS,
        output: ServiceOutput | None = None,
    ) -> None:
        super().__init__(level)
        self.output = output or open_service_output(
            service, version=version, log_dir=log_dir, max_bytes=max_bytes, backups=backups
        )

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Have no lock: a line is one write, and a lock that another thread holds at a fork would hang the child."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        """Write the record if the filters let it through (what ``logging.Handler`` does, without the lock)."""
        if self.filters:
            passed: Any = self.filter(record)
            if not passed:
                return False
            if isinstance(passed, logging.LogRecord):  # from Python 3.12 on a filter may replace the record
                record = passed
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record."""
        attributes = record.__dict__
        fields = {name: value for name, value in attributes.items() if name not in _OWN_ATTRIBUTES}
        if FIELDS in attributes and type(attributes[FIELDS]) is dict:
            fields.update(attributes[FIELDS])
        if record.stack_info:
            fields["stack_info"] = record.stack_info
        self.output.write(
            record.levelno,
            _message(record, fields),
            record.name,
            fields,
            exception_of(record.exc_info) if record.exc_info else None,
            int(record.created * 1_000_000) * 1_000,
        )


def _message(record: logging.LogRecord, fields: dict[str, Any]) -> str:
    """Return the message; arguments that do not fit it become a field, where ``logging`` would print a traceback."""
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - "%d" with a text, or an argument whose __str__ fails
        fields["format_error"] = str(plain_object(error))
        fields["format_arguments"] = record.args
        text = plain_object(record.msg)
        return text if type(text) is str else str(text)
