"""Every check, run one after the other; one that breaks down costs only itself."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from loglama_core.config.settings import Settings
from loglama_core.diagnostics.checks import collector, environment, services, sources, store, terminal
from loglama_core.diagnostics.context import DiagnosticContext, TerminalFacts
from loglama_core.errors import LogLamaError, QueryCancelledError
from loglama_core.model import Finding, FindingStatus
from loglama_core.store.record_reader import RecordReader

GROUPS = ("environment", "store", "collector", "sources", "services", "terminal")
"""The groups of findings, in the order of a report."""


@dataclass(slots=True, frozen=True)
class Check:
    """One check. ``needs_store``: it has nothing to look at while the store cannot be opened."""

    name: str
    group: str
    run: Callable[[DiagnosticContext], Iterable[Finding]]
    needs_store: bool = False


CHECKS: tuple[Check, ...] = (
    Check("python-sqlite", environment.GROUP, environment.python_and_sqlite),
    Check("settings", environment.GROUP, environment.settings_valid),
    Check("env-private", environment.GROUP, environment.env_file_private),
    Check("env-required", environment.GROUP, environment.env_required),
    Check("log-folder", environment.GROUP, environment.log_folder),
    Check("store", store.GROUP, store.store_opens),
    Check("disk-space", store.GROUP, store.disk_space, needs_store=True),
    Check("write-ahead-log", store.GROUP, store.write_ahead_log, needs_store=True),
    Check("store-private", store.GROUP, store.store_private, needs_store=True),
    Check("counts", store.GROUP, store.counts_agree, needs_store=True),
    Check("integrity", store.GROUP, store.integrity, needs_store=True),
    Check("collector", collector.GROUP, collector.collector_at_work),
    Check("lag", collector.GROUP, collector.keeping_up, needs_store=True),
    Check("gaps", collector.GROUP, collector.gaps, needs_store=True),
    Check("declared-sources", sources.GROUP, sources.declared_sources),
    Check("readable", sources.GROUP, sources.readable_sources, needs_store=True),
    Check("understood", sources.GROUP, sources.understood_lines, needs_store=True),
    Check("stamped", sources.GROUP, sources.stamped_lines, needs_store=True),
    Check("future-times", sources.GROUP, sources.future_times, needs_store=True),
    Check("clock-skew", sources.GROUP, sources.clock_skew, needs_store=True),
    Check("services-speak", services.GROUP, services.services_speak, needs_store=True),
    Check("error-rates", services.GROUP, services.error_rates, needs_store=True),
    Check("terminal", terminal.GROUP, terminal.terminal_able),
    Check("tmux-clipboard", terminal.GROUP, terminal.tmux_clipboard),
)


def run_checks(
    settings: Settings,
    open_reader: Callable[[], RecordReader],
    now_ns: int,
    *,
    environ: Mapping[str, str] = os.environ,
    terminal_facts: TerminalFacts | None = None,
    thorough: bool = False,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Finding]:
    """Open the store with ``open_reader``, run every check on it, close it again; see ``diagnose``."""
    reader: RecordReader | None = None
    store_error: LogLamaError | None = None
    try:
        reader = open_reader()
    except LogLamaError as error:
        store_error = error
    try:
        return diagnose(
            DiagnosticContext(
                settings=settings,
                reader=reader,
                now_ns=now_ns,
                environ=environ,
                store_error=store_error,
                terminal=terminal_facts,
                thorough=thorough,
                stopped=stopped,
            )
        )
    finally:
        if reader is not None:
            reader.close()


def diagnose(context: DiagnosticContext, checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """Run the checks and return their findings in the order of the checks.

    A check that fails with an error of ours, of the system or of SQLite becomes a finding that says so; anything else
    is a bug and is raised. Raises ``QueryCancelledError`` when the one who asked has stopped it.
    """
    findings: list[Finding] = []
    for check in checks:
        if check.needs_store and context.reader is None:
            continue
        try:
            findings.extend(check.run(context))
        except QueryCancelledError:
            raise
        except LogLamaError as error:
            findings.append(Finding(check.name, check.group, FindingStatus.FAIL, error.message, (), error.hint))
        except (OSError, sqlite3.Error) as error:
            summary = f"the check could not be carried out: {error}"
            findings.append(Finding(check.name, check.group, FindingStatus.FAIL, summary, (type(error).__name__,)))
    return findings
