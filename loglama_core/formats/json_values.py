"""What single values of an object of JSON tell: its level, name, message and traces; what was told is taken out."""

from __future__ import annotations

from typing import Any

import orjson

from loglama_core.formats.decoding import decode_line
from loglama_core.formats.json_envelopes import JsonObject
from loglama_core.formats.json_keys import OTEL_LEVEL_KEYS, PYTHON_LEVEL_KEYS, STATUS_KEYS, KeyPlan
from loglama_core.formats.levels import severity_of_number, severity_of_python, severity_of_status, severity_of_word
from loglama_core.formats.stack_traces import exception_of

NAME_LENGTH = 256
"""A longer logger or service is no name: it stays among the fields."""

_METHOD_KEYS = ("method", "request_method", "requestmethod", "clientrequestmethod", "verb", "http_method")
_PATH_KEYS = ("path", "uri", "url", "request_uri", "requestpath", "clientrequesturi", "requesturi", "requesturl")
_ACTION_KEYS = (
    "eventname", "operationname", "operation", "methodname", "action", "event_type", "eventtype", "description",
    "title", "summary", "content", "detail", "reason", "type",
)  # fmt: skip
_REQUESTS = ("request", "req", "httpRequest", "http")
_RESPONSES = ("response", "res", "httpRequest", "http")


def may_name(value: Any) -> bool:
    """Return whether a value is the name of a logger or a service, or none."""
    return value is None or (type(value) is str and 0 < len(value) <= NAME_LENGTH)


def severity_by_status(record: JsonObject, keys: tuple[str, ...]) -> int:
    """Return the level that an HTTP status tells, the record's own or that of a response in it; it stays a field."""
    for key in keys:
        if status := _status_of(record[key]):
            return severity_of_status(status)
    return 0 if keys else severity_of_status(status) if (status := _nested_status(record)) else 0


def _status_of(value: Any) -> int:
    """Return the HTTP status that a value is, 0 if it is none."""
    if type(value) is str and len(value) == 3 and value.isdecimal():
        value = int(value)
    return value if type(value) is int and 100 <= value <= 599 else 0


def _nested_status(record: JsonObject) -> int:
    for name in _RESPONSES:
        if type(nested := record.get(name)) is dict:
            for key in nested:
                if key.lower() in STATUS_KEYS and (status := _status_of(nested[key])):
                    return status
    return 0


def request_of(record: JsonObject) -> str:
    """Return the message of a record of a request that has none: what was asked for, and the status."""
    asked = record.get("request")
    if type(asked) is not str:
        asked = _asked_of(record)
        for name in _REQUESTS:
            if asked is None and type(nested := record.get(name)) is dict:
                asked = _asked_of(nested)
    if asked is None:
        action = _first_named(record, _ACTION_KEYS)
        asked = "" if action is None else record.pop(action)
    status = next((record[key] for key in record if key.lower() in STATUS_KEYS), None) or _nested_status(record)
    return f"{asked} {status}" if asked and status and type(status) in {int, str} else asked


def _asked_of(record: JsonObject) -> str | None:
    """Return method and path of a request, ``None`` if a record does not hold both."""
    method, path = _first_named(record, _METHOD_KEYS), _first_named(record, _PATH_KEYS)
    return f"{record[method]} {record[path]}" if method and path else None


def _first_named(record: JsonObject, names: tuple[str, ...]) -> str | None:
    """Return the first key of one of ``names``, in lower case, that holds a text; ``None`` if there is none."""
    keys = {key.lower(): key for key in record if type(record[key]) is str}
    return next((keys[name] for name in names if name in keys), None)


def severity_of(key: str, value: Any) -> int:
    """Return the level that a value tells under its key: numbers mean what the loggers that use the key mean."""
    if key in {"priority", "Priority"} and not (type(value) is str and value.isalpha()):
        return 0  # journald writes it in capitals; elsewhere a number may be of any business
    if type(value) is str:
        return severity_of_word(value)
    if type(value) is list:
        return next((known for item in value if type(item) is str and (known := severity_of_word(item))), 0)
    if type(value) is float and value.is_integer() and abs(value) < 1000:
        value = int(value)
    if type(value) is not int:
        return 0
    name = key.lower()
    if name in PYTHON_LEVEL_KEYS:
        return severity_of_python(value)
    if name in OTEL_LEVEL_KEYS:
        return value if 1 <= value <= 24 else 0
    return severity_of_number(value)


def drop_same_severity(record: JsonObject, keys: tuple[str, ...], severity: int) -> None:
    """Drop numbers that only repeat the level that was taken."""
    for key in keys:
        if type(record.get(key)) is int and severity_of(key, record[key]) == severity:
            del record[key]


def take_name(record: JsonObject, keys: tuple[str, ...]) -> str | None:
    """Take the first value that is a name, ``None`` if there is none."""
    for key in keys:
        value = record.get(key)
        if type(value) is str and 0 < len(value) <= NAME_LENGTH:
            del record[key]
            return value
    return None


def take_odd_message(record: JsonObject, plan: KeyPlan) -> str:
    """Return a message that is no string: OTLP's ``{"stringValue"}``, a number, any other value as JSON."""
    for key in plan.message:
        value = record[key]
        if value is None or (type(value) is dict and key in {"event", "log"}):  # ECS has objects of these names
            continue
        del record[key]
        if type(value) is dict and len(value) == 1 and type(value.get("stringValue")) is str:
            return str(value["stringValue"])
        if type(value) is list and value and all(type(item) is int and 0 <= item <= 255 for item in value):
            return decode_line(bytes(value))[0]  # journald writes what is not printable so
        return orjson.dumps(value).decode()
    return ""


def take_traces(record: JsonObject, plan: KeyPlan, message: str) -> str:
    """Return the message with the traces below it; the exception they tell of becomes a field."""
    told: dict[str, str] | None = None
    for key in plan.trace:
        value = record.get(key)
        if type(value) is str and value.strip():
            del record[key]
            trace = value.strip("\r\n")
            told = told or exception_of(trace)
            if not message:
                message = trace
            elif trace not in message:
                message = f"{message}\n{trace}"
    if told is not None:
        given = record.setdefault("exception", told)
        if type(given) is dict and "frame" in told:  # a logger that structures its exceptions names no place
            given.setdefault("frame", told["frame"])
    return message
