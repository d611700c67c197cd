"""Searching goes on, and stays right, while everything else happens to the store."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from loglama_core.errors import QueryCancelledError
from loglama_core.model import Batch, RecordRow, SourceState
from loglama_core.query.parser import parse_query
from loglama_core.store import record_scan
from loglama_core.store.retention import RecordPruner
from loglama_core.store.search_database import search_path
from loglama_core.store.search_index import RecordIndexer
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_core.store.writer import RecordWriter

if TYPE_CHECKING:
    from pathlib import Path

START_NS = 1_793_491_200_000_000_000
BATCH = 500
NEEDLE_EVERY = 100


class Feed:
    """A store fed batch by batch; record ``n`` holds ``record n``, every hundredth the word needle."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = RecordWriter(path)
        state = SourceState(
            id=0, path="a.log", kind="file", lineage="a.log", device=1, inode=1, head=b"", tail=b"", offset=0,
            state="active", service="a",
        )  # fmt: skip
        source = self._writer.add_source(state, known_upto=0)
        assert source is not None
        self._source = source
        self.records = 0

    def add(self) -> None:
        rows: list[RecordRow] = []
        for n in range(self.records, self.records + BATCH):
            word = "needle" if n % NEEDLE_EVERY == 0 else "straw"
            rows.append((START_NS + n * 1_000_000, 9, "a", None, f"record {n} {word}", None, n, 0, None))
        batch = Batch(rows, self._source.offset, self._source.offset + BATCH, b"", b"")
        assert self._writer.commit(self._source, batch)
        self.records += BATCH

    def close(self) -> None:
        self._writer.close()


@pytest.fixture
def feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feed:
    monkeypatch.setattr(record_scan, "_FEW_RECORDS", 0)
    return Feed(tmp_path / "logs" / "store.db")


def test_i4_twenty_readers_while_records_are_written_indexed_and_pruned(feed: Feed) -> None:
    """Every answer is exact for what was there before it was asked and not pruned since."""
    for _ in range(10):
        feed.add()
    problems: list[BaseException] = []
    stop = threading.Event()
    pruned_below = 0

    def ask() -> None:
        try:
            with SqliteReader(feed.path) as reader:
                while not stop.is_set():
                    there = feed.records
                    found = [record.message for record in reader.search(parse_query("needle"))]
                    gone = pruned_below
                    numbers = [int(message.split()[1]) for message in found]
                    assert numbers == sorted(numbers, reverse=True)
                    assert len(set(numbers)) == len(numbers)
                    assert all(number % NEEDLE_EVERY == 0 for number in numbers)
                    missing = set(range(gone, there, NEEDLE_EVERY)) - set(numbers)
                    assert not {number for number in missing if number >= gone}
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            problems.append(error)

    readers = [threading.Thread(target=ask) for _ in range(20)]
    for thread in readers:
        thread.start()
    with RecordIndexer(feed.path) as indexer, RecordPruner(feed.path) as pruner:
        for step in range(15):
            feed.add()
            indexer.step()
            if step % 3 == 0:
                # Told before it happens: a reader that asks meanwhile may or may not see them.
                pruned_below += 300
                while pruner.step(older_than_ns=START_NS + (pruned_below - 50) * 1_000_000, limit=40):
                    pass
            if problems:
                break
    stop.set()
    for thread in readers:
        thread.join()
    feed.close()
    assert not problems


def test_a_query_while_the_index_is_damaged_and_made_anew_under_it(feed: Feed) -> None:
    for _ in range(8):
        feed.add()
    with RecordIndexer(feed.path) as indexer:
        indexer.catch_up()
    told: list[str] = []
    with SqliteReader(feed.path) as reader:
        for round_ in range(4):
            assert len(list(reader.search(parse_query("needle")))) == feed.records // NEEDLE_EVERY
            file = search_path(feed.path)
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if round_ % 2:
                file.unlink()
            else:
                content = bytearray(file.read_bytes())
                content[4096:] = b"\xa5" * (len(content) - 4096)
                file.write_bytes(content)
            assert len(list(reader.search(parse_query("needle")))) == feed.records // NEEDLE_EVERY
            with RecordIndexer(feed.path, on_rebuilt=told.append) as indexer:
                indexer.catch_up()
    feed.close()
    assert len(told) == 2
    assert "damaged" in told[0]


def test_an_indexer_killed_at_any_moment_leaves_a_right_index(feed: Feed) -> None:
    for _ in range(20):
        feed.add()
    program = (
        "import sys; from pathlib import Path\n"
        "from loglama_core.store import search_index\n"
        "search_index._STEP_BLOCKS = 3\n"
        "indexer = search_index.RecordIndexer(Path(sys.argv[1]))\n"
        "print('begun', flush=True)\n"
        "while True: indexer.step()\n"
    )
    for number in range(6):
        child = subprocess.Popen([sys.executable, "-c", program, str(feed.path)], stdout=subprocess.PIPE)
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"begun\n"
            time.sleep(0.01 * number)
            child.kill()
        with SqliteReader(feed.path) as reader:
            assert len(list(reader.search(parse_query("needle")))) == feed.records // NEEDLE_EVERY
            assert len(list(reader.search(parse_query('"record 7777 "')))) == 1
    with RecordIndexer(feed.path) as indexer:
        indexer.catch_up()
    with SqliteReader(feed.path) as reader:
        indexed = reader._connection.blocks.look()
        assert indexed is not None
        assert indexed.upto >= feed.records - 32
    with closing(sqlite3.connect(search_path(feed.path))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    feed.close()


@pytest.mark.parametrize("question", ["search", "survey", "patterns"])
def test_a_query_is_cancelled_soon(feed: Feed, question: str) -> None:
    """Median of several: a loaded machine may let one wait."""
    for _ in range(120):
        feed.add()
    with SqliteReader(feed.path) as reader:
        waits = sorted(_cancelled_after(reader, question) for _ in range(5))
    feed.close()
    assert waits[2] < 0.2, waits


def _cancelled_after(reader: SqliteReader, question: str) -> float:
    """Return the seconds between an interrupt in the midst of a long question and its end."""
    asked: list[float] = []
    begun = threading.Event()

    def interrupt() -> None:
        begun.wait(30)
        time.sleep(0.02)
        asked.append(time.perf_counter())
        reader.interrupt()

    helper = threading.Thread(target=interrupt)
    helper.start()
    query = parse_query('~"(r|s)[a-z]+ .*x$"')

    def ask_for_ever() -> None:
        while True:
            begun.set()
            match question:
                case "search":
                    list(reader.search(query))
                case "survey":
                    list(reader.survey(query, keys=("level", "x")))
                case _:
                    list(reader.patterns(query))

    try:
        with pytest.raises(QueryCancelledError):
            ask_for_ever()
        return time.perf_counter() - asked[0]
    finally:
        helper.join()
