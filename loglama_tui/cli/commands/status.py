"""``loglama status``: how every service is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from loglama_core.errors import StoreError
from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, open_reader, pass_invocation
from loglama_tui.cli.output_options import chosen_format, format_option
from loglama_tui.cli.service_rows import status_text
from loglama_tui.cli.shell_candidates import complete_service

if TYPE_CHECKING:
    from loglama_core.config.settings import Settings
    from loglama_core.ecosystem.service_status import ServiceWatch
    from loglama_core.model import ServiceStatus

_CLEAR = "\x1b[H\x1b[J"


@click.command("status")
@click.argument("services", nargs=-1, shell_complete=complete_service)
@click.option("--watch", is_flag=True, help="Look again and again until Ctrl-C.")
@click.option(
    "--interval", type=click.FloatRange(0.2, 3600), default=2.0, metavar="SECONDS", help="With --watch.  [default: 2]"
)
@format_option
@global_options()
@pass_invocation
def status(
    invocation: Invocation, *, services: Sequence[str], watch: bool, interval: float, output_format: str | None
) -> int:
    """Show how every service is: process, health, logs.

    Exit code 1: a declared service is down or not well.
    """
    from loglama_core.ecosystem.service_status import ServiceWatch

    settings = invocation.settings()
    looking = ServiceWatch(settings)
    begun = looking.begin()
    terminal = standard_output.is_terminal()
    while True:
        now_ns = time.time_ns()
        statuses = chosen(look(settings, looking, now_ns, begun), services)
        text = status_text(
            statuses, chosen_format(output_format), now_ns, terminal=terminal, color=invocation.use_color()
        )
        standard_output.write((_CLEAR if watch and terminal else "") + text)
        if not watch:
            return ExitCode.NOTHING if any(one.is_down for one in statuses) else ExitCode.OK
        standard_output.flush()
        if standard_output.reader_is_gone():
            return ExitCode.OK
        time.sleep(interval)
        begun = 0.0


def look(settings: Settings, looking: ServiceWatch, now_ns: int, begun: float) -> list[ServiceStatus]:
    """Return the statuses; a store that is not there or cannot be read costs what the records would tell."""
    if not settings.db_path.exists():
        return looking.statuses(None, now_ns, begun=begun)
    try:
        with open_reader(settings) as reader:
            return looking.statuses(reader, now_ns, begun=begun)
    except StoreError as error:
        standard_error.warning(f"{error.message}: nothing is known of the records")
        return looking.statuses(None, now_ns, begun=begun)


def chosen(statuses: Sequence[ServiceStatus], names: Sequence[str]) -> list[ServiceStatus]:
    """Return the statuses of these services, all for none. Raises ``UsageError`` for an unknown name."""
    if not names:
        return list(statuses)
    from loglama_core.config.known_names import nearest_hint
    from loglama_core.errors import UsageError

    by_name = {status.service: status for status in statuses}
    for name in names:
        if name not in by_name:
            raise UsageError(f"no service {name!r} is known", nearest_hint(name, by_name))
    return [by_name[name] for name in names]
