"""Counts beside the hits: exact once done, and what the minute counts know at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from loglama_core.errors import UsageError
from loglama_core.query.tree import And, Compare, Node, Text, TimeRange
from loglama_core.store.sqlite_reader import SqliteReader
from tests.core.store.conftest import START_NS
from tests.core.store.filled_store import MINUTE_NS, NewRecord, fill
from tests.core.store.plain_evaluation import matches
from tests.core.store.test_sqlite_reader import EACH_QUERY, in_time_order

if TYPE_CHECKING:
    from pathlib import Path

    from loglama_core.model import LogRecord

KEYS = ("level", "service", "logger", "status", "user.name")


@EACH_QUERY
def test_a_survey_agrees_with_the_records(reader: SqliteReader, records: list[LogRecord], query: Node | None) -> None:
    begin, end = START_NS, START_NS + 51 * MINUTE_NS
    *early, last = reader.survey(query, keys=KEYS, since_ns=begin, until_ns=end, step_ns=MINUTE_NS, values=100)
    assert last.done
    assert not any(report.done for report in early)
    hits = [record for record in in_time_order(records, query) if begin <= record.time_ns < end]
    assert last.hits == len(hits)
    for facet in last.facets:
        expected = Counter(value_of(record, facet.key) for record in hits)
        assert dict(facet.counts) == expected
        assert [n for _, n in facet.counts] == sorted(expected.values(), reverse=True)
        assert (facet.distinct, facet.capped) == (len(expected), False)
    by_minute = Counter((record.time_ns - begin) // MINUTE_NS for record in hits)
    assert [sum(bucket.counts.values()) for bucket in last.buckets] == [by_minute[n] for n in range(51)]


def value_of(record: LogRecord, key: str) -> object:
    if key in {"level", "service", "logger"}:
        return getattr(record, key)
    value = record.fields.get("user", {}).get("name") if key == "user.name" else record.fields.get(key)
    return None if value is None else value


def test_what_the_minute_counts_know_comes_first_and_exact(reader: SqliteReader, records: list[LogRecord]) -> None:
    end = START_NS + 60 * MINUTE_NS
    first, *_ = reader.survey(None, keys=KEYS, since_ns=START_NS - 10 * MINUTE_NS, until_ns=end, step_ns=MINUTE_NS)
    assert first.hits == 3000
    assert dict(first.facets[0].counts) == Counter(record.level for record in records)
    assert dict(first.facets[1].counts) == Counter(record.service for record in records)
    assert sum(sum(bucket.counts.values()) for bucket in first.buckets) == 3000
    (only,) = reader.survey(Compare("level", ":", ("error",)), keys=("level", "service"))
    assert (only.done, only.hits) == (True, 600)


def test_only_the_most_frequent_values_are_listed(reader: SqliteReader) -> None:
    *_, last = reader.survey(Text("finished"), keys=("status",), values=2)
    (facet,) = last.facets
    assert len(facet.counts) == 2
    assert facet.counts[0] == (None, 1500)
    assert facet.distinct == 8


def test_numbers_texts_and_arrays_are_told_apart(path: Path) -> None:
    values = [200, "200", True, [1, 2], {"a": 1}, 2.5, None]
    fill(path, [NewRecord(START_NS, fields={"x": value}) for value in values])
    with SqliteReader(path) as reader:
        *_, last = reader.survey(None, keys=("x",))
        assert dict(last.facets[0].counts) == {200: 1, "200": 1, True: 1, "[1,2]": 1, '{"a":1}': 1, 2.5: 1, None: 1}


def test_an_identifier_has_too_many_values_to_tell_apart(path: Path) -> None:
    fill(path, [NewRecord(START_NS + number, fields={"id_of": number}) for number in range(10_050)])
    with SqliteReader(path) as reader:
        *_, last = reader.survey(None, keys=("id_of",))
        assert last.facets[0].capped
        assert last.facets[0].distinct == 10_000


def test_wrong_surveys_are_refused(reader: SqliteReader) -> None:
    for wrong in ({"values": 0}, {"step_ns": 10}, {"step_ns": 1, "since_ns": 0, "until_ns": 10**9}):
        with pytest.raises(UsageError):
            list(reader.survey(None, **wrong))  # type: ignore[arg-type]  # one option each


def test_fields_of_the_newest_hits(reader: SqliteReader) -> None:
    assert reader.field_names(sample=3000) == [("status", 1500), ("user.name", 1500)]
    assert reader.field_names(Text("nowhere")) == []
    assert reader.field_names(sample=1) in ([], [("status", 1), ("user.name", 1)])


def test_neighbours_in_time_are_of_every_service(reader: SqliteReader, records: list[LogRecord]) -> None:
    ordered = in_time_order(records, None)[::-1]
    place = ordered.index(records[1500])
    assert reader.around(records[1500].id, 3, 2) == ordered[place - 3 : place + 3]
    query = And((Compare("service", ":", ("pybox",)), TimeRange(START_NS, None)))
    same = [record for record in ordered if matches(query, record) or record == records[1500]]
    place = same.index(records[1500])
    assert reader.around(records[1500].id, 2, 2, query=query) == same[place - 2 : place + 3]
    assert reader.around(10**9, 1, 1) == []
