"""``loglama export``: records into a file."""

from __future__ import annotations

from pathlib import Path

import click

from loglama_tui.cli import standard_error
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, open_reader, pass_invocation
from loglama_tui.cli.output_options import format_option
from loglama_tui.cli.record_filter import RecordFilter, record_filter_options
from loglama_tui.cli.row_format import Column
from loglama_tui.cli.row_output import write_rows
from loglama_tui.source_path import source_from

_COLUMNS = (Column("file", "FILE"), Column("records", "RECORDS", right=True), Column("bytes", "BYTES", right=True))


@click.command()
@record_filter_options
@click.option(
    "--to", "target", required=True, type=click.Path(path_type=Path), metavar="FILE",
    help="Where to: .jsonl .csv .db, .jsonl.gz .csv.gz.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@format_option
@global_options()
@pass_invocation
def export(
    invocation: Invocation,
    *,
    chosen: RecordFilter,
    target: Path,
    force: bool,
    output_format: str | None,
) -> int:
    """Write records into a file, the oldest first.

    What it becomes follows from its name: .jsonl (JSON lines), .csv (safe to open in a spreadsheet), both also .gz,
    or .db, a store of its own for `loglama --db FILE` and every SQL client. It appears when it is complete.
    Prints what was written.
    """
    from loglama_core.export import export_records

    settings = invocation.settings()
    with open_reader(settings) as reader, standard_error.ProgressLine() as line:
        written = export_records(
            reader,
            chosen.node,
            target,
            force=force,
            source_name=lambda path: source_from(settings.folder, path),
            on_progress=lambda done, total: line.show(done, total or 0, f"{done:,} records written"),
        )
    row = {"file": str(target), "records": written, "bytes": target.stat().st_size}
    write_rows(invocation, [row], _COLUMNS, output_format)
    return ExitCode.OK if written else ExitCode.NOTHING
