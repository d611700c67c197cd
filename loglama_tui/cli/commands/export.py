"""``loglama export``: records into a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from loglama_tui.cli import standard_error, standard_output
from loglama_tui.cli.exit_codes import ExitCode
from loglama_tui.cli.invocation import Invocation, global_options, open_reader, pass_invocation
from loglama_tui.cli.output_options import chosen_format, format_option
from loglama_tui.cli.record_filter import read_filter, record_filter_options
from loglama_tui.cli.row_format import Column, format_rows
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
def export(  # noqa: PLR0913 - the options of the command
    invocation: Invocation,
    *,
    query: Sequence[str],
    services: Sequence[str],
    level: str | None,
    since: str | None,
    until: str | None,
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

    node = read_filter(query, services=services, level=level, since=since, until=until).node
    settings = invocation.settings()
    with open_reader(settings) as reader, standard_error.ProgressLine() as line:
        written = export_records(
            reader,
            node,
            target,
            force=force,
            source_name=lambda path: source_from(settings.folder, path),
            on_progress=lambda done, total: line.show(done, total or 0, f"{done:,} records written"),
        )
    row = {"file": str(target), "records": written, "bytes": target.stat().st_size}
    text = format_rows(
        [row],
        _COLUMNS,
        chosen_format(output_format),
        terminal=standard_output.is_terminal(),
        color=invocation.use_color(),
    )
    standard_output.write(text)
    return ExitCode.OK if written else ExitCode.NOTHING
