"""JSON records that hold the interesting part one level down: ECS, loguru, pino's errors, the original LogLama.

Their inner values are lifted to dotted names at the top, where ``json_keys`` knows them.
"""

from __future__ import annotations

from typing import Any

from loglama_core.formats.time_names import time_rank

JsonObject = dict[str, Any]

_LIFTED: tuple[tuple[str, str, str], ...] = (
    ("log", "level", "log.level"),
    ("log", "logger", "log.logger"),
    ("log_level", "name", "log_level.name"),
    ("protoPayload", "methodName", "methodName"),
    ("service", "name", "service.name"),
    ("error", "stack_trace", "error.stack_trace"),
    ("error", "stack", "error.stack"),
    ("err", "stack", "err.stack"),
    ("exception", "stacktrace", "exception.stacktrace"),
    ("Resource", "service.name", "service.name"),
    ("resource", "service.name", "service.name"),
)
_CONTAINERS = (
    "jsonPayload", "@fields", "event", "payload", "logentry", "metadata", "Properties", "content", "data",
)  # fmt: skip
"""Objects that hold the record's message, level or time when the record itself has none."""
_HELD = {
    "message": ("message", "msg", "formatted", "text"),
    "level": ("level", "severity", "lvl"),
    "timestamp": ("timestamp", "time", "ts", "datetime"),
    "SourceContext": ("SourceContext",),
}
_OF_RECORDS = frozenset({"message", "msg", "text", "level", "severity", "lvl", "log_level", "loglevel"})
_LENGTH_OF_STAMP = len("2026-03-04 05:06")
_MESSAGES = frozenset({"message", "msg", "textPayload", "body", "log", "short_message"})
_TIMES = frozenset({"timestamp", "@timestamp", "time", "ts"})
_LEVELS = frozenset({"level", "severity", "lvl", "Level"})


def unwrap(record: JsonObject) -> None:
    """Lift what nested objects of ``record`` hold of the record itself, in place."""
    _lift_named(record)
    nested = record.get("record")
    if type(nested) is dict and type(record.get("text")) is str and "level" in nested:
        _unwrap_loguru(record, nested)
    nested = record.get("fields")
    if type(nested) is dict and type(nested.get("message")) is str and "target" in record:
        _unwrap_tracing(record, nested)
    if type(record.get("timestampSeconds")) is int:
        record["timestamp"] = {"seconds": record.pop("timestampSeconds"), "nanos": record.pop("timestampNanos", 0)}
    nested = record.get("thrown")
    if type(nested) is dict and type(nested.get("name")) is str:
        record["thrown.stack"] = _java_trace(nested)
        del record["thrown"]
    nested = record.get("message")
    if type(nested) is dict and any(key.lower() in _OF_RECORDS or time_rank(key) in {0, 1} for key in nested):
        _spread(record, "message", nested)
    for container in _CONTAINERS:
        nested = record.get(container)
        if type(nested) is dict:
            _lift(record, container, nested)
    nested = record.get("context")
    if type(nested) is dict:
        if type(nested.get("logLevel")) is int and "level" not in record:  # roarr
            record["level"] = nested.pop("logLevel")
        _drop_repeated_context(record, nested)


def _lift_named(record: JsonObject) -> None:
    for outer, inner, lifted in _LIFTED:
        nested = record.get(outer)
        if type(nested) is dict and type(nested.get(inner)) is str and lifted not in record:
            record[lifted] = nested.pop(inner)
            if not nested:
                del record[outer]


def _spread(record: JsonObject, container: str, nested: JsonObject) -> None:
    """Put what an object within the record holds in its place, where the record has no key of the name."""
    del record[container]
    for key, value in nested.items():
        record[f"{container}.{key}" if key in record else key] = value


def _unwrap_loguru(record: JsonObject, inner: JsonObject) -> None:
    """Turn loguru's ``{"text", "record"}`` inside out; the text is kept only for the traceback it ends with."""
    text = record.pop("text")
    del record["record"]
    record.update(inner)
    level, time, name = inner.get("level"), inner.get("time"), inner.get("name")
    if type(level) is dict and type(level.get("name")) is str:
        record["level"] = level["name"]
    if type(time) is dict and type(time.get("repr")) is str:
        record["time"] = time["repr"]
    if type(name) is str:
        record["logger"] = record.pop("name")
    if record.get("exception", 0) is None:
        del record["exception"]
    message = record.get("message")
    if type(message) is str and record.get("exception") is not None and message in text:
        record["traceback"] = text.partition(message)[2].strip("\n")


def _unwrap_tracing(record: JsonObject, fields: JsonObject) -> None:
    """Lift message and target of a record of Rust's tracing."""
    if "message" not in record:
        record["message"] = fields.pop("message")
    if type(record["target"]) is str and "logger" not in record:
        record["logger"] = record.pop("target")
    if not fields:
        del record["fields"]


def _lift(record: JsonObject, container: str, nested: JsonObject) -> None:
    """Take message, level, time and logger out of an object within the record where the record has none of its own."""
    for name, keys in _HELD.items():
        own = {"message": _MESSAGES, "level": _LEVELS, "timestamp": _TIMES}.get(name, frozenset({name}))
        if not own.isdisjoint(record.keys() - {container}):
            continue
        for key in keys:
            if type(nested.get(key)) in {str, int, float}:
                value = nested.pop(key)
                if not nested:
                    del record[container]
                record[name] = value
                break
    if record.keys().isdisjoint(_TIMES) and not any(time_rank(key) is not None for key in record):
        _lift_time(record, nested)


def _lift_time(record: JsonObject, nested: JsonObject) -> None:
    """Lift the text that by its name is the record's time out of an object within a record without any."""
    ranked = [(rank, key) for key in nested if type(nested[key]) is str and (rank := time_rank(key)) is not None]
    if ranked and len(nested[key := min(ranked)[1]]) >= _LENGTH_OF_STAMP:
        record[key] = nested.pop(key)


def _java_trace(thrown: JsonObject) -> str:
    """Return the trace that log4j2 wrote as an object, as Java prints it."""
    head = f"{thrown['name']}: {thrown['message']}" if thrown.get("message") else str(thrown["name"])
    stack = thrown.get("extendedStackTrace")
    if type(stack) is str:
        return stack
    frames = [frame for frame in stack if type(frame) is dict] if type(stack) is list else []
    lines = [f"\tat {f.get('class')}.{f.get('method')}({f.get('file')}:{f.get('line')})" for f in frames]
    return "\n".join((head, *lines))


def _drop_repeated_context(record: JsonObject, context: JsonObject) -> None:
    """Keep once what the original LogLama wrote up to three times: at the top, in the context, in its context."""
    inner = context.get("context")
    if type(inner) is dict and all(key in context and context[key] == value for key, value in inner.items()):
        del context["context"]
    for key in [key for key, value in context.items() if key in record and record[key] == value]:
        del context[key]
    if not context:
        del record["context"]
