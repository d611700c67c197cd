"""Fault 72: LogLama collects its own log, and that comes to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loglama_core.collector.own_log import _LARGEST_BYTES, OWN_LOG, collector_log
from loglama_core.store.collector_metrics import read_metrics
from tests.faults.numbered_lines import expected, lines

if TYPE_CHECKING:
    from tests.faults.conftest import LogFolder

_OWN = "FROM records JOIN services s ON s.id = service_id WHERE s.name = 'loglama'"


def test_fault_72_collecting_its_own_log_writes_nothing_into_it(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 2))
    daemon = log_folder.start_daemon()
    own = log_folder.logs / OWN_LOG

    def is_stored() -> bool:
        return own.exists() and log_folder.query(f"SELECT count(*) {_OWN}") == [(len(own.read_text().splitlines()),)]

    log_folder.wait_for(lambda: is_stored() and log_folder.messages() == expected(1, 2))
    before = own.read_bytes()
    log_folder.write("app.log", lines(3, 4))
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 4))
    log_folder.wait_for(lambda: bool(read_metrics(log_folder.db_path, 0)))  # two seconds of scans have gone by
    assert own.read_bytes() == before
    assert is_stored()
    assert log_folder.query(f"SELECT DISTINCT message {_OWN}") == [("collector started",)]
    log_folder.kill(daemon)
    log_folder.check_invariants()


def test_what_the_collector_measures_of_itself_is_kept(log_folder: LogFolder) -> None:
    log_folder.write("app.log", lines(1, 500))
    daemon = log_folder.start_daemon()
    log_folder.wait_for(lambda: log_folder.messages() == expected(1, 500))
    log_folder.wait_for(lambda: bool(read_metrics(log_folder.db_path, 0)))
    metrics = read_metrics(log_folder.db_path, 0)[0]
    assert (metrics.kind, metrics.pid) == ("daemon", daemon.pid)
    assert metrics.records >= 500
    assert metrics.batches >= 1
    assert 0 < metrics.batch_ms <= metrics.slowest_batch_ms
    assert metrics.memory_bytes > 10_000_000
    assert metrics.query_ms > 0
    assert metrics.records_per_s > 0
    assert read_metrics(log_folder.db_path, metrics.time_ns + 1) in ([], read_metrics(log_folder.db_path, 0)[1:])
    log_folder.kill(daemon)


def test_its_own_log_stays_small(log_folder: LogFolder) -> None:
    log_folder.write(OWN_LOG, b"x" * (_LARGEST_BYTES + 1))
    with collector_log(log_folder.settings) as log:
        log("collector started", {})
    assert (log_folder.logs / OWN_LOG).stat().st_size < 1000
    assert (log_folder.logs / f"{OWN_LOG}.1").stat().st_size == _LARGEST_BYTES + 1
