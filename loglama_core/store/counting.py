"""Counting matching records: from the counts by hour and minute where the query allows it, else by reading them."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from loglama_core.errors import UsageError
from loglama_core.model import level_name
from loglama_core.store.counted_values import key_column, key_value
from loglama_core.store.predicate import Predicate
from loglama_core.store.record_reader import FieldValue, TimeBucket
from loglama_core.store.record_scan import record_scan
from loglama_core.store.time_scan import FIRST_NS, LAST_NS, MINUTE_NS, Selection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
    plan = plan.within(low, high)
    column = Predicate("severity")
    for (bucket, severity), number in _grouped(connection, plan, [column], _Steps(since_ns, step_ns), counted=True):
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
    steps = None if step_ns is None else _Steps(origin_ns, step_ns)
    columns = [key_column(key) for key in keys]
    counts: Counter[tuple[FieldValue, ...]] = Counter()
    for values, number in _grouped(connection, plan, columns, steps, counted=set(keys) <= {"level", "service"}):
        at = 0 if steps is None else 1
        times = [steps.begin_ns(values[0])] if steps is not None else []
        named = [key_value(key, value, names) for key, value in zip(keys, values[at:], strict=True)]
        counts[(*times, *named)] += number
    return dict(counts)


class _Steps(NamedTuple):
    """Steps of time of equal length."""

    origin_ns: int
    length_ns: int

    def begin_ns(self, number: int) -> int:
        """Return when a step begins."""
        return self.origin_ns + number * self.length_ns

    def column(self, unit: _Cells | None) -> Predicate:
        """Return which step a record, or a cell of counts, is in; none may lie before the origin."""
        if unit is None:
            return Predicate("(time_ns - ?) / ?", self)
        return Predicate(f"({unit.column} - ?) / ?", (self.origin_ns // unit.ns, self.length_ns // unit.ns))


class _Cells(NamedTuple):
    """A table of counts by service and severity, and the time that one of its rows is about."""

    table: str
    column: str
    ns: int


_HOURS = _Cells("hour_counts", "hour", 60 * MINUTE_NS)
_MINUTES = _Cells("minute_counts", "minute", MINUTE_NS)


def _grouped(
    connection: ReadConnection, plan: Plan, columns: Sequence[Predicate], steps: _Steps | None, *, counted: bool
) -> Iterator[tuple[list[Any], int]]:
    """Yield (number of the step if there are steps, value of each column, records); one group may come in parts.

    ``counted``: the columns can be told of cells of counts as of records.
    """
    units = [unit for unit in (_HOURS, _MINUTES) if steps is None or not any(part % unit.ns for part in steps)]
    low = FIRST_NS if plan.since_ns is None else plan.since_ns
    high = LAST_NS if plan.until_ns is None else plan.until_ns
    for start, end, unit in _parts(low, high, units if counted and plan.counted else []):
        part = plan._replace(since_ns=start, until_ns=end)
        all_columns = [*([] if steps is None else [steps.column(unit)]), *columns]
        selected = "".join(f"{column.sql}, " for column in all_columns)
        grouped = ", ".join(str(number) for number in range(1, len(all_columns) + 1)) or "NULL"
        parameters = tuple(parameter for column in all_columns for parameter in column.parameters)
        if unit is None:
            selection = Selection(f"{selected} count(*)", parameters, group_by=grouped)
            rows: Iterable[tuple[Any, ...]] = chain.from_iterable(
                window.rows for window in record_scan(connection, part, selection).windows()
            )
        else:
            rows = connection.rows(
                f"SELECT {selected} sum(n) FROM {unit.table} WHERE {unit.column} >= ? AND {unit.column} < ?"
                f" AND n > 0 AND {plan.predicate.sql} GROUP BY {grouped}",
                (*parameters, start // unit.ns, end // unit.ns, *plan.predicate.parameters),
            )
        for *values, number in rows:
            yield values, number


def _parts(low: int, high: int, units: Sequence[_Cells]) -> list[tuple[int, int, _Cells | None]]:
    """Split a time range into what whole hours cover, whole minutes, and the ragged ends that only records can tell."""
    if low >= high:
        return []
    if not units:
        return [(low, high, None)]
    unit, finer = units[0], units[1:]
    first, last = -(-low // unit.ns) * unit.ns, high // unit.ns * unit.ns
    if first >= last:
        return _parts(low, high, finer)
    return [*_parts(low, first, finer), (first, last, unit), *_parts(last, high, finer)]
