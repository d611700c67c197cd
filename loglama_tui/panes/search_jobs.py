"""What a search asks of the store, each in a reader's thread, and the messages it answers with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from loglama_core.query.field_values import value_text
from loglama_tui.panes.time_span import SECOND_NS, TimeSpan
from loglama_tui.widgets.facet_list import Facet
from loglama_tui.widgets.histogram import Bar
from loglama_tui.widgets.record_line import field_items

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterable

    from loglama_core.model import LogRecord
    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.reader_thread import Job, Stale

MOST_HITS = 1_000_000
"""Hits kept, 8 bytes each; who needs more needs a narrower query."""
FACET_SAMPLE = 2_000
"""Newest hits whose fields are counted: 20 ms to read."""
_VALUES_SHOWN = 5
_FIELDS_SHOWN = 8
_LONGEST_VALUE = 80
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


@dataclass(eq=False, repr=False)
class TimeHits(Message):
    """Hits, newest event first, and how far back was looked."""

    run: int
    ids: array[int]
    searched_to_ns: int
    done: bool


@dataclass(eq=False, repr=False)
class HitsCounted(Message):
    """Bars of the hits over time: the first begins at ``since_ns``, each is ``step_ns`` long."""

    run: int
    bars: list[Bar]
    since_ns: int
    step_ns: int


@dataclass(eq=False, repr=False)
class FacetsCounted(Message):
    """What the hits have in common; ``sampled``: the newest hits that were looked at, 0 for all."""

    run: int
    facets: list[Facet]
    sampled: int


def find_hits(query: Node | None, run: int, post: Callable[[Message], object]) -> Job:
    """Return a job that posts ``TimeHits`` until everything was looked at."""

    def find(reader: RecordReader, stale: Stale) -> None:
        found = 0
        for part in reader.find_ids(query, by="time"):
            if stale():
                return
            found += len(part.ids)
            full = found >= MOST_HITS
            post(TimeHits(run, part.ids, part.searched_to_ns, part.done or full))
            if full:
                return

    return find


def count_hits(
    query: Node | None, span: TimeSpan, columns: int, now_ns: int, run: int, post: Callable[[Message], object]
) -> Job:
    """Return a job that posts ``HitsCounted`` for as many bars as fit into ``columns``."""

    def count(reader: RecordReader, stale: Stale) -> None:
        bounds = reader.time_bounds()
        if bounds is None:
            return
        first, last = span.within(bounds, now_ns)
        step = _step_for(last - first, columns)
        first = first // step * step
        until = (last // step + 1) * step
        buckets = reader.counts_over_time(query, since_ns=first, until_ns=until, step_ns=step)
        if not stale():
            post(HitsCounted(run, [Bar.of(bucket.counts) for bucket in buckets], first, step))

    return count


def count_facets(query: Node | None, run: int, post: Callable[[Message], object]) -> Job:
    """Return a job that posts ``FacetsCounted``: columns counted over all hits, fields over the newest ones."""

    def count(reader: RecordReader, stale: Stale) -> None:
        sample = list(reader.search(query, limit=FACET_SAMPLE))
        if stale():
            return
        post(FacetsCounted(run, _facets_of(sample), FACET_SAMPLE if len(sample) == FACET_SAMPLE else 0))

    return count


def _facets_of(records: list[LogRecord]) -> list[Facet]:
    total = len(records)
    columns: tuple[tuple[str, Counter[str | None]], ...] = (
        ("service", Counter(record.service for record in records)),
        ("level", Counter(record.level for record in records)),
        ("logger", Counter(record.logger for record in records)),
    )
    facets = [_facet(name, counts, total) for name, counts in columns]
    facets += [_facet(name, counts, total) for name, counts in _telling_fields(records)]
    return [facet for facet in facets if facet.values]


def _facet(name: str, counts: Counter[str | None], total: int) -> Facet:
    known = [(value, count) for value, count in counts.most_common() if value is not None]
    return Facet(name, known[:_VALUES_SHOWN], max(0, len(known) - _VALUES_SHOWN), total)


def _telling_fields(records: Iterable[LogRecord]) -> list[tuple[str, Counter[str | None]]]:
    """Return the fields whose values repeat: an id of its own for each record tells nothing."""
    fields: dict[str, Counter[str | None]] = {}
    for record in records:
        for name, value in field_items(record.fields):
            if isinstance(value, str | int | float | bool):
                text = value_text(value)
                if len(text) <= _LONGEST_VALUE and "\n" not in text:
                    fields.setdefault(name, Counter())[text] += 1
    telling = [
        (name, counts) for name, counts in fields.items() if counts.total() > 1 and len(counts) * 3 <= counts.total()
    ]
    telling.sort(key=lambda item: (-item[1].total(), len(item[1]), item[0]))
    return telling[:_FIELDS_SHOWN]


def _step_for(span_ns: int, columns: int) -> int:
    """Return the least even step in nanoseconds with which ``columns`` bars cover a span."""
    for step in _STEPS_S:
        if span_ns < step * SECOND_NS * (columns - 1):
            return step * SECOND_NS
    days = -(-span_ns // (86400 * SECOND_NS * max(1, columns - 1)))
    return int(days) * 86400 * SECOND_NS
