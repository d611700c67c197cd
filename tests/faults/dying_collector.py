"""A collector that is killed by the system at one certain point of its work with the store.

Call: ``dying_collector.py STATEMENT COUNT`` dies as ``kill -9`` does just before the COUNT-th statement that begins so;
``dying_collector.py write BYTES``: in the midst of the write that would make a file longer than BYTES.
"""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import sys
from pathlib import Path

from loglama_core.collector import one_pass
from loglama_core.config.settings import load_settings
from loglama_core.store import database, writer

SMALL_CHECKPOINTS = 100
"""Pages of the write-ahead log between checkpoints, instead of 2,000: the file itself soon is the longer one."""


def dies_before(begin: str, count: int) -> None:
    seen = 0

    def look(statement: str) -> None:
        nonlocal seen
        if statement.lstrip().startswith(begin):
            seen += 1
            if seen == count:
                os.kill(os.getpid(), signal.SIGKILL)

    opened = database.open_for_writing

    def opened_and_traced(path: Path) -> sqlite3.Connection:
        connection = opened(path)
        connection.set_trace_callback(look)
        return connection

    vars(writer)["open_for_writing"] = opened_and_traced


def dies_while_writing(size: int) -> None:
    opened = database.open_for_writing

    def opened_with_small_checkpoints(path: Path) -> sqlite3.Connection:
        connection = opened(path)
        connection.execute(f"PRAGMA wal_autocheckpoint = {SMALL_CHECKPOINTS}")
        return connection

    vars(writer)["open_for_writing"] = opened_with_small_checkpoints
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it: then it would be an error, not a death
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def main() -> None:
    what, number = sys.argv[1], int(sys.argv[2])
    if what == "write":
        dies_while_writing(number)
    else:
        dies_before(what, number)
    one_pass.collect_once(load_settings(folder=Path.cwd()))


if __name__ == "__main__":
    main()
