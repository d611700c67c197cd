"""OTLP JSON, one request a line: every log record in it becomes a record of its own.

Values (``{"intValue": "3"}``) and attribute lists are made plain, as an OpenTelemetry collector's other exporters do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

JsonObject = dict[str, Any]


def is_otlp(record: JsonObject) -> bool:
    """Return whether a JSON object is an export request."""
    return type(record.get("resourceLogs")) is list


def log_records(request: JsonObject) -> Iterator[JsonObject]:
    """Yield the log records of a request, each with what its resource and scope say."""
    for resource_logs in _objects(request["resourceLogs"]):
        resource = _attributes(_object(resource_logs.get("resource")).get("attributes"))
        for scope_logs in _objects(resource_logs.get("scopeLogs") or resource_logs.get("instrumentationLibraryLogs")):
            scope = _object(scope_logs.get("scope") or scope_logs.get("instrumentationLibrary"))
            for log in _objects(scope_logs.get("logRecords")):
                yield _plain_record(log, resource, scope)


def _plain_record(log: JsonObject, resource: JsonObject, scope: JsonObject) -> JsonObject:
    attributes = _attributes(log.get("attributes"))
    record: JsonObject = dict(resource)
    if scope.get("name"):
        record["logger"] = scope["name"]
    record |= attributes
    if "body" in log:
        record["body"] = _value(log["body"])
    if log.get("severityText"):
        record["severityText"] = log["severityText"]
    if log.get("severityNumber"):
        record["severityNumber"] = log["severityNumber"]
    for key in ("timeUnixNano", "observedTimeUnixNano"):
        if log.get(key) not in {None, "", "0", 0}:
            record["timeUnixNano"] = log[key]
            break
    for key, name in (("traceId", "trace_id"), ("spanId", "span_id")):
        if log.get(key):
            record[name] = log[key]
    return record


def _attributes(pairs: object) -> JsonObject:
    return {str(pair["key"]): _value(pair.get("value")) for pair in _objects(pairs) if "key" in pair}


def _value(value: object) -> Any:
    if not isinstance(value, dict):
        return value
    for kind, content in value.items():
        if kind == "intValue" and isinstance(content, str) and len(content) < 19 and content.lstrip("-").isdecimal():
            return int(content)
        if kind == "arrayValue":
            return [_value(item) for item in _objects(_object(content).get("values"))]
        if kind == "kvlistValue":
            return _attributes(_object(content).get("values"))
        if kind.endswith("Value"):
            return content
    return value


def _objects(value: object) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}
