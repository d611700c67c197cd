"""Pruning keeps every number right and nobody waiting."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from loglama_core.query.parser import parse_query
from loglama_core.query.tree import TimeRange
from loglama_core.store import record_scan
from loglama_core.store.retention import RecordPruner, cutoff_for_size, used_bytes
from loglama_core.store.search_index import RecordIndexer
from loglama_core.store.sqlite_reader import SqliteReader
from tests.core.store.conftest import START_NS
from tests.core.store.filled_store import MINUTE_NS, NewRecord, fill

if TYPE_CHECKING:
    from pathlib import Path

    from loglama_core.model import LogRecord

CUTOFF = START_NS + 20 * MINUTE_NS + 17


def prune(path: Path, older_than_ns: int, max_severity: int | None = None, limit: int = 100) -> int:
    total = 0
    with RecordPruner(path) as pruner:
        while deleted := pruner.step(older_than_ns=older_than_ns, max_severity=max_severity, limit=limit):
            assert deleted <= limit
            total += deleted
    return total


def check_counts(path: Path) -> None:
    """The minute counts are what counting the records gives."""
    with closing(sqlite3.connect(path)) as connection:
        told = connection.execute(
            "SELECT minute, service_id, severity, n FROM minute_counts ORDER BY 1, 2, 3"
        ).fetchall()
        true = connection.execute(
            "SELECT time_ns / 60000000000, service_id, severity, count(*) FROM records"
            " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        ).fetchall()
        assert connection.execute(
            "SELECT count(*) FROM long_texts WHERE record_id NOT IN (SELECT id FROM records)"
        ).fetchone() == (0,)
    assert told == true


def test_what_is_older_goes_and_nothing_else(path: Path, records: list[LogRecord]) -> None:
    kept = {record.id for record in records if record.time_ns >= CUTOFF}
    assert prune(path, CUTOFF) == 3000 - len(kept)
    with SqliteReader(path) as reader:
        assert {record.id for record in reader.search(None)} == kept
        assert reader.record_count() == len(kept)
    check_counts(path)
    assert prune(path, CUTOFF) == 0


def test_a_limit_of_severity_keeps_what_is_worse(path: Path, records: list[LogRecord]) -> None:
    gone = {record.id for record in records if record.time_ns < CUTOFF and record.severity <= 9}
    assert prune(path, CUTOFF, max_severity=9, limit=7) == len(gone)
    with SqliteReader(path) as reader:
        assert {record.id for record in reader.search(None)} == {record.id for record in records} - gone
    check_counts(path)


def test_marked_records_stay(path: Path, records: list[LogRecord]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO bookmarks (record_id, note, created_ns) VALUES (1, 'look', 0)")
    assert prune(path, 2**63 - 1) == 2999
    with SqliteReader(path) as reader:
        assert [record.id for record in reader.search(None)] == [1]
    check_counts(path)


def test_no_id_is_given_twice_and_the_index_stays_right(
    path: Path, records: list[LogRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_scan, "_FEW_RECORDS", 0)
    with RecordIndexer(path) as indexer:
        indexer.catch_up()
        prune(path, CUTOFF)
        kept = [record for record in records if record.time_ns >= CUTOFF and "17" in record.message]
        with SqliteReader(path) as reader:
            assert {r.id for r in reader.search(parse_query("17"))} == {r.id for r in kept}
            assert reader._connection.blocks.look() is not None
        prune(path, 2**63 - 1)
        indexer.catch_up()
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT highest_pruned_id FROM store_state").fetchone() == (3000,)
        new = fill(path, [NewRecord(START_NS, message=f"request 17 again {n}") for n in range(100)], first_id=3001)
        assert indexer.catch_up() > 0
        with SqliteReader(path) as reader:
            assert [r.id for r in reader.search(parse_query("request 17 again"))] == [r.id for r in new][::-1]


def test_a_size_limit_is_reached_and_the_disk_gets_the_pages_back(path: Path) -> None:
    fill(path, [NewRecord(START_NS + n * 1_000_000_000, message=f"{n} " + "x" * 300) for n in range(6_000)])
    before = used_bytes(path)
    assert cutoff_for_size(path, before) is None
    deleted, rounds = 0, 0
    while (cutoff := cutoff_for_size(path, before // 2)) is not None:
        deleted += prune(path, cutoff, limit=2_000)
        rounds += 1
    assert 3_000 <= deleted <= 3_900
    assert rounds <= 3
    with RecordPruner(path) as pruner:
        while pruner.release():
            pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size < before * 0.6
    assert used_bytes(path) <= before // 2
    check_counts(path)


def test_queries_and_a_writer_go_on_while_it_runs(path: Path, records: list[LogRecord]) -> None:
    problems: list[BaseException] = []
    stop = threading.Event()

    def ask() -> None:
        try:
            with SqliteReader(path) as reader:
                while not stop.is_set():
                    found = [r.time_ns for r in reader.search(TimeRange(CUTOFF, None), limit=500)]
                    assert found == sorted(found, reverse=True)
                    assert len(found) == 500
                    list(reader.find_ids(parse_query("finished"), by="time"))
                    *_, last = reader.survey(None, keys=("level", "status"))
                    assert last.done
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            problems.append(error)

    readers = [threading.Thread(target=ask) for _ in range(4)]
    for thread in readers:
        thread.start()
    with RecordPruner(path) as pruner:
        while pruner.step(older_than_ns=CUTOFF, limit=20):
            fill(path, [NewRecord(START_NS + 10**13, message="new")])
    stop.set()
    for thread in readers:
        thread.join()
    assert not problems
    check_counts(path)
