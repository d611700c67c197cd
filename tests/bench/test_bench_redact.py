"""What `[redact]` costs each record: the same rows admitted with and without it, in one run."""

from __future__ import annotations

import time
from pathlib import Path

from loglama_core.formats.assembler import RecordAssembler
from loglama_core.formats.redaction import Redactor
from loglama_core.model import Batch, RecordFlag
from loglama_core.store.intake import Intake
from tests.bench.event_stream import write_events

EVENTS = 100_000


def test_redacting_costs_less_than_parsing(tmp_path: Path) -> None:
    log = tmp_path / "events.log"
    write_events(log, EVENTS, "json")
    block = log.read_bytes()
    assembler = RecordAssembler(
        service="x", format_name=None, zone=None, max_message=2000, fallback_time_ns=0, previous_time_ns=None
    )
    began = time.process_time()
    rows = assembler.feed(block, 0) + assembler.flush()
    parsing_s = time.process_time() - began
    assert len(rows) == EVENTS
    intake = Intake(tmp_path / "s.db", redactor=Redactor(()))
    secret = (*rows[0][:4], "login password=hunter2", *rows[0][5:])
    batch, _ = intake.admit(Batch([secret], 0, 100, b"", b""))
    assert batch.rows[0][4] == "login password=********"
    assert batch.rows[0][7] & RecordFlag.REDACTED
    began = time.process_time()
    batch, counts = intake.admit(Batch(rows, 0, len(block), b"", b""))
    redacting_s = time.process_time() - began
    assert len(batch.rows) == EVENTS
    print(
        f"\nparsing {parsing_s / EVENTS * 1e6:.2f} us a record, redacting {redacting_s / EVENTS * 1e6:.2f} us"
        f" ({sum(counts.values()):,} of {EVENTS:,} had something to mask)"
    )
    assert redacting_s < parsing_s * 2
