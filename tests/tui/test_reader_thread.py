from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from loglama_core.errors import LogLamaError, QueryCancelledError, StoreError
from loglama_core.query.tree import Pattern
from loglama_core.store.record_reader import RecordReader
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_tui.reader_thread import ReaderThread
from tests.tui.explorer import make_store, ordinary_rows

if TYPE_CHECKING:
    from loglama_tui.reader_thread import Stale


class Reported:
    def __init__(self) -> None:
        self.failures: list[LogLamaError] = []
        self.bugs: list[BaseException] = []
        self.happened = threading.Event()

    def failed(self, _name: str, error: LogLamaError) -> None:
        self.failures.append(error)
        self.happened.set()

    def crashed(self, bug: BaseException) -> None:
        self.bugs.append(bug)
        self.happened.set()

    def thread(self, path: Path) -> ReaderThread:
        thread = ReaderThread("test", lambda: SqliteReader(path), failed=self.failed, crashed=self.crashed)
        thread.start()
        return thread


def telling(
    event: threading.Event, action: Callable[[RecordReader], object]
) -> Callable[[RecordReader, Stale], object]:
    def job(reader: RecordReader, _stale: Stale) -> None:
        action(reader)
        event.set()

    return job


def test_a_newer_job_of_a_name_replaces_the_waiting_one_and_stops_the_running_one(tmp_path: Path) -> None:
    path = make_store(tmp_path, ordinary_rows(2000))
    reported, thread_done = Reported(), threading.Event()
    running = threading.Event()
    done: list[str] = []
    thread = reported.thread(path)

    def endless(reader: RecordReader, stale: Stale) -> None:
        running.set()
        try:
            while not stale():
                list(reader.search(Pattern("zzz+y")))
        except QueryCancelledError:
            done.append("interrupted")
            raise
        done.append("stale")

    thread.submit("find", endless)
    assert running.wait(10)
    thread.submit("find", lambda _reader, _stale: done.append("replaced"))
    thread.submit("find", telling(thread_done, lambda _reader: done.append("newest")))
    assert thread_done.wait(10)
    thread.stop()
    assert done[0] in ("interrupted", "stale")
    assert done[-1] == "newest"
    assert not reported.bugs


def test_a_missing_store_is_reported_and_the_next_job_tries_again(tmp_path: Path) -> None:
    reported = Reported()
    thread = reported.thread(tmp_path / "loglama.db")
    thread.submit("a", lambda _reader, _stale: None)
    assert reported.happened.wait(10)
    assert isinstance(reported.failures[0], StoreError)
    make_store(tmp_path, ordinary_rows(3))
    found: list[int] = []
    ready = threading.Event()
    thread.submit("a", telling(ready, lambda reader: found.append(reader.newest_id())))
    assert ready.wait(10)
    thread.stop()
    assert found == [3]


def test_a_bug_is_handed_over_not_swallowed(tmp_path: Path) -> None:
    reported = Reported()
    thread = reported.thread(make_store(tmp_path, []))
    thread.submit("a", lambda _reader, _stale: 1 / 0)
    assert reported.happened.wait(10)
    thread.stop()
    assert isinstance(reported.bugs[0], ZeroDivisionError)


def test_stopping_closes_the_reader(tmp_path: Path) -> None:
    reported = Reported()
    thread = reported.thread(make_store(tmp_path, ordinary_rows(3)))
    ready = threading.Event()
    thread.submit("a", telling(ready, lambda reader: reader.newest_id()))
    assert ready.wait(10)
    thread.stop()
    assert not any(running.name == "loglama-test" for running in threading.enumerate())
