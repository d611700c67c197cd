"""The search index: quick where it can be, and an answer is right whatever became of it."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from loglama_core.errors import QueryCancelledError
from loglama_core.model import Batch, RecordRow, SourceState
from loglama_core.query.parser import parse_query
from loglama_core.query.pattern_literals import pattern_literals
from loglama_core.query.query_text import query_text
from loglama_core.query.text_folding import fold
from loglama_core.query.tree import Pattern, Text
from loglama_core.store import record_scan, search_index
from loglama_core.store.block_scan import BlockScan
from loglama_core.store.block_texts import distinct_pieces
from loglama_core.store.database import open_for_writing
from loglama_core.store.plan import plan_query
from loglama_core.store.record_scan import DenseScan
from loglama_core.store.search_database import search_path
from loglama_core.store.search_index import RecordIndexer
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_core.store.time_scan import Selection, TimeScan
from loglama_core.store.trigrams import _is_folded_alike, match_expression, trigrams
from loglama_core.store.writer import RecordWriter
from tests.core.store.conftest import START_NS
from tests.core.store.filled_store import NewRecord, fill
from tests.core.store.plain_evaluation import matches

if TYPE_CHECKING:
    from pathlib import Path

SECOND = 1_000_000_000


@pytest.fixture(autouse=True)
def _small_stores_use_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_scan, "_FEW_RECORDS", 0)


def some(count: int, word: str = "apple") -> list[NewRecord]:
    """Records of which every hundredth holds ``word``; every tenth is late by an hour."""
    return [
        NewRecord(
            START_NS + (number - (3600 if number % 10 == 7 else 0)) * SECOND,
            message=f"line {number} {word if number % 100 == 0 else 'pear'}",
            fields={"request_id": f"{number:08x}"},
            offset=number * 100,
        )
        for number in range(count)
    ]


def index(path: Path) -> list[str]:
    """Index all there is; returns what was told of an index made anew."""
    told: list[str] = []
    with RecordIndexer(path, on_rebuilt=told.append) as indexer:
        indexer.catch_up()
    return told


def ids(path: Path, query: str) -> list[int]:
    with SqliteReader(path) as reader:
        return [record.id for record in reader.search(parse_query(query))]


def kind_of_scan(path: Path, query: str) -> type:
    with SqliteReader(path) as reader:
        plan = plan_query(parse_query(query), reader._connection, reader._names)
        return type(record_scan.record_scan(reader._connection, plan, Selection("id")))


def upto(path: Path) -> int | None:
    with SqliteReader(path) as reader:
        found = reader._connection.blocks.look()
        return None if found is None else found.upto


def test_whole_blocks_are_indexed_and_the_rest_is_read(path: Path) -> None:
    stored = fill(path, some(1_000))
    expected = [record.id for record in stored if "apple" in record.message][::-1]
    assert ids(path, "apple") == expected
    assert index(path) == []
    assert upto(path) == 991
    assert kind_of_scan(path, "apple") is BlockScan
    assert ids(path, "apple") == expected
    late = fill(path, some(5))
    assert ids(path, '"line 0 apple"') == [late[0].id, 1]


def test_a_step_reads_ahead_in_chunks_and_stops_after_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "_CHUNK_BLOCKS", 3)
    monkeypatch.setattr(search_index, "_STEP_BLOCKS", 12)
    stored = fill(path, some(1_000))
    with RecordIndexer(path) as indexer:
        assert indexer.step(lambda: True) == upto(path) == 3 * 32 - 1
        assert indexer.step() == 12 * 32
        assert indexer.catch_up() > 0
    assert upto(path) == 991
    assert ids(path, "apple") == [record.id for record in stored if "apple" in record.message][::-1]


@given(st.text(st.sampled_from('ab1"\\\n\r ,:{ł'), max_size=40), st.data())
def test_what_is_left_of_a_text_holds_every_trigram_that_is_asked_for(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    sought = text[start : data.draw(st.integers(start, len(text)))]
    left = distinct_pieces(text)
    assert all(trigram in left for trigram in trigrams(sought))


def test_order_is_of_event_time_although_blocks_are_of_arrival(path: Path) -> None:
    stored = fill(path, some(3_000))
    index(path)
    by_time = sorted(stored, key=lambda record: (record.time_ns, record.id))
    for query, needle in (("line", "line"), ('"7 pear"', "7 pear"), ("request_id:0000*", "")):
        expected = [record.id for record in by_time if needle in record.message]
        assert ids(path, query) == expected[::-1]
        with SqliteReader(path) as reader:
            assert [record.id for record in reader.search(parse_query(query), order="oldest")] == expected
            arrived = [n for part in reader.find_ids(parse_query(query), by="arrival") for n in part.ids]
            assert arrived == sorted(expected, reverse=True)


def test_what_is_reported_as_searched_was_searched(path: Path) -> None:
    stored = {record.id: record.time_ns for record in fill(path, some(3_000))}
    index(path)
    seen: set[int] = set()
    matching = {n for n in stored if (n - 1) % 10 == 7}
    with SqliteReader(path) as reader:
        for part in reader.find_ids(parse_query('"7 pear"'), by="time"):
            seen.update(part.ids)
            assert {n for n in matching if stored[n] >= part.searched_to_ns} <= seen
    assert seen == matching


@pytest.mark.parametrize("trouble", ["missing", "empty", "text", "cut", "zeroed", "noise", "other schema"])
def test_answers_are_right_with_a_damaged_index_and_collecting_makes_it_anew(path: Path, trouble: str) -> None:
    stored = fill(path, some(4_000))
    index(path)
    file = search_path(path)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    harm(file, trouble)
    expected = [record.id for record in stored if "apple" in record.message][::-1]
    assert ids(path, "apple") == expected
    assert ids(path, "absent apple") == []
    told = index(path)
    assert (trouble in {"missing", "empty", "other schema"}) == (told == []), told
    assert kind_of_scan(path, "apple") is BlockScan
    assert ids(path, "apple") == expected


def harm(file: Path, trouble: str) -> None:
    content = bytearray(file.read_bytes())
    match trouble:
        case "missing":
            file.unlink()
        case "empty":
            file.write_bytes(b"")
        case "text":
            file.write_bytes(b"this is no database\n" * 1000)
        case "cut":
            file.write_bytes(content[: len(content) // 2])
        case "zeroed":
            content[8192:] = bytes(len(content) - 8192)
            file.write_bytes(content)
        case "noise":
            content[100:] = bytes((n * 7919) % 251 for n in range(len(content) - 100))
            file.write_bytes(content)
        case "other schema":
            with closing(sqlite3.connect(file, isolation_level=None)) as connection:
                connection.execute("UPDATE index_state SET schema = 99")


def test_the_index_of_another_store_is_not_believed(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    fill(other, some(1_000, "cherry"))
    index(other)
    fill(path, some(1_000))
    shutil.copyfile(search_path(other), search_path(path))
    assert upto(path) is None
    assert len(ids(path, "apple")) == 10
    assert "another store" in index(path)[0]
    assert len(ids(path, "apple")) == 10
    assert upto(path) == 991


def test_a_store_put_back_from_an_older_copy_is_noticed(path: Path, tmp_path: Path) -> None:
    fill(path, some(500))
    shutil.copyfile(path, tmp_path / "older.db")
    fill(path, some(1_000))
    index(path)
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(tmp_path / "older.db", path)
    assert upto(path) is None
    new = fill(path, [NewRecord(START_NS, message=f"plum {number}", offset=7) for number in range(1_200)])
    assert ids(path, "plum") == [record.id for record in new][::-1]
    index(path)
    assert ids(path, "plum") == [record.id for record in new][::-1]


def test_a_record_that_got_another_text_is_found_by_it(path: Path) -> None:
    writer = RecordWriter(path)
    source = writer.add_source(
        SourceState(
            id=0, path="a.log", kind="file", lineage="a.log", device=1, inode=1, head=b"", tail=b"", offset=0,
            state="active", service="a",
        ),
        known_upto=0,
    )  # fmt: skip
    assert source is not None
    rows: list[RecordRow] = [(START_NS + n, 17, "a", None, f"error {n}", None, n * 10, 0, None) for n in range(63)]
    assert writer.commit(source, Batch(rows, 0, 630, b"", b"", open_record=True))
    assert source.record_id == 63
    index(path)
    assert upto(path) == 63
    assert ids(path, "quince") == []
    longer = (START_NS + 62, 17, "a", None, "error 62\n  at quince", None, 620, 8, None)
    assert writer.commit(source, Batch([longer], 630, 650, b"", b"", replaces_last=True))
    assert ids(path, "quince") == [63]  # noted, not indexed yet
    index(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM replaced_records").fetchone() == (0,)
    with SqliteReader(path) as reader:
        blocks = reader._connection.blocks
        indexed = blocks.look()
        expression = match_expression("quince")
        assert indexed is not None
        assert expression is not None
        found = blocks.blocks(indexed, expression, 0, 2**62)
        assert found is not None
        assert [block.number for block in found] == [1]
    assert ids(path, "quince") == [63]
    assert ids(path, "error") == list(range(63, 0, -1))
    writer.close()


def test_indexing_locks_no_writer_out(path: Path) -> None:
    fill(path, some(20_000))
    step = RecordIndexer(path)
    locked = threading.Event()
    done = threading.Event()

    def hold_the_lock() -> None:
        connection, store = step._opened()
        connection.execute("BEGIN IMMEDIATE")
        store.execute("SELECT count(*) FROM records").fetchone()
        locked.set()
        done.wait(30)
        connection.execute("ROLLBACK")
        step.close()

    thread = threading.Thread(target=hold_the_lock)
    thread.start()
    try:
        assert locked.wait(30)
        assert fill(path, some(1))[0].id == 20_001
        with RecordIndexer(path) as second:
            assert second.step() == 0, "another indexes now"
    finally:
        done.set()
        thread.join()
    index(path)
    assert upto(path) == 19_999


def test_many_parts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("search_database", "search_index"):
        monkeypatch.setattr(f"loglama_core.store.{module}.PART_RECORDS", 1024)
    stored = fill(path, some(5_000))
    index(path)
    with SqliteReader(path) as reader:
        indexed = reader._connection.blocks.look()
        assert indexed is not None
        assert indexed.parts == (4, 3, 2, 1, 0)
    assert ids(path, "apple") == [record.id for record in stored if "apple" in record.message][::-1]


def test_the_planner_reads_blocks_of_rare_texts_and_time_for_common_ones(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = fill(path, some(40_000))
    index(path)
    monkeypatch.setattr(record_scan, "_PROBED_BLOCKS", 50)
    monkeypatch.setattr(record_scan, "_FEW_RECORDS", 1_000)
    assert kind_of_scan(path, "pear") is TimeScan, "in every block"
    assert kind_of_scan(path, "apple") is DenseScan, "in every third block"
    expected = [record.id for record in sorted(stored, key=lambda r: (r.time_ns, r.id)) if "apple" in record.message]
    for first_hits in (1, 7, 500):
        monkeypatch.setattr(record_scan, "_FIRST_HITS", first_hits)
        assert ids(path, "apple") == expected[::-1]
        with SqliteReader(path) as reader:
            found = reader.search(parse_query("apple"), order="oldest")
            assert [record.id for record in found] == expected
    assert kind_of_scan(path, "00001a2b") is BlockScan
    assert kind_of_scan(path, "absent") is BlockScan
    assert kind_of_scan(path, '~"0{4}1a2b$"') is BlockScan
    assert kind_of_scan(path, "request_id:00001a2b") is BlockScan
    assert kind_of_scan(path, "00001a2b OR absent") is BlockScan
    for scanned in ("ab", "-absent", "absent OR level:info", "service:weblama", '~"."', ""):
        assert kind_of_scan(path, scanned) is TimeScan, scanned
    until = f"until:{(START_NS // SECOND) + 500}"
    assert kind_of_scan(path, f"00001a2b {until} since:{START_NS // SECOND}") is TimeScan, "a minute is quickly read"
    monkeypatch.setattr(record_scan, "_MOST_BEHIND", 100)
    fill(path, some(200))
    assert kind_of_scan(path, "00001a2b") is TimeScan, "too much is not indexed yet"


def test_the_match_is_asked_first_and_blocks_are_read_by_id(path: Path) -> None:
    """Left to itself SQLite may look up the match once for every block: 754 ms instead of 0.11."""
    fill(path, some(2_000))
    index(path)
    with closing(sqlite3.connect(search_path(path))) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT block FROM record_blocks_0('app') AS found"
            " CROSS JOIN block_times ON block = found.rowid & 1099511627775"
        ).fetchall()
        assert "VIRTUAL TABLE" in plan[0][3]
        assert "INTEGER PRIMARY KEY" in plan[1][3]
    with SqliteReader(path) as reader:
        rows, seen = reader._connection.rows, []

        def explained(sql: str, parameters: tuple[int, ...] = ()) -> list[tuple[object, ...]]:
            if "AS span" in sql:
                seen.append([str(row[3]) for row in rows(f"EXPLAIN QUERY PLAN {sql}", parameters)])
            return rows(sql, parameters)

        reader._connection.rows = explained  # type: ignore[method-assign,assignment]  # watches, and runs it all the same
        list(reader.search(parse_query("apple")))
    assert seen
    for steps in seen:
        assert any("SEARCH records USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in step for step in steps)


def test_trigrams_are_folded_as_queries_are() -> None:
    """Every character that may stand in a looked-up trigram is one letter to SQLite if it is one to a query."""
    groups: dict[str, list[str]] = {}
    for code in range(1, 0x110000):
        if not 0xD800 <= code < 0xE000:
            groups.setdefault(fold(chr(code)), []).append(chr(code))
    used = [members for members in groups.values() if any(map(_is_folded_alike, members)) and len(members) > 1]
    assert len(used) > 150
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='trigram', detail=none, content='')")
        rows = [(ord(one), f"qz{one}") for members in used for one in members]
        connection.executemany("INSERT INTO t (rowid, x) VALUES (?, ?)", rows)
        connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
        term_of = dict(connection.execute("SELECT doc, term FROM v"))
    for members in used:
        assert len({term_of[ord(one)] for one in members}) == 1, members


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ab", []),
        ("abc", ["abc"]),
        ("abcd", ["abc", "bcd"]),
        ('abc"def', ["abc", "def"]),
        ("a\\bcd", ["bcd"]),
        ("aóÓb", ["aóÓ", "óÓb"]),
        ("ab\U00010429cde", ["cde"]),
        ("東京都庁", ["東京都", "京都庁"]),
    ],
)
def test_trigrams_of_a_text(text: str, expected: list[str]) -> None:
    assert trigrams(text) == expected
    assert len(trigrams("abcdefghij" * 500)) <= 10


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("GET /(a|b)/c+d?|^POST", [["GET /", "/c"], ["POST"]]),
        ("time(d)? ?out", [["time", "out"]]),
        ("(?i)timeout", [["t", "meout"]]),
        (r"foo\.bar\d+baz", [["foo.bar", "baz"]]),
        ("[]a]xyz[^]b]", [["xyz"]]),
        ("ab++cd", [["ab", "cd"]]),
        ("abc{2,3}d", [["ab", "d"]]),
        ("abc", [["abc"]]),
    ],
)
def test_literals_of_patterns(pattern: str, literals: list[list[str]]) -> None:
    assert pattern_literals(pattern) == literals


@pytest.mark.parametrize(
    "pattern", [r"\x41bc", "a|", "(?x) a b", "(?V1)abc", "x*", "^$", "(a)(?i)b", "[[:alpha:]]abc", r"\N{BULLET}abc", ""]
)
def test_patterns_without_sure_literals(pattern: str) -> None:
    assert pattern_literals(pattern) is None


def test_literals_stand_in_every_match() -> None:
    texts = [
        "GET /a/ccd",
        "POST",
        "time out",
        "timedout",
        "TIMEOUT",
        "foo.bar12baz",
        "abcd",
        "abcccd",
        "axyzc",
        "]xyzc",
    ]
    for pattern in (
        "GET /(a|b)/c+d?|^POST",
        "time(d)? ?out",
        "(?i)timeout",
        r"foo\.bar\d+baz",
        "abc*d",
        "[]a]xyz[^]b]",
    ):
        found = pattern_literals(pattern)
        assert found is not None
        matches = [match[0].lower() for text in texts if (match := regex.search(pattern, text))]
        assert matches
        for match in matches:
            assert any(all(literal.lower() in match for literal in each) for each in found)


HOSTILE = [
    "foo-bar", "10.0.0.1", 'a "quoted" word', "AND OR NOT", "NEAR(abc def)", "user:bob", "***", "()[]{}", "path=/var",
    "col:xyz", "^start", "100%_done", "back\\slash", "it's", "-- comment", "; DROP TABLE records", "tab\there",
    "\x1b[31mred",     "record_blocks_0", "éÉ ŁÓDŹ łódź", "ВОДА вода", "ᲀᲂ", "ſs Kelvin K", "İstanbul ıI", "東京都庁",
    "𝔘nicode 🎉🎉🎉", "ß ẞ straße",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_security_12_14_any_text_is_looked_up_as_itself(path: Path, text: str) -> None:
    """Without the index, with it, in a message and in a field: always the same records, those that hold the text."""
    stored = fill(
        path,
        [
            *(NewRecord(START_NS + n, message=other) for n, other in enumerate(HOSTILE)),
            *(NewRecord(START_NS + 100 + n, fields={"x": [other]}) for n, other in enumerate(HOSTILE)),
            *some(200),
        ],
    )
    query = query_text(Text(text))
    expected = [record.id for record in stored if matches(Text(text), record)]
    assert len(expected) >= 2
    for _ in range(2):
        assert sorted(ids(path, query)) == expected
        index(path)
    pattern = query_text(Pattern(regex.escape(text)))
    found = [record.id for record in stored if matches(Pattern(regex.escape(text)), record)]
    assert sorted(ids(path, pattern)) == found
    assert {*found} <= {*expected}


def test_a_cancelled_query_leaves_the_index_usable(path: Path) -> None:
    fill(path, some(5_000))
    index(path)
    with SqliteReader(path) as reader:
        portions = reader.find_ids(parse_query("pear"), by="time")
        next(portions)
        reader.interrupt()
        with pytest.raises(QueryCancelledError):
            list(portions)
        assert reader._connection.blocks.look() is not None
        assert len(list(reader.search(parse_query("apple")))) == 50


def test_prune_at_the_end_of_the_ids_gives_no_id_twice(path: Path) -> None:
    fill(path, some(100))
    with closing(open_for_writing(path)) as connection:
        connection.execute("DELETE FROM records WHERE id > 50")
        connection.execute("UPDATE store_state SET highest_pruned_id = 100, prunes = prunes + 1")
    with closing(RecordWriter(path)) as writer:
        source = writer.sources()[0]
        row = (START_NS, 9, "weblama", None, "next", None, 0, 0, None)
        assert writer.commit(source, Batch([row], source.offset, source.offset + 1, b"", b""))
    assert ids(path, "next") == [101]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "store.db"
