from __future__ import annotations

from collections import Counter
from contextlib import closing
from itertools import takewhile
from pathlib import Path

from loglama_core.collector.one_pass import collect_once
from loglama_core.config.settings import load_settings
from loglama_core.demo.ecosystem import DemoEcosystem
from loglama_core.model import LogRecord, RecordFlag
from loglama_core.store.sqlite_reader import SqliteReader

UNTIL_NS = 1_780_000_000_000_000_000


def collected(ecosystem: DemoEcosystem) -> list[LogRecord]:
    """Return everything a collector makes of the ecosystem's logs, in the order of time."""
    db_path = ecosystem.folder / "store.db"
    flags = {"config_file": str(ecosystem.config_file), "db_path": str(db_path)}
    settings = load_settings(flags=flags, environ={}, folder=ecosystem.folder)
    reports = collect_once(settings)
    assert not [report for report in reports if report.error or report.gap_bytes]
    with closing(SqliteReader(db_path)) as reader:
        return list(reader.search(None, order="oldest"))


def test_a_collector_stores_what_was_written_and_understands_all_of_it(tmp_path: Path) -> None:
    ecosystem = DemoEcosystem(tmp_path, rate=60)
    written = ecosystem.write_history(until_ns=UNTIL_NS, minutes=7)
    records = collected(ecosystem)
    assert Counter(record.service for record in records) == written
    assert not [record for record in records if record.flags & ~RecordFlag.MULTI_LINE]

    past = takewhile(lambda event: event.time_ns < UNTIL_NS, ecosystem.events(UNTIL_NS - 420_000_000_000))
    happened = Counter((event.service, event.level, event.logger, event.time_ns // 1_000_000) for event in past)
    assert happened == Counter(
        (record.service, record.level, record.logger, record.time_ns // 1_000_000) for record in records
    )


def test_one_request_is_found_in_every_service_it_crossed(tmp_path: Path) -> None:
    ecosystem = DemoEcosystem(tmp_path, rate=60)
    ecosystem.write_history(until_ns=UNTIL_NS, minutes=2)
    records = collected(ecosystem)
    asked = next(record for record in records if record.message == "request finished POST /ask")
    request_id = asked.fields["request_id"]
    services = {record.service for record in records if request_id in record.message + str(record.fields)}
    assert services >= {"weblama", "apilama"}
    traces = [record for record in records if "Traceback (most recent call last)" in record.message]
    assert traces
    assert all("Error" in trace.message or "Timeout" in trace.message for trace in traces)
