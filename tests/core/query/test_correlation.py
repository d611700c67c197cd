from __future__ import annotations

from typing import Any

import pytest

from loglama_core.model import LogRecord
from loglama_core.query.correlation import correlation_ids, correlation_query
from loglama_core.query.tree import Compare, Or, Text


def record(fields: dict[str, Any]) -> LogRecord:
    return LogRecord(1, 0, 9, "weblama", None, "hello", fields, "logs/weblama.log", 0, 0)


@pytest.mark.parametrize(
    "name", ["request_id", "requestId", "RequestID", "x-request-id", "http.request.id", "http.requestId", "reqId"]
)
def test_usual_spellings_are_recognised(name: str) -> None:
    fields: dict[str, Any] = {name: "892f0c11"}
    if name == "http.request.id":
        fields = {"http": {"request": {"id": "892f0c11"}}}
    assert correlation_ids(record(fields)) == [(name, "892f0c11")]
    assert correlation_query(record(fields)) == Text("892f0c11")


def test_the_widest_identifier_comes_first() -> None:
    both = record({"request_id": 17, "trace": {"id": "4bf92f3577b34da6"}, "user_id": 5, "id": 9, "valid": "yes"})
    assert correlation_ids(both) == [("trace.id", "4bf92f3577b34da6"), ("request_id", "17")]
    assert correlation_query(both) == Or((Text("4bf92f3577b34da6"), Compare("request_id", ":", ("17",))))


@pytest.mark.parametrize("value", ["", "0000-0000", "null", "-", None, True, ["a"], {}])
def test_what_identifies_nothing_relates_nothing(value: object) -> None:
    assert correlation_query(record({"trace_id": value})) is None
