"""The structlog logger that ``setup_logging`` gives: structlog's own methods, and no call of one raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from structlog import BoundLoggerBase, DropEvent

from loglama_core.emit.exception_fields import exception_of
from loglama_core.emit.json_line import LEVELS
from loglama_core.emit.plain_value import plain_object
from loglama_core.emit.service_output import ServiceOutput

_TRACE, _DEBUG, _INFO, _WARNING, _ERROR, _CRITICAL = LEVELS.values()


class NamedOutput:
    """A service's output under one logger name: what structlog takes for the wrapped logger."""

    def __init__(self, output: ServiceOutput, name: str | None) -> None:
        self.output = output
        self.name = name

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a logger go to a spawned process, where ``setup_logging`` of this service has been called or will be."""
        from loglama_core.emit.logging_setup import output_elsewhere

        return output_elsewhere, (self.output.service, self.output.file.path, self.name)


class ServiceLogger(BoundLoggerBase):
    """``log.info("order paid", order=1187)``, ``log.bind(user="ann")``, ``log.exception("…")`` inside ``except``.

    Processors of the host (``structlog.configure``) are run; one that raises costs its record's fields, not the host.
    """

    _logger: NamedOutput

    def trace(self, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at level trace."""
        self._write(_TRACE, "trace", event, args, fields)

    def debug(self, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at level debug."""
        self._write(_DEBUG, "debug", event, args, fields)

    def info(self, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at level info."""
        self._write(_INFO, "info", event, args, fields)

    def warning(self, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at level warning."""
        self._write(_WARNING, "warning", event, args, fields)

    def error(self, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at level error."""
        self._write(_ERROR, "error", event, args, fields)

    def critical(self, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at level critical."""
        self._write(_CRITICAL, "critical", event, args, fields)

    def exception(self, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at level error with the exception that is being handled."""
        fields.setdefault("exc_info", True)
        self._write(_ERROR, "error", event, args, fields)

    def log(self, level: int, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at a level number of Python's logging."""
        self._write(level, "log", event, args, fields)

    warn = warning
    fatal = critical
    msg = info

    def is_enabled_for(self, level: int) -> bool:
        """Whether a record of this level is written."""
        return level >= self._logger.output.level

    def get_effective_level(self) -> int:
        """Return the least level that is written."""
        return self._logger.output.level

    # A record costs 10 us: handing it to another thread, as structlog's own do, costs more.
    async def adebug(self, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at level debug."""
        self._write(_DEBUG, "debug", event, args, fields)

    async def ainfo(self, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at level info."""
        self._write(_INFO, "info", event, args, fields)

    async def awarning(self, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at level warning."""
        self._write(_WARNING, "warning", event, args, fields)

    async def aerror(self, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at level error."""
        self._write(_ERROR, "error", event, args, fields)

    async def acritical(self, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at level critical."""
        self._write(_CRITICAL, "critical", event, args, fields)

    async def aexception(self, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at level error with the exception that is being handled."""
        fields.setdefault("exc_info", True)
        self._write(_ERROR, "error", event, args, fields)

    async def alog(self, level: int, event: Any = "", /, *args: Any, **fields: Any) -> None:
        """Log at a level number of Python's logging."""
        self._write(level, "log", event, args, fields)

    awarn = awarning
    afatal = acritical
    amsg = ainfo

    def _write(self, level: int, method: str, event: Any, args: tuple[Any, ...], fields: dict[str, Any]) -> None:
        named = self._logger
        if level < named.output.level:
            return
        if args:
            event = _interpolated(event, args, fields)
        pairs: Any = self._context.copy()
        pairs.update(fields)
        if "event" in pairs:
            pairs["event_"] = pairs.pop("event")
        pairs["event"] = event
        try:
            for processor in self._processors:
                pairs = processor(named, method, pairs)
        except DropEvent:
            return
        except Exception as failure:  # noqa: BLE001 - a processor of the host's; the event itself is kept
            pairs = {"event": event, "left_out": f"fields: {type(failure).__name__} in a processor"}
        if not isinstance(pairs, dict):  # a renderer of the host's: its text is the message
            pairs = {"event": pairs}
        event = pairs.pop("event", "")
        message = event if type(event) is str else str(plain_object(event))
        error = exception_of(pairs.pop("exc_info")) if "exc_info" in pairs else None
        named.output.write(level, message, named.name, pairs, error)


def _interpolated(event: Any, args: tuple[Any, ...], fields: dict[str, Any]) -> Any:
    """Return ``event % args`` as structlog forms it; arguments that do not fit it become a field."""
    try:
        return event % (args[0] if len(args) == 1 and issubclass(type(args[0]), Mapping) and args[0] else args)
    except Exception as error:  # noqa: BLE001 - "%d" with a text, or an argument whose __str__ fails
        fields["format_error"] = str(plain_object(error))
        fields["format_arguments"] = args
        return event
