"""Counts are checked and made anew span by span, and as if it were done in one go."""

from __future__ import annotations

from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from loglama_core.store import minute_windows as module
from loglama_core.store.database import open_for_writing
from loglama_core.store.mending import recount_minutes
from loglama_core.store.minute_windows import minute_windows
from loglama_core.store.verification import verify_store
from tests.core.store.filled_store import NewRecord, fill

if TYPE_CHECKING:
    from pathlib import Path

TIMES = [-(2**63), -1, 0, *range(0, 600 * 10**9, 7 * 10**9), 2**63 - 1]
COUNTS = "SELECT * FROM minute_counts ORDER BY 1, 2, 3"


@pytest.fixture(params=[1, 7, 10_000])
def store(request: pytest.FixtureRequest, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "_RECORDS", request.param)
    fill(path, [NewRecord(time_ns, severity=9 + number % 2) for number, time_ns in enumerate(TIMES)])
    return path


def test_every_record_is_in_one_span(store: Path) -> None:
    with closing(open_for_writing(store)) as connection:
        windows = list(minute_windows(connection))
        found = [
            connection.execute("SELECT count(*) FROM records WHERE time_ns BETWEEN ? AND ?", window[2:]).fetchone()[0]
            for window in windows
        ]
    assert sum(found) == len(TIMES)
    assert all(before.end == after.first for before, after in pairwise(windows))


def test_wrong_counts_are_found_and_made_anew(store: Path) -> None:
    def counts_verdict() -> str:
        return next(verdict.detail for verdict in verify_store(store, repair=False) if verdict.check == "counts")

    with closing(open_for_writing(store)) as connection:
        right = connection.execute(COUNTS).fetchall()
        assert counts_verdict() == "the counts by minute are those of the records"
        connection.execute("UPDATE minute_counts SET n = n + 1 WHERE minute IN (1, 5)")
        connection.execute("INSERT INTO minute_counts VALUES (1000, 1, 9, 3), (-1000, 1, 9, 3)")
        assert counts_verdict() == "4 counts by minute are wrong; 2 counts by minute have no records"
        recount_minutes(store)
        assert connection.execute(COUNTS).fetchall() == right
        assert counts_verdict() == "the counts by minute are those of the records"
