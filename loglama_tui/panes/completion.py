"""Looks up what a term could go on with: names of fields from the newest records, values from all of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from loglama_core.query.field_values import value_text
from loglama_core.query.tree import HasField
from loglama_tui.widgets.query_completion import Suggestion, TypedTerm, name_suggestions, value_suggestions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import RecordReader
    from loglama_tui.reader_thread import Job, Stale

_COLUMNS = ("level", "service", "logger", "message", "source", "since", "until", "id")
_COUNTED = ("level", "service", "logger")
_NO_VALUES = frozenset({"message", "since", "until", "id"})
_KNOWN_S = 30.0
"""Names and values are looked up again after so long."""
_LOOK_S = 0.4
"""Seconds spent on the values of one field: the newest hundred thousand records or so."""
_MOST_VALUES = 500
_LONGEST_VALUE = 120


@dataclass(eq=False, repr=False)
class Suggested(Message):
    """Suggestions for a term."""

    term: TypedTerm
    suggestions: list[Suggestion]


class Completion:
    """Keeps what it looked up for half a minute; a job of it belongs to one reader's thread."""

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._known: dict[str | None, tuple[float, Sequence[tuple[str, int | None]]]] = {}

    def job(self, term: TypedTerm) -> Job:
        """Return the job that posts ``Suggested`` for a term."""

        def suggest(reader: RecordReader, stale: Stale) -> None:
            known = self._known.get(term.field)
            if known is None or time.monotonic() - known[0] > _KNOWN_S:
                look = _names(reader) if term.field is None else _values(reader, term.field, stale)
                known = self._known[term.field] = (time.monotonic(), look)
            if stale():
                return
            if term.field is None:
                suggestions = name_suggestions(term.text, known[1]) if term.text else []
            else:
                suggestions = value_suggestions(term, known[1])
            self._post(Suggested(term, suggestions))

        return suggest


def _names(reader: RecordReader) -> Sequence[tuple[str, int | None]]:
    fields = [(name, count) for name, count in reader.field_names() if name not in _COLUMNS]
    return [*((name, None) for name in _COLUMNS), *fields]


def _values(reader: RecordReader, field: str, stale: Stale) -> Sequence[tuple[str, int | None]]:
    if field in _NO_VALUES:
        return []
    if field == "source":
        return [(source.lineage, source.records) for source in reader.sources()[:_MOST_VALUES]]
    # Only records that have the field are worth reading; which those are, the columns need not be asked.
    query: Node | None = None if field in _COUNTED else HasField(field)
    counts: list[tuple[str, int | None]] = []
    until = time.monotonic() + _LOOK_S
    for survey in reader.survey(query, keys=(field,), values=_MOST_VALUES):
        counts = [(value_text(value), count) for value, count in survey.facets[0].counts if value is not None]
        if stale() or time.monotonic() > until:
            break
    return [(text, count) for text, count in counts if len(text) <= _LONGEST_VALUE and "\n" not in text]
