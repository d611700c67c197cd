"""``loglama check``: verify the store."""

from __future__ import annotations

import click

from loglama_tui.cli import standard_error
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.cli.output_options import format_option
from loglama_tui.cli.row_format import Column
from loglama_tui.cli.row_output import write_rows

_COLUMNS = (
    Column("check", "CHECK"),
    Column("status", "STATUS", sgr=lambda status: "1;91" if status == "fail" else "92"),
    Column("detail", "DETAIL"),
)


@click.command()
@click.option("--no-repair", is_flag=True, help="Leave a damaged search index as it is.")
@format_option
@global_options()
@pass_invocation
def check(invocation: Invocation, *, no_repair: bool, output_format: str | None) -> int:
    """Verify the store, and mend its search index.

    Reads all of it: file, records, counts, and whether the search index finds records by their text. An index that
    does not is made anew, one that is behind is completed; the store itself is never changed. Exit code 1: the store
    is damaged.
    """
    from loglama_core.store.verification import verify_store

    with standard_error.ProgressLine() as line:
        verdicts = list(
            verify_store(
                invocation.settings().db_path,
                repair=not no_repair,
                on_progress=lambda done, total: line.show(done, total, f"{done:,} of {total:,} records indexed"),
            )
        )
    rows = [{"check": each.check, "status": each.status, "detail": each.detail} for each in verdicts]
    write_rows(invocation, rows, _COLUMNS, output_format)
    return ExitCode.NOTHING if any(each.status == "fail" for each in verdicts) else ExitCode.OK
