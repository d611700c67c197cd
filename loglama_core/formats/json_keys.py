"""Which key of a JSON (or logfmt) record holds what, under the names loggers use."""

from __future__ import annotations

from dataclasses import dataclass

TIME_KEYS = (
    "timestamp", "@timestamp", "time", "ts", "asctime", "datetime", "@t", "eventtime", "event_time", "log_time",
    "logtime", "timeunixnano", "__realtime_timestamp", "_time", "date", "created", "dt", "t",
)  # fmt: skip
LEVEL_KEYS = (
    "level", "levelname", "severity", "log.level", "lvl", "loglevel", "log_level", "severitytext", "severity_text",
    "level_name", "@l", "levelno", "level_number", "level_no", "severitynumber", "severity_number", "priority",
)  # fmt: skip
MESSAGE_KEYS = (
    "message", "msg", "event", "body", "@m", "short_message", "textpayload", "log", "text", "@mt",
)  # fmt: skip
LOGGER_KEYS = (
    "logger", "logger_name", "loggername", "log.logger", "@logger", "sourcecontext", "syslog_identifier", "name",
)  # fmt: skip
SERVICE_KEYS = ("component", "service", "service.name", "service_name")
TRACE_KEYS = (
    "exc_info", "exception", "exc_text", "traceback", "stack_trace", "stacktrace", "error.stack_trace",
    "exception.stacktrace", "err.stack", "error.stack", "stack", "stack_info", "@x",
)  # fmt: skip
PYTHON_LEVEL_KEYS = frozenset({"levelno", "level_number", "level_no"})
OTEL_LEVEL_KEYS = frozenset({"severitynumber", "severity_number"})

_NESTED = frozenset({"log", "service", "error", "err", "exception", "fields", "resource", "record", "context"})


UsualKeys = tuple[str, str, str, str | None, str | None]
"""The keys of time, level, message, logger and service."""


@dataclass(slots=True, frozen=True)
class KeyPlan:
    """The keys of one set of keys by what they may hold, most usual first. Keys keep their own spelling."""

    time: tuple[str, ...]
    level: tuple[str, ...]
    message: tuple[str, ...]
    logger: tuple[str, ...]
    service: tuple[str, ...]
    trace: tuple[str, ...]
    nested: bool
    """Whether a key is there whose value may be an object that holds some of these in turn."""

    evident: bool
    """Whether such keys are a log record's and not just any object's."""
    usual: UsualKeys | None
    """Set if each of these has one key at most and no others need a look."""


def plan_keys(keys: tuple[str, ...]) -> KeyPlan:
    """Return what each of ``keys`` may hold."""
    by_name: dict[str, str] = {}
    for key in keys:
        by_name.setdefault(key.lower(), key)

    if "level_name" in by_name and "channel" in by_name:  # Monolog; elsewhere a channel is anything
        by_name.setdefault("logger", by_name["channel"])
    if by_name.get("priority") != "PRIORITY":  # journald; elsewhere a priority may be any business value
        by_name.pop("priority", None)

    def present(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(by_name[name] for name in names if name in by_name)

    time, level, message = present(TIME_KEYS), present(LEVEL_KEYS), present(MESSAGE_KEYS)
    logger, service, trace = present(LOGGER_KEYS), present(SERVICE_KEYS), present(TRACE_KEYS)
    nested = not _NESTED.isdisjoint(by_name)
    usual = None
    if len(time) == len(level) == len(message) == 1 >= max(len(logger), len(service)) and not trace and not nested:
        usual = (time[0], level[0], message[0], logger[0] if logger else None, service[0] if service else None)
    return KeyPlan(
        time=time,
        level=level,
        message=message,
        logger=logger,
        service=service,
        trace=trace,
        nested=nested,
        evident=bool(level and (time or message)) or bool(time and message),
        usual=usual,
    )
