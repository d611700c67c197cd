"""Each check on a real trouble of its kind, and on none."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from loglama_core.collector.daemon import start_daemon, stop_daemon
from loglama_core.config.settings import Settings, load_settings
from loglama_core.diagnostics.alarm import AlarmCounts, alarm_counts
from loglama_core.diagnostics.catalog import CHECKS, GROUPS, Check, checks_named
from loglama_core.diagnostics.context import DiagnosticContext, TerminalFacts
from loglama_core.diagnostics.report import diagnose, run_checks
from loglama_core.errors import QueryCancelledError, StoreError
from loglama_core.model import Finding, FindingStatus, RecordFlag, ServiceState, ServiceStatus
from loglama_core.store.collector_metrics import CollectorMetrics
from loglama_core.store.schema import SCHEMA_VERSION
from loglama_core.store.sqlite_reader import SqliteReader
from tests.store_maker import NOW_NS, StoreMaker, row, settings_in

OK, WARN, FAIL = FindingStatus.OK, FindingStatus.WARN, FindingStatus.FAIL


def check(settings: Settings, name: str, **changes: Any) -> list[Finding]:
    """The findings of one check on the store of these settings."""
    given = {"environ": {}, "checks": checks_named([name]), **changes}
    return run_checks(settings, lambda: SqliteReader(settings.db_path), NOW_NS, **given)


def one(settings: Settings, name: str, **changes: Any) -> Finding:
    findings = check(settings, name, **changes)
    assert len(findings) == 1, findings
    return findings[0]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a folder with a sound store of one record."""
    settings = settings_in(tmp_path)
    with StoreMaker(settings.db_path) as store:
        store.source(str(tmp_path / "logs/apilama.log"), "apilama", [row(1, "well")])
    return settings


def test_a_sound_house_has_no_failure_and_warns_only_that_nothing_collects(settings: Settings) -> None:
    findings = run_checks(settings, lambda: SqliteReader(settings.db_path), NOW_NS, environ={}, checks=CHECKS)
    assert [finding.summary for finding in findings if finding.status is not OK] == [
        "nothing is collecting: new lines stay in their files"
    ]
    assert {finding.group for finding in findings} == {*GROUPS} - {"dependencies", "terminal"}
    assert {finding.check for finding in findings} <= {known.name for known in CHECKS}


def test_without_a_store_its_check_fails_and_the_others_go_on(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    findings = run_checks(settings, lambda: SqliteReader(settings.db_path), NOW_NS, environ={})
    store = next(finding for finding in findings if finding.check == "store-file")
    assert store.status is FAIL
    assert "there is no store at" in store.summary
    assert "collect-logs" in store.remedy
    assert {"settings", "log-folder", "collecting"} <= {finding.check for finding in findings}
    assert "counts" not in {finding.check for finding in findings}


def test_a_foreign_database_is_named_and_left_untouched(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    settings.db_path.parent.mkdir()
    connection = sqlite3.connect(settings.db_path)
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    before = settings.db_path.read_bytes()
    finding = one(settings, "store-file")
    assert finding.status is FAIL
    assert "another program" in finding.summary
    assert settings.db_path.read_bytes() == before


@pytest.mark.parametrize("error", [StoreError("it broke", "mend it"), OSError("disk"), sqlite3.DatabaseError("image")])
def test_a_check_that_breaks_down_is_a_finding_and_costs_only_itself(settings: Settings, error: Exception) -> None:
    def broken(_context: DiagnosticContext) -> Iterator[Finding]:
        yield Finding("broken", "store", OK, "so far well")
        raise error

    def well(_context: DiagnosticContext) -> Iterator[Finding]:
        yield Finding("well", "store", OK, "well")

    context = DiagnosticContext(settings, None, NOW_NS, {})
    findings = diagnose(context, [Check("broken", "store", broken), Check("well", "store", well)])
    assert [(finding.check, finding.status) for finding in findings] == [("broken", OK), ("broken", FAIL), ("well", OK)]
    assert str(error) in findings[1].summary


def test_a_bug_in_a_check_is_not_hidden(settings: Settings) -> None:
    def bug(_context: DiagnosticContext) -> Iterator[Finding]:
        raise TypeError

    with pytest.raises(TypeError):
        diagnose(DiagnosticContext(settings, None, NOW_NS, {}), [Check("bug", "store", bug)])


# Environment


def test_settings_that_cannot_be_read_any_more_fail_with_place_and_accepted_form(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("COLLECT_INTERVAL=soon\n", encoding="utf-8")
    settings = load_settings(environ={"COLLECT_INTERVAL": "300"}, folder=tmp_path)
    finding = one(settings, "settings")
    assert finding.status is FAIL
    assert "COLLECT_INTERVAL is 'soon'" in finding.summary
    assert "whole number" in finding.remedy


def test_settings_changed_since_the_start_are_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COLLECT_INTERVAL=300\n", encoding="utf-8")
    settings = load_settings(environ={}, folder=tmp_path)
    assert one(settings, "settings").status is OK
    (tmp_path / ".env").write_text("COLLECT_INTERVAL=60\n", encoding="utf-8")
    finding = one(settings, "settings")
    assert (finding.status, finding.summary) == (WARN, "changed since LogLama was started: COLLECT_INTERVAL")


def test_a_setting_given_as_a_flag_is_not_taken_for_changed(settings: Settings, tmp_path: Path) -> None:
    flagged = load_settings(flags={"db_path": str(settings.db_path), "log_level": "debug"}, environ={}, folder=tmp_path)
    assert one(flagged, "settings").status is OK


def test_security_17_a_readable_env_with_secrets_is_warned_of_and_never_shown(
    settings: Settings, tmp_path: Path
) -> None:
    hidden = "hunter2-and-more"
    toml = '[services.api]\nenv.secret = ["PLAIN"]\n'
    settings = settings_in(tmp_path, toml, f"API_TOKEN={hidden}\nPLAIN={hidden}\nPORT=80\n")
    (tmp_path / ".env").chmod(0o644)
    finding = one(settings, "env-private")
    assert finding.status is WARN
    assert "2 secrets" in finding.summary
    assert finding.remedy == "chmod 600 .env"
    assert hidden not in repr(run_checks(settings, lambda: SqliteReader(settings.db_path), NOW_NS, environ={}))
    (tmp_path / ".env").chmod(0o600)
    assert one(settings, "env-private").status is OK


def test_a_required_variable_that_is_missing_or_empty_fails(tmp_path: Path) -> None:
    toml = '[services.api]\nenv.required = ["API_PORT", "EMPTY", "SET", "OUTSIDE"]\n'
    settings = settings_in(tmp_path, toml, "SET=1\nEMPTY=\n")
    findings = check(settings, "env-required", environ={"OUTSIDE": "1"})
    assert [finding.summary for finding in findings] == [
        "api: API_PORT is not set",
        "api: EMPTY is empty",
    ]
    assert findings[0].remedy.startswith("loglama env set API_PORT …")


def test_a_missing_log_folder_and_a_file_in_its_place_fail(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, env=f"LOGLAMA_DB_PATH={tmp_path}/elsewhere/loglama.db\n")
    finding = one(settings, "log-folder")
    assert (finding.status, finding.summary) == (FAIL, "logs does not exist")
    assert "mkdir -p logs" in finding.remedy
    (tmp_path / "logs").write_text("a file")
    assert one(settings, "log-folder").summary == "logs is not a folder"


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_log_folder_that_cannot_be_written_is_warned_of(settings: Settings) -> None:
    settings.log_dir.chmod(0o500)
    try:
        assert one(settings, "log-folder").status is WARN
    finally:
        settings.log_dir.chmod(0o700)


# Store


def test_security_17_a_store_that_others_may_read_is_warned_of(settings: Settings) -> None:
    assert one(settings, "store-private").status is OK
    settings.db_path.chmod(0o644)
    finding = one(settings, "store-private")
    assert finding.status is WARN
    assert finding.remedy == "chmod 600 logs/loglama.db*"
    assert any("mode 0644" in line for line in finding.evidence)


def test_counts_that_differ_from_the_records_are_warned_of(settings: Settings) -> None:
    assert one(settings, "counts").status is OK
    connection = sqlite3.connect(settings.db_path)
    connection.execute("UPDATE minute_counts SET n = n + 5")
    connection.commit()
    connection.close()
    finding = one(settings, "counts")
    assert finding.status is WARN
    assert "differ by 5" in finding.summary


def test_damage_is_found_on_demand_only(settings: Settings) -> None:
    with StoreMaker(settings.db_path) as store:
        store._inode = 10
        store.source("x.log", "x", [row(1, "m" * 2000) for _ in range(500)])
    content = bytearray(settings.db_path.read_bytes())
    page = content.index(b"m" * 100) // 4096  # in the middle of the table: the ends are read when the store is opened
    content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    settings.db_path.write_bytes(content)
    assert "integrity" not in {found.check for found in check(settings, "integrity", checks=None)}
    finding = one(settings, "integrity")
    assert finding.status is FAIL


def test_reading_the_whole_store_can_be_stopped(settings: Settings) -> None:
    with StoreMaker(settings.db_path) as store:
        store._inode = 10
        store.source("x.log", "x", [row(1, "m" * 200) for _ in range(20_000)])
    with pytest.raises(QueryCancelledError):
        run_checks(
            settings, lambda: SqliteReader(settings.db_path), NOW_NS, environ={}, checks=CHECKS, stopped=lambda: True
        )


def test_the_store_says_how_much_it_holds(settings: Settings) -> None:
    finding = one(settings, "store-file")
    assert finding.status is OK
    assert finding.summary.startswith(f"schema {SCHEMA_VERSION}, 1 records, ")
    assert any("newest 1 s ago" in line for line in finding.evidence)


# Collector


def test_a_running_daemon_and_a_collecting_explorer_are_seen(settings: Settings) -> None:
    assert one(settings, "collecting").remedy == "loglama log-collector start"
    with StoreMaker(settings.db_path) as store:
        run = store.writer.start_run("explorer", None)
        assert f"the explorer is collecting (pid {os.getpid()})" in one(settings, "collecting").summary
        store.writer.update_run(run, ended_ns=NOW_NS)
        assert one(settings, "collecting").status is WARN
    daemon = start_daemon(settings, 300)
    try:
        finding = one(settings, "collecting")
        assert finding.status is OK
        assert f"the daemon is collecting (pid {daemon.pid}, up" in finding.summary
    finally:
        stop_daemon(settings)


def test_an_explorer_that_was_killed_is_not_taken_for_collecting(settings: Settings) -> None:
    with StoreMaker(settings.db_path) as store:
        store.writer.start_run("explorer", None)
    unused = max(psutil.pids()) + 100_000
    connection = sqlite3.connect(settings.db_path)
    connection.execute("UPDATE collector_runs SET pid = ?", (unused,))
    connection.commit()
    connection.close()
    assert one(settings, "collecting").status is WARN


def test_files_that_nobody_reads_are_told(settings: Settings, tmp_path: Path) -> None:
    assert one(settings, "lag").status is OK
    (tmp_path / "logs/new.log").write_text("never read\n" * 10)
    quiet = time.time() - 60
    os.utime(tmp_path / "logs/new.log", (quiet, quiet))
    findings = run_checks(settings, lambda: SqliteReader(settings.db_path), time.time_ns(), environ={})
    lag = next(finding for finding in findings if finding.check == "lag")
    assert lag.summary == "110 B not read yet: logs/new.log"
    assert lag.remedy == "loglama collect-logs"


def test_bytes_that_were_lost_are_never_hidden(settings: Settings) -> None:
    with StoreMaker(settings.db_path) as store:
        store._inode = 10
        source = store.source("gone.log", "gone")
        store.writer.add_gap(source, 100, 1300, "truncated")
    finding = one(settings, "gaps")
    assert finding.status is WARN
    assert finding.summary == "1.2 kB were destroyed before they could be read"
    assert "gone.log: bytes 100 to 1,300" in finding.evidence[0]


# Sources


def test_a_declared_service_without_files_is_told(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, "[services.web]\nlogs = ['logs/web*.log']\n[services.api]\nlogs = ['api.log']\n")
    (tmp_path / "api.log").write_text("x\n")
    finding = one(settings, "declared-sources")
    assert (finding.status, finding.summary) == (WARN, "web: no file matches its logs")
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/web-1.log").write_text("x\n")
    assert one(settings, "declared-sources").status is OK


def test_fault_61_a_source_that_cannot_be_read_fails_with_its_error(settings: Settings, tmp_path: Path) -> None:
    with StoreMaker(settings.db_path) as store:
        store._inode = 10
        store.source(f"{tmp_path}/logs/secret.log", "secret", None, state="failed", error="Permission denied")
    finding = one(settings, "readable")
    assert finding.status is FAIL
    assert finding.summary == "logs/secret.log: Permission denied"


def test_fault_38_a_dangling_link_is_told(settings: Settings) -> None:
    (settings.log_dir / "lost.log").symlink_to("nowhere")
    finding = one(settings, "readable")
    assert (finding.status, finding.summary) == (WARN, "logs/lost.log: the link points nowhere")


def test_lines_no_format_matches_are_told_with_samples(settings: Settings) -> None:
    rows = [row(1, f"??? {index}\nmore", flags=int(RecordFlag.UNPARSED)) for index in range(30)]
    with StoreMaker(settings.db_path) as store:
        store._inode = 10
        store.source("odd.log", "odd", [*rows, *(row(1, "well") for _ in range(70))])
        store.source("few.log", "few", rows[:5])
    finding = one(settings, "understood")
    assert finding.status is WARN
    assert finding.summary == "odd.log: 30% of the newest 100 lines match no known format"
    assert finding.evidence == ("??? 27", "??? 28", "??? 29")
    assert one(settings, "stamped").status is OK


def test_records_without_a_time_of_their_own_are_told(settings: Settings) -> None:
    with StoreMaker(settings.db_path) as store:
        store._inode = 10
        store.source("t.log", "t", [row(1, "m", flags=int(RecordFlag.TIME_INFERRED)) for _ in range(50)])
    finding = one(settings, "stamped")
    assert finding.summary == "t.log: 100% of the newest 50 records have no time of their own"


def test_fault_58_records_of_the_future_are_told(settings: Settings) -> None:
    assert one(settings, "future-times").status is OK
    with StoreMaker(settings.db_path) as store:
        store._inode = 10
        store.source("x.log", "x", [row(-7200, "from tomorrow", service="early") for _ in range(3)])
    finding = one(settings, "future-times")
    assert finding.summary == "3 records are dated in the future: early"


@pytest.mark.parametrize(
    ("offset_s", "words"),
    [
        (0, None),
        (600, None),
        (7200, "times are 2 h behind the file's"),
        (-7200, "times are 2 h ahead of the file's"),
        (-400, "times are 6 m ahead of the file's"),
        (86_400 * 3, None),
    ],
)
def test_a_file_in_another_time_zone_is_told(
    settings: Settings, tmp_path: Path, offset_s: int, words: str | None
) -> None:
    path = tmp_path / "logs/zone.log"
    path.write_text("x" * 100)
    os.utime(path, ns=(NOW_NS, NOW_NS))
    status = path.stat()
    with StoreMaker(settings.db_path) as store:
        store._inode = 10
        source = store.source(str(path), "zone", device=status.st_dev, inode=status.st_ino)
        store.add(source, [row(offset_s, "m", service="zone")])
    findings = [finding for finding in check(settings, "clock-skew") if finding.status is not OK]
    assert [finding.summary for finding in findings] == ([f"logs/zone.log: {words}"] if words else [])


def test_the_slowest_batch_is_told_as_finely_as_the_mean_one(settings: Settings) -> None:
    with StoreMaker(settings.db_path) as store:
        store.writer.note_metrics(CollectorMetrics(NOW_NS, "daemon", 1, 10.0, 9, 9, 3, 0.4, 0.45, 0, 1, 7, 0.2, 1, 3.0))
    (finding,) = check(settings, "own-speed")
    assert finding.summary.startswith("a batch took 0.4 ms, the slowest 0.5 ms, a screen of records 0.2 ms")


# Services


def test_a_service_that_fell_silent_is_told_beside_others_that_speak(settings: Settings) -> None:
    with StoreMaker(settings.db_path) as store:
        store._inode = 10
        store.source("x.log", "x", [row(4 * 3600, "last words", service="pybox"), row(86_400 * 9, "m", service="old")])
    finding = one(settings, "services-speak")
    assert (finding.status, finding.summary) == (WARN, "pybox: silent for 4 h")


def test_when_every_service_is_silent_it_is_said_once(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with StoreMaker(settings.db_path) as store:
        store.source("x.log", "x", [row(7200, "m", service="a"), row(9000, "m", service="b")])
    assert one(settings, "services-speak").summary == "no service has logged for 2 h"


def test_a_declared_service_that_never_logged_is_told(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, "[services.web]\n[services.api]\n")
    with StoreMaker(settings.db_path) as store:
        store.source("x.log", "x", [row(1, "m", service="api")])
    assert one(settings, "missing-logs").summary == "web: no record yet"


def test_a_service_that_fails_by_the_minute_is_told(settings: Settings) -> None:
    with StoreMaker(settings.db_path) as store:
        store._inode = 10
        store.source("x.log", "x", [row(index, "m", service="bad", severity=17) for index in range(60)])
    finding = one(settings, "error-rates")
    assert finding.summary == "bad: 6.6 errors a minute"
    assert finding.remedy == "loglama logs --service bad --level error"


# Terminal


@pytest.mark.parametrize(
    ("terminal", "status", "words"),
    [
        (TerminalFacts(120, 40, "truecolor", "utf-8"), OK, "120x40, truecolor, utf-8"),
        (TerminalFacts(79, 24, "truecolor", "utf-8"), WARN, "small"),
        (TerminalFacts(80, 24, "", "utf-8"), WARN, "few colours"),
        (TerminalFacts(80, 24, "256", "ANSI_X3.4-1968"), WARN, "not UTF-8"),
    ],
)
def test_the_terminal_is_judged(settings: Settings, terminal: TerminalFacts, status: FindingStatus, words: str) -> None:
    finding = one(settings, "screen", terminal_facts=terminal, environ={"TERM": "xterm"})
    assert finding.status is status
    assert words in finding.summary
    assert finding.evidence == ("TERM = xterm",)


@pytest.mark.parametrize(("value", "status"), [("on", OK), ("external", WARN), ("off", WARN)])
def test_tmux_is_asked_whether_it_passes_copies_on(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, status: FindingStatus
) -> None:
    program = tmp_path / "bin/tmux"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho {value}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    facts = TerminalFacts(120, 40, "truecolor", "utf-8")
    assert one(settings, "clipboard", terminal_facts=facts, environ={"TMUX": "/run/x,1,0"}).status is status
    assert check(settings, "clipboard", terminal_facts=facts) == []


def test_alarms_count_what_is_known() -> None:
    findings = [Finding("a", "store", status, "") for status in (OK, WARN, WARN, FAIL)]
    states = [ServiceState.RUNNING, ServiceState.FAILED, ServiceState.STOPPED, ServiceState.UNKNOWN]
    statuses = [ServiceStatus("s", state) for state in states]
    assert alarm_counts(findings, statuses) == AlarmCounts(up=1, down=2, failures=1, warnings=2)
