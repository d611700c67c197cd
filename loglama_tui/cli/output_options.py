"""The options that choose how output looks: ``--format`` and ``--utc``."""

from __future__ import annotations

import click

from loglama_tui.cli import standard_output
from loglama_tui.cli.record_format import FORMATS

format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    help="How to print.  [default: pretty on a terminal, else jsonl]",
)
utc_option = click.option("--utc", is_flag=True, help="Print times in UTC instead of local time.")


def chosen_format(given: str | None) -> str:
    """Return the format asked for, else the one for who reads: ``pretty`` for a terminal, ``jsonl`` for a program."""
    return given or ("pretty" if standard_output.is_terminal() else "jsonl")
