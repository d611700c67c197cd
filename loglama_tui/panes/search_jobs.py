"""What a search asks of the store, each in a reader's thread, and the messages it answers with."""

from __future__ import annotations

import time
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
    from loglama_core.store.record_reader import RecordReader, Survey
    from loglama_tui.reader_thread import Job, Stale

MOST_HITS = 1_000_000
"""Hits kept, 8 bytes each; who needs more needs a narrower query."""
MOST_NEWER = 1_000
"""Hits that came since a search are counted up to here: more of them are no other reason to search again."""
_COLUMNS = ("service", "level", "logger")
_SAMPLE = 2_000
"""Newest hits among which the telling fields are looked for: 20 ms to read."""
_TELLING_SHARE = 0.2
"""Share of the records with a field that its most frequent values must make up."""
_FIELDS_S = 4.0
"""Seconds spent on counting fields: half a million hits or more."""
_VALUES_SHOWN = 5
_FIELDS_SHOWN = 8
_LONGEST_VALUE = 80
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


@dataclass(eq=False, repr=False)
class TimeHits(Message):
    """Hits, newest event first, and how far back was looked; ``newest_id``: of the store when the search began."""

    run: int
    newest_id: int
    ids: array[int]
    searched_to_ns: int
    done: bool


@dataclass(eq=False, repr=False)
class NewerCounted(Message):
    """How many hits were stored since the last one of the same ``run``, up to a record."""

    run: int
    count: int
    upto_id: int


@dataclass(eq=False, repr=False)
class HitsCounted(Message):
    """The hits so far: their number, over time, and by service, level and logger.

    The first bar begins at ``since_ns``, each is ``step_ns`` long. Takes the place of earlier ones of the same ``run``.
    """

    run: int
    hits: int
    bars: list[Bar]
    since_ns: int
    step_ns: int
    facets: list[Facet]
    done: bool


@dataclass(eq=False, repr=False)
class FieldsCounted(Message):
    """The values of the most telling fields among the newest ``hits``; ``done``: those are all."""

    run: int
    facets: list[Facet]
    hits: int
    done: bool


def find_hits(query: Node | None, run: int, post: Callable[[Message], object]) -> Job:
    """Return a job that posts ``TimeHits`` until everything was looked at."""

    def find(reader: RecordReader, stale: Stale) -> None:
        found, newest_id = 0, reader.newest_id()
        for part in reader.find_ids(query, by="time"):
            if stale():
                return
            found += len(part.ids)
            full = found >= MOST_HITS
            post(TimeHits(run, newest_id, part.ids, part.searched_to_ns, part.done or full))
            if full:
                return

    return find


def count_newer(query: Node | None, run: int, after_id: int, post: Callable[[Message], object]) -> Job:
    """Return a job that posts ``NewerCounted`` if hits were stored after a record."""

    def count(reader: RecordReader, stale: Stale) -> None:
        if query is None:
            upto_id = reader.newest_id()
            count = upto_id - after_id
        else:
            followed = reader.follow(query, after_id=after_id, limit=MOST_NEWER)
            count, upto_id = len(followed.records), followed.upto_id
        if upto_id > after_id and not stale():
            post(NewerCounted(run, count, upto_id))

    return count


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
        for survey in reader.survey(
            query, keys=_COLUMNS, since_ns=first, until_ns=until, step_ns=step, values=_VALUES_SHOWN
        ):
            if stale():
                return
            bars = [Bar.of(bucket.counts) for bucket in survey.buckets]
            post(HitsCounted(run, survey.hits, bars, first, step, _facets_of(survey), survey.done))

    return count


def count_fields(query: Node | None, run: int, post: Callable[[Message], object]) -> Job:
    """Return a job that posts ``FieldsCounted``: over all hits, or as many of the newest as a few seconds allow."""

    def count(reader: RecordReader, stale: Stale) -> None:
        keys = _telling_fields(reader.search(query, limit=_SAMPLE))
        if stale():
            return
        if not keys:
            post(FieldsCounted(run, [], 0, done=True))
            return
        until = time.monotonic() + _FIELDS_S
        for survey in reader.survey(query, keys=keys, values=_VALUES_SHOWN):
            if stale():
                return
            post(FieldsCounted(run, _facets_of(survey), survey.hits, survey.done))
            if time.monotonic() > until:
                return

    return count


def _facets_of(survey: Survey) -> list[Facet]:
    facets = []
    for facet in survey.facets:
        texts = [(value_text(value), count) for value, count in facet.counts if value is not None]
        values = [(text, count) for text, count in texts if _is_short(text)]
        if values:
            none = len(texts) < len(facet.counts)
            facets.append(Facet(facet.key, values, max(0, facet.distinct - none - len(values))))
    return facets


def _is_short(value: str) -> bool:
    return len(value) <= _LONGEST_VALUE and "\n" not in value


def _telling_fields(records: Iterable[LogRecord]) -> list[str]:
    """Return the names of fields of which a few values make up a good part: identifiers tell nothing."""
    fields: dict[str, Counter[str]] = {}
    for record in records:
        for name, value in field_items(record.fields):
            if isinstance(value, str | int | float | bool) and name not in _COLUMNS:
                text = value_text(value)
                if _is_short(text):
                    fields.setdefault(name, Counter())[text] += 1
    telling = [
        (name, counts)
        for name, counts in fields.items()
        if counts.total() > 1
        and len(counts) * 3 <= counts.total()
        and sum(count for _, count in counts.most_common(_VALUES_SHOWN)) > counts.total() * _TELLING_SHARE
    ]
    telling.sort(key=lambda item: (-item[1].total(), len(item[1]), item[0]))
    return [name for name, _ in telling[:_FIELDS_SHOWN]]


def _step_for(span_ns: int, columns: int) -> int:
    """Return the least even step in nanoseconds with which ``columns`` bars cover a span."""
    for step in _STEPS_S:
        if span_ns < step * SECOND_NS * (columns - 1):
            return step * SECOND_NS
    days = -(-span_ns // (86400 * SECOND_NS * max(1, columns - 1)))
    return int(days) * 86400 * SECOND_NS
