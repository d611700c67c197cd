"""Reading a file batch by batch gives what reading it in one go does."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from loglama_core.collector.new_source import new_source
from loglama_core.sources import batch_reader
from loglama_core.sources.batch_reader import BatchReader
from loglama_core.sources.log_file import LogFile

if TYPE_CHECKING:
    from pathlib import Path

    from loglama_core.model import RecordRow

JSON = "".join(
    json.dumps({"timestamp": f"2026-03-01T10:00:{n % 60:02}.{n:06}Z", "level": "info", "event": f"number {n}"}) + "\n"
    for n in range(500)
)
TEXT = "".join(
    f"2026-03-01 10:00:{n % 60:02},{n % 1000:03} - app - INFO - number {n}\n"
    + ('Traceback (most recent call last):\n  File "a.py", line 1, in run\nValueError: bad\n' if n % 7 == 0 else "")
    for n in range(500)
)


def rows_of(path: Path, *, kept: bool) -> list[RecordRow]:
    """Read the file to its end; ``kept``: with what the batch before has learnt, else each as if alone."""
    file = LogFile.open(str(path))
    source = new_source(
        str(path), "file", "app", device=file.device, inode=file.inode, format_name=None, size=file.size()
    )
    source.id = 1
    reader = BatchReader(zone=None, max_message=2000)
    rows: list[RecordRow] = []
    try:
        while (batch := reader.read(file, source, flush=False)) is not None:
            rows += batch.rows
            source.offset = source.record_offset = batch.end
            source.head, source.tail, source.format = batch.head, batch.tail, batch.format
            source.record_time_ns = batch.rows[-1][0] if batch.rows else source.record_time_ns
            assert (reader._last is not None) == batch.more
            if not kept:
                reader._last = None
            if not batch.more:
                return rows
    finally:
        file.close()
    return rows


@pytest.mark.parametrize("text", [JSON, TEXT, JSON[:9_000] + TEXT[:9_000]], ids=["json", "text", "both"])
def test_what_a_batch_has_learnt_changes_no_record_of_the_next(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "app.log"
    path.write_text(text)
    os.utime(path, (1_800_000_000, 1_800_000_000))
    whole = rows_of(path, kept=True)
    for size in (700, 1_000, 4_096):
        monkeypatch.setattr(batch_reader, "READ_BYTES", size)
        assert rows_of(path, kept=True) == rows_of(path, kept=False) == whole
