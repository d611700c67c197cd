"""Counting matching records: from the minute counts where the query allows it, else by reading them once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from loglama_core.errors import UsageError
from loglama_core.model import level_name
from loglama_core.store.counted_values import key_column, key_value
from loglama_core.store.predicate import Predicate
from loglama_core.store.record_reader import FieldValue, TimeBucket
from loglama_core.store.record_scan import record_scan
from loglama_core.store.time_scan import FIRST_NS, LAST_NS, MINUTE_NS, Selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loglama_core.store.name_tables import NameTables
    from loglama_core.store.plan import Plan
    from loglama_core.store.read_connection import ReadConnection

_MOST_BUCKETS = 100_000


def counts_over_time(
    connection: ReadConnection, plan: Plan, *, since_ns: int, until_ns: int, step_ns: int
) -> list[TimeBucket]:
    """Return the buckets of ``[since_ns, until_ns)``; ``UsageError`` for no step or more than 100,000 buckets."""
    counts: list[Counter[str | None]] = [Counter() for _ in range(step_count(since_ns, until_ns, step_ns))]
    low = since_ns if plan.since_ns is None else max(since_ns, plan.since_ns)
    high = until_ns if plan.until_ns is None else min(until_ns, plan.until_ns)
    for start, end, whole_minutes in _parts(
        low, high, counted=plan.counted and not (since_ns % MINUTE_NS or step_ns % MINUTE_NS)
    ):
        count = _from_minutes if whole_minutes else _from_records
        for bucket, severity, number in count(
            connection, plan._replace(since_ns=start, until_ns=end), since_ns, step_ns
        ):
            counts[bucket][level_name(severity)] += number
    return [TimeBucket(since_ns + index * step_ns, dict(counter)) for index, counter in enumerate(counts)]


def step_count(since_ns: int, until_ns: int, step_ns: int) -> int:
    """Return how many steps cover ``[since_ns, until_ns)``; ``UsageError`` for no step or more than 100,000."""
    if step_ns < 1:
        raise UsageError(f"a step of {step_ns} ns is no step", "ask for steps such as 1m")
    steps = max(0, -(-(until_ns - since_ns) // step_ns))
    if steps > _MOST_BUCKETS:
        raise UsageError(f"{steps} steps are too many", "ask for longer steps or a shorter time")
    return steps


def _parts(low: int, high: int, *, counted: bool) -> list[tuple[int, int, bool]]:
    """Split a time range into what whole minutes cover and the ragged ends that only records can tell."""
    first, last = -(-low // MINUTE_NS) * MINUTE_NS, high // MINUTE_NS * MINUTE_NS
    if not counted or first >= last:
        return [(low, high, False)] if low < high else []
    parts = [(low, first, False), (first, last, True), (last, high, False)]
    return [part for part in parts if part[0] < part[1]]


def _from_minutes(connection: ReadConnection, plan: Plan, origin_ns: int, step_ns: int) -> list[tuple[int, int, int]]:
    step = step_ns // MINUTE_NS
    rows: list[tuple[int, int, int]] = connection.rows(
        f"SELECT (minute - ?) / ? AS bucket, severity, sum(n) FROM minute_counts"
        f" WHERE minute >= ? AND minute < ? AND n > 0 AND {plan.predicate.sql} GROUP BY bucket, severity",
        (
            origin_ns // MINUTE_NS,
            step,
            (plan.since_ns or 0) // MINUTE_NS,
            (plan.until_ns or 0) // MINUTE_NS,
            *plan.predicate.parameters,
        ),
    )
    return rows


def _from_records(connection: ReadConnection, plan: Plan, origin_ns: int, step_ns: int) -> list[tuple[int, int, int]]:
    selection = Selection("(time_ns - ?) / ?, severity, count(*)", (origin_ns, step_ns), group_by="1, 2")
    return [row for window in record_scan(connection, plan, selection).windows() for row in window.rows]


def counts_by(
    connection: ReadConnection,
    names: NameTables,
    plan: Plan,
    keys: Sequence[str],
    *,
    origin_ns: int = 0,
    step_ns: int | None = None,
) -> dict[tuple[FieldValue, ...], int]:
    """Count per combination of ``level``, ``service``, ``logger`` or dotted field names.

    With ``step_ns`` a group begins with the time at which its step does; steps are counted from ``origin_ns``,
    before which nothing is. As Python's numbers do, 1, 1.0 and true count as one value.
    """
    columns = [key_column(key) for key in keys]
    minutes_do = plan.counted and set(keys) <= {"level", "service"}
    steps = []
    if step_ns is not None:
        minutes_do = minutes_do and not (origin_ns % MINUTE_NS or step_ns % MINUTE_NS)
        steps = [_step_column(origin_ns, step_ns, whole_minutes=False)]
    low = FIRST_NS if plan.since_ns is None else plan.since_ns
    high = LAST_NS if plan.until_ns is None else plan.until_ns
    rows: list[tuple[Any, ...]] = []
    for start, end, whole_minutes in _parts(low, high, counted=minutes_do):
        part = plan._replace(since_ns=start, until_ns=end)
        if whole_minutes:
            of_minute = [_step_column(origin_ns, step_ns, whole_minutes=True)] if step_ns is not None else []
            rows += _grouped_minutes(connection, part, [*of_minute, *columns])
        else:
            rows += _grouped_records(connection, part, [*steps, *columns])
    counts: Counter[tuple[FieldValue, ...]] = Counter()
    for *values, number in rows:
        times = [] if step_ns is None else [origin_ns + values.pop(0) * step_ns]
        named = [key_value(key, value, names) for key, value in zip(keys, values, strict=True)]
        counts[(*times, *named)] += number
    return dict(counts)


def _step_column(origin_ns: int, step_ns: int, *, whole_minutes: bool) -> Predicate:
    """Return which step a record, or a cell of the minute counts, is in; none may lie before the origin."""
    if whole_minutes:
        return Predicate("(minute - ?) / ?", (origin_ns // MINUTE_NS, step_ns // MINUTE_NS))
    return Predicate("(time_ns - ?) / ?", (origin_ns, step_ns))


def _grouped_minutes(connection: ReadConnection, plan: Plan, columns: Sequence[Predicate]) -> list[tuple[Any, ...]]:
    selected, grouped, parameters = _selected(columns)
    return connection.rows(
        f"SELECT {selected} sum(n) FROM minute_counts"
        f" WHERE minute >= ? AND minute < ? AND n > 0 AND {plan.predicate.sql} GROUP BY {grouped}",
        (
            *parameters,
            (plan.since_ns or 0) // MINUTE_NS,
            (plan.until_ns or 0) // MINUTE_NS,
            *plan.predicate.parameters,
        ),
    )


def _grouped_records(connection: ReadConnection, plan: Plan, columns: Sequence[Predicate]) -> list[tuple[Any, ...]]:
    selected, grouped, parameters = _selected(columns)
    selection = Selection(f"{selected} count(*)", parameters, group_by=grouped)
    return [row for window in record_scan(connection, plan, selection).windows() for row in window.rows]


def _selected(columns: Sequence[Predicate]) -> tuple[str, str, tuple[str | int | float, ...]]:
    """Return columns as SQL, what groups by them, and their parameters."""
    selected = "".join(f"{column.sql}, " for column in columns)
    grouped = ", ".join(str(number) for number in range(1, len(columns) + 1)) or "NULL"
    return selected, grouped, tuple(parameter for column in columns for parameter in column.parameters)
