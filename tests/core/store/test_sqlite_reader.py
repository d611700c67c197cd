"""The embedded reader does what the ``RecordReader`` protocol promises."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Literal

import pytest

from loglama_core.errors import QueryCancelledError, QueryError, StoreError, UsageError
from loglama_core.query.tree import And, Compare, Not, Or, Pattern, Text, TimeRange
from loglama_core.store import read_connection
from loglama_core.store.record_reader import FieldValue, Position, RecordReader
from loglama_core.store.sqlite_reader import SqliteReader
from tests.core.store.conftest import START_NS
from tests.core.store.filled_store import MINUTE_NS, NewRecord, fill
from tests.core.store.plain_evaluation import matches

if TYPE_CHECKING:
    from pathlib import Path

    from loglama_core.model import LogRecord
    from loglama_core.query.tree import Node

ERRORS = Compare("level", ":", ("error",))
QUERIES: list[Node | None] = [
    None,
    ERRORS,
    Compare("level", ">=", ("warning",)),
    Compare("service", ":", ("apilama", "py*")),
    Not(Compare("service", ":", ("apilama",))),
    And((ERRORS, Compare("service", ":", ("pybox",)))),
    Or((ERRORS, Text("request 17"))),
    Text("REQUEST 29"),
    Text("ann lee"),
    Text("nowhere to be found"),
    Compare("status", ">=", ("204",)),
    Compare("logger", ":", ("app.*",)),
    Not(Compare("logger", ":", ("app.*",))),
    Pattern(r"request \d*7 "),
    TimeRange(START_NS + 90_000_000_000, START_NS + 700_000_000_001),
    And((TimeRange(START_NS + 30_000_000_000, None), ERRORS)),
    Compare("id", ":", ("1", "77", "100000")),
    Compare("id", ">", ("2990",)),
    Compare("source", ":", ("pybox.log",)),
    Compare("service", ":", ("nobody",)),
    And((Compare("level", ">=", ("warning",)), Compare("logger", ":", ("nobody",)))),
    Not(Or((Compare("logger", ":", ("nobody",)), Compare("id", ":", ("7",))))),
    Text("ŁÓDŹ"),
    Text("status"),
]
EACH_QUERY = pytest.mark.parametrize("query", QUERIES, ids=str)


def in_time_order(records: list[LogRecord], query: Node | None) -> list[LogRecord]:
    """The matching records, newest first, by plain evaluation."""
    return sorted((r for r in records if matches(query, r)), key=lambda r: (r.time_ns, r.id), reverse=True)


def found_ids(reader: RecordReader, query: Node | None, by: Literal["time", "arrival"]) -> list[int]:
    """All ids of a search; its reports must move on and end with ``done``."""
    reports = list(reader.find_ids(query, by=by))
    assert [report.done for report in reports] == [False] * (len(reports) - 1) + [True]
    return [record_id for report in reports for record_id in report.ids]


def test_is_a_record_reader(reader: SqliteReader) -> None:
    checked: RecordReader = reader
    assert checked.newest_id() == 3000


@EACH_QUERY
def test_search_streams_in_time_order_both_ways(
    reader: SqliteReader, records: list[LogRecord], query: Node | None
) -> None:
    expected = in_time_order(records, query)
    assert list(reader.search(query)) == expected
    assert list(reader.search(query, order="oldest")) == expected[::-1]
    assert list(reader.search(query, limit=7)) == expected[:7]


@EACH_QUERY
def test_search_goes_on_after_a_position(reader: SqliteReader, records: list[LogRecord], query: Node | None) -> None:
    expected = in_time_order(records, query)
    for place in {0, 1, len(expected) // 2, len(expected) - 1} & set(range(len(expected))):
        after = Position(expected[place].time_ns, expected[place].id)
        assert list(reader.search(query, after=after)) == expected[place + 1 :]
        assert list(reader.search(query, order="oldest", after=after)) == expected[:place][::-1]


@EACH_QUERY
def test_find_ids_by_time_and_by_arrival(reader: SqliteReader, records: list[LogRecord], query: Node | None) -> None:
    expected = in_time_order(records, query)
    assert found_ids(reader, query, "time") == [record.id for record in expected]
    assert found_ids(reader, query, "arrival") == sorted((record.id for record in expected), reverse=True)


@EACH_QUERY
def test_counts_agree_with_the_records(reader: SqliteReader, records: list[LogRecord], query: Node | None) -> None:
    expected = in_time_order(records, query)
    assert sum(reader.counts_by([], query).values()) == len(expected)
    by_level: dict[tuple[FieldValue, ...], int] = {}
    by_three: dict[tuple[FieldValue, ...], int] = {}
    for record in expected:
        by_level[record.level,] = by_level.get((record.level,), 0) + 1
        key = (record.service, record.fields["status"] if record.fields else None, record.logger)
        by_three[key] = by_three.get(key, 0) + 1
    assert reader.counts_by(["level"], query) == by_level
    assert reader.counts_by(["service", "status", "logger"], query) == by_three


@EACH_QUERY
@pytest.mark.parametrize(
    ("since", "length", "step"),
    [
        (0, 50 * MINUTE_NS, MINUTE_NS),
        (0, 47 * MINUTE_NS + 1, 5 * MINUTE_NS),
        (7, 10 * MINUTE_NS, MINUTE_NS),
        (0, 999, 100),
    ],
)
def test_counts_over_time_agree_with_the_records(
    reader: SqliteReader, records: list[LogRecord], query: Node | None, since: int, length: int, step: int
) -> None:
    begin = START_NS + since
    buckets = reader.counts_over_time(query, since_ns=begin, until_ns=begin + length, step_ns=step)
    assert [bucket.time_ns for bucket in buckets] == list(range(begin, begin + length, step))
    for bucket in buckets:
        expected: dict[str | None, int] = {}
        for record in records:
            inside = bucket.time_ns <= record.time_ns < min(bucket.time_ns + step, begin + length)
            if inside and matches(query, record):
                expected[record.level] = expected.get(record.level, 0) + 1
        assert bucket.counts == expected


@EACH_QUERY
@pytest.mark.parametrize("step", [5 * MINUTE_NS, 7_000_000_001])
def test_counts_by_and_over_time(reader: SqliteReader, records: list[LogRecord], query: Node | None, step: int) -> None:
    for keys, value_of in (
        (("service", "level"), lambda record: (record.service, record.level)),
        (("status",), lambda record: (record.fields.get("status"),)),
    ):
        expected: dict[tuple[FieldValue, ...], int] = {}
        for record in in_time_order(records, query):
            if record.time_ns >= START_NS:
                group = (START_NS + (record.time_ns - START_NS) // step * step, *value_of(record))
                expected[group] = expected.get(group, 0) + 1
        assert reader.counts_by(keys, query, origin_ns=START_NS, step_ns=step) == expected


def test_hours_minutes_and_ragged_ends_make_one_count(path: Path) -> None:
    times = [-7_200_000_000_001, -1, 0, 59_999_999_999, *(START_NS + n * 97_000_000_000 for n in range(500))]
    fill(path, [NewRecord(time_ns, severity=9 + 4 * (n % 3)) for n, time_ns in enumerate(times)])
    with SqliteReader(path) as reader:
        assert reader.record_count() == len(times)
        assert sum(reader.counts_by(("level",)).values()) == len(times)
        for since, until in (
            (-8_000_000_000_000, 1),
            (-1, 60 * MINUTE_NS),
            (START_NS + 5, START_NS + 7 * 60 * MINUTE_NS + 5),
            (START_NS - 30 * MINUTE_NS, START_NS + 61 * MINUTE_NS),
        ):
            expected = sum(since <= time_ns < until for time_ns in times)
            assert sum(reader.counts_by(("level", "service"), TimeRange(since, until)).values()) == expected
            begin = since // (60 * MINUTE_NS) * 60 * MINUTE_NS
            buckets = reader.counts_over_time(
                TimeRange(since, until), since_ns=begin, until_ns=until, step_ns=60 * MINUTE_NS
            )
            assert sum(sum(bucket.counts.values()) for bucket in buckets) == expected
            for bucket in buckets:
                end = min(until, bucket.time_ns + 60 * MINUTE_NS)
                assert sum(bucket.counts.values()) == sum(max(since, bucket.time_ns) <= t < end for t in times)


def test_impossible_steps_are_refused(reader: SqliteReader) -> None:
    for until, step in [(START_NS + 10, 0), (START_NS + 10**15, 1)]:
        with pytest.raises(UsageError):
            reader.counts_over_time(None, since_ns=START_NS, until_ns=until, step_ns=step)
    assert reader.counts_over_time(None, since_ns=START_NS, until_ns=START_NS - 1, step_ns=1) == []


@EACH_QUERY
def test_follow_in_arrival_order(reader: SqliteReader, records: list[LogRecord], query: Node | None) -> None:
    expected = [record for record in records if matches(query, record)]
    seen: list[LogRecord] = []
    after = 0
    while after < reader.newest_id():
        followed = reader.follow(query, after_id=after, limit=1000)
        assert after < followed.upto_id <= 3000
        seen += followed.records
        after = followed.upto_id
    assert seen == expected
    assert reader.follow(query, after_id=3000, limit=10).upto_id == 3000


def test_follow_sees_what_arrives(path: Path, reader: SqliteReader) -> None:
    token = reader.change_token()
    assert reader.change_token() == token
    new = fill(path, [NewRecord(1, service="newcomer", message="late"), NewRecord(2, service="newcomer", severity=17)])
    assert reader.change_token() != token
    followed = reader.follow(Compare("service", ":", ("newcomer",)), after_id=3000, limit=10)
    assert followed.records == new
    assert followed.upto_id == 3002
    assert reader.follow(ERRORS, after_id=3000, limit=1).records == new[1:]
    assert "newcomer" in reader.services()


def test_one_record_ranges_and_pages(reader: SqliteReader, records: list[LogRecord]) -> None:
    assert reader.get(7) == records[6]
    assert reader.get(3001) is None
    assert reader.id_range(2999, 3005) == records[2998:]
    assert reader.id_range(5, 4) == []
    assert reader.records([3000, 1, 77, 3001, 1]) == [records[2999], records[0], records[76], records[0]]
    assert reader.records([]) == []


def test_neighbours_are_of_the_same_source(reader: SqliteReader, records: list[LogRecord]) -> None:
    same = [record for record in records if record.source == records[100].source]
    place = same.index(records[100])
    assert reader.neighbours(101, 3, 2) == same[place - 3 : place + 3]
    assert reader.neighbours(same[0].id, 3, 1) == same[:2]
    assert reader.neighbours(same[-1].id, 1, 3) == same[-2:]
    assert reader.neighbours(99_999, 1, 1) == []


def test_shape_of_the_store(path: Path, reader: SqliteReader, records: list[LogRecord]) -> None:
    times = [record.time_ns for record in records]
    assert reader.record_count() == 3000
    assert (reader.oldest_id(), reader.newest_id()) == (1, 3000)
    assert reader.time_bounds() == (min(times), max(times))
    assert reader.services() == ["apilama", "pybox", "weblama"]
    assert [source.lineage for source in reader.sources()] == ["logs/pybox.log", "logs/apilama.log", "logs/weblama.log"]
    assert reader.gaps() == []
    info = reader.store_info()
    assert (info.records, info.oldest_ns, info.newest_ns) == (3000, min(times), max(times))
    assert info.size_bytes == path.stat().st_size
    assert info.free_bytes > 0


def test_empty_store(path: Path) -> None:
    fill(path, [])
    with SqliteReader(path) as reader:
        assert (reader.newest_id(), reader.oldest_id(), reader.record_count()) == (0, 0, 0)
        assert reader.time_bounds() is None
        assert reader.store_info().oldest_ns is None
        assert list(reader.search(Text("x"))) == []
        assert found_ids(reader, None, "time") == []
        assert found_ids(reader, Text("x"), "arrival") == []
        assert reader.follow(None, after_id=0, limit=5).upto_id == 0
        assert reader.counts_by(["level", "status"]) == {}
        assert reader.services() == []


def test_holes_in_the_ids_and_many_records_of_one_instant(path: Path) -> None:
    first = fill(path, [NewRecord(START_NS, message=f"a{number}") for number in range(4000)])
    second = fill(path, [NewRecord(START_NS, message=f"b{number}") for number in range(4000)], first_id=2_000_000)
    with SqliteReader(path) as reader:
        everything = first + second
        for query in (None, Text("7"), Text("a39")):
            expected = in_time_order(everything, query)
            assert list(reader.search(query)) == expected
            assert list(reader.search(query, order="oldest")) == expected[::-1]
            assert found_ids(reader, query, "arrival") == [record.id for record in expected]
            middle = expected[len(expected) // 2]
            assert next(reader.search(query, after=Position(START_NS, middle.id))) == expected[len(expected) // 2 + 1]


def test_whole_text_of_a_shortened_record_is_kept_and_searched(path: Path) -> None:
    whole = "start " + "x" * 5000 + " ŻÓŁW needle"
    stored = fill(path, [NewRecord(START_NS, message=whole[:100], whole=whole), NewRecord(START_NS, message="short")])
    with SqliteReader(path) as reader:
        assert reader.full_text(1) == whole
        assert reader.full_text(2) == "short"
        assert reader.full_text(3) is None
        for query in (Text("NEEDLE"), Text("żółw n"), Pattern("need.e$"), Pattern("^start", "message")):
            assert list(reader.search(query)) == stored[:1]
        assert list(reader.search(Compare("message", ":", ("start*needle",)))) == stored[:1]


def test_security_13_slow_pattern_is_refused(path: Path) -> None:
    fill(path, [NewRecord(START_NS, message="a" * 40 + "!")])
    with SqliteReader(path) as reader:
        with pytest.raises(QueryError, match="too slow"):
            list(reader.search(Pattern("(a|aa)+$")))
        assert reader.record_count() == 1


def test_interrupt_stops_the_running_call_and_only_that(path: Path) -> None:
    fill(path, [NewRecord(START_NS + number, message="ż" * 500, fields={"a": "b" * 500}) for number in range(20_000)])
    with SqliteReader(path) as reader:
        reader.interrupt()  # nothing runs: nothing happens
        assert reader.record_count() == 20_000
        started, stopped = threading.Event(), threading.Event()

        def interrupt() -> None:
            started.wait(10)
            while not stopped.is_set():
                reader.interrupt()
                time.sleep(0.001)

        def keep_counting() -> None:
            for _ in range(1000):
                started.set()
                reader.counts_by(["a"], Text("nowhere ż"))

        helper = threading.Thread(target=interrupt)
        helper.start()
        try:
            with pytest.raises(QueryCancelledError):
                keep_counting()
        finally:
            stopped.set()
            helper.join()
        assert reader.newest_id() == 20_000


def test_interrupt_between_two_portions_ends_the_iteration(reader: SqliteReader) -> None:
    portions = reader.find_ids(Text("finished"), by="time")
    next(portions)
    reader.interrupt()
    with pytest.raises(QueryCancelledError):
        list(portions)
    assert reader.newest_id() == 3000


def test_unfinished_iterations_hold_no_transaction(path: Path, reader: SqliteReader) -> None:
    portions = reader.find_ids(Text("finished"), by="time")
    listed = reader.search(None)
    next(portions)
    next(listed)
    fill(path, [NewRecord(START_NS + 10**15, message="new")])
    assert reader.newest_id() == 3001


def test_a_long_call_gives_its_memory_back(reader: SqliteReader, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    reader._connection._connection.set_trace_callback(ran.append)
    monkeypatch.setattr(read_connection, "_SHORT_SECONDS", 60)
    assert len(list(reader.search(Text("finished")))) == 3000
    assert "PRAGMA shrink_memory" not in ran
    monkeypatch.setattr(read_connection, "_SHORT_SECONDS", 0)
    assert len(list(reader.search(Text("finished")))) == 3000
    assert ran.count("PRAGMA shrink_memory") == 1, "once, when all is read"


def test_closed_reader_can_be_closed_and_interrupted_again(path: Path) -> None:
    fill(path, [])
    reader = SqliteReader(path)
    reader.close()
    reader.close()
    reader.interrupt()


def test_wrong_queries_are_query_errors(reader: SqliteReader) -> None:
    for query in (
        Compare("level", ":", ("loud",)),
        Compare("level", ">", ("none",)),
        Compare("id", ":", ("x",)),
        Compare("id", "<", (str(10**30),)),
        Pattern("("),
        Pattern("x" * 501),
        Compare("message", ">", ("a",)),
        Or(tuple(Text(str(number)) for number in range(10_000))),
    ):
        with pytest.raises(QueryError) as caught:
            list(reader.search(query))
        assert caught.value.hint


def test_missing_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        SqliteReader(tmp_path / "none.db")
