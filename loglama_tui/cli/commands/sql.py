"""``loglama sql``: read the store with one's own SQL."""

from __future__ import annotations

from typing import Any

import click

from loglama_core.errors import UsageError
from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.cli.output_options import chosen_format, format_option
from loglama_tui.cli.row_format import Column, format_rows

_PAGE = 1_000
"""Rows printed at a time; the pretty format aligns each page."""


@click.command()
@click.argument("statement", metavar="SELECT…")
@click.option(
    "--limit", type=click.IntRange(1, 2**31), default=1_000, show_default=True, metavar="N", help="At most N rows."
)
@click.option(
    "--timeout", type=click.FloatRange(0.001, 86_400), default=30.0, show_default=True, metavar="S",
    help="Give up after S seconds.",
)  # fmt: skip
@format_option
@global_options()
@pass_invocation
def sql(invocation: Invocation, *, statement: str, limit: int, timeout: float, output_format: str | None) -> int:
    """Read the store with SQL.

    One statement, which can only read. The view `logs` has id, time, level, service, logger, message, fields (JSON),
    source; `loglama sql "SELECT name FROM pragma_table_list"` names the tables below it.
    """
    from loglama_core.store.read_only_sql import read_sql

    if not statement.strip(" \t\r\n;"):
        raise UsageError("there is no statement", "give one, as in: loglama sql 'SELECT count(*) FROM logs'")
    answer = read_sql(invocation.settings().db_path, statement, limit=limit, timeout_s=timeout)
    columns = [Column(name, name.upper()) for name in answer.columns]
    name = chosen_format(output_format)
    printed = 0
    page: list[dict[str, object]] = []

    def print_page() -> None:
        text = format_rows(page, columns, name, terminal=standard_output.is_terminal(), color=invocation.use_color())
        titles = name == "csv" and printed > len(page)
        standard_output.write(text.partition("\n")[2] if titles else text)
        page.clear()

    for row in answer:
        page.append({key: _shown(value) for key, value in zip(answer.columns, row, strict=True)})
        printed += 1
        if len(page) == _PAGE:
            print_page()
    if page:
        print_page()
    if answer.cut:
        standard_error.note(f"only the first {limit:,} rows; --limit N prints more")
    return ExitCode.OK if printed else ExitCode.NOTHING


def _shown(value: Any) -> object:
    return value.hex() if isinstance(value, bytes) else value
