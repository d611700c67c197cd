"""Writing the records of a query into a file: JSON lines, CSV, or a store of their own."""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from loglama_core.errors import QueryCancelledError, UsageError
from loglama_core.export.csv_row import csv_row
from loglama_core.export.record_json import RECORD_KEYS, json_text, record_as_json
from loglama_core.model import RecordFlag
from loglama_core.private_file import replace_atomically
from loglama_core.store.store_files import refuse_store_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loglama_core.model import LogRecord
    from loglama_core.query.tree import Node
    from loglama_core.store.record_reader import RecordReader

FORMS = (".jsonl", ".csv", ".db", ".jsonl.gz", ".csv.gz")
"""What the name of an export ends with, which is what it becomes."""

_REPORT_RECORDS = 1_000
_GZIP_LEVEL = 6


def export_records(
    reader: RecordReader,
    query: Node | None,
    path: Path,
    *,
    force: bool = False,
    source_name: Callable[[str], str] = lambda path: path,
    on_progress: Callable[[int, int | None], None] = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Write the records that match ``query`` to ``path``, by event time, oldest first; return how many.

    The form follows from the name (``FORMS``); a message is written whole, even where the store shows it shortened. The
    file appears when it is complete, for its owner only. ``on_progress``: records done, in all if that is known.
    ``source_name``: how the path of a source is written. Raises ``UsageError`` for another name, a file of the store
    itself, or if ``path`` exists and ``force`` is not given, ``QueryCancelledError``, ``StoreError``.
    """
    form = form_of(path)
    refuse_store_file(Path(reader.store_info().path), path)
    total = total_of(reader, query)

    def progress(done: int) -> None:
        if cancelled():
            raise QueryCancelledError("the export was cancelled", "nothing was left behind")
        on_progress(done, total)

    with replace_atomically(path, force=force) as partial:
        if form == ".db":
            from loglama_core.store.copy_records import copy_records

            return copy_records(reader, query, partial, progress)
        line_of = _csv_line if form.startswith(".csv") else _json_line
        written = 0
        with _opened(partial, packed=form.endswith(".gz")) as file:
            if form.startswith(".csv"):
                file.write(f"{csv_row(RECORD_KEYS)}\n".encode())
            for record in reader.search(query, order="oldest"):
                if written % _REPORT_RECORDS == 0:
                    progress(written)
                file.write(line_of(_whole(reader, record, source_name)))
                written += 1
        progress(written)
        return written


def form_of(path: Path) -> str:
    """Return which of ``FORMS`` a name ends with. Raises ``UsageError`` for none of them."""
    name = path.name.lower()
    found = [form for form in FORMS if name.endswith(form) and len(name) > len(form)]
    if not found:
        raise UsageError(f"{path.name!r} does not say what to write", f"end the name with one of {', '.join(FORMS)}")
    return max(found, key=len)


def total_of(reader: RecordReader, query: Node | None) -> int | None:
    """Return how many records match, if that is known without reading them."""
    survey = next(iter(reader.survey(query, keys=())), None)
    return survey.hits if survey is not None and survey.done else None


def _whole(reader: RecordReader, record: LogRecord, source_name: Callable[[str], str]) -> LogRecord:
    message = record.message
    if record.flags & RecordFlag.SHORTENED:
        message = reader.full_text(record.id) or message
    return replace(record, message=message, source=source_name(record.source))


def _json_line(record: LogRecord) -> bytes:
    return f"{json_text(record_as_json(record))}\n".encode(errors="backslashreplace")


def _csv_line(record: LogRecord) -> bytes:
    cells: list[Any] = [read(record) for read in RECORD_KEYS.values()]
    cells[-1] = " ".join(cells[-1])
    return f"{csv_row(cells)}\n".encode(errors="backslashreplace")


@contextmanager
def _opened(path: Path, *, packed: bool) -> Iterator[BinaryIO | gzip.GzipFile]:
    with path.open("wb") as file:
        if not packed:
            yield file
            return
        # Without name and time inside: the same records make the same bytes.
        with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packing:
            yield packing
