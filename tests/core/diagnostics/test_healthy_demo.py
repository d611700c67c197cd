"""No false alarm: the demo at work, seen by every check (the counterpart of ``test_troubles``)."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from loglama_core.collector.daemon import start_daemon, stop_daemon
from loglama_core.demo.ecosystem import DemoEcosystem
from loglama_core.diagnostics.catalog import CHECKS
from loglama_core.diagnostics.context import TerminalFacts
from loglama_core.diagnostics.report import run_checks
from loglama_core.model import FindingStatus
from loglama_core.store.sqlite_reader import SqliteReader
from loglama_tui.cli.commands.demo import demo_settings


@pytest.mark.parametrize("seed", [7, 8])
def test_no_check_warns_of_the_demo_at_work(tmp_path: Path, seed: int) -> None:
    ecosystem = DemoEcosystem(tmp_path, seed=seed, rate=60)
    settings = demo_settings(ecosystem)
    ecosystem.write_history(until_ns=time.time_ns(), minutes=12)
    stopping = threading.Event()
    writer = threading.Thread(target=lambda: ecosystem.write_live(seconds=None, should_stop=stopping.is_set))
    writer.start()
    try:
        start_daemon(settings, 300)
        for _ in range(3):
            findings = run_checks(
                settings,
                lambda: SqliteReader(settings.db_path),
                time.time_ns(),
                checks=CHECKS,
                environ={"TERM": "xterm-256color", "LANG": "C.UTF-8"},
                terminal_facts=TerminalFacts(120, 40, "truecolor", "utf-8"),
            )
            assert [finding for finding in findings if finding.status is not FindingStatus.OK] == []
            assert len({finding.check for finding in findings}) > 30
            time.sleep(1)  # another second of live logs
    finally:
        stopping.set()
        writer.join()
        stop_daemon(settings)
