"""The background collector: started, asked and stopped from any process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loglama_core.collector.collect_loop import STORE_TROUBLE, STORE_WELL, CollectLoop
from loglama_core.collector.daemon_lock import (
    hold_daemon_lock,
    read_trouble,
    running_daemon,
    wait_until_gone,
    write_pid,
    write_trouble,
)
from loglama_core.collector.own_log import OWN_LOG, collector_log, open_collector_log
from loglama_core.errors import CollectorError, StoreError
from loglama_core.signals_heard import signals_heard
from loglama_core.store.writer import RecordWriter

if TYPE_CHECKING:
    from loglama_core.config.settings import Settings
    from loglama_core.store.collector_runs import CollectorRun

START_S = 20.0
"""How long ``start`` waits for the first scan: a cold start of Python and a thousand files to look at take about two
seconds.
"""
STOP_S = 10.0

_started: list[subprocess.Popen[bytes]] = []
"""Daemons this process has started: kept so that they are reaped when they end before it does."""


@dataclass(slots=True, frozen=True)
class DaemonStatus:
    """What is known of a store's daemon.

    Without one only ``running`` (False) and the last run's ``last_error`` say anything. ``wal_bytes``: size of the
    store's write-ahead log. ``problems``: source path -> why it cannot be read. ``rates``: source id -> (records,
    bytes) per second.
    """

    running: bool
    pid: int | None = None
    uptime_s: float | None = None
    records_per_s: float = 0.0
    records: int = 0
    backlog_bytes: int = 0
    last_error: str | None = None
    interval_s: int | None = None
    wal_bytes: int | None = None
    problems: dict[str, str] = field(default_factory=dict)
    rates: dict[int, tuple[float, float]] = field(default_factory=dict)


def run_daemon(settings: Settings, interval_s: int) -> None:
    """Collect in this process until SIGTERM or SIGINT.

    Raises ``CollectorError`` when a daemon is already at work, ``StoreError`` for a store that cannot be written.
    """
    _refuse_unusable_store(settings)
    with hold_daemon_lock(settings.db_path), collector_log(settings) as log:

        def note(event: str, fields: dict[str, object]) -> None:
            if event in {STORE_TROUBLE, STORE_WELL}:
                write_trouble(settings.db_path, str(fields["error"]) if event == STORE_TROUBLE else None)
            log(event, fields)

        def say_ready() -> None:
            try:
                write_pid(settings.db_path, interval_s, ready=True)
            except CollectorError as error:  # it collects all the same
                log("pid file trouble", {"error": error.message})

        loop = CollectLoop(settings, kind="daemon", interval_s=interval_s, on_event=note)
        loop.on_first_scan(say_ready)
        with signals_heard((signal.SIGTERM, signal.SIGINT, signal.SIGHUP), lambda _: loop.stop()):
            write_trouble(settings.db_path, None)
            write_pid(settings.db_path, interval_s, ready=False)
            log(
                "collector started",
                {"store": str(settings.db_path), "interval_s": interval_s, "as_root": os.geteuid() == 0},
            )
            loop.run()
            records, size = loop.totals()
            log("collector stopped", {"records": records, "bytes": size})


def _refuse_unusable_store(settings: Settings) -> None:
    """Raise the ``StoreError`` of a store that is not ours, damaged or not writable before anything says "running"."""
    writer = RecordWriter(settings.db_path)
    try:
        writer.sources()
    finally:
        writer.close()


def start_daemon(settings: Settings, interval_s: int) -> DaemonStatus:
    """Start the daemon and return once it has scanned every source; returns its status, also if it was running already.

    Raises ``CollectorError`` with the daemon's last words when it does not come up.
    """
    if running_daemon(settings.db_path) is not None:
        return daemon_status(settings)
    log = open_collector_log(settings)
    try:
        begin = os.fstat(log).st_size
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            daemon_command(settings, interval_s),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=settings.folder,
            env={**os.environ, **settings_environment(settings)},
            start_new_session=True,
        )
    finally:
        os.close(log)
    _started[:] = [*(started for started in _started if started.poll() is None), process]
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        daemon = running_daemon(settings.db_path)
        if daemon is not None and daemon.ready:
            return daemon_status(settings)
        # One started at the same moment may have won the lock: then that one is waited for.
        if process.poll() is not None and daemon is None:
            msg = f"the collector ended at once: {_last_words(settings, begin)}"
            raise CollectorError(msg, f"its log is {settings.log_dir / OWN_LOG}")
        time.sleep(0.02)
    trouble = read_trouble(settings.db_path)
    msg = f"the collector has not finished its first scan within {START_S:.0f} s{f': {trouble}' if trouble else ''}"
    raise CollectorError(msg, "it goes on in the background: `loglama log-collector status` tells when it is ready")


def stop_daemon(settings: Settings) -> bool:
    """End the daemon after the commit it is in; returns False if none was running.

    Raises ``CollectorError`` if it does not end.
    """
    daemon = running_daemon(settings.db_path)
    if daemon is None:
        return False
    try:
        os.kill(daemon.pid, signal.SIGTERM)
    except ProcessLookupError:
        return True
    except PermissionError as error:
        msg = f"the collector (pid {daemon.pid}) belongs to another user"
        raise CollectorError(msg, "stop it as that user") from error
    if not wait_until_gone(settings.db_path, STOP_S):
        msg = f"the collector (pid {daemon.pid}) did not end within {STOP_S:.0f} s"
        raise CollectorError(msg, f"look at {settings.log_dir / OWN_LOG}; kill -9 {daemon.pid} loses nothing")
    return True


def daemon_status(settings: Settings) -> DaemonStatus:
    """Return what is known of the store's daemon now."""
    daemon = running_daemon(settings.db_path)
    run = _last_run(settings)
    if daemon is None:
        return DaemonStatus(running=False, last_error=run.error if run else None)
    return DaemonStatus(
        running=True,
        pid=daemon.pid,
        uptime_s=max(0.0, time.time() - daemon.created),
        records_per_s=run.records_per_s if run else 0.0,
        records=run.records if run else 0,
        backlog_bytes=run.backlog_bytes if run else 0,
        last_error=read_trouble(settings.db_path) or (run.error if run else None),
        interval_s=daemon.interval_s,
        wal_bytes=_wal_bytes(settings),
        problems=run.problems if run else {},
        rates=run.rates if run else {},
    )


def _last_run(settings: Settings) -> CollectorRun | None:
    from loglama_core.store.collector_runs import last_daemon_run

    if not settings.db_path.exists():
        return None
    try:
        return last_daemon_run(settings.db_path)
    except StoreError:
        # The daemon may be making the store this very moment; its pid and uptime are known all the same.
        return None


def _wal_bytes(settings: Settings) -> int | None:
    """Return the size of the store's write-ahead log: what a reader that stays keeps from being folded back."""
    try:
        return os.stat(f"{settings.db_path}-wal").st_size
    except OSError:
        return None


def daemon_command(settings: Settings, interval_s: int) -> list[str]:
    """Return the command that runs the collector in the foreground with the settings' files."""
    # -P: a click.py that lies in the services' folder must not be imported in place of the real one.
    command = [sys.executable, "-P", "-m", "loglama_tui"]
    for option, path in (("--config", settings.config_file), ("--env-file", settings.env_file)):
        if path is not None:
            command += [option, str(path)]
    return [*command, "log-collector", "run", "--interval", str(interval_s)]


def settings_environment(settings: Settings) -> dict[str, str]:
    """Return the variables by which another process comes to the same settings, whatever flags gave them here."""
    return {
        "LOGLAMA_LOG_DIR": str(settings.log_dir),
        "LOGLAMA_LOG_LEVEL": settings.log_level,
        "LOGLAMA_DB_PATH": str(settings.db_path),
        "LOGLAMA_MAX_MESSAGE_LENGTH": str(settings.max_message_length),
    }


def _last_words(settings: Settings, begin: int) -> str:
    with (settings.log_dir / OWN_LOG).open("rb") as file:
        file.seek(begin)
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return "; ".join(lines[-2:]) or "it said nothing"
