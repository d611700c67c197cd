"""Which kinds of messages a query's hits are: alike ones grouped, counted and followed over time."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2s
from typing import TYPE_CHECKING, Any

from loglama_core.model import level_name
from loglama_core.query.message_shape import LONGEST_SHAPED, shape_query
from loglama_core.query.shape_tree import Shape, ShapeTree
from loglama_core.store.record_reader import MessagePattern, PatternReport
from loglama_core.store.record_scan import record_scan
from loglama_core.store.time_scan import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loglama_core.store.name_tables import NameTables
    from loglama_core.store.plan import Plan
    from loglama_core.store.read_connection import ReadConnection

_REPORT_SECONDS = 0.25
# Alike messages mostly are the same message: SQLite puts those together, 0.6 us a record, before Python sees one.
_COLUMNS = (
    f"substr(message, 1, coalesce(nullif(instr(message, char(10)), 0) - 1, {LONGEST_SHAPED})), service_id, severity,"
    " (time_ns - ?) / ?, count(*), min(time_ns), max(time_ns), max(id)"
)


@dataclass(slots=True)
class _Group:
    count: int = 0
    first_ns: int = 2**63 - 1
    last_ns: int = -(2**63)
    example_id: int = 0
    services: Counter[int] = field(default_factory=Counter)
    severities: Counter[int] = field(default_factory=Counter)
    buckets: Counter[int] = field(default_factory=Counter)


class PatternSurvey:
    """Groups the hits of a plan while they are read; ``span``: begin and end of the trend, in ``columns`` steps."""

    def __init__(
        self, connection: ReadConnection, names: NameTables, plan: Plan, *, span: tuple[int, int], columns: int
    ) -> None:
        self._connection, self._names, self._plan = connection, names, plan
        self._span, self._columns = span, columns
        self._step = max(1, -(-(span[1] - span[0]) // columns))
        self._tree = ShapeTree()
        self._groups: dict[int, tuple[Shape, _Group]] = {}
        self._records = 0

    def reports(self, most: int) -> Iterator[PatternReport]:
        """Yield the ``most`` frequent patterns so far, each report in place of the one before; the last is exact."""
        selection = Selection(_COLUMNS, (self._span[0], self._step), group_by="1, 2, 3, 4")
        searched_to_ns, reported = 0, time.perf_counter()
        for window in record_scan(self._connection, self._plan, selection).windows():
            searched_to_ns = window.searched_to_ns
            for row in window.rows:
                self._add(row)
            if time.perf_counter() - reported > _REPORT_SECONDS:
                yield self._report(most, searched_to_ns, done=False)
                reported = time.perf_counter()
        yield self._report(most, searched_to_ns, done=True)

    def _add(self, row: tuple[Any, ...]) -> None:
        message, service_id, severity, bucket, count, first_ns, last_ns, newest_id = row
        shape = self._tree.add(message)
        known = self._groups.get(id(shape))
        if known is None:
            known = self._groups[id(shape)] = shape, _Group()
        group = known[1]
        group.count += count
        group.services[service_id] += count
        group.severities[severity] += count
        group.buckets[bucket] += count
        group.first_ns = min(group.first_ns, first_ns)
        group.last_ns = max(group.last_ns, last_ns)
        group.example_id = max(group.example_id, newest_id)
        self._records += count

    def _report(self, most: int, searched_to_ns: int, *, done: bool) -> PatternReport:
        merged: dict[str, _Group] = {}
        for shape, group in self._groups.values():
            text = shape.text
            merged[text] = _together(merged[text], group) if text in merged else group
        frequent = sorted(merged.items(), key=lambda item: (-item[1].count, item[0]))[:most]
        examples = self._examples([group.example_id for _, group in frequent])
        return PatternReport(
            tuple(self._pattern(text, group, examples) for text, group in frequent),
            len(merged),
            self._records,
            *self._span,
            searched_to_ns,
            done,
        )

    def _pattern(self, text: str, group: _Group, examples: dict[int, str]) -> MessagePattern:
        levels: Counter[str | None] = Counter()
        for severity, count in group.severities.items():
            levels[level_name(severity)] += count
        return MessagePattern(
            id=blake2s(text.encode(errors="replace"), digest_size=4).hexdigest(),
            text=text,
            count=group.count,
            first_ns=group.first_ns,
            last_ns=group.last_ns,
            services=tuple((self._names.service(key), count) for key, count in group.services.most_common()),
            levels=tuple(levels.most_common()),
            example_id=group.example_id,
            example=examples.get(group.example_id, ""),
            trend=tuple(group.buckets[at] for at in range(self._columns)),
            query=shape_query(text),
        )

    def _examples(self, ids: list[int]) -> dict[int, str]:
        rows = self._connection.rows(
            "SELECT id, message FROM records WHERE id IN (SELECT value FROM json_each(?))", (str(ids),)
        )
        return dict(rows)


def _together(one: _Group, other: _Group) -> _Group:
    """Return two groups as one: what they differed in became a wildcard in both."""
    return _Group(
        one.count + other.count,
        min(one.first_ns, other.first_ns),
        max(one.last_ns, other.last_ns),
        max(one.example_id, other.example_id),
        one.services + other.services,
        one.severities + other.severities,
        one.buckets + other.buckets,
    )
