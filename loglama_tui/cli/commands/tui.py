"""``loglama tui``: the explorer."""

from __future__ import annotations

import os
import sys

import click

from loglama_core.errors import TerminalError
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation

TABS: tuple[str, ...] = ("live", "search", "services", "diagnostics")


def open_explorer(invocation: Invocation, *, tab: str | None, query: str, collect: bool) -> int:
    """Open the explorer and return its exit code. Raises ``TerminalError`` where there is no terminal for it."""
    require_terminal()
    settings = invocation.settings()
    from loglama_tui.explorer_state import state_file_of
    from loglama_tui.run_explorer import run_explorer

    state_file = state_file_of(settings.db_path, os.environ)
    return run_explorer(settings, tab=tab, query=query, collect=collect, state_file=state_file)


def require_terminal() -> None:
    """Raise ``TerminalError`` unless the explorer can be drawn here."""
    hint = "print the records instead: `loglama logs`"
    for stream, name in ((sys.stdin, "standard input"), (sys.stdout, "standard output")):
        if stream is None or not stream.isatty():
            raise TerminalError(f"the explorer needs a terminal, and {name} is none", hint)
    terminal = os.environ.get("TERM", "")
    if terminal in {"", "dumb"}:
        raise TerminalError(f"the explorer needs a terminal that can place text, and TERM is {terminal!r}", hint)


@click.command()
@click.option("--tab", type=click.Choice(TABS), help="The tab to open.  [default: the last one]")
@click.option("--query", default="", metavar="Q", help="Start with this query.")
@click.option("--no-collect", is_flag=True, help="Only show what is stored; collect nothing meanwhile.")
@global_options()
@pass_invocation
def tui(invocation: Invocation, *, tab: str | None, query: str, no_collect: bool) -> int:
    """Open the explorer (the same as no command)."""
    return open_explorer(invocation, tab=tab, query=query, collect=not no_collect)
