"""``loglama backup``: a copy of the store, taken while it is written."""

from __future__ import annotations

from pathlib import Path

import click

from loglama_core.amounts import byte_size
from loglama_tui.cli import standard_error
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, pass_invocation
from loglama_tui.cli.output_options import format_option
from loglama_tui.cli.row_format import Column
from loglama_tui.cli.row_output import write_rows

_COLUMNS = (Column("file", "FILE"), Column("bytes", "BYTES", right=True))


@click.command()
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@format_option
@global_options()
@pass_invocation
def backup(invocation: Invocation, *, target: Path, force: bool, output_format: str | None) -> int:
    """Copy the store while it is in use.

    The copy is the store of one moment, whole and verified; collecting goes on meanwhile. Put in the place of the
    store it is one, and `loglama --db FILE` reads it where it is.
    """
    from loglama_core.store.backup import backup as copy_store

    with standard_error.ProgressLine() as line:
        size = copy_store(
            invocation.settings().db_path,
            target,
            force=force,
            on_progress=lambda done, total: line.show(done, total, f"{byte_size(done)} of {byte_size(total)}"),
        )
    write_rows(invocation, [{"file": str(target), "bytes": size}], _COLUMNS, output_format)
    return ExitCode.OK
