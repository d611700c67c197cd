"""Faults 57-59: clocks that jump, stamps from anywhere in time, files whose time says nothing."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loglama_core.store.store import Store
from tests.faults.numbered_lines import expected, lines

if TYPE_CHECKING:
    from tests.faults.conftest import LogFolder

SHIFTED = Path(__file__).with_name("shifted_clock.py")


def test_fault_57_the_wall_clock_jumps_back_an_hour(log_folder: LogFolder) -> None:
    """The collector goes on at once and Live stays in arrival order, whatever the clock says."""
    log_folder.write("app.log", lines(1, 3))
    log_folder.start_daemon(program=(sys.executable, str(SHIFTED)))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 3))
    (log_folder.folder / "shift").write_text("-3600")
    log_folder.write("app.log", lines(4, 6))
    begin = time.monotonic()
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 6))
    (log_folder.folder / "shift").write_text("86400")
    log_folder.write("app.log", lines(7, 9))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 9))
    assert time.monotonic() - begin < 10
    assert log_folder.query("SELECT max(last_seen_ns) > (strftime('%s') + 80000) * 1000000000 FROM sources") == [(1,)]


@pytest.mark.parametrize(
    ("stamp", "stored"),
    [
        ("2099-01-02T03:04:05Z", "2099-01-02T03:04:05.000000Z"),
        ("2026-11-01T12:00:00+05:30", "2026-11-01T06:30:00.000000Z"),
        ("1995-05-05T05:05:05Z", "1995-05-05T05:05:05.000000Z"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00.000000Z"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00.000000Z"),
    ],
)
def test_fault_58_a_stamp_of_any_time_is_stored_as_given(log_folder: LogFolder, stamp: str, stored: str) -> None:
    log_folder.write("app.log", f'{{"time":"{stamp}","event":"json"}}\n')
    log_folder.write("text.log", f"{stamp} ERROR app text\n")
    log_folder.collect()
    assert log_folder.query("SELECT time, flags & 1 FROM logs") == [(stored, 0)] * 2


def test_fault_58_since_filters_by_the_time_of_the_event(log_folder: LogFolder) -> None:
    log_folder.write("app.log", '{"time":"2099-01-01T00:00:00Z","event":"later"}\n')
    log_folder.write("app.log", '{"time":"1995-01-01T00:00:00Z","event":"earlier"}\n')
    log_folder.collect()
    with Store(log_folder.db_path) as store:
        assert [record.message for record in store.search("since:2090-01-01")] == ["later"]
        assert [record.message for record in store.search("until:1996-01-01")] == ["earlier"]


def test_fault_59_a_modification_time_that_goes_back_or_stands_still_hides_nothing(log_folder: LogFolder) -> None:
    path = log_folder.write("app.log", lines(1, 3))
    log_folder.collect()
    stood = path.stat()
    log_folder.write("app.log", lines(4, 5))
    os.utime(path, ns=(stood.st_atime_ns, stood.st_mtime_ns))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 5)
    log_folder.write("app.log", lines(6, 7))
    os.utime(path, (1, 1))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 7)
    os.utime(path, (2, 2))
    log_folder.collect()
    assert log_folder.messages() == expected(1, 7)
