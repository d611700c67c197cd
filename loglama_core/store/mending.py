"""Setting right what a store has in itself: derived counts, and a write-ahead log that was never folded back."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from loglama_core.errors import StoreBusyError
from loglama_core.store.database import open_for_writing
from loglama_core.store.minute_windows import minute_windows
from loglama_core.store.sqlite_errors import translated_errors
from loglama_core.store.time_scan import MINUTE_NS

if TYPE_CHECKING:
    from pathlib import Path

_RECOUNT = (
    "INSERT INTO minute_counts (minute, service_id, severity, n)"
    # SQLite's division goes towards zero, the writer's towards the past: records from before 1970 need the correction.
    " SELECT (time_ns - (time_ns % :minute + :minute) % :minute) / :minute AS minute, service_id, severity, count(*)"
    " FROM records WHERE time_ns BETWEEN :first_ns AND :last_ns GROUP BY 1, 2, 3"
)


def recount_minutes(path: Path) -> None:
    """Make the minute counts anew from the records, in one transaction (10 million records: about 8 s).

    Raises the ``StoreError`` tree; then nothing was changed.
    """
    with closing(open_for_writing(path)) as connection, translated_errors(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute("DELETE FROM minute_counts")
            connection.execute("DELETE FROM hour_counts")  # triggers fill them again, even if they were wrong
            for window in minute_windows(connection):
                connection.execute(_RECOUNT, {"minute": MINUTE_NS, **window._asdict()})
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def fold_write_ahead_log(path: Path) -> None:
    """Fold the write-ahead log back into the store's file and empty it.

    Raises ``StoreBusyError`` when a program that keeps reading an old state of the store forbids it.
    """
    with closing(open_for_writing(path)) as connection, translated_errors(path):
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        msg = f"the write-ahead log of {path} is in use by a program that has been reading for long"
        raise StoreBusyError(msg, "end that program (`loglama diagnose` names it), then try again")
