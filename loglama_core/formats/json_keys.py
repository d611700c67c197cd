"""Which key of a JSON (or logfmt) record holds what, under the names loggers use."""

from __future__ import annotations

from dataclasses import dataclass

from loglama_core.formats.time_names import time_rank

TIME_KEYS = (
    "timestamp", "@timestamp", "time", "ts", "asctime", "datetime", "@t", "eventtime", "event_time", "log_time",
    "logtime", "timeunixnano", "timemillis", "instant", "__realtime_timestamp", "_time", "date", "created", "dt", "t",
    "time_iso8601", "time_local", "edgeendtimestamp", "edgestarttimestamp", "requestreceivedtimestamp", "start_time",
    "unixtime", "unix_time", "epoch", "epochmillis", "timestamp_ms", "ts_ms", "@ts", "timereported", "msec",
)  # fmt: skip
WEAK_TIME_KEYS = ("created_at", "createdat", "logged_at", "occurred_at", "occurredat", "started_at")
"""Taken for the time only where no other is: many an object that is no log has one."""
LEVEL_KEYS = (
    "level", "levelname", "severity", "log.level", "lvl", "loglevel", "log_level", "severitytext", "severity_text",
    "level_name", "@l", "@level", "error_severity", "messagetype", "levelno", "level_number", "level_no",
    "severitynumber", "severity_number", "log_level.name", "sev", "lev",
    "severityname", "severity_name", "leveldisplayname", "log_severity", "severitylevel", "priority", "s",
)  # fmt: skip
MESSAGE_KEYS = (
    "message", "msg", "event", "body", "@m", "@message", "renderedmessage", "eventmessage", "short_message",
    "textpayload", "log", "text", "@mt", "messagetemplate", "resultdescription", "log_format",
    "_msg", "displaymessage", "log_message", "logmessage", "messagetext", "rawmessage",
)  # fmt: skip
LOGGER_KEYS = (
    "logger", "logger_name", "loggername", "log.logger", "@logger", "@module", "sourcecontext", "syslog_identifier",
    "log_namespace", "_logger", "name", "program", "programname",
)  # fmt: skip
SERVICE_KEYS = ("component", "service", "service.name", "service_name")
TRACE_KEYS = (
    "exc_info", "exception", "exc_text", "traceback", "stack_trace", "stacktrace", "error.stack_trace",
    "exception.stacktrace", "err.stack", "error.stack", "thrown.stack", "stack", "stack_info", "@x",
)  # fmt: skip
STATUS_KEYS = (
    "status", "status_code", "statuscode", "response_code", "response_status", "downstreamstatus",
    "edgeresponsestatus", "sc_status", "http_status",
)  # fmt: skip
"""HTTP's status tells how a request went where nothing else tells a level."""
PYTHON_LEVEL_KEYS = frozenset({"levelno", "level_number", "level_no"})
OTEL_LEVEL_KEYS = frozenset({"severitynumber", "severity_number"})

_NESTED = frozenset(
    {"log", "service", "error", "err", "exception", "fields", "@fields", "resource", "record", "context", "metadata"}
    | {
        "jsonpayload",
        "event",
        "payload",
        "logentry",
        "properties",
        "thrown",
        "resourcelogs",
        "timestampseconds",
        "log_level",
        "records",
        "logevents",
        "events",
        "logs",
        "entries",
        "message",
        "protopayload",
        "data",
        "content",
    }
)
UsualKeys = tuple[str, str, str, str | None, str | None]
"""The keys of time, level, message, logger and service."""


@dataclass(slots=True, frozen=True)
class KeyPlan:
    """The keys of one set of keys by what they may hold, most usual first. Keys keep their own spelling."""

    time: tuple[str, ...]
    other_times: tuple[str, ...]
    """Keys that by their names hold the time, of a record that has none of the usual."""
    level: tuple[str, ...]
    message: tuple[str, ...]
    logger: tuple[str, ...]
    service: tuple[str, ...]
    trace: tuple[str, ...]
    status: tuple[str, ...]
    numbers: tuple[int, ...] | None
    """Severities of the level's numbers, of a program that counts them in its own way."""
    is_weak: bool
    """Whether the time is one that an object need not be a log record to have."""
    unsaid: int
    """The severity of a record that tells none."""
    date: tuple[str, str] | None
    """The keys of a date and of a clock that are the time together."""
    nested: tuple[str, ...]
    """Keys whose value may be an object that holds some of these in turn."""

    evident: bool
    """Whether such keys are a log record's and not just any object's."""
    usual: UsualKeys | None
    """Set if each of these has one key at most and no others need a look, as long as the record holds no objects."""


def plan_keys(keys: tuple[str, ...]) -> KeyPlan:
    """Return what each of ``keys`` may hold."""
    by_name: dict[str, str] = {}
    for key in keys:
        by_name.setdefault(key.lower(), key)

    numbers = _adapt(by_name)

    def present(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(by_name[name] for name in names if name in by_name)

    time, level, message = present(TIME_KEYS), present(LEVEL_KEYS), present(MESSAGE_KEYS)
    weak = () if time else present(WEAK_TIME_KEYS)
    logger, service, trace = present(LOGGER_KEYS), present(SERVICE_KEYS), present(TRACE_KEYS)
    nested = tuple(by_name[name] for name in by_name if name in _NESTED)
    usual = None
    if len(time) == len(level) == len(message) == 1 >= max(len(logger), len(service)) and not (
        trace or numbers or "timestampseconds" in by_name or "tz" in by_name
    ):
        usual = (time[0], level[0], message[0], logger[0] if logger else None, service[0] if service else None)
    return KeyPlan(
        time=time or weak,
        other_times=() if time or weak else _other_times(keys),
        level=level,
        message=message,
        logger=logger,
        service=service,
        trace=trace,
        status=() if level else present(STATUS_KEYS),
        numbers=numbers,
        is_weak=bool(weak),
        unsaid=0 if level else _unsaid(by_name),
        date=(by_name["date"], by_name["time"]) if "date" in by_name and "time" in by_name else None,
        nested=nested,
        evident=bool(level and (time or weak or message))
        or bool(time and message)
        or ("status" in by_name and "method" in by_name and "path" in by_name),
        usual=usual,
    )


def _other_times(keys: tuple[str, ...]) -> tuple[str, ...]:
    ranked = [(rank, place) for place, key in enumerate(keys) if (rank := time_rank(key)) is not None]
    return tuple(keys[place] for _, place in sorted(ranked))


_SURE_LEVELS = frozenset(LEVEL_KEYS) - {"priority", "s"}


def _unsaid(by_name: dict[str, str]) -> int:
    """Return the severity that the records of a program have where they name none."""
    if "@t" in by_name and ("@mt" in by_name or "@m" in by_name):  # compact log event format, of Serilog
        return 9
    if "ts" in by_name and "msg" in by_name and "caller" in by_name:  # klog's JSON
        return 9 if "v" in by_name else 17 if "err" in by_name else 0
    return 0


def _adapt(by_name: dict[str, str]) -> tuple[int, ...] | None:
    """Give keys that mean something in the records of one program only their meaning; return its level numbers."""
    if "level_name" in by_name and "channel" in by_name:  # Monolog
        by_name.setdefault("logger", by_name["channel"])
    if "category" in by_name and "eventid" in by_name:  # Microsoft's JSON console
        by_name.setdefault("logger", by_name["category"])
    if "scope" in by_name and "level" in by_name:  # Istio
        by_name.setdefault("logger", by_name["scope"])
    if "cluster.name" in by_name and "component" in by_name:  # Elasticsearch
        by_name["logger"] = by_name.pop("component")
    if {"tags", "pid", "@timestamp"} <= by_name.keys() and "statuscode" not in by_name:  # Kibana before 8
        by_name.setdefault("level", by_name["tags"])
    if "ddsource" in by_name and "status" in by_name:  # Datadog
        by_name.setdefault("level", by_name.pop("status"))
    if "output" in by_name and ("rule" in by_name or "package" in by_name):  # Falco, Go's tests
        by_name.setdefault("message", by_name["output"])
    elif by_name.get("priority") != "PRIORITY" and not by_name.keys().isdisjoint(_SURE_LEVELS):
        by_name.pop("priority", None)
    if "c" in by_name and "ctx" in by_name:  # MongoDB
        by_name.setdefault("logger", by_name["c"])
    else:
        by_name.pop("s", None)
    if "eventmessage" not in by_name:  # macOS
        by_name.pop("messagetype", None)
    if "log_level" in by_name and "source" in by_name and "data" in by_name:  # Cloud Foundry's lager
        return _LAGER
    return _numbers(by_name)


def _numbers(by_name: dict[str, str]) -> tuple[int, ...] | None:
    if "reqid" in by_name and "remoteaddr" in by_name:
        return _NEXTCLOUD
    if "severitylevel" in by_name and "level" not in by_name:
        return _APPLICATION_INSIGHTS
    return _WINDOWS_EVENTS if "channel" in by_name and by_name.keys() & {"eventid", "event_id"} else None


_LAGER = (5, 9, 17, 21)
_NEXTCLOUD = (5, 9, 13, 17, 21)
_APPLICATION_INSIGHTS = (7, 9, 13, 17, 21)
_WINDOWS_EVENTS = (9, 21, 17, 13, 9, 7)
