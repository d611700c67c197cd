from __future__ import annotations

import threading
from pathlib import Path

import pytest

from loglama_core.errors import LogLamaError, UsageError
from loglama_core.store.bookmarks import bookmarks, remove_bookmark, set_bookmark
from loglama_core.store.saved_queries import remove_saved_query, save_query, saved_queries
from tests.store_maker import StoreMaker, row


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "loglama.db"
    with StoreMaker(path) as maker:
        maker.source("a.log", "a", [row(1, "one"), row(2, "two")])
    return path


def test_a_bookmark_is_set_changed_and_removed(path: Path) -> None:
    set_bookmark(path, 1)
    set_bookmark(path, 2, "here it began")
    set_bookmark(path, 1, "and here it ended")
    assert [(mark.record_id, mark.note) for mark in bookmarks(path)] == [(2, "here it began"), (1, "and here it ended")]
    assert remove_bookmark(path, 1)
    assert not remove_bookmark(path, 1)
    assert [mark.record_id for mark in bookmarks(path)] == [2]


def test_a_query_is_saved_replaced_and_forgotten(path: Path) -> None:
    save_query(path, " timeouts ", 'level:error "timed out"')
    save_query(path, "All", "")
    save_query(path, "timeouts", "timeout")
    assert [(saved.name, saved.query) for saved in saved_queries(path)] == [("All", ""), ("timeouts", "timeout")]
    assert remove_saved_query(path, "timeouts")
    assert not remove_saved_query(path, "timeouts")


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_name_must_be_one(path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        save_query(path, name, "x")


def test_a_note_has_a_bound(path: Path) -> None:
    with pytest.raises(UsageError, match="too long"):
        set_bookmark(path, 1, "x" * 2_001)


def test_security_11_names_and_notes_are_values(path: Path) -> None:
    hostile = "'); DROP TABLE bookmarks; --\x1b]52;c;x\x07"
    set_bookmark(path, 1, hostile)
    save_query(path, hostile, hostile)
    assert bookmarks(path)[0].note == hostile
    assert saved_queries(path)[0].name == hostile


def test_many_writers_beside_a_collector_lose_nothing(path: Path) -> None:
    failures: list[LogLamaError] = []

    def mark(first: int) -> None:
        try:
            for record_id in range(first, first + 10):
                set_bookmark(path, record_id)
        except LogLamaError as error:
            failures.append(error)

    threads = [threading.Thread(target=mark, args=(first,)) for first in (0, 100, 200)]
    for thread in threads:
        thread.start()
    with StoreMaker(path) as maker:
        maker._inode = 7
        maker.source("b.log", "b", [row(index, f"more {index}") for index in range(500)])
    for thread in threads:
        thread.join()
    assert not failures
    assert len(bookmarks(path)) == 30
