"""``loglama collect-logs``: one collection pass, now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from loglama_tui.cli import standard_error
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.cli.output_options import format_option
from loglama_tui.cli.pass_interrupt import stop_asked, tell_interruption
from loglama_tui.cli.pass_progress import PassProgress
from loglama_tui.cli.record_filter import split_names
from loglama_tui.cli.shell_candidates import complete_service
from loglama_tui.cli.source_report import PASS_COLUMNS, write_source_reports

if TYPE_CHECKING:
    from loglama_core.collector.one_pass import SourceReport
    from loglama_core.config.settings import Settings


@click.command("collect-logs")
@click.option(
    "--services",
    metavar="A,B",
    multiple=True,
    shell_complete=complete_service,
    help="Only the sources of these services.",
)
@format_option
@global_options()
@pass_invocation
def collect_logs(invocation: Invocation, *, services: Sequence[str], output_format: str | None) -> int:
    """Collect all logs once, now.

    Every complete line that is there is stored, exactly once. Prints per source what was stored. Exit code 1: a
    source could not be read, or there is none.
    """
    names = split_names(services, "--services")
    settings = invocation.settings()
    with stop_asked() as asked:
        reports = collect_with_progress(settings, None if "all" in names else names or None, asked.is_set)
    if not reports and not asked.is_set():
        whose = f" of {', '.join(names)}" if names else ""
        standard_error.warning(f"no log file{whose} was found, neither in {settings.log_dir} nor where one is declared")
        return ExitCode.NOTHING

    code = write_source_reports(invocation, reports, PASS_COLUMNS, folder=settings.folder, output_format=output_format)
    if asked.is_set():
        tell_interruption()
        return ExitCode.INTERRUPTED
    return code


def collect_with_progress(
    settings: Settings, services: Sequence[str] | None, should_stop: Callable[[], bool] = lambda: False
) -> list[SourceReport]:
    """Run one pass, with a progress line on standard error while it lasts."""
    from loglama_core.collector.one_pass import collect_once

    with standard_error.ProgressLine() as line:
        return collect_once(
            settings,
            services=services,
            on_progress=PassProgress(line, settings.folder).show,
            should_stop=should_stop,
        )
