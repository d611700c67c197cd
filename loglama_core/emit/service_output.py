"""What happens to one event of a service: a line in its file and, at a terminal, one for the person there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from loglama_core.emit.context_fields import current_fields
from loglama_core.emit.exception_fields import exception_fields
from loglama_core.emit.json_line import LEVELS, LineEncoder, level_name
from loglama_core.emit.line_file import LineFile, open_line_file
from loglama_core.emit.log_folder import file_name, log_folder

MAX_BYTES = 50_000_000
"""A full log file is renamed at this size …"""
BACKUPS = 5
"""… and so many older ones are kept: 300 MB a service."""

Console = Callable[[int, str, str, str | None, Mapping[str, Any], BaseException | None], None]


class ServiceOutput:
    """The one place where the events of ``service`` end.

    ``level``: events of a lower level (a number of Python's logging) are left out by the loggers. ``extra``: fields
    that every record carries. ``console``: what shows an event to a person, or ``None``.
    """

    def __init__(self, service: str, *, version: str | None, file: LineFile, level: int, extra: dict[str, Any]) -> None:
        self.service = service
        self.console: Console | None = None
        self.file = file
        file.on_recovery = self._recovery_line
        self.reconfigure(version=version, level=level, extra=extra)

    def reconfigure(self, *, version: str | None, level: int, extra: dict[str, Any]) -> None:
        """Change what differs from before, for every logger that writes here."""
        self.level = level
        self.extra = extra
        self._encoder = LineEncoder(self.service, version, self.service)

    def write(
        self,
        level: int,
        message: str,
        logger: str | None,
        fields: Mapping[str, Any],
        error: BaseException | None = None,
        time_ns: int | None = None,
    ) -> None:
        """Write one event. No exception of a field, a file or a console leaves it.

        ``fields`` hide those of the context, these the service's own. ``time_ns``: UTC; now, if not given.
        """
        moment = time.time_ns() if time_ns is None else time_ns
        try:
            context = current_fields()
            if context or self.extra:
                fields = {**self.extra, **context, **fields}
            if error is not None:
                fields = {**fields, "exception": exception_fields(error)}
            self.file.write(self._encoder.line(moment, level_name(level), message, logger, fields))
            if self.console is not None:
                self.console(level, message, self.service, logger, fields, error)
        except Exception as failure:  # noqa: BLE001 - the edge to a service, which never dies of its logging
            self._write_what_is_left(moment, level, message, failure)

    def _write_what_is_left(self, moment: int, level: int, message: str, failure: Exception) -> None:
        left = {"left_out": f"fields: {type(failure).__name__}"}
        self.file.write(self._encoder.line(moment, level_name(level), message, None, left))

    def _recovery_line(self, lost: int, reason: str) -> bytes:
        message = f"{lost} {'record was' if lost == 1 else 'records were'} lost: {reason}"
        fields = {"lost_records": lost}
        return self._encoder.line(time.time_ns(), "warning", message, "loglama.emit", fields)


def open_service_output(
    service: str,
    *,
    version: str | None = None,
    log_dir: Any = None,
    level: int = LEVELS["info"],
    max_bytes: int = MAX_BYTES,
    backups: int = BACKUPS,
    extra: dict[str, Any] | None = None,
    warn: bool = True,
) -> ServiceOutput:
    """Open the log of ``service`` in ``log_dir`` (else LOGLAMA_LOG_DIR, else ``./logs``). Creates nothing yet.

    ``warn``: tell on standard error, once, that records are lost.
    """
    import os.path

    path = os.path.join(log_folder(log_dir), file_name(service))
    file = open_line_file(path, max_bytes=max_bytes, backups=backups)
    file.is_told = file.is_told or not warn
    return ServiceOutput(service, version=version, file=file, level=level, extra=extra or {})
