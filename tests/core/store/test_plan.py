"""The plan of a query, and that SQLite carries it out as planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loglama_core.query.tree import And, Compare, HasField, Node, Not, Or, Text, TimeRange
from loglama_core.store.name_tables import NameTables
from loglama_core.store.plan import Plan, plan_query
from loglama_core.store.read_connection import ReadConnection
from loglama_core.store.time_scan import Selection, TimeScan
from tests.core.store.filled_store import NewRecord, fill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loglama_core.model import LogRecord

WARNINGS = Compare("level", ">=", ("warning",))
ERRORS = Compare("level", ":", ("error",))
PYBOX = Compare("service", ":", ("pybox",))


@pytest.fixture
def connection(path: Path, records: list[LogRecord]) -> Iterator[ReadConnection]:
    opened = ReadConnection(path)
    yield opened
    opened.close()


def plan(connection: ReadConnection, query: Node | None) -> Plan:
    return plan_query(query, connection, NameTables(connection))


def test_severe_queries_read_the_partial_index(connection: ReadConnection) -> None:
    severe: list[Node] = [WARNINGS, ERRORS, And((ERRORS, Text("x"))), Or((ERRORS, Compare("level", ":", ("fatal",))))]
    others: list[Node | None] = [
        None,
        Text("x"),
        Not(ERRORS),
        Or((ERRORS, Text("x"))),
        Compare("level", ">=", ("info",)),
    ]
    assert {plan(connection, query).time_index for query in severe} == {"records_by_time_severe"}
    assert {plan(connection, query).time_index for query in others} == {"records_by_time"}


def test_possible_services_and_severities(connection: ReadConnection) -> None:
    assert plan(connection, None).service_ids is None
    assert plan(connection, Text("x")).service_ids is None
    one = plan(connection, And((PYBOX, Text("x")))).service_ids
    assert one is not None
    assert len(one) == 1
    others = plan(connection, Not(PYBOX)).service_ids
    assert others is not None
    assert not one & others
    assert plan(connection, Or((PYBOX, Text("x")))).service_ids is None
    assert plan(connection, Not(And((PYBOX, Text("x"))))).service_ids is None
    assert plan(connection, HasField("level")).severities == frozenset(range(1, 25))
    assert plan(connection, And((PYBOX, Compare("service", ":", ("weblama",))))).impossible
    assert plan(connection, Compare("logger", ":", ("nobody",))).impossible


def test_what_the_minute_counts_can_answer(connection: ReadConnection) -> None:
    counted: list[Node | None] = [None, ERRORS, And((Not(PYBOX), WARNINGS)), Or((PYBOX, ERRORS)), TimeRange(0, 1)]
    read: list[Node] = [Text("x"), And((ERRORS, Text("x"))), HasField("logger"), Or((ERRORS, TimeRange(0, 1)))]
    assert all(plan(connection, query).counted for query in counted)
    assert not any(plan(connection, query).counted for query in read)


def test_times_bound_the_plan_and_ids_bound_the_times(connection: ReadConnection, records: list[LogRecord]) -> None:
    found = plan(connection, And((TimeRange(5, None), And((TimeRange(7, 90), ERRORS)), TimeRange(None, 80))))
    assert (found.since_ns, found.until_ns) == (7, 80)
    by_id = plan(connection, And((Compare("id", ":", ("10", "12")), Text("x"))))
    assert (by_id.since_ns, by_id.until_ns) == (records[9].time_ns, records[11].time_ns + 1)
    assert plan(connection, Compare("id", ":", ("99999",))).impossible
    assert plan(connection, TimeRange(5, 5)).impossible


def test_rare_records_are_read_from_their_minutes_only(path: Path) -> None:
    hour = 3_600_000_000_000
    fill(path, [NewRecord(number * hour // 1000, message="common") for number in range(5_000)])
    fill(path, [NewRecord(hour, service="rare"), NewRecord(4 * hour, service="rare")])
    connection = ReadConnection(path)
    scan = TimeScan(connection, plan(connection, Compare("service", ":", ("rare",))), Selection("id"))
    assert scan.records_to_read(10_000) < 200
    assert sorted(row[0] for window in scan.windows() for row in window.rows) == [5_001, 5_002]
    connection.close()


@pytest.mark.parametrize("query", [None, WARNINGS, Text("x"), PYBOX])
def test_event_order_comes_from_the_index_not_from_sorting(connection: ReadConnection, query: Node | None) -> None:
    seen: list[str] = []
    rows = connection.rows

    def explained(sql: str, parameters: tuple[int, ...] = ()) -> list[tuple[object, ...]]:
        if "FROM records INDEXED BY" in sql:
            seen.extend(str(row[3]) for row in rows(f"EXPLAIN QUERY PLAN {sql}", parameters))
        return rows(sql, parameters)

    connection.rows = explained  # type: ignore[method-assign,assignment]  # watches what is run, runs it all the same
    found = plan(connection, query)
    assert list(TimeScan(connection, found, Selection("id")).windows())
    assert seen
    for step in seen:
        assert "TEMP B-TREE" not in step
        if step.startswith("SEARCH records"):
            assert found.time_index in step
