"""``loglama up``, ``down`` and ``restart``: services started and stopped in dependency order."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.end_asked import end_asked
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.cli.service_events import tell_event, tell_problems
from loglama_tui.cli.shell_candidates import complete_declared_service

if TYPE_CHECKING:
    from loglama_core.config.settings import Settings
    from loglama_core.ecosystem.bring_up import UpReport

services_argument = click.argument("services", nargs=-1, shell_complete=complete_declared_service)


@click.command("up")
@services_argument
@click.option("--foreground", is_flag=True, help="Stay, print what they log, and stop them all on Ctrl-C or SIGTERM.")
@global_options()
@pass_invocation
def up(invocation: Invocation, *, services: Sequence[str], foreground: bool) -> int:
    """Start services in dependency order, each once those before it are well.

    Without names all that declare a command. Everything is checked before anything starts. Exit code 1: one is not up.
    """
    settings = invocation.settings()
    if foreground:
        from loglama_tui.cli.foreground import run_in_foreground

        return run_in_foreground(settings, services)
    code = report_code(start(settings, services))
    _note_collector(settings)
    return code


@click.command("down")
@services_argument
@global_options()
@pass_invocation
def down(invocation: Invocation, *, services: Sequence[str]) -> int:
    """Stop services, what depends on them first.

    Without names all that LogLama has started. Exit code 1: none was running.
    """
    from loglama_core.ecosystem.bring_down import bring_down

    stopped = bring_down(invocation.settings(), services, tell_event)
    standard_output.write(f"stopped: {', '.join(stopped)}\n" if stopped else "nothing was running\n")
    return ExitCode.OK if stopped else ExitCode.NOTHING


@click.command("restart")
@services_argument
@global_options()
@pass_invocation
def restart(invocation: Invocation, *, services: Sequence[str]) -> int:
    """Stop services and start them again.

    What depends on them keeps running. Without names all that declare a command. Exit code 1: one is not up.
    """
    from loglama_core.ecosystem.bring_up import InvalidEcosystemError
    from loglama_core.ecosystem.restart_services import restart_services

    try:
        report = restart_services(invocation.settings(), services, os.environ, tell_event)
    except InvalidEcosystemError as error:
        tell_problems(error.problems)
        raise
    return report_code(report)


def _note_collector(settings: Settings) -> None:
    """Say so when nothing collects what the services log."""
    from loglama_core.collector.daemon_lock import running_daemon

    if running_daemon(settings.db_path) is None:
        standard_error.note("nothing collects their logs in the background: loglama log-collector start")


def start(settings: Settings, services: Sequence[str]) -> UpReport:
    """Bring services up, telling what happens; the problems of an invalid ecosystem are told one by one.

    Raises ``KeyboardInterrupt`` when Ctrl-C gave up on what was being started; what was up by then stays up.
    """
    from loglama_core.ecosystem.bring_up import InvalidEcosystemError, bring_up

    with end_asked() as (asked, _):
        try:
            report = bring_up(settings, services, os.environ, tell_event, cancelled=asked.is_set)
        except InvalidEcosystemError as error:
            tell_problems(error.problems)
            raise
    if asked.is_set():
        raise KeyboardInterrupt
    return report


def report_code(report: UpReport) -> int:
    """Write in a line what came of it and return the exit code."""
    parts = [
        f"{word}: {', '.join(names)}"
        for word, names in (("up", report.ready), ("failed", report.failed), ("not started", report.skipped))
        if names
    ]
    standard_output.write("; ".join(parts) + "\n")
    return ExitCode.OK if report.ok else ExitCode.NOTHING
