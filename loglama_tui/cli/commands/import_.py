"""``loglama import``: files of any age into the store, each exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import click

from loglama_core.errors import UsageError
from loglama_tui.cli import standard_error
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.cli.pass_interrupt import stop_asked, tell_interruption
from loglama_tui.cli.pass_progress import PassProgress
from loglama_tui.cli.shell_candidates import complete_service
from loglama_tui.cli.source_report import IMPORT_COLUMNS, write_source_reports


@click.command("import")
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option("--service", metavar="S", shell_complete=complete_service, help="The service the records are of.")
@click.option("--format", "format_name", metavar="F", help="The format of the lines.  [default: found by reading]")
@global_options()
@pass_invocation
def import_(invocation: Invocation, *, paths: Sequence[str], service: str | None, format_name: str | None) -> int:
    """Import files, folders, archives, databases, a pipe.

    A folder with all below it, compressed files, SQLite databases of services and of other LogLama versions; - is what
    is piped in. What is stored already adds nothing, so an import that was interrupted is simply called again. Prints
    per source what was stored. Exit code 1: a source could not be read, or not to its end, or there is none.
    """
    from loglama_core.collector.import_files import import_paths
    from loglama_core.config.services import SERVICE_NAME

    if service is not None and not SERVICE_NAME.fullmatch(service):
        msg = f"{service!r} is no name for a service"
        raise UsageError(msg, "use 1 to 64 of A-Z a-z 0-9 . _ -")
    settings = invocation.settings()
    # A pipe may keep silent for ever: there Ctrl-C ends the program at once.
    with nullcontext() if "-" in paths else stop_asked() as asked, standard_error.ProgressLine() as line:
        reports = import_paths(
            settings,
            paths,
            service=service,
            format_name=format_name,
            on_progress=PassProgress(line, settings.folder).show,
            should_stop=asked.is_set if asked is not None else lambda: False,
        )
    is_interrupted = asked is not None and asked.is_set()
    if not reports and not is_interrupted:
        standard_error.warning("there is no file to import below what was named")
        return ExitCode.NOTHING

    code = write_source_reports(invocation, reports, IMPORT_COLUMNS, folder=settings.folder)
    if is_interrupted:
        tell_interruption()
        return ExitCode.INTERRUPTED
    return code
