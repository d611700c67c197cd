# ruff: noqa: E501 (a table of records reads best with one record a line)
from __future__ import annotations

import json
from typing import Any

import pytest

from loglama_core.formats.json_envelopes import unwrap
from loglama_core.formats.json_keys import plan_keys
from loglama_core.model import RecordFlag
from tests.core.formats.assembling import nanoseconds, row_of, rows_of

AT = nanoseconds("2026-11-01T10:00:00.123Z")
ISO = "2026-11-01T10:00:00.123Z"
MILLISECONDS = 1793527200123
TRACE = 'Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: 1'

LOGGERS: dict[str, tuple[dict[str, Any], tuple[int, str, str | None, str, dict[str, Any]]]] = {
    "structlog": (
        {"timestamp": ISO, "level": "warning", "event": "m", "logger": "a.b", "component": "web", "k": {"n": [1, 2.5]}},
        (13, "web", "a.b", "m", {"k": {"n": [1, 2.5]}}),
    ),
    "python-json-logger": (
        {"asctime": "2026-11-01 10:00:00,123", "levelname": "ERROR", "name": "a.b", "message": "m", "lineno": 3},
        (17, "own", "a.b", "m", {"lineno": 3}),
    ),
    "pino": (
        {"level": 30, "time": MILLISECONDS, "pid": 7, "hostname": "h", "name": "api", "msg": "m", "err": {"type": "E"}},
        (9, "own", "api", "m", {"pid": 7, "hostname": "h", "err": {"type": "E"}}),
    ),
    "pino-error": (
        {"level": 50, "time": MILLISECONDS, "msg": "m", "err": {"type": "E", "message": "x", "stack": "E: x\n    at f"}},
        (17, "own", None, "m\nE: x\n    at f", {"err": {"type": "E", "message": "x"}}),
    ),
    "bunyan": (
        {"name": "api", "hostname": "h", "pid": 7, "level": 60, "msg": "m", "time": ISO, "v": 0},
        (21, "own", "api", "m", {"hostname": "h", "pid": 7, "v": 0}),
    ),
    "winston": (
        {"level": "verbose", "message": "m", "timestamp": ISO, "service": "user-service"},
        (7, "user-service", None, "m", {}),
    ),
    "zap": (
        {"level": "dpanic", "ts": MILLISECONDS / 1000, "logger": "l", "caller": "a/b.go:1", "msg": "m", "stacktrace": "s\nt"},
        (21, "own", "l", "m\ns\nt", {"caller": "a/b.go:1"}),
    ),
    "zerolog": ({"level": "trace", "time": ISO, "message": "m", "error": "e"}, (1, "own", None, "m", {"error": "e"})),
    "slog": (
        {"time": "2026-11-01T11:00:00.123+01:00", "level": "WARN", "msg": "m", "source": {"line": 3}},
        (13, "own", None, "m", {"source": {"line": 3}}),
    ),
    "logrus": ({"level": "fatal", "msg": "m", "time": ISO, "animal": "walrus"}, (21, "own", None, "m", {"animal": "walrus"})),
    "ecs": (
        {"@timestamp": ISO, "log.level": "INFO", "message": "m", "service": {"name": "s", "version": "1"}, "log": {"logger": "l"}},
        (9, "s", "l", "m", {"service": {"version": "1"}}),
    ),
    "ecs-nested": (
        {"@timestamp": ISO, "log": {"level": "error", "logger": "l"}, "message": "m", "error": {"stack_trace": "t\nu"}, "event": {"kind": "k"}},
        (17, "own", "l", "m\nt\nu", {"event": {"kind": "k"}}),
    ),
    "gcp": (
        {"severity": "NOTICE", "message": "m", "timestamp": {"seconds": 1793527200, "nanos": 123000000}, "httpRequest": {}},
        (10, "own", None, "m", {"httpRequest": {}}),
    ),
    "otel": (
        {"Timestamp": "1793527200123000000", "SeverityText": "WARN", "SeverityNumber": 13, "Body": "m",
         "Resource": {"service.name": "s", "host.name": "h"}, "Attributes": {"a": 1}},
        (13, "s", None, "m", {"Resource": {"host.name": "h"}, "Attributes": {"a": 1}}),
    ),
    "otel-body": ({"Timestamp": 1793527200123000000, "SeverityNumber": 18, "Body": {"stringValue": "m"}}, (18, "own", None, "m", {})),
    "loguru": (
        {"text": f"2026 | ERROR | a:f:1 - m\n{TRACE}\n", "record": {"message": "m", "name": "a", "line": 1, "extra": {"k": 1},
         "level": {"name": "ERROR", "no": 40, "icon": "x"}, "exception": {"type": "KeyError", "value": "1", "traceback": True},
         "time": {"repr": "2026-11-01 10:00:00.123000+00:00", "timestamp": 1793527200.123}}},
        (17, "own", "a", f"m\n{TRACE}",
         {"line": 1, "extra": {"k": 1},
         "exception": {"type": "KeyError", "value": "1", "traceback": True, "frame": "a.py:1"}}),
    ),
    "tracing": (
        {"timestamp": ISO, "level": "DEBUG", "fields": {"message": "m", "n": 1}, "target": "app::http"},
        (5, "own", "app::http", "m", {"fields": {"n": 1}}),
    ),
    "gelf": ({"version": "1.1", "short_message": "m", "timestamp": 1793527200.123, "level": 4, "_k": 1}, (13, "own", None, "m", {"version": "1.1", "_k": 1})),
    "journald": (
        {"__REALTIME_TIMESTAMP": "1793527200123000", "PRIORITY": "3", "SYSLOG_IDENTIFIER": "sshd", "MESSAGE": "m"},
        (17, "own", "sshd", "m", {}),
    ),
    "serilog": ({"@t": ISO, "@m": "m", "@l": "Warning", "SourceContext": "A.B", "@x": "E: x\n   at F"}, (13, "own", "A.B", "m\nE: x\n   at F", {})),
    "levels-in-words-and-numbers": (
        {"timestamp": ISO, "level": "info", "level_number": 20, "event": "m"}, (9, "own", None, "m", {}),
    ),
    "original-loglama": (
        {"timestamp": "2026-11-01 10:00:00,123", "name": "l", "level": "Level 25", "message": "m", "exception": TRACE,
         "context": {"context": {"user": 1, "component": "api"}, "user": 1, "component": "api"}, "user": 1, "component": "api"},
        (11, "api", "l", f"m\n{TRACE}", {"user": 1, "exception": {"type": "KeyError", "frame": "a.py:1"}}),
    ),
    "slog-between": ({"time": ISO, "level": "WARN+2", "msg": "m"}, (15, "own", None, "m", {})),
    "log4j2": (
        {"instant": {"epochSecond": 1793527200, "nanoOfSecond": 123000000}, "level": "ERROR", "loggerName": "a.B", "message": "m",
         "thrown": {"name": "a.XException", "message": "x", "extendedStackTrace": [{"class": "A", "method": "f", "file": "A.java", "line": 3}]}},
        (17, "own", "a.B", "m\na.XException: x\n\tat A.f(A.java:3)", {"exception": {"type": "a.XException", "frame": "A.java:3 in A.f"}}),
    ),
    "log4j2-millis": ({"timeMillis": 1793527200123, "level": "INFO", "loggerName": "a.B", "message": "m"}, (9, "own", "a.B", "m", {})),
    "serilog-default": (
        {"Timestamp": ISO, "Level": "Warning", "MessageTemplate": "m {D}", "RenderedMessage": "m 3", "Properties": {"D": 3, "SourceContext": "A.B"}},
        (13, "own", "A.B", "m 3", {"MessageTemplate": "m {D}", "Properties": {"D": 3}}),
    ),
    "microsoft": (
        {"Timestamp": ISO, "EventId": 14, "LogLevel": "Warning", "Category": "A.B", "Message": "m"}, (13, "own", "A.B", "m", {"EventId": 14}),
    ),
    "gcp-json-payload": (
        {"severity": "WARNING", "timestamp": ISO, "jsonPayload": {"message": "m", "k": 1}}, (13, "own", None, "m", {"jsonPayload": {"k": 1}}),
    ),
    "gcp-agent": (
        {"severity": "WARNING", "message": "m", "timestampSeconds": 1793527200, "timestampNanos": 123000000}, (13, "own", None, "m", {}),
    ),
    "winston-metadata": ({"level": "warn", "message": "m", "metadata": {"timestamp": ISO}}, (13, "own", None, "m", {})),
    "nested-fields": ({"ts": ISO, "@fields": {"lvl": "WARN", "msg": "m"}}, (13, "own", None, "m", {})),
    "vault": ({"@level": "warn", "@message": "m", "@module": "core", "@timestamp": ISO}, (13, "own", "core", "m", {})),
    "mongodb": (
        {"t": {"$date": ISO}, "s": "W", "c": "NETWORK", "id": 1, "ctx": "conn1", "msg": "m"}, (13, "own", "NETWORK", "m", {"id": 1, "ctx": "conn1"}),
    ),
    "nextcloud": (
        {"reqId": "x", "level": 2, "time": ISO, "remoteAddr": "", "message": "m"}, (13, "own", None, "m", {"reqId": "x", "remoteAddr": ""}),
    ),
    "elasticsearch": (
        {"timestamp": ISO, "level": "WARN", "component": "o.e.x", "cluster.name": "c", "message": "m"}, (13, "own", "o.e.x", "m", {"cluster.name": "c"}),
    ),
    "postgresql": ({"timestamp": ISO, "error_severity": "WARNING", "message": "m"}, (13, "own", None, "m", {})),
    "macos": ({"timestamp": ISO, "messageType": "Error", "eventMessage": "m"}, (17, "own", None, "m", {})),
    "datadog": ({"ddsource": "x", "status": "warn", "timestamp": 1793527200123, "message": "m", "service": "s"}, (13, "s", None, "m", {"ddsource": "x"})),
    "splunk": ({"time": 1793527200.123, "host": "h", "event": {"message": "m", "severity": "WARN"}}, (13, "own", None, "m", {"host": "h"})),
    "nginx": (
        {"time_iso8601": ISO, "request": "GET / HTTP/1.1", "status": "502"},
        (17, "own", None, "GET / HTTP/1.1 502", {"request": "GET / HTTP/1.1", "status": "502"}),
    ),
    "cloudflare": (
        {"ClientRequestMethod": "GET", "ClientRequestURI": "/a", "EdgeEndTimestamp": ISO, "EdgeResponseStatus": 404},
        (13, "own", None, "GET /a 404", {"ClientRequestMethod": "GET", "ClientRequestURI": "/a", "EdgeResponseStatus": 404}),
    ),
    "journald-bytes": (
        {"__REALTIME_TIMESTAMP": "1793527200123000", "PRIORITY": "6", "MESSAGE": [27, 91, 109, 104]}, (9, "own", None, "\x1b[mh", {}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("logger", LOGGERS)
def test_the_json_of_a_logger_is_understood_without_set_up(logger: str) -> None:
    record, expected = LOGGERS[logger]
    for line in (json.dumps(record), json.dumps(record, separators=(",", ":"), ensure_ascii=False)):
        time_ns, severity, service, name, message, fields, _, flags, _ = row_of(line)
        assert (severity, service, name, message, json.loads(fields or "{}")) == expected
        assert time_ns == AT
        assert flags == (RecordFlag.MULTI_LINE if "\n" in message else 0)


def test_a_json_value_that_is_no_object_is_plain_text() -> None:
    for line in ("[1]", '"x"', "3", "null", '{"a":1} trailing', "{broken"):
        row = row_of(line)
        assert (row[4], row[5], row[7] & RecordFlag.UNPARSED) == (line, None, RecordFlag.UNPARSED)


def test_a_value_of_another_type_than_expected_stays_a_field() -> None:
    row = row_of('{"time": true, "level": {"a": 1}, "msg": 5, "logger": 7, "service": ["s"], "exc_info": true}')
    assert (row[1], row[2], row[3], row[4]) == (0, "own", None, "5")
    assert json.loads(row[5] or "") == {
        "time": True, "level": {"a": 1}, "logger": 7, "service": ["s"], "exc_info": True,
    }  # fmt: skip
    assert row_of('{"level": "info", "message": {"a": [1]}}')[4] == '{"a":[1]}'
    assert row_of('{"level": "info", "k": 1}')[4:6] == ("", '{"k":1}')
    assert row_of(json.dumps({"level": "info", "msg": "m", "logger": "l" * 300}))[3] is None


def test_fault_53_integers_no_column_can_hold_are_kept_digit_by_digit() -> None:
    digits = ("9223372036854775808", "-9223372036854775809", "123456789012345678901234567890", "1" * 5000)
    for number in digits:
        row = row_of(f'{{"level":"info","msg":"m","n":{number}}}')
        assert row[4] == "m"
        assert json.loads(row[5] or "") == {"n": number}
    row = row_of('{"level":"info","msg":"m","n":9223372036854775807,"id":12345678901234567890123456}')
    assert json.loads(row[5] or "") == {"n": 9223372036854775807, "id": "12345678901234567890123456"}


def test_fault_54_nan_and_infinity_become_text() -> None:
    row = row_of('{"level":"info","msg":"m","a":NaN,"b":[-Infinity],"c":1e999}')
    assert (row[1], row[4]) == (9, "m")
    assert json.loads(row[5] or "") == {"a": "NaN", "b": ["-Infinity"], "c": "1e999"}


def test_fault_54_a_key_given_twice_loses_no_value() -> None:
    line = '{"time":"2026-11-01T10:00:00.123Z","level":"error","msg":"m","k":1,"k":2}'
    row = row_of(line)
    assert (row[0], row[1], row[4], row[5]) == (AT, 17, line, None)
    assert row[7] == RecordFlag.UNPARSED
    row = row_of('{"level":"error","msg":"m","k":{"a":1,"a":1}}')
    assert (row[4], row[5]) == ("m", '{"k":{"a":1}}')


@pytest.mark.parametrize("depth", [65, 300, 10_000])
@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
def test_fault_54_deep_nesting_is_stored_as_text(depth: int, opened: str, closed: str) -> None:
    line = f'{{"level":"error","msg":"m","k":{opened * depth}1{closed * depth}}}'
    (row,) = rows_of(line + "\n", max_message=10**6)
    assert (row[4], row[5]) == (line, None)
    assert row[7] & RecordFlag.UNPARSED


def test_security_31_a_flood_of_keys_is_stored_as_text() -> None:
    line = json.dumps({"level": "error", "msg": "m", **{f"k{number}": number for number in range(1001)}})
    (row,) = rows_of(line + "\n", max_message=10**6)
    assert (row[1], row[4], row[5]) == (17, line, None)
    assert row[7] & RecordFlag.UNPARSED


def test_fault_49_lone_surrogates_never_reach_the_store() -> None:
    row = row_of(r'{"level":"info","msg":"a\ud800b","k":"\udfff","ok":"\ud83e\udd99"}')
    assert (row[4], json.loads(row[5] or "")) == (r"a\ud800b", {"k": r"\udfff", "ok": "🦙"})
    assert row[7] & RecordFlag.BYTES_REPLACED


def test_a_trace_already_in_the_message_is_not_repeated() -> None:
    row = row_of(json.dumps({"level": "error", "msg": f"m\n{TRACE}", "exc_info": TRACE}))
    assert row[4] == f"m\n{TRACE}"
    assert json.loads(row[5] or "") == {"exception": {"type": "KeyError", "frame": "a.py:1"}}


def test_context_that_is_not_repeated_elsewhere_is_kept() -> None:
    record = {"a": 1, "context": {"a": 1, "b": 2, "context": {"a": 1}}}
    unwrap(record)
    assert record == {"a": 1, "context": {"b": 2}}


def test_an_otlp_request_is_as_many_records_as_it_holds() -> None:
    def log(number: int, **more: object) -> dict[str, object]:
        return {"timeUnixNano": str(AT + number), "severityNumber": 13, "body": {"stringValue": f"m{number}"}, **more}

    attributes = [
        {"key": "n", "value": {"intValue": "3"}},
        {"key": "list", "value": {"arrayValue": {"values": [{"boolValue": True}, {"doubleValue": 0.5}]}}},
        {"key": "map", "value": {"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}]}}},
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "till"}}]}
    logs = [log(0, attributes=attributes, traceId="5b8e", spanId="eee1"), log(1, severityText="ERROR"), log(2)]
    request = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"scope": {"name": "a.b"}, "logRecords": logs}]}]}
    line = json.dumps(request) + "\n"
    rows = rows_of(line * 3)
    assert [(row[0] - AT, row[1], row[2], row[3], row[4]) for row in rows] == [
        (0, 13, "till", "a.b", "m0"), (1, 17, "till", "a.b", "m1"), (2, 13, "till", "a.b", "m2"),
    ] * 3  # fmt: skip
    assert [row[6] for row in rows[:4]] == [0, 1, 2, len(line)]
    assert json.loads(rows[0][5] or "") == {
        "n": 3, "list": [True, 0.5], "map": {"k": "v"}, "trace_id": "5b8e", "span_id": "eee1",
    }  # fmt: skip
    (empty,) = rows_of('{"resourceLogs": [{"scopeLogs": [{"logRecords": []}, 1]}, null]}\n')
    assert json.loads(empty[5] or "") == {"resourceLogs": [{"scopeLogs": [{"logRecords": []}, 1]}, None]}


def test_fault_58_a_clock_that_starts_in_1970_is_believed_where_the_record_names_its_time() -> None:
    row = row_of('{"time": "1970-01-01T00:00:05Z", "level": "info", "msg": "boot"}')
    assert (row[0], row[7]) == (5 * 10**9, 0)
    for stamp in ('"0001-01-01T00:00:00Z"', "5", "0"):  # Go's "no time", seconds since the start
        assert row_of(f'{{"time": {stamp}, "level": "info", "msg": "boot"}}')[7] == RecordFlag.TIME_INFERRED


@pytest.mark.parametrize(
    "keys",
    [
        ("timestamp", "level", "event", "component", "logger", "request_id", "status"),  # structlog
        ("level", "message", "timestamp", "service"),  # winston
        ("asctime", "levelname", "name", "message"),
    ],
)
def test_lines_of_common_loggers_take_the_quick_way(keys: tuple[str, ...]) -> None:
    assert plan_keys(keys).usual is not None


@pytest.mark.parametrize(
    "line",
    [
        "{'level': 'warning', 'time': '2026-03-04T05:06:07Z', 'msg': 'it\\'s \"stuck\"', 'n': None, 'a': [1, 2.5, True]}",
        "{ level: 'warn', time: 2026-03-04T05:06:07.000Z, msg: 'it\\'s \"stuck\"', n: null, a: [ 1, 2.5, true ] }",
        "{\n  level: 'warn',\n  time: '2026-03-04T05:06:07Z',\n  msg: \"it's \\\"stuck\\\"\",\n  n: null,\n  a: [\n    1, 2.5, true,\n  ],\n}",
    ],
)
def test_an_object_as_a_console_prints_it_is_read_as_json(line: str) -> None:
    row = row_of(line)
    assert (row[0], row[1], row[4]) == (nanoseconds("2026-03-04T05:06:07Z"), 13, 'it\'s "stuck"')
    assert json.loads(row[5] or "{}") == {"n": None, "a": [1, 2.5, True]}


@pytest.mark.parametrize("text", ["{ foo: 1 }", "{'level': 'info', 'msg': 'x'", "{ level: `x` }", "{ level: 'a' 'b' }"])
def test_what_only_looks_like_an_object_of_a_console_is_kept_whole(text: str) -> None:
    assert row_of(text)[4] == text
