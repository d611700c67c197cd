"""How a query is answered: which minutes can hold matching records, through which index they are read.

The minute counts know how many records each service had at each severity in each minute. A filter on them needs no
index of its own: minutes without such records are skipped, and a query that asks for nothing else is counted without
reading a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loglama_core.query.comparison import value_test
from loglama_core.query.levels import ALL_SEVERITIES, severities
from loglama_core.query.required_text import RequiredText, required_text
from loglama_core.query.tree import And, Compare, HasField, Node, Not, Or, Pattern, TimeRange
from loglama_core.store.predicate import EVERYTHING, NOTHING, Predicate, predicate_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from loglama_core.store.name_tables import NameTables
    from loglama_core.store.read_connection import ReadConnection

_SEVERE = frozenset(range(13, 25))
"""What the partial index ``records_by_time_severe`` holds."""

_COUNTED_FIELDS = frozenset({"level", "service"})


class Plan(NamedTuple):
    """How to find the records of a query.

    ``since_ns``, ``until_ns``: their time lies in ``[since_ns, until_ns)``. ``predicate``: what they must meet besides.
    ``severities``, ``service_ids``: the only ones they can have, ``None`` for no limit.
    ``counted``: the predicate holds for a cell of the minute counts as it does for each record in it.
    ``required``: a text that all of them hold, for the search index.
    """

    predicate: Predicate
    since_ns: int | None = None
    until_ns: int | None = None
    severities: frozenset[int] | None = None
    service_ids: frozenset[int] | None = None
    counted: bool = False
    required: RequiredText | None = None

    @property
    def is_limited(self) -> bool:
        """Whether the minute counts or a time range rule records out."""
        return any(limit is not None for limit in (self.since_ns, self.until_ns, self.severities, self.service_ids))

    def within(self, since_ns: int | None, until_ns: int | None) -> Plan:
        """Return the plan with further limits of time."""
        return self._replace(
            since_ns=_tighter(max, self.since_ns, since_ns), until_ns=_tighter(min, self.until_ns, until_ns)
        )

    @property
    def time_index(self) -> str:
        """The time index to read: the partial one has only warnings and worse."""
        severe = self.severities is not None and self.severities <= _SEVERE
        return "records_by_time_severe" if severe else "records_by_time"

    @property
    def everything(self) -> bool:
        """Whether every record in the time range matches."""
        return self.predicate == EVERYTHING

    @property
    def impossible(self) -> bool:
        """Whether no record can match."""
        if self.since_ns is not None and self.until_ns is not None and self.since_ns >= self.until_ns:
            return True
        if self.predicate == NOTHING:
            return True
        return any(possible is not None and not possible for possible in (self.severities, self.service_ids))


def plan_query(query: Node | None, connection: ReadConnection, names: NameTables) -> Plan:
    """Return how to answer ``query``, with names resolved to the ids they have now. Raises ``QueryError``."""
    since_ns, until_ns, rest = _split_time(query)
    predicate = predicate_for(rest, names)
    if rest is None:
        return Plan(predicate, since_ns, until_ns, counted=True)
    record_ids = _record_ids(rest)
    if record_ids is not None:
        oldest_ns, end_ns = _times_of(record_ids, connection)
        since_ns, until_ns = _tighter(max, since_ns, oldest_ns), _tighter(min, until_ns, end_ns)
    every_service = frozenset(names.service_ids(lambda _: True))
    services = _possible(rest, every_service, lambda leaf: _services_of(leaf, names))
    levels = _possible(rest, ALL_SEVERITIES, _severities_of)
    return Plan(
        predicate,
        since_ns,
        until_ns,
        severities=None if levels == ALL_SEVERITIES else levels,
        # A service may appear while the query runs, so "all there are now" is no limit.
        service_ids=None if services == every_service else services,
        counted=_is_counted(rest),
        required=required_text(rest),
    )


def _split_time(query: Node | None) -> tuple[int | None, int | None, Node | None]:
    """Take the time ranges that bound the whole query out of it."""
    match query:
        case TimeRange(since_ns, until_ns):
            return since_ns, until_ns, None
        case And(children):
            since_ns, until_ns, rest = None, None, []
            for child in children:
                child_since, child_until, other = _split_time(child)
                since_ns = _tighter(max, since_ns, child_since)
                until_ns = _tighter(min, until_ns, child_until)
                if other is not None:
                    rest.append(other)
            if len(rest) > 1:
                return since_ns, until_ns, And(tuple(rest))
            return since_ns, until_ns, rest[0] if rest else None
    return None, None, query


def _tighter(choose: Callable[[int, int], int], first: int | None, second: int | None) -> int | None:
    if first is None or second is None:
        return second if first is None else first
    return choose(first, second)


def _possible(
    node: Node, everything: frozenset[int], leaf_values: Callable[[Node], frozenset[int] | None]
) -> frozenset[int]:
    """Return the values (severities, service ids) a match can have; ``leaf_values``: ``None`` for no limit."""
    return _bounds(node, everything, leaf_values)[0]


def _bounds(
    node: Node, everything: frozenset[int], leaf_values: Callable[[Node], frozenset[int] | None]
) -> tuple[frozenset[int], frozenset[int]]:
    """Return the values that a matching record can have, and those that make a record match for certain."""
    match node:
        case Not(child):
            possible, certain = _bounds(child, everything, leaf_values)
            return everything - certain, everything - possible
        case And(children) | Or(children):
            bounds = [_bounds(child, everything, leaf_values) for child in children]
            combine = frozenset.intersection if isinstance(node, And) else frozenset.union
            return combine(*(bound[0] for bound in bounds)), combine(*(bound[1] for bound in bounds))
    values = leaf_values(node)
    return (everything, frozenset()) if values is None else (values, values)


def _severities_of(leaf: Node) -> frozenset[int] | None:
    match leaf:
        case Compare("level", "!=", values):
            return ALL_SEVERITIES - severities("=", values)
        case Compare("level", operator, values):
            return severities(operator, values)
        case HasField("level"):
            return ALL_SEVERITIES - {0}
    return None


def _services_of(leaf: Node, names: NameTables) -> frozenset[int] | None:
    match leaf:
        case Compare("service", "!=", values):
            test = value_test("=", values)
            return frozenset(names.service_ids(lambda name: not test(name)))
        case Compare("service", operator, values):
            return frozenset(names.service_ids(value_test(operator, values)))
    return None


def _record_ids(node: Node) -> frozenset[int] | None:
    match node:
        case Compare("id", ":" | "=", values):
            return frozenset(map(int, values))
        case And(children):
            found = [ids for child in children if (ids := _record_ids(child)) is not None]
            return frozenset.intersection(*found) if found else None
    return None


def _times_of(record_ids: frozenset[int], connection: ReadConnection) -> tuple[int, int]:
    """Return the narrowest time range with these records, so that ``id:123`` reads one minute and not the store."""
    oldest, newest = connection.rows(
        "SELECT min(time_ns), max(time_ns) FROM records WHERE id IN (SELECT value FROM json_each(?))",
        (str(sorted(record_ids)),),
    )[0]
    return (0, 0) if oldest is None else (oldest, newest + 1)


def _is_counted(node: Node) -> bool:
    match node:
        case And(children) | Or(children):
            return all(_is_counted(child) for child in children)
        case Not(child):
            return _is_counted(child)
        case Compare(field, _, _) | HasField(field):
            return field in _COUNTED_FIELDS
        case Pattern(_, field):
            return field == "service"
    return False
