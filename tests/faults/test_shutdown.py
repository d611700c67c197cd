"""Faults 84-88: stopped, suspended, far behind, held up by a reader."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.faults.numbered_lines import expected, lines

if TYPE_CHECKING:
    from tests.faults.conftest import LogFolder


def test_fault_84_sigterm_in_the_middle_of_a_backlog(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 150_000))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: len(log_folder.messages()) > 0)
    begin = time.monotonic()
    log_folder.stop(daemon)
    assert time.monotonic() - begin < 5
    log_folder.collect()
    assert log_folder.messages() == expected(1, 150_000)
