"""Whatever reads for long can be stopped from another thread while SQLite, a pattern or Python is at work."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from loglama_core.errors import QueryCancelledError
from loglama_core.export.record_file import export_records
from loglama_core.query.tree import Compare, Pattern, Text
from loglama_core.store import record_scan
from loglama_core.store.read_connection import ReadConnection
from loglama_core.store.search_index import RecordIndexer
from loglama_core.store.sqlite_reader import SqliteReader
from tests.core.store.conftest import START_NS
from tests.core.store.filled_store import NewRecord, fill
from tests.store_maker import StoreMaker, row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

RECORDS = 20_000
WANTED = Text("żó")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cancelling") / "store.db"
    fill(
        path,
        [
            NewRecord(START_NS + number * 1_000_000, message=f"ŻÓ {number} " + "ż" * 300, fields={"a": "b" * 300 + "!"})
            for number in range(RECORDS)
        ],
    )
    return path


@pytest.fixture(params=["indexed", "not indexed"])
def reader(request: pytest.FixtureRequest, stored: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteReader]:
    if request.param == "indexed":
        monkeypatch.setattr(record_scan, "_FEW_RECORDS", 0)
        with RecordIndexer(stored) as indexer:
            indexer.catch_up()
    with SqliteReader(stored) as opened:
        yield opened


def drained(items: Iterable[Any]) -> None:
    for _ in items:
        pass


KINDS: dict[str, Callable[[SqliteReader, Path], None]] = {
    "ids by time": lambda reader, _: drained(reader.find_ids(WANTED, by="time")),
    "ids by arrival": lambda reader, _: drained(reader.find_ids(WANTED, by="arrival")),
    "search": lambda reader, _: drained(reader.search(WANTED)),
    "scan with a pattern": lambda reader, _: drained(reader.find_ids(Pattern("b+c"), by="time")),
    "field": lambda reader, _: drained(reader.find_ids(Compare("a", ":", ("*!",)), by="time")),
    "survey": lambda reader, _: drained(reader.survey(WANTED, keys=("level", "a"))),
    "patterns": lambda reader, _: drained(reader.patterns(WANTED)),
    "counts": lambda reader, _: drained(reader.counts_by(["a"], WANTED)),
    "follow": lambda reader, _: drained(reader.follow(Text("nowhere"), after_id=0, limit=10).records),
    "export": lambda reader, folder: drained([export_records(reader, WANTED, folder / "out.jsonl", force=True)]),
    "export of a store": lambda reader, folder: drained(
        [export_records(reader, WANTED, folder / "out.db", force=True)]
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_reads_for_long_is_stopped_and_leaves_the_reader_usable(
    reader: SqliteReader, kind: str, tmp_path: Path
) -> None:
    started, stopped = threading.Event(), threading.Event()

    def interrupt() -> None:
        started.wait(10)
        while not stopped.is_set():
            reader.interrupt()
            time.sleep(0.001)

    def keep_asking() -> None:
        for _ in range(1000):
            started.set()
            KINDS[kind](reader, tmp_path)

    helper = threading.Thread(target=interrupt)
    helper.start()
    try:
        with pytest.raises(QueryCancelledError):
            keep_asking()
    finally:
        stopped.set()
        helper.join()
    assert {file.name for file in tmp_path.iterdir()} <= {"out.jsonl", "out.db"}, "nothing half-written is left"
    assert reader.newest_id() == RECORDS


def test_an_interrupt_while_a_snapshot_begins_is_a_cancelled_query(tmp_path: Path) -> None:
    path = tmp_path / "loglama.db"
    with StoreMaker(path) as maker:
        maker.source("logs/till.log", "till", [row(1, "open")])
    connection = ReadConnection(path)
    with connection.call():
        running = connection._connection.execute("SELECT value FROM json_each('[1, 2]')")
        next(running)  # while a statement runs SQLite stops the next one, too
        connection._connection.interrupt()
        with pytest.raises(QueryCancelledError), connection.snapshot():
            pass
        running.close()
        with connection.snapshot():
            assert connection.value("SELECT count(*) FROM records") == 1
    connection.close()
