"""Checks run one after the other; one that breaks down costs only itself."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping

from loglama_core.config.settings import Settings
from loglama_core.diagnostics.catalog import CHECKS, Check, checks_named
from loglama_core.diagnostics.context import DiagnosticContext, TerminalFacts
from loglama_core.errors import LogLamaError, QueryCancelledError
from loglama_core.model import Finding, FindingStatus
from loglama_core.store.record_reader import RecordReader


def run_checks(
    settings: Settings,
    open_reader: Callable[[], RecordReader],
    now_ns: int,
    *,
    checks: Iterable[Check] | None = None,
    environ: Mapping[str, str] = os.environ,
    terminal_facts: TerminalFacts | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Finding]:
    """Open the store with ``open_reader``, run checks on it, close it again; see ``diagnose``.

    ``checks``: ``None`` means all but those on demand.
    """
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
                stopped=stopped,
            ),
            checks_named(()) if checks is None else checks,
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
        if context.stopped():
            raise QueryCancelledError("the checks were stopped", "run them again")
        if check.needs_store and context.reader is None:
            continue
        try:
            findings.extend(check.run(context))
        except QueryCancelledError:
            raise
        except LogLamaError as error:
            evidence = (f"said while {check.name} was checked",)
            findings.append(Finding(check.name, check.group, FindingStatus.FAIL, error.message, evidence, error.hint))
        except (OSError, sqlite3.Error) as error:
            summary = f"the check could not be carried out: {error}"
            findings.append(Finding(check.name, check.group, FindingStatus.FAIL, summary, (type(error).__name__,)))
    return findings
